"""Dates as rosters hold them."""

from contextlib import suppress
from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop.domain.dates import DateError, age_on, read_date

SECOND_OF_APRIL = date(2017, 4, 2)


@pytest.mark.parametrize(
    "typed",
    [
        "2017-04-02",
        "2017/4/2",
        "2017.4.2",
        "20170402",
        "2017年4月2日",
        "２０１７年４月２日",
        "2017-04-02 00:00:00",
        "2017-04-02T00:00:00",
        "02/04/2017",
        "2.4.2017",
        "平成29年4月2日",
        "平成 29年 4月 2日",
        "平成２９年４月２日生",
        "H29.4.2",
        "h29/4/2",
        "Ｈ２９．４．２",
        "平29.4.2",
        "㍻29年4月2日",
        "H290402",
        date(2017, 4, 2),
        datetime(2017, 4, 2, 0, 0),
    ],
)
def test_one_day_written_in_many_ways(typed: str | date) -> None:
    assert read_date(typed) == SECOND_OF_APRIL


@pytest.mark.parametrize(
    ("typed", "day"),
    [
        ("令和元年5月1日", date(2019, 5, 1)),
        ("R1.5.1", date(2019, 5, 1)),
        ("平成31年4月30日", date(2019, 4, 30)),
        ("平成元年1月8日", date(1989, 1, 8)),
        ("昭和64年1月7日", date(1989, 1, 7)),
        ("S55.12.31", date(1980, 12, 31)),
        ("大正元年7月30日", date(1912, 7, 30)),
        ("M45.7.29", date(1912, 7, 29)),
    ],
)
def test_eras_begin_and_end_on_their_days(typed: str, day: date) -> None:
    assert read_date(typed) == day


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("平成31年5月1日", "date.era"),
        ("平成40年4月2日", "date.era"),
        ("昭和64年1月8日", "date.era"),
        ("令和0年1月1日", "date.era"),
        ("平成29年2月30日", "date.no_such_day"),
        ("2017-13-01", "date.no_such_day"),
        ("0000-01-01", "date.no_such_day"),
        ("04/13/2017", "date.no_such_day"),
        ("17/4/2", "date.unreadable"),
        ("2017/4-2", "date.unreadable"),
        ("2017", "date.unreadable"),
        ("42827", "date.unreadable"),
        ("", "date.unreadable"),
        ("不明", "date.unreadable"),
    ],
)
def test_what_is_no_day_is_refused_with_its_reason(typed: str, code: str) -> None:
    with pytest.raises(DateError) as refused:
        read_date(typed)
    assert refused.value.code == code


def test_an_age_changes_on_the_birthday() -> None:
    assert age_on(SECOND_OF_APRIL, date(2026, 4, 1)) == 8
    assert age_on(SECOND_OF_APRIL, date(2026, 4, 2)) == 9


@given(st.dates(min_value=date(1000, 1, 1)))
def test_every_day_is_read_back_from_every_western_form(day: date) -> None:
    for text in (
        day.isoformat(),
        f"{day.year}/{day.month}/{day.day}",
        f"{day:%d.%m.}{day.year}",
        f"{day.year}年{day.month}月{day.day}日",
    ):
        assert read_date(text) == day


@given(st.dates(min_value=date(2019, 5, 1), max_value=date(2117, 12, 31)))
def test_every_day_of_the_present_era_is_read_back(day: date) -> None:
    assert read_date(f"R{day.year - 2018}.{day.month}.{day.day}") == day


@given(st.one_of(st.text(), st.text("0123456789/.-年月日元平成令和HRS ")))
def test_nothing_but_its_own_error_is_ever_raised(text: str) -> None:
    with suppress(DateError):
        read_date(text)
