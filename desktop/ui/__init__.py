"""The desk: the only code that knows Qt."""
