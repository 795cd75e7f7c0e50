"""From cells to children and guardians."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop.domain.rosters.columns import guess_columns
from desktop.domain.rosters.reader import Defaults, Rows, read_rows
from desktop.domain.rosters.rows import Line, Sheet

DEFAULTS = Defaults("H001", 2026, date(2026, 11, 20))
HEADERS = (
    "学年",
    "組",
    "氏名",
    "ふりがな",
    "生年月日",
    "児童コード",
    "保護者氏名",
    "続柄",
    "保護者メール",
    "保護者電話",
)
ROW = (
    "3",
    "1",
    "髙橋 さくら",
    "たかはし さくら",
    "平成29年9月1日",
    "0007",
    "髙橋 花子",
    "母",
    "hana@mail.example",
    "090-1234-5678",
)


def read(*rows: tuple[str, ...], headers: tuple[str, ...] = HEADERS) -> Rows:
    lines = tuple(Line(number, row) for number, row in enumerate(rows, start=2))
    return read_rows(Sheet("csv", Line(1, headers), lines), guess_columns(headers), DEFAULTS)


def changed(**cells: str) -> tuple[str, ...]:
    assert set(cells) <= set(HEADERS)
    return tuple(cells.get(header, cell) for header, cell in zip(HEADERS, ROW, strict=True))


def found(rows: Rows) -> list[tuple[int, str, str]]:
    return [(problem.line, problem.column, problem.code) for problem in rows.problems]


def test_a_good_row_is_a_child_with_its_family() -> None:
    rows = read(ROW)
    assert rows.problems == ()
    (row,) = rows.good
    assert (row.grade.number, row.homeroom, row.school_code, row.year) == ("3", "1", "H001", 2026)
    assert (row.child.family_name, row.child.given_name_kana, row.child.code) == ("髙橋", "サクラ", "0007")
    assert row.child.birth_date == date(2017, 9, 1)
    (mother,) = row.guardians
    assert (mother.given_name, mother.relationship, mother.email, mother.phone) == (
        "花子", "mother", "hana@mail.example", "09012345678",
    )  # fmt: skip


def test_every_bad_cell_of_a_row_is_named_at_once() -> None:
    rows = read(changed(学年="卒", 氏名="髙橋さくら", 生年月日="平成31年5月1日", 保護者メール="hana", 保護者電話="123"))
    assert rows.good == ()
    assert found(rows) == [
        (2, "氏名", "name.cannot_split"),
        (2, "生年月日", "date.era"),
        (2, "学年", "grade.unreadable"),
        (2, "保護者メール", "email.no_at"),
        (2, "保護者電話", "phone.length"),
    ]


def test_a_bad_row_does_not_keep_good_ones_out() -> None:
    rows = read(changed(氏名=""), ROW)
    assert [row.line for row in rows.good] == [3]
    assert rows.held == {2}


@pytest.mark.parametrize(
    ("cells", "code"),
    [
        ({"氏名": ""}, "name.missing"),
        ({"氏名": "髙\ue000橋 さくら"}, "text.unreadable"),
        ({"氏名": "あ " + "い" * 400}, "text.too_long"),
        ({"ふりがな": "高橋 さくら"}, "kana.not_kana"),
        ({"生年月日": "2027-01-01"}, "birth_date.future"),
        ({"組": "4-1"}, "homeroom.other_grade"),
    ],
)
def test_what_holds_a_row(cells: dict[str, str], code: str) -> None:
    rows = read(changed(**cells))
    assert code in [problem.code for problem in rows.problems if problem.holds]
    assert rows.good == ()


@pytest.mark.parametrize(
    ("cells", "code"),
    [
        ({"保護者電話": "9012345678"}, "phone.zero_restored"),
        ({"続柄": "大家"}, "relationship.unknown"),
        ({"生年月日": "1980-01-01"}, "birth_date.unlikely"),
        ({"ふりがな": "Nguyen An"}, "kana.not_kana"),
        ({"保護者氏名": ""}, "guardian.name_missing"),
    ],
)
def test_what_is_only_warned_of(cells: dict[str, str], code: str) -> None:
    rows = read(changed(**cells))
    assert [problem.holds for problem in rows.problems if problem.code == code][:1] == [False]
    assert len(rows.good) == 1


def test_a_child_that_stands_twice_is_held_the_second_time() -> None:
    rows = read(ROW, changed(組="2"))
    assert found(rows) == [(3, "児童コード", "child.twice")]
    assert [row.line for row in rows.good] == [2]


def test_a_blank_class_says_nothing_and_an_undecided_one_says_so() -> None:
    assert [row.homeroom for row in read(changed(組="")).good] == [None]
    assert [row.homeroom for row in read(changed(組="未定")).good] == [""]


def test_a_my_number_is_never_taken() -> None:
    rows = read(changed(児童コード="123456789018"))
    assert found(rows) == [(2, "児童コード", "my_number")]
    assert rows.good[0].child.code == ""


def test_a_my_number_in_a_column_nobody_reads_is_warned_of_too() -> None:
    rows = read((*ROW, "123456789018"), headers=(*HEADERS, "メモ"))
    assert found(rows) == [(2, "メモ", "my_number")]


def test_codes_of_twelve_digits_are_no_my_numbers() -> None:
    codes = [f"2026000000{number:02}" for number in range(40)]
    names = [f"高橋 {chr(0x3042 + number)}" for number in range(40)]
    rows = read(*(changed(児童コード=code, 氏名=name) for code, name in zip(codes, names, strict=True)))
    assert [row.child.code for row in rows.good] == codes


def test_cells_beyond_the_headers_hold_a_row_because_its_cells_have_slipped() -> None:
    assert found(read((*ROW, "", "x"))) == [(2, "", "row.too_many_cells")]


def test_a_short_row_lacks_its_last_cells() -> None:
    assert [row.guardians for row in read(ROW[:6]).good] == [()]


def test_a_problem_never_repeats_what_stands_in_the_cell() -> None:
    rows = read(changed(保護者メール="himitsu", 保護者電話="himitsu", 生年月日="himitsu", 学年="himitsu"))
    assert "himitsu" not in repr(rows.problems)


@given(st.lists(st.tuples(*(st.one_of(st.just(cell), st.text(max_size=15)) for cell in ROW)), max_size=5))
def test_any_cells_are_read_and_each_line_is_either_good_or_held(cells: list[tuple[str, ...]]) -> None:
    rows = read(*cells)
    good = {row.line for row in rows.good}
    assert good | rows.held == set(range(2, 2 + len(cells)))
    assert not good & rows.held
