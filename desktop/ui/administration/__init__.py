"""Staff, schools, settings and kinds of notices."""
