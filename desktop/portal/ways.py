"""Where a page leads to: only ever to another page of the portal."""

import re

from flask import request

_LOCAL = re.compile(r"/(?![/\\])[^\s\\]*")


def local_path(text: str) -> str:
    """The path, if it is one of our own, else ""."""
    return text if len(text) <= 2000 and _LOCAL.fullmatch(text) else ""


def here() -> str:
    """The present page with its query, to come back to."""
    query = request.query_string.decode("ascii", "ignore")
    return f"{request.path}?{query}" if query else request.path
