"""Renraku: notices from schools to families."""

__version__ = "0.1.0"
