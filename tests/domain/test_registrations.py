"""What may be wrong with a registration, and which year it is about."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop.domain.registrations import ChildGiven, SchoolGiven, check_child, check_school, coming_year, kept

TODAY = date(2026, 11, 20)
CHILD = ChildGiven("高橋", "美咲", "たかはし", "ﾐｻｷ", "female", date(2017, 6, 14), "mother")
OPENS = date(2027, 3, 17)


@pytest.mark.parametrize(
    ("today", "opens_on", "year"),
    [
        (date(2027, 3, 16), OPENS, 2026),
        (date(2027, 3, 17), OPENS, 2027),
        (date(2027, 3, 31), OPENS, 2027),
        (date(2027, 4, 1), OPENS, 2027),
        (date(2028, 3, 20), OPENS, 2027),
        (date(2027, 3, 20), None, 2026),
    ],
)
def test_from_the_opening_to_the_end_of_march_the_coming_year_is_meant(
    today: date, opens_on: date | None, year: int
) -> None:
    assert coming_year(today, opens_on) == year


def test_a_child_is_kept_with_its_reading_in_katakana() -> None:
    assert check_child(CHILD, TODAY) == []
    clean, for_clerk = kept(CHILD)
    assert (clean.family_name_kana, clean.given_name_kana, for_clerk) == ("タカハシ", "ミサキ", False)


def test_latin_readings_and_single_names_are_taken() -> None:
    child = ChildGiven("Sukarno", "", "Sukarno", "", "male", date(2017, 6, 14), "father")
    assert check_child(child, TODAY) == []
    assert kept(child)[1]


@pytest.mark.parametrize(
    ("change", "field", "code"),
    [
        ({"family_name": " "}, "family_name", "required"),
        ({"family_name": "x" * 10_000}, "family_name", "name.too_long"),
        ({"given_name": "\0"}, "given_name", "control_characters"),
        ({"given_name_kana": "美咲"}, "given_name_kana", "kana"),
        ({"birth_date": None}, "birth_date", "required"),
        ({"birth_date": date(2026, 11, 21)}, "birth_date", "date.future"),
        ({"birth_date": date(1990, 1, 1)}, "birth_date", "birth_date.unlikely"),
        ({"sex": "x"}, "sex", "choice"),
        ({"relationship": ""}, "relationship", "required"),
        ({"relationship": "<b>"}, "relationship", "choice"),
    ],
)
def test_what_is_wrong_stands_at_its_field(change: dict[str, object], field: str, code: str) -> None:
    problems = check_child(replace(CHILD, **change), TODAY)  # type: ignore[arg-type]  # fields by name
    assert [(problem.field, problem.code) for problem in problems] == [(field, code)]


@given(texts=st.tuples(st.text(), st.text(), st.text(), st.text()))
def test_whatever_passes_can_be_kept(texts: tuple[str, str, str, str]) -> None:
    child = ChildGiven(*texts, "other", date(2017, 6, 14), "other")
    if not check_child(child, TODAY):
        clean, _ = kept(child)
        assert check_child(clean, TODAY) == []


def test_a_school_needs_its_code() -> None:
    assert [problem.field for problem in check_school(SchoolGiven(1, 1))] == ["code"]
    assert check_school(SchoolGiven(1, 1, code="ABCD")) == []
