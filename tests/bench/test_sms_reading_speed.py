"""How long a text message takes to read, its trace included, and to be made fit for a screen (processor time)."""

import time
from collections.abc import Callable
from datetime import date
from functools import partial

from desktop.domain.sms_reading import masked, read
from tests.bench.figures import QUICK, below, in_words, note, typical

TODAY = date(2026, 11, 22)
MESSAGES = (
    "TK,Tran Thi Mai,205123456,03.07.1990",
    "TK ; Nguyễn Thị Hồng Ngọc ; 048 190 001 234 ; 3/7/1990",
    "ｔｋ；Đặng Văn Sơn；０４８０９０００１２３４；３１．１２．１９９０",
    "TK Nguyen Thi Lan 205444111 1.2.1979",
    "xin chao",
)
JUNK = ("1", ",", "a1", "ắ", "\u0301\u0323", "1 ", "TK;", "😀", "\ufdfa", "\x00", " ", "1.1.1990 ")


def test_a_message_is_read_in_no_time() -> None:
    for what, work in (("read, with its trace", _read), ("masked for a screen", masked)):
        slowest = max(typical(partial(_each, work, text, 5_000)) for text in MESSAGES)
        note(f"a message {what}, slowest of five kinds", f"{slowest * 1e6:.0f} µs", "< 50 µs", slowest < 50e-6)


def test_two_thousand_characters_of_anything_take_no_longer_than_their_length() -> None:
    for what, work in (("read", _read), ("masked", masked)):
        took = {piece: _each(work, (piece * 2_000)[:2_000], 100) for piece in JUNK}
        worst = max(took, key=lambda piece: took[piece])
        below(f"2,000 characters of {worst!a} {what}", took[worst], 0.005)
        longer = _each(work, (worst * 20_000)[:20_000], 10)
        note(f"the same, ten times as long, {what}", in_words(longer), "≤ 20 ×", longer <= 20 * took[worst])


def _read(text: str) -> object:
    return read(text, TODAY)


def _each(work: Callable[[str], object], text: str, times: int) -> float:
    times = max(1, times // 50) if QUICK else times
    began = time.process_time()
    for _ in range(times):
        work(text)
    return (time.process_time() - began) / times
