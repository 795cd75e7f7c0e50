"""The way in: setting up for the first time, and signing in."""
