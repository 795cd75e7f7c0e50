"""Every line of what is required of the portal and the schools' notices names tests, and all of them exist."""

import ast
import re
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TABLE = (ROOT / "tests" / "REQUIREMENTS.md").read_text(encoding="utf-8")
ROWS = {found[1]: found[2] for found in re.finditer(r"^\| ([AB]\d+) \|(.*)\|$", TABLE, re.MULTILINE)}


@cache
def functions_of(file: str) -> frozenset[str]:
    path = ROOT / file
    if not path.is_file():
        return frozenset()
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))


def test_every_line_is_shown_by_a_test() -> None:
    assert list(ROWS) == [*(f"A{number}" for number in range(1, 42)), *(f"B{number}" for number in range(1, 18))]
    assert [line for line, row in ROWS.items() if "::test_" not in row] == []


def test_every_test_that_is_named_is_there() -> None:
    named = re.findall(r"`(tests/[\w/]+\.py)::(test_\w+)`", TABLE)
    assert [f"{file}::{name}" for file, name in named if name not in functions_of(file)] == []
    assert len(named) == TABLE.count("::test_")
