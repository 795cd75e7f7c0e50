"""What a desk tells the worker that it starts, as the first line of its stdin: {"options": {…}, "secrets": {…}}.

It stands apart from the worker, of which a desk needs nothing else.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from desktop.domain.errors import UserError


@dataclass(frozen=True, slots=True)
class Orders:
    """What the desk hands over. Never logged."""

    options: Mapping[str, Any]
    secrets: Mapping[str, str]


def order_line(options: Mapping[str, Any], secrets: Mapping[str, str]) -> str:
    """What the desk writes to the child first."""
    return json.dumps({"options": dict(options), "secrets": dict(secrets)}) + "\n"


def read_orders(line: str) -> Orders:
    try:
        said = json.loads(line)
        return Orders(said["options"], said["secrets"])
    except (ValueError, KeyError, TypeError) as error:
        raise UserError("worker.no_orders") from error
