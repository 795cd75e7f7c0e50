"""A roster file, from choosing it to what became of each of its rows."""
