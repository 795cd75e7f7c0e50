"""What the cells of a roster say."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop.domain.rosters import words
from desktop.domain.rosters.words import ClassWord, GradeWord, Stage


@pytest.mark.parametrize("typed", ["3", "３", "3年", "３年生", "第3学年", "三年", "Lớp 3", "Khối 3", "Grade 3"])
def test_a_grade_written_in_many_ways(typed: str) -> None:
    assert words.read_grade(typed) == GradeWord("3")


@pytest.mark.parametrize(
    ("typed", "grade"),
    [
        ("小3", GradeWord("3", Stage.PRIMARY)),
        ("P6", GradeWord("6", Stage.PRIMARY)),
        ("J1", GradeWord("1", Stage.JUNIOR_HIGH)),
        ("中学2年", GradeWord("2", Stage.JUNIOR_HIGH)),
        ("年長", GradeWord("3", Stage.KINDERGARTEN)),
        ("４歳児", GradeWord("2", Stage.KINDERGARTEN)),
    ],
)
def test_a_grade_may_name_its_kind_of_school(typed: str, grade: GradeWord) -> None:
    assert words.read_grade(typed) == grade


@pytest.mark.parametrize("typed", ["", "0", "10", "卒業", "3.5"])
def test_what_is_no_grade_is_none(typed: str) -> None:
    assert words.read_grade(typed) is None


@pytest.mark.parametrize(
    ("grade", "kind", "code"),
    [
        (GradeWord("6"), "primary", "6"),
        (GradeWord("7"), "primary", None),
        (GradeWord("1", Stage.JUNIOR_HIGH), "primary", None),
        (GradeWord("1", Stage.JUNIOR_HIGH), "junior_high", "1"),
        (GradeWord("9"), "junior_high", "9"),
        (GradeWord("1", Stage.JUNIOR_HIGH), "combined", "7"),
        (GradeWord("3", Stage.KINDERGARTEN), "kindergarten", "3"),
        (GradeWord("4"), "kindergarten", None),
    ],
)
def test_a_grade_fits_a_kind_of_school_or_not(grade: GradeWord, kind: str, code: str | None) -> None:
    assert words.grade_code(grade, kind) == code


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("1", ClassWord("1")),
        ("１組", ClassWord("1")),
        ("10組", ClassWord("10")),
        ("ひまわり組", ClassWord("ひまわり")),
        ("3-1", ClassWord("1", GradeWord("3"))),
        ("３年１組", ClassWord("1", GradeWord("3"))),
        ("三年二組", ClassWord("2", GradeWord("3"))),
        ("Lớp 3A", ClassWord("A", GradeWord("3"))),
        ("5A1", ClassWord("A1", GradeWord("5"))),
        ("", ClassWord("")),
        ("未定", ClassWord("")),
        ("○組（未定）", ClassWord("")),
        ("3年", ClassWord("", GradeWord("3"))),
        ("3-未定", ClassWord("", GradeWord("3"))),
        ("1年組(未定)", ClassWord("", GradeWord("1"))),
        ("3年○組（未定）", ClassWord("", GradeWord("3"))),
    ],
)
def test_a_class_with_or_without_its_grade(typed: str, read: ClassWord) -> None:
    assert words.read_class(typed) == read


@pytest.mark.parametrize("typed", ["2026", "２０２６年度", "2026-2027", "令和8年度", "R8"])
def test_a_school_year(typed: str) -> None:
    assert words.read_school_year(typed) == 2026


def test_words_for_people() -> None:
    assert [words.read_sex(word) for word in ("男", "Ｆ", "Nữ", "", "?!")] == ["male", "female", "female", "", None]
    spoken = ("父", "母親", "祖母（母方）", "Mẹ", "Ông nội", "Guardian", "", "大家")
    assert [words.read_relationship(word) for word in spoken] == [
        "father", "mother", "grandmother", "mother", "grandfather", "guardian", "", None,
    ]  # fmt: skip
    assert [words.read_language(word) for word in ("日本語", "Tiếng Việt", "EN", "", "Klingon")] == [
        "ja", "vi", "en", "", None,
    ]  # fmt: skip


def test_groups_stand_in_one_cell() -> None:
    assert words.read_groups("サッカー部； 合唱部;ｻｯｶｰ部") == ("サッカー部", "合唱部")


def test_a_my_number_is_known_by_its_check_digit() -> None:
    assert words.looks_like_my_number("1234 5678 9018")
    assert not words.looks_like_my_number("123456789012")
    assert not words.looks_like_my_number("12345678901")


@given(st.text(max_size=20))
def test_any_text_is_read_without_an_error(text: str) -> None:
    for read in (words.read_grade, words.read_class, words.read_school_year, words.read_sex, words.read_groups,
                 words.read_relationship, words.read_language, words.looks_like_my_number):  # fmt: skip
        read(text)
