"""What can be set, as declared."""

from datetime import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop.domain.errors import UserError
from desktop.settings import SETTINGS, Settings, quiet_hours, read_value, show_value


@pytest.mark.parametrize("key", SETTINGS)
def test_every_default_can_be_read_back(key: str) -> None:
    for default in (SETTINGS[key].default, SETTINGS[key].practice):
        if default is not None:
            assert read_value(key, show_value(default)) == default


@given(st.sampled_from(sorted(SETTINGS)), st.text(max_size=30))
def test_any_text_is_a_value_or_refused_in_words(key: str, text: str) -> None:
    try:
        value = read_value(key, text)
    except UserError as error:
        assert error.code == "settings.invalid"  # noqa: PT017 - any text may be refused
    else:
        assert read_value(key, show_value(value)) == value


@pytest.mark.parametrize(
    ("key", "text", "value"),
    [
        ("email.port", "25", 25),
        ("line.enabled", "ON", True),
        ("line.enabled", "off", False),
        ("email.security", " tls ", "tls"),
        ("portal.url", "https://renraku.city.example/", "https://renraku.city.example"),
        ("city.timezone", "Asia/Ho_Chi_Minh", "Asia/Ho_Chi_Minh"),
        ("notice.quiet_hours", "off", "off"),
        ("email.rates", " docomo=5, gmail = 2.50", "docomo=5,gmail=2.5"),
        ("email.rates", "", "off"),
        ("notice.quiet_hours", "21:00-7:00", "21:00-7:00"),
        ("registration.opens_at", "2027-03-17T09:00", "2027-03-17T09:00"),
        ("registration.opens_at", "２０２７年３月１７日　９時", "2027-03-17T09:00"),
        ("line.opens_at", "2027/3/26 9:05", "2027-03-26T09:05"),
        ("portal.opens_at", "2027-03-17", "2027-03-17T00:00"),
        ("portal.opens_at", " ", ""),
    ],
)
def test_values_are_read_as_typed(key: str, text: str, value: object) -> None:
    assert read_value(key, text) == value


@pytest.mark.parametrize(
    ("key", "text"),
    [
        ("email.port", "0"),
        ("email.port", "65536"),
        ("email.port", "smtp"),
        ("portal.opens_at", "2027-02-30 9:00"),
        ("portal.opens_at", "17 March"),
        ("portal.opens_at", "2027-03-17 25:00"),
        ("line.enabled", "maybe"),
        ("email.security", "ssl"),
        ("portal.url", "renraku.city.example"),
        ("portal.url", "https://"),
        ("city.timezone", "Mars/Olympus"),
        ("city.timezone", ""),
        ("notice.quiet_hours", "21-7"),
        ("email.rates", "docomo=0"),
        ("email.rates", "docomo=nan"),
        ("email.rates", "docomo"),
        ("email.rates", "nobody=5"),
        ("notice.quiet_hours", "late"),
    ],
)
def test_what_makes_no_sense_is_refused(key: str, text: str) -> None:
    with pytest.raises(UserError, match=r"settings\.invalid"):
        read_value(key, text)


def test_quiet_hours_are_times_of_day() -> None:
    hours = quiet_hours("21:00-7:00")
    assert hours is not None
    assert (hours.start, hours.end) == (time(21), time(7))
    assert quiet_hours("off") is None


def test_practice_is_quick_and_never_quiet() -> None:
    practice, real = Settings({}, practice=True), Settings({}, practice=False)
    assert (practice["notice.hold_minutes"], practice.quiet, practice["line.enabled"]) == (0, None, True)
    assert (real["notice.hold_minutes"], real["line.enabled"]) == (3, False)
    assert real.quiet is not None


def test_a_stored_value_stands_before_the_default() -> None:
    assert Settings({"notice.hold_minutes": 10}, practice=True)["notice.hold_minutes"] == 10
    with pytest.raises(KeyError):
        Settings({}, practice=False)["no.such"]
