"""One notice: its approval, and what became of it."""
