"""Every refusal of people, schools and staff has its words."""

import re
from pathlib import Path

import pytest

from desktop.domain.errors import UserError
from desktop.domain.staff import LineProblem, Role
from desktop.wording import errors, people, staff

ROOT = Path(__file__).resolve().parent.parent / "desktop"
SOURCES = [
    *(
        ROOT / "services" / name
        for name in (
            "people.py",
            "schools.py",
            "staff.py",
            "staff_files.py",
            "setup.py",
            "settings.py",
            "permission.py",
        )
    ),
    *(
        ROOT / "store" / name
        for name in ("people_writing.py", "family_writing.py", "moves.py", "schools.py", "staff.py")
    ),
    *(ROOT / "domain" / name for name in ("staff.py", "school_checks.py")),
]
RAISED = sorted(
    {code for file in SOURCES for code in re.findall(r'UserError\(\s*"([a-z_.]+)"', file.read_text("utf-8"))}
)


@pytest.mark.parametrize("code", RAISED)
def test_an_error_is_told_in_words(code: str) -> None:
    assert code not in errors.word(UserError(code)).text


@pytest.mark.parametrize("code", ["password.common", "phone.length", "required", "staff.login_twice"])
def test_a_fields_problem_is_told_in_words(code: str) -> None:
    assert code not in people.field_problem(code)


def test_an_unknown_problem_names_its_code() -> None:
    assert "odd.thing" in people.field_problem("odd.thing")


def test_the_lines_of_a_file_are_told_one_by_one() -> None:
    problems = [LineProblem(3, "staff.role_unknown", "boss"), LineProblem(5, "staff.name_required")]
    assert staff.line_problems(problems) == ["Line 3: There is no such role. boss", "Line 5: The name is missing."]


def test_every_role_has_a_name_and_says_what_it_is_for() -> None:
    assert set(staff.ROLES) == set(staff.ROLE_HELP) == set(Role)
    assert staff.role(Role.CLERK) == "Clerk"
