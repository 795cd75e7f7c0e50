"""The list of notices."""
