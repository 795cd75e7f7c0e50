"""Writing a notice."""
