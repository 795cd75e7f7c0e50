"""What waits, what is going out, what is planned."""
