"""Parts of an audience are read as they are written, and nothing else is."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop.domain.audience import CITY_OFFICE, EVERYWHERE, Audience, Part, PartKind, parse_audience, parse_part
from desktop.domain.errors import UserError


@pytest.mark.parametrize(("text", "part"), [
    ("city", Part(PartKind.CITY)),
    ("type:primary", Part(PartKind.TYPE, ref="primary")),
    ("school:H001", Part(PartKind.SCHOOL, "H001")),
    ("grade:H001/3", Part(PartKind.GRADE, "H001", "3")),
    (" homeroom: H001 / 3-1 ", Part(PartKind.HOMEROOM, "H001", "3-1")),
    ("group:H001/サッカー部", Part(PartKind.GROUP, "H001", "サッカー部")),
    ("group:H001/読書/図書 A:B", Part(PartKind.GROUP, "H001", "読書/図書 A:B")),
    ("child:123", Part(PartKind.CHILD, ref="123")),
    ("staff:H001", Part(PartKind.STAFF, "H001")),
    ("staff:city", Part(PartKind.STAFF, CITY_OFFICE)),
    ("staff:*", Part(PartKind.STAFF, EVERYWHERE)),
    ("list:PTA/役員 A", Part(PartKind.LIST, ref="PTA/役員 A")),
    ("list:役員", Part(PartKind.LIST, ref="役員")),
    ("unconfirmed:7", Part(PartKind.UNCONFIRMED, ref="7")),
])  # fmt: skip
def test_each_kind_of_part_is_read(text: str, part: Part) -> None:
    assert parse_part(text) == part


@pytest.mark.parametrize("text", [
    "", "everyone", "city:", "city:x", "school:", "school", "grade:H001", "grade:H001/", "homeroom:/3-1", "group:",
    "staff:", "list:", "child:", "child:一", "child:１", "child:-1", "child:1.0", "child:" + "9" * 19, "unconfirmed:x",
    "Homeroom:H001/3-1",
])  # fmt: skip
def test_anything_else_is_refused_and_named(text: str) -> None:
    with pytest.raises(UserError) as refused:
        parse_part(text)
    assert (refused.value.code, refused.value.details) == ("audience.syntax", {"part": text})


_CODES = st.from_regex(r"[A-Z][0-9]{3}", fullmatch=True)
_NAMES = st.text(min_size=1).map(str.strip).filter(bool)
_IDS = st.integers(0, 10**18 - 1).map(str)
_PARTS = st.one_of(
    st.just(Part(PartKind.CITY)),
    st.builds(Part, st.sampled_from([PartKind.SCHOOL, PartKind.STAFF]), _CODES),
    st.builds(Part, st.sampled_from([PartKind.GRADE, PartKind.HOMEROOM, PartKind.GROUP]), _CODES, _NAMES),
    st.builds(Part, st.sampled_from([PartKind.TYPE, PartKind.LIST]), st.just(""), _NAMES),
    st.builds(Part, st.sampled_from([PartKind.CHILD, PartKind.UNCONFIRMED]), st.just(""), _IDS),
)


@given(_PARTS)
def test_a_part_is_read_back_as_it_is_written(part: Part) -> None:
    assert parse_part(str(part)) == part


@given(st.text(max_size=40) | st.builds("{}:{}".format, st.sampled_from(PartKind), st.text(max_size=20)))
def test_any_text_is_a_part_that_can_be_written_or_refused(text: str) -> None:
    with suppress(UserError):
        part = parse_part(text)
        assert parse_part(str(part)) == part


@given(st.lists(_PARTS, max_size=6), st.lists(_PARTS, max_size=6))
def test_repeated_parts_count_once_and_keep_their_order(include: list[Part], exclude: list[Part]) -> None:
    rule = parse_audience(map(str, include * 2), map(str, exclude))
    assert rule == Audience(tuple(dict.fromkeys(include)), tuple(dict.fromkeys(exclude)))
    assert rule.empty == (not include)
