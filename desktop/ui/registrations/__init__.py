"""Reviewing what guardians submitted, and the lists of those who got stuck on the way."""
