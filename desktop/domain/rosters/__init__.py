"""Rosters as files hold them: what their columns and words mean, and what is wrong with a row."""
