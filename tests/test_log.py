"""The log says what happened, and to nobody's harm."""

import io
import logging
import re
import string
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop.log import logging_to, masked

LINE_ID = "U" + "4af4980629b1c7f0" * 2
NEIGHBOURS = st.sampled_from(["", " ", "'", '"', "<", "(", "to=", "[", ",", ": ", "、", "は"])
LOCAL_PARTS = st.from_regex(r"[a-z0-9][a-z0-9._+\-]{0,20}", fullmatch=True)
DOMAINS = st.sampled_from(["docomo.example", "mail.city.example", "family.test", "xn--wgv71a.test"])
DIGITS = st.lists(st.sampled_from("0123456789"), min_size=9, max_size=15)
GAPS = st.sampled_from(["", "-", " ", ".", ") ", "－", "ー"])


@given(before=NEIGHBOURS, local=LOCAL_PARTS, domain=DOMAINS, after=NEIGHBOURS)
def test_an_address_never_reaches_the_log(before: str, local: str, domain: str, after: str) -> None:
    shown = masked(f"{before}{local}@{domain}{after}")
    assert "@" not in shown
    assert domain not in shown


@pytest.mark.parametrize(
    "text",
    [
        "taro..yamada.@docomo.example",
        '"taro..yamada."@docomo.example',
        '"taro yamada"@docomo.example',
        "太郎@家族.test",
        "taro＠family.test",
        "taro%40family.test",
        "GET /confirm?to=taro%40family.test&x=1",
        "SMTPRecipientsRefused({'taro@family.test': (550, b'<taro@family.test>: unknown')})",
        "postgresql://clerk:pass@taro.test/renraku",
    ],
)
def test_an_address_is_masked_however_it_is_written(text: str) -> None:
    shown = masked(text)
    assert "taro" not in shown
    assert "太郎" not in shown
    assert "yamada" not in shown


@given(before=NEIGHBOURS, name=st.text("0123456789abcdef", min_size=32, max_size=32), after=NEIGHBOURS)
def test_a_line_id_never_reaches_the_log(before: str, name: str, after: str) -> None:
    assert name not in masked(f"{before}U{name}{after}")


@given(before=NEIGHBOURS, digits=DIGITS, gaps=st.lists(GAPS, min_size=15, max_size=15), after=NEIGHBOURS)
def test_a_telephone_number_never_reaches_the_log(before: str, digits: list[str], gaps: list[str], after: str) -> None:
    number = digits[0] + "".join(gap + digit for gap, digit in zip(gaps, digits[1:], strict=False))
    assert not re.search(r"\d", masked(f"{before}{number}{after}"))


@pytest.mark.parametrize(
    "number", ["082-420-0911", "+84 912 345 678", "０８２（４２０）０９１１", "(082) 420-0911", "09012345678"]
)
def test_a_telephone_number_is_masked_however_it_is_written(number: str) -> None:
    assert masked(f"called {number}.") in ("called <number>.", "called (<number>.")


@pytest.mark.parametrize(
    "text",
    [
        "notice 1234 to 412 families",
        "since 2026-11-20 10:43:12",
        "250 ok in 12.5 ms",
        "127.0.0.1:2525",
        "a @ b",
        "3-1, 3-2",
    ],
)
def test_what_names_nobody_stays_readable(text: str) -> None:
    assert masked(text) == text


@given(st.text(string.printable + "＠あ０", max_size=300))
def test_masking_twice_changes_nothing_more(text: str) -> None:
    assert masked(masked(text)) == masked(text)


def test_a_long_line_without_any_address_takes_no_time() -> None:
    started = time.perf_counter()
    for filler in ("a", "a.", '"', "%40", "1 ", "(", "a@"):
        masked(filler * (200_000 // len(filler)))
    assert time.perf_counter() - started < 5


def test_arguments_and_tracebacks_are_masked_too(tmp_path: Path) -> None:
    stream = io.StringIO()
    with logging_to(tmp_path, "desk", stream=stream):
        try:
            int(f"no such user taro@family.test, {LINE_ID}")
        except ValueError:
            logging.getLogger("desktop.worker").exception("could not send to %s", "hana@family.test")
    for shown in (stream.getvalue(), (tmp_path / "desk.log").read_text(encoding="utf-8")):
        assert "ValueError: invalid literal" in shown
        assert "no such user <address>" in shown
        assert "could not send to <address>" in shown
        assert LINE_ID not in shown


def test_the_time_of_a_line_is_utc_and_stays_readable(tmp_path: Path) -> None:
    stream = io.StringIO()
    with logging_to(None, "desk", stream=stream):
        line = {"name": "desktop", "levelno": logging.INFO, "levelname": "INFO", "msg": "ready", "created": 0}
        logging.getLogger().handle(logging.makeLogRecord(line))
    assert stream.getvalue() == "1970-01-01T00:00:00Z INFO desktop: ready\n"


def test_a_log_that_grows_gives_up_its_oldest_lines(tmp_path: Path) -> None:
    with logging_to(tmp_path, "worker", stream=io.StringIO()):
        for _ in range(80):
            logging.getLogger("desktop").info("x" * 100_000)
    files = list(tmp_path.iterdir())
    assert 1 < len(files) <= 6
    assert sum(file.stat().st_size for file in files) < 7_000_000


def test_logging_ends_with_its_block() -> None:
    stream = io.StringIO()
    with logging_to(None, "desk", stream=stream):
        pass
    logging.getLogger("desktop").warning("after the end")
    assert stream.getvalue() == ""
