"""Python's search for garbage, put off while the desk starts.

Importing hundreds of modules makes no garbage, but Python would look for it again and again: a sixth of the start.
"""

import gc


def hold() -> None:
    """Do not look for garbage until `over`."""
    gc.disable()


def over() -> None:
    """Look again, but not through what was loaded: it stays until the end."""
    gc.freeze()
    gc.enable()
