"""Rules and values: standard library only, no I/O, the time is an argument."""
