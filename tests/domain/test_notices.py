"""What an approval binds, when a notice goes out, and when an audience has moved too far."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop.domain.audience import parse_audience
from desktop.domain.errors import UserError
from desktop.domain.notice_checks import problems
from desktop.domain.notice_life import require_useful, waits_for, without_empty_texts
from desktop.domain.notices import (
    Channel,
    CopyTo,
    Draft,
    NoticeText,
    QuietHours,
    Urgency,
    binding_hash,
    changed_too_much,
    due_time,
)
from desktop.domain.reports import AudienceCount, AudiencePreview

TOKYO = ZoneInfo("Asia/Tokyo")
NOON = datetime(2026, 11, 20, 12, 0, tzinfo=TOKYO)
NIGHT = QuietHours(time(21), time(7))
HOLD = timedelta(minutes=3)
DRAFT = Draft(
    "announcement",
    1,
    {"ja": NoticeText("遠足の延期", "延期します。")},
    parse_audience(["homeroom:H001/3-1"], ["child:5"]),
    send_at=NOON,
)


# What an approval binds


@pytest.mark.parametrize("change", [
    {"kind": "other"},
    {"school_id": 2},
    {"school_id": None},
    {"texts": {"ja": NoticeText("遠足の延期", "延期します")}},
    {"texts": {"en": NoticeText("遠足の延期", "延期します。")}},
    {"audience": parse_audience(["homeroom:H001/3-1"])},
    {"audience": parse_audience(["child:5"], ["homeroom:H001/3-1"])},
    {"channels": frozenset({Channel.EMAIL})},
    {"urgency": Urgency.URGENT},
    {"send_at": None},
    {"send_at": NOON + timedelta(seconds=1)},
    {"useless_after": NOON},
    {"copies": frozenset({CopyTo.AUTHOR})},
])  # fmt: skip
def test_any_change_of_content_is_another_hash(change: dict[str, Any]) -> None:
    assert binding_hash(replace(DRAFT, **change), [], [1, 2]) != binding_hash(DRAFT, [], [1, 2])


def test_children_and_attachments_are_bound_too() -> None:
    bound = binding_hash(DRAFT, ["a"], [1, 2])
    assert binding_hash(DRAFT, ["b"], [1, 2]) != bound
    assert binding_hash(DRAFT, ["a"], [1]) != bound
    assert binding_hash(DRAFT, ["a"], [12]) != bound


def test_children_waiting_contacts_and_staff_are_not_taken_for_each_other() -> None:
    everybody = [([1, 2], [], []), ([1], [2], []), ([1], [], [2]), ([], [1, 2], []), ([], [], [1, 2])]
    assert len({binding_hash(DRAFT, [], *people) for people in everybody}) == len(everybody)


def test_the_same_moment_in_another_zone_is_the_same() -> None:
    assert binding_hash(replace(DRAFT, send_at=NOON.astimezone(UTC)), [], []) == binding_hash(DRAFT, [], [])


@given(st.sets(st.integers(1, 10**6)), st.randoms())
def test_the_order_of_children_does_not_matter(children: set[int], random: object) -> None:
    shuffled = list(children)
    random.shuffle(shuffled)  # type: ignore[attr-defined]  # hypothesis' random.Random
    assert binding_hash(DRAFT, [], shuffled) == binding_hash(DRAFT, [], sorted(children))


@given(st.sets(st.integers(1, 500)), st.sets(st.integers(1, 500)))
def test_other_children_are_another_hash(some: set[int], others: set[int]) -> None:
    assert (binding_hash(DRAFT, [], some) == binding_hash(DRAFT, [], others)) == (some == others)


def test_a_language_in_which_nothing_is_written_says_nothing() -> None:
    draft = replace(DRAFT, texts={"vi": NoticeText(" ", ""), **DRAFT.texts})
    assert without_empty_texts(draft) == DRAFT


# How far an audience may move


@pytest.mark.parametrize(("approved", "added", "removed", "holds"), [
    (30, 0, 0, False), (30, 5, 0, False), (30, 6, 0, True), (30, 3, 3, True), (100, 10, 0, False), (100, 11, 0, True),
    (2, 3, 2, False), (0, 5, 0, False), (0, 6, 0, True), (10_000, 600, 400, False), (10_000, 600, 401, True),
])  # fmt: skip
def test_more_than_a_tenth_and_more_than_five_hold(approved: int, added: int, removed: int, holds: bool) -> None:
    assert changed_too_much(approved, added, removed) is holds


# When it goes out


def test_an_approved_notice_waits_for_its_hold_window() -> None:
    assert due_time(Urgency.NORMAL, NOON, None, HOLD, NIGHT) == NOON + HOLD
    assert due_time(Urgency.URGENT, NOON, None, HOLD, NIGHT) == NOON


@pytest.mark.parametrize(("approved", "due"), [
    ((20, 20, 50), (20, 20, 53)),
    ((20, 20, 57), (21, 7, 0)),  # 21:00 itself is quiet
    ((20, 20, 58), (21, 7, 0)),
    ((20, 23, 30), (21, 7, 0)),
    ((21, 5, 50), (21, 7, 0)),
    ((21, 6, 57), (21, 7, 0)),
    ((21, 6, 58), (21, 7, 1)),
])  # fmt: skip
def test_quiet_hours_end_in_the_morning(approved: tuple[int, int, int], due: tuple[int, int, int]) -> None:
    at = datetime(2026, 11, *approved, tzinfo=TOKYO)
    assert due_time(Urgency.NORMAL, at, None, HOLD, NIGHT) == datetime(2026, 11, *due, tzinfo=TOKYO)
    assert due_time(Urgency.URGENT, at, None, HOLD, NIGHT) == at


def test_quiet_hours_within_a_day_end_the_same_day() -> None:
    nap = QuietHours(time(12), time(13))
    assert due_time(Urgency.NORMAL, NOON, None, timedelta(), nap) == NOON.replace(hour=13)


def test_a_scheduled_notice_goes_at_its_time_and_a_late_approval_at_once() -> None:
    later = NOON + timedelta(hours=2)
    assert due_time(Urgency.NORMAL, NOON, later, HOLD, NIGHT) == later
    assert due_time(Urgency.NORMAL, later, NOON, HOLD, NIGHT) == later + HOLD
    assert due_time(Urgency.URGENT, NOON, later, HOLD, NIGHT) == later


_MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31), timezones=st.just(TOKYO))
_QUIET = st.none() | st.builds(QuietHours, st.times(), st.times())


@given(st.sampled_from(Urgency), _MOMENTS, st.none() | _MOMENTS, st.integers(0, 120), _QUIET)
def test_nothing_goes_out_too_early_nor_waits_longer_than_a_night(
    urgency: Urgency, approved: datetime, send_at: datetime | None, minutes: int, quiet: QuietHours | None
) -> None:
    hold = timedelta(minutes=minutes)
    due = due_time(urgency, approved, send_at, hold, quiet)
    earliest = max(filter(None, (approved, send_at)))
    assert due >= earliest
    if urgency is Urgency.URGENT:
        assert due == earliest
        return
    assert due >= approved + hold
    assert due - max(earliest, approved + hold) < timedelta(days=1)
    if quiet and quiet.start != quiet.end:
        assert quiet.end_after(due) == due


def test_what_would_go_out_after_its_time_is_refused() -> None:
    require_useful(None, NOON)
    require_useful(NOON + timedelta(seconds=1), NOON)
    with pytest.raises(UserError, match=r"notice\.useless"):
        require_useful(NOON, NOON)


@pytest.mark.parametrize(("due", "send_at", "reason"), [
    (None, None, None),
    (NOON, None, None),
    (NOON + HOLD, None, "hold_window"),
    (NOON + timedelta(hours=5), NOON + timedelta(hours=5), None),
    (datetime(2026, 11, 21, 7, 0, tzinfo=TOKYO), None, "quiet_hours"),
    (datetime(2026, 11, 21, 7, 0, tzinfo=TOKYO), datetime(2026, 11, 20, 22, 0, tzinfo=TOKYO), "quiet_hours"),
])  # fmt: skip
def test_a_waiting_notice_says_for_what(due: datetime | None, send_at: datetime | None, reason: str | None) -> None:
    assert waits_for(due, send_at, NOON, NIGHT, TOKYO) == reason


# What keeps it from being submitted


def _preview(children: int = 3, unreached: int = 0, unknown: tuple[str, ...] = ()) -> AudiencePreview:
    return AudiencePreview(AudienceCount(children, 3, 3, {}, unreached, 0, {}), (), unknown)


def _codes(draft: Draft, preview: AudiencePreview, units: int = 10) -> list[str]:
    return [found.code for found in problems(draft, preview, NOON, dict.fromkeys(draft.texts, units))]


def test_a_complete_notice_has_no_problems() -> None:
    assert _codes(DRAFT, _preview()) == []
    assert _codes(DRAFT, _preview(unreached=2)) == []


def test_every_problem_is_named_in_the_order_of_the_form() -> None:
    wrong = Draft("other", 1, {"ja": NoticeText("", "")}, channels=frozenset(), send_at=NOON - HOLD, useless_after=NOON)
    assert _codes(wrong, _preview(0, 0, ("list:x",))) == [
        "notice.no_title", "notice.no_body", "notice.no_channel", "notice.unknown_part", "notice.audience_empty",
        "notice.past", "notice.useless",
    ]  # fmt: skip


def test_the_length_of_line_messages_matters_only_where_line_is_used() -> None:
    assert _codes(DRAFT, _preview(), units=5000) == []
    assert _codes(DRAFT, _preview(), units=5001) == ["notice.too_long_line"]
    assert _codes(replace(DRAFT, channels=frozenset({Channel.EMAIL})), _preview(), units=5001) == []
