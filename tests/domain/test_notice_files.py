"""Notices as files: the whole of it read, or everything that is wrong with it said at once."""

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop.domain.errors import UserError
from desktop.domain.notice_files import Known, Problem, read_notice_file, read_time
from desktop.domain.notices import Channel, CopyTo, Draft, Urgency

TOKYO = ZoneInfo("Asia/Tokyo")
KNOWN = Known(("announcement", "closure"), ("ja", "en", "vi"), {"H001": 1, "H002": 2})
WHOLE = """
kind = "closure"
urgency = "urgent"
school = "H001"
channels = ["email"]
send_at = 2026-12-01T08:00:00
useless_after = 2026-12-01T12:00:00+00:00
text.ja = { title = "臨時休校", body = "本日は休校です。" }
text.vi = { title = "Nghỉ học", body = "Hôm nay trường nghỉ học." }
audience = { include = ["homeroom:H001/3-1", "group:H001/サッカー部"], exclude = ["child:123"] }
"""


def read(text: str) -> Draft:
    return read_notice_file(text.encode(), TOKYO, KNOWN)


def problems(text: str) -> list[Problem]:
    with pytest.raises(UserError) as raised:
        read(text)
    assert raised.value.code == "notice_file.problems"
    found: Any = raised.value.details["problems"]
    return list(found)


def test_a_whole_notice_is_read() -> None:
    draft = read(WHOLE)
    assert (draft.kind, draft.school_id, draft.urgency, draft.channels) == (
        "closure", 1, Urgency.URGENT, frozenset({Channel.EMAIL}),
    )  # fmt: skip
    assert draft.texts["ja"].title == "臨時休校"
    assert draft.texts["vi"].body == "Hôm nay trường nghỉ học."
    assert [str(part) for part in draft.audience.include] == ["homeroom:H001/3-1", "group:H001/サッカー部"]
    assert [str(part) for part in draft.audience.exclude] == ["child:123"]


def test_a_time_without_an_offset_is_the_citys() -> None:
    draft = read(WHOLE)
    assert draft.send_at == datetime(2026, 11, 30, 23, tzinfo=UTC)
    assert draft.useless_after == datetime(2026, 12, 1, 12, tzinfo=UTC)


def test_who_keeps_a_copy_is_said_or_is_everybody() -> None:
    text = 'kind = "announcement"\ntext.en = { title = "Trip", body = "Moved." }\n'
    assert read(text).copies == frozenset(CopyTo)
    assert read(text + 'copies = ["author", "school"]').copies == {CopyTo.AUTHOR, CopyTo.SCHOOL}
    assert read(text + "copies = []").copies == frozenset()
    assert problems(text + 'copies = ["mayor"]') == [Problem("copies[0]", "not_known", "mayor")]


def test_staff_may_be_those_of_a_school_the_citys_or_all() -> None:
    text = 'kind = "announcement"\ntext.en = { title = "Trip", body = "Moved." }\naudience = { include = '
    draft = read(text + '["staff:H001", "staff:city", "staff:*", "list:役員"] }')
    assert [str(part) for part in draft.audience.include] == ["staff:H001", "staff:city", "staff:*", "list:役員"]
    assert problems(text + '["staff:H999"] }') == [Problem("audience.include[0]", "no_school", "H999")]


def test_what_is_left_out_follows_by_itself() -> None:
    draft = read('kind = "announcement"\ntext.en = { title = "Trip", body = "Moved." }')
    assert (draft.school_id, draft.urgency, draft.send_at, draft.useless_after) == (None, None, None, None)
    assert draft.channels == frozenset(Channel)
    assert draft.audience.empty


def test_a_mark_at_the_beginning_of_the_file_is_no_part_of_it() -> None:
    assert read_notice_file(WHOLE.encode("utf-8-sig"), TOKYO, KNOWN) == read(WHOLE)


def test_repeated_parts_and_channels_count_once() -> None:
    draft = read(
        WHOLE.replace('["email"]', '["email", "email"]').replace(
            'exclude = ["child:123"]', 'exclude = ["city", "city"]'
        )
    )
    assert draft.channels == frozenset({Channel.EMAIL})
    assert [str(part) for part in draft.audience.exclude] == ["city"]


