"""Starts Renraku: the desk, the worker, the demonstration, or one of the commands."""

import sys

from desktop.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
