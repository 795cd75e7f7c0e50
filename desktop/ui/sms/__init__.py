"""Accounts by text message: what came in, what became of it, the accounts, the texts, trial units and costs (B16)."""
