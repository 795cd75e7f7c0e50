"""Every refusal about notices and saved lists has words and a next step, and these find what they name."""

import re
from pathlib import Path
from string import Formatter

import pytest

from desktop.domain.errors import UserError
from desktop.settings import SETTINGS
from desktop.wording import errors, notices
from tests.conftest import NOON

_SOURCES = Path(__file__).parents[1] / "desktop"
_RAISED = re.compile(r"[\"']((?:notice|list)\.[a-z_]+)[\"']")


def _codes() -> set[str]:
    rooms = ("domain", "store", "services")
    return {
        code
        for room in rooms
        for path in (_SOURCES / room).rglob("*.py")
        for code in _RAISED.findall(path.read_text(encoding="utf-8"))
    }


def test_every_refusal_has_words_and_no_words_are_left_over() -> None:
    assert _codes() - set(SETTINGS) == set(notices.ERRORS)


def test_a_refusal_names_the_language_and_the_time_as_people_do() -> None:
    missing = errors.word(UserError("notice.no_title", language="vi"))
    assert missing.text == "The title is missing (Tiếng Việt)."
    past = errors.word(UserError("notice.past", send_at=NOON), NOON.tzinfo)
    assert "2026" in past.text
    assert "+00" not in past.text


@pytest.mark.parametrize("code", sorted(notices.ERRORS))
def test_words_ask_only_for_what_refusals_carry(code: str) -> None:
    known = {
        "added", "count", "kind", "language", "limit", "name", "out_at", "over", "part", "parts", "people", "removed",
        "send_at", "useless_after",
    }  # fmt: skip
    for text in notices.ERRORS[code]:
        assert {name for _, name, _, _ in Formatter().parse(text) if name} <= known
