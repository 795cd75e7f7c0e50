"""Which child of the roster a registration means, and why."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop.domain.kana import read_kana
from desktop.domain.matching import (
    Candidate,
    Field,
    Likeness,
    Match,
    Sought,
    best_matches,
    birth_dates,
    may_pass_unseen,
    score,
)

SOUGHT = Sought("高橋", "美咲", "タカハシ", "ミサキ", date(2017, 6, 14), 31, False, "7")
CHILD = Candidate(1, "高橋", "美咲", "タカハシ", "ミサキ", date(2017, 6, 14), 31, False, "07")


def test_the_same_child_is_an_exact_match() -> None:
    found = score(SOUGHT, CHILD)
    assert found.match is Match.EXACT
    assert may_pass_unseen(SOUGHT, found)


@pytest.mark.parametrize(("name", "kana"), [("髙橋", "タカハシ"), ("高橋", "たかはし"), ("高橋", "ﾀｶﾊｼ")])
def test_forms_of_one_character_and_scripts_make_no_difference(name: str, kana: str) -> None:
    assert score(SOUGHT, replace(CHILD, family_name=name, family_name_kana=kana)).match is Match.EXACT


@pytest.mark.parametrize(
    ("mine", "theirs"), [("シヅカ", "シズカ"), ("リヨウコ", "リョウコ"), ("カヲル", "カオル"), ("ユウコ", "ユーコ")]
)
def test_old_and_new_kana_are_near(mine: str, theirs: str) -> None:
    found = score(replace(SOUGHT, given_name_kana=mine), replace(CHILD, given_name_kana=theirs))
    assert found.likeness(Field.KANA) is Likeness.NEAR
    assert found.match is Match.NEAR


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"birth_date": date(2017, 6, 15)}, Field.BIRTH_DATE),
        ({"birth_date": date(2018, 6, 14)}, Field.BIRTH_DATE),
        ({"homeroom_id": 32}, Field.HOMEROOM),
        ({"student_number": "8"}, Field.STUDENT_NUMBER),
        ({"given_name_kana": "ミサト"}, Field.KANA),
    ],
)
def test_whatever_differs_waits_for_a_reviewer(change: dict[str, object], field: Field) -> None:
    found = score(SOUGHT, replace(CHILD, **change))  # type: ignore[arg-type]  # fields by name
    assert found.match is Match.NEAR
    assert found.likeness(field) is not Likeness.SAME
    assert not may_pass_unseen(SOUGHT, found)


def test_a_child_that_is_not_placed_yet_may_pass() -> None:
    unplaced = replace(CHILD, homeroom_id=30, unplaced=True)
    assert may_pass_unseen(SOUGHT, score(SOUGHT, unplaced))


def test_a_claimed_child_or_one_without_its_number_does_not_pass_unseen() -> None:
    assert not may_pass_unseen(SOUGHT, score(SOUGHT, replace(CHILD, claimed=True)))
    without = replace(SOUGHT, student_number="")
    found = score(without, CHILD)
    assert found.match is Match.EXACT
    assert not may_pass_unseen(without, found)


def test_twins_are_told_apart_and_doubles_are_not_trusted() -> None:
    twin = replace(CHILD, child_id=2, given_name="美月", given_name_kana="ミツキ", student_number="8")
    found = best_matches(SOUGHT, [twin, CHILD])
    assert [each.candidate.child_id for each in found] == [1, 2]
    assert found[0].match is Match.EXACT
    double = replace(CHILD, child_id=3)
    assert {each.match for each in best_matches(SOUGHT, [CHILD, double])} == {Match.NEAR}


def test_a_stranger_is_no_match() -> None:
    stranger = Candidate(9, "加藤", "海", "カトウ", "ウミ", date(2015, 1, 2), 51, False, "7")
    assert best_matches(SOUGHT, [stranger]) == ()


def test_a_day_and_month_that_changed_places_are_near() -> None:
    assert birth_dates(date(2017, 6, 7), date(2017, 7, 6)) is Likeness.NEAR
    assert birth_dates(None, date(2017, 7, 6)) is Likeness.MISSING


@pytest.mark.parametrize(
    ("typed", "kept", "for_clerk"),
    [
        ("たかはし", "タカハシ", False),
        ("ﾀｶﾊｼ", "タカハシ", False),
        (" タカハシ ", "タカハシ", False),
        ("Nguyễn  Văn", "Nguyễn Văn", True),
        ("Ｎｇｕｙｅｎ", "Nguyen", True),
        ("", "", False),
    ],
)
def test_a_reading_is_kept_in_katakana_or_left_to_a_clerk(typed: str, kept: str, for_clerk: bool) -> None:
    found = read_kana(typed)
    assert found is not None
    assert (found.text, found.for_clerk) == (kept, for_clerk)


@pytest.mark.parametrize("typed", ["高橋", "123", "<b>", "😀", "タカ橋", "\u202eabc"])
def test_what_is_no_reading_is_refused(typed: str) -> None:
    assert read_kana(typed) is None


@given(typed=st.text(max_size=30))
def test_a_reading_is_kept_once_for_all(typed: str) -> None:
    if (found := read_kana(typed)) is not None:
        assert read_kana(found.text) == found


@given(family=st.text(max_size=12), given_=st.text(max_size=12), born=st.dates())
def test_scoring_takes_any_text(family: str, given_: str, born: date) -> None:
    found = score(replace(SOUGHT, family_name=family, given_name_kana=given_), replace(CHILD, birth_date=born))
    assert 0 <= found.score <= 100
