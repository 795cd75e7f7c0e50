"""Codes and states put into words, for screens, pages, mails and the command line."""
