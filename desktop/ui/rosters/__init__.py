"""The rosters: who is at which school, in which class, and how their families are reached."""
