"""Everything that can be wrong with a roster has words."""

import re
from pathlib import Path

import pytest

from desktop.domain.errors import UserError
from desktop.domain.rosters.changes import Outcome
from desktop.domain.rosters.columns import TARGETS, Certainty, guess_columns
from desktop.domain.rosters.rows import Problem
from desktop.i18n import speaking
from desktop.wording import errors, rosters

ROOT = Path(__file__).parent.parent / "desktop"
PLANNED = [*(ROOT / "domain" / "rosters").glob("*.py"), ROOT / "domain" / "dates.py", ROOT / "domain" / "phones.py"]


def codes(pattern: str, *files: Path) -> set[str]:
    return {code for file in files for code in re.findall(pattern, file.read_text(encoding="utf-8"))}


def test_every_problem_of_a_row_has_words() -> None:
    found = codes(r'(?:wrong|odd|warn|_hold)\([^)]*?"([a-z]+(?:_[a-z]+)?\.[a-z_]+)"', *PLANNED)
    found |= codes(r'Error\("((?:date|phone|child)\.[a-z_]+)"\)', *PLANNED)
    assert len(found) > 20
    details = {"longest": 300, "age": 40, "first": 2, "school": "H009", "kind": "primary"}
    for code in found:
        assert rosters.reason(Problem(1, "氏名", code, details=details)) != code


def test_every_refusal_of_a_file_has_words() -> None:
    files = [ROOT / "services" / name for name in ("rosters.py", "roster_files.py", "oneroster.py")]
    found = codes(r'"(roster\.[a-z0-9_]+)"', *files)
    assert len(found) > 10
    for code in found:
        assert code not in str(errors.word(UserError(code)))


@pytest.mark.parametrize("language", ["ja", "en", "vi"])
def test_every_target_and_outcome_has_words(language: str) -> None:
    with speaking(language):
        assert all(rosters.target(name) for name in TARGETS)
        assert all(rosters.outcome(kind) for kind in Outcome)


@pytest.mark.parametrize("language", ["ja", "en", "vi"])
def test_the_column_of_reasons_is_left_out_when_held_rows_come_back(language: str) -> None:
    with speaking(language):
        column = guess_columns([rosters.reason_header()]).all[0]
    assert column.certainty is Certainty.IGNORED
