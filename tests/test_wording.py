"""Whatever a person can put right is said in words, in every language."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from desktop import i18n
from desktop.domain.errors import UserError
from desktop.wording.errors import word

SOURCES = sorted((Path(__file__).resolve().parent.parent / "desktop").rglob("*.py"))


def raised(file: Path) -> Iterator[str]:
    """The codes that a module gives to UserError, as far as they stand there in full."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "UserError" and node.args:
            first = node.args[0]
            if isinstance(first, ast.Constant) and isinstance(first.value, str):
                yield first.value


CODES = sorted({code for file in SOURCES for code in raised(file)})


def test_there_are_many() -> None:
    assert len(CODES) > 80


@pytest.mark.parametrize("language", i18n.LANGUAGES)
def test_every_error_is_worded(language: str) -> None:
    with i18n.speaking(language):
        unknown = str(word(UserError("no.such.code"))).replace("no.such.code", "{code}")
        wordless = [code for code in CODES if str(word(UserError(code))).replace(code, "{code}") == unknown]
    assert wordless == []
