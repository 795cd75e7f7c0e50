"""How quick it is, beside what others need for the same in the same run. Nothing here gates."""
