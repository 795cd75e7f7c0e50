"""Tests of the desk as one program: real windows, real databases, real worker processes."""
