"""Times at the edge: the ends of all time, hours that do not exist or come twice, leap days, turns of years."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from desktop.domain.errors import UserError
from desktop.domain.notice_files import Known, read_notice_file, read_time
from desktop.domain.notices import QuietHours, Urgency, due_time
from desktop.domain.schools import day_in_year, school_year
from desktop.domain.staff import Grant, Role, school_scope

TOKYO, NEW_YORK = ZoneInfo("Asia/Tokyo"), ZoneInfo("America/New_York")
NIGHT = QuietHours(time(21), time(7))
HOLD = timedelta(minutes=3)


@pytest.mark.parametrize("zone", [TOKYO, NEW_YORK], ids=str)
@pytest.mark.parametrize(
    "typed", ["0001-01-01T00:00", "9999-12-31T23:59", "0001-01-01T00:00+09:00", "9999-12-31T23:59-09:00"]
)
def test_a_time_that_no_clock_can_show_is_refused_in_words(zone: ZoneInfo, typed: str) -> None:
    assert _refused(lambda: read_time(typed, zone)) in {"", "time.does_not_exist"}


@pytest.mark.parametrize("zone", [TOKYO, NEW_YORK], ids=str)
@pytest.mark.parametrize("typed", ["0001-01-01T00:00:00", "9999-12-31T23:59:59", "0001-01-01T00:00:00+09:00"])
def test_a_notice_file_with_such_a_time_says_where(zone: ZoneInfo, typed: str) -> None:
    content = f'kind = "other"\nsend_at = {typed}\ntext.ja = {{ title = "a", body = "b" }}\n'.encode()
    known = Known({"other"}, {"ja"}, {})
    assert _refused(lambda: read_notice_file(content, zone, known)) in {"", "notice_file.problems"}


def _refused(attempt: Callable[[], object]) -> str:
    try:
        attempt()
    except UserError as error:
        return error.code
    return ""


def test_three_minutes_are_three_minutes_in_the_night_when_an_hour_comes_twice() -> None:
    approved = datetime(2026, 11, 1, 5, 58, tzinfo=UTC).astimezone(
        NEW_YORK
    )  # 1:58, two minutes before it is 1:00 again
    assert due_time(Urgency.NORMAL, approved, None, HOLD, None) - approved.astimezone(UTC) == HOLD


def test_three_minutes_are_three_minutes_in_the_night_that_lacks_an_hour() -> None:
    approved = datetime(2026, 3, 8, 6, 58, tzinfo=UTC).astimezone(NEW_YORK)  # 1:58, two minutes before it is 3:00
    assert due_time(Urgency.NORMAL, approved, None, HOLD, None) - approved.astimezone(UTC) == HOLD


@pytest.mark.parametrize(
    ("now", "due"),
    [
        (datetime(2026, 12, 31, 23, 59, tzinfo=TOKYO), datetime(2027, 1, 1, 7, tzinfo=TOKYO)),
        (datetime(2028, 2, 28, 21, 0, tzinfo=TOKYO), datetime(2028, 2, 29, 7, tzinfo=TOKYO)),
        (datetime(2028, 2, 29, 20, 58, tzinfo=TOKYO), datetime(2028, 3, 1, 7, tzinfo=TOKYO)),
        (datetime(2027, 3, 31, 6, 56, tzinfo=TOKYO), datetime(2027, 3, 31, 7, tzinfo=TOKYO)),
        (datetime(2027, 3, 31, 6, 58, tzinfo=TOKYO), datetime(2027, 3, 31, 7, 1, tzinfo=TOKYO)),
    ],
)
def test_quiet_hours_end_at_seven_whatever_the_day(now: datetime, due: datetime) -> None:
    assert due_time(Urgency.NORMAL, now, None, HOLD, NIGHT) == due
    assert due_time(Urgency.URGENT, now, None, HOLD, NIGHT) == now


def test_the_school_year_turns_with_april_and_every_day_of_it_can_be_written_in() -> None:
    assert school_year(date(2027, 3, 31)) == 2026
    assert school_year(date(2027, 4, 1)) == 2027
    assert day_in_year(date(2027, 4, 1), 2026) == date(2027, 3, 31)
    assert day_in_year(date(2028, 2, 29), 2027) == date(2028, 2, 29)


def test_a_role_holds_on_its_last_day_and_not_on_the_next() -> None:
    grant = Grant(Role.APPROVER, school_scope(1), date(2026, 4, 1), date(2027, 3, 31))
    days = (date(2026, 3, 31), date(2026, 4, 1), date(2027, 3, 31), date(2027, 4, 1))
    assert [grant.holds_on(day) for day in days] == [False, True, True, False]