def test_every_problem_is_named_at_once_with_its_place() -> None:
    found = problems(
        """
        kind = "party"
        urgency = 3
        school = "H009"
        channels = ["email", "pigeon", 7]
        send_at = "tomorrow"
        colour = "red"
        text.ja = { title = "題", body = 5, footer = "x" }
        text.xx = { title = "t", body = "b" }
        text.en = "Trip"
        audience = { include = ["homeroom", "school:H009", 5], exclude = "city", only = [] }
        """
    )
    assert {(problem.path, problem.code) for problem in found} == {
        ("kind", "not_known"),
        ("urgency", "not_text"),
        ("school", "not_known"),
        ("channels[1]", "not_known"),
        ("channels[2]", "not_text"),
        ("send_at", "not_time"),
        ("colour", "unknown_key"),
        ("text.ja.body", "not_text"),
        ("text.ja.footer", "unknown_key"),
        ("text.xx", "not_known"),
        ("text.en", "not_table"),
        ("audience.include[0]", "not_a_part"),
        ("audience.include[1]", "no_school"),
        ("audience.include[2]", "not_text"),
        ("audience.exclude", "not_list"),
        ("audience.only", "unknown_key"),
    }


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("", ("kind", "missing")),
        ('kind = "closure"', ("text", "missing")),
        ('kind = "closure"\ntext = "words"', ("text", "not_table")),
        ('kind = "closure"\ntext.ja = { title = "題" }', ("text.ja.body", "missing")),
        ('kind = "closure"\nchannels = []\ntext.ja = { title = "題", body = "" }', ("channels", "empty")),
        ('kind = "closure"\nchannels = "email"\ntext.ja = { title = "題", body = "" }', ("channels", "not_list")),
        ('kind = "closure"\nsend_at = 2026-12-01\ntext.ja = { title = "題", body = "" }', ("send_at", "not_time")),
    ],
)
def test_what_is_missing_or_of_another_kind_is_named(text: str, place: tuple[str, str]) -> None:
    assert place in [(problem.path, problem.code) for problem in problems(text)]


@pytest.mark.parametrize(
    ("content", "code"),
    [(b"kind = ", "notice_file.toml"), ("kind = 'お知らせ'".encode("cp932"), "notice_file.encoding")],
)
def test_a_file_that_is_no_toml_says_so(content: bytes, code: str) -> None:
    with pytest.raises(UserError) as raised:
        read_notice_file(content, TOKYO, KNOWN)
    assert raised.value.code == code


def test_an_hour_that_the_clocks_leave_out_is_refused() -> None:
    text = WHOLE.replace("2026-12-01T08:00:00", "2026-03-29T02:30:00")
    assert read(text).send_at is not None
    with pytest.raises(UserError) as raised:
        read_notice_file(text.encode(), ZoneInfo("Europe/Berlin"), KNOWN)
    assert "does_not_exist" in str(raised.value.details["problems"])


@pytest.mark.parametrize("text", ["2026-12-01T08:00", "2026-12-01 08:00:00", " 2026-12-01T08:00+09:00 "])
def test_a_time_on_the_command_line_is_the_citys(text: str) -> None:
    assert read_time(text, TOKYO) == datetime(2026, 11, 30, 23, tzinfo=UTC)


@pytest.mark.parametrize("text", ["", "tomorrow", "2026-13-01T08:00", "25:00"])
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(UserError, match=r"time\.syntax"):
        read_time(text, TOKYO)


def refusal(content: bytes) -> str:
    """Why a file is refused; empty if it is not."""
    try:
        read_notice_file(content, TOKYO, KNOWN)
    except UserError as error:
        return error.code
    return ""


_values = st.recursive(
    st.one_of(st.text(max_size=8), st.integers(-9, 9), st.booleans()),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text("abc", min_size=1, max_size=3), inner)
    ),
    max_leaves=6,
)


def _toml(value: object) -> str:
    if isinstance(value, str):
        return '"' + "".join(f"\\U{ord(letter):08x}" for letter in value) + '"'
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key} = {_toml(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_toml(inner) for inner in value) + "]"
    return str(value).lower()


@given(
    st.dictionaries(st.sampled_from(["kind", "urgency", "school", "channels", "send_at", "text", "audience"]), _values)
)
def test_any_table_is_a_notice_or_named_problems(table: dict[str, object]) -> None:
    text = "\n".join(f"{key} = {_toml(value)}" for key, value in table.items())
    assert refusal(text.encode()) in {"", "notice_file.problems", "notice_file.toml"}


@given(st.binary(max_size=60))
def test_any_bytes_are_a_notice_or_a_clear_refusal(content: bytes) -> None:
    assert refusal(content) in {"notice_file.problems", "notice_file.toml", "notice_file.encoding"}
