"""In which alphabet a text travels, and in how many parts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop.domain.sms_alphabet import encoding_of, measure, split
from desktop.settings import SETTINGS

ACCOUNT = (
    "TK: 0905123456, MK: aB3dE5gH7k la tai khoan su dung HT Chinh quyen đien tu. "
    "De nghi anh chi doi mat khau trong vong 03 ngay de bao mat. Cam on!"
)
BASIC = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)


def test_the_one_letter_that_makes_three_parts_of_one_is_pointed_at() -> None:
    dear = measure(ACCOUNT)
    assert (dear.encoding, dear.parts, dear.offenders) == ("ucs2", 3, ((ACCOUNT.index("đ"), "đ"),))
    cheap = measure(ACCOUNT.replace("đ", "d"))
    assert (cheap.encoding, cheap.units, cheap.parts, cheap.room, cheap.offenders) == ("gsm7", 143, 1, 160, ())


@pytest.mark.parametrize(("setting", "units"), [("sms.reply_syntax", 96), ("sms.reply_id_taken", 78)])
def test_the_refusals_as_they_come_go_out_in_one_part(setting: str, units: int) -> None:
    one = measure(str(SETTINGS[setting].default))
    assert (one.encoding, one.units, one.parts) == ("gsm7", units, 1)


@pytest.mark.parametrize(
    ("text", "encoding", "units", "parts", "room"),
    [
        ("", "gsm7", 0, 1, 160),
        ("a" * 160, "gsm7", 160, 1, 160),
        ("a" * 161, "gsm7", 161, 2, 306),
        ("a" * 306, "gsm7", 306, 2, 306),
        ("a" * 307, "gsm7", 307, 3, 459),
        ("€" * 80, "gsm7", 160, 1, 160),
        ("€" * 81, "gsm7", 162, 2, 306),
        ("€" * 153, "gsm7", 306, 3, 459),  # one septet of each part stays empty
        ("a" * 152 + "€" + "a" * 10, "gsm7", 164, 2, 306),
        ("đ" * 70, "ucs2", 70, 1, 70),
        ("đ" * 71, "ucs2", 71, 2, 134),
        ("ắ" * 135, "ucs2", 135, 3, 201),
        ("😀" * 35, "ucs2", 70, 1, 70),
        ("😀" * 36, "ucs2", 72, 2, 134),
        ("😀" * 67, "ucs2", 134, 3, 201),
        ("đ^", "ucs2", 2, 1, 70),
        ("ç", "ucs2", 1, 1, 70),  # the alphabet has Ç alone
        ("`", "ucs2", 1, 1, 70),
        ("\t", "ucs2", 1, 1, 70),
        (BASIC, "gsm7", 127, 1, 160),
        ("\f^{}\\[~]|€", "gsm7", 20, 1, 160),
    ],
)
def test_lengths(text: str, encoding: str, units: int, parts: int, room: int) -> None:
    found = measure(text)
    assert (found.encoding, found.units, found.parts, found.room) == (encoding, units, parts, room)


def test_a_character_of_two_units_goes_whole_into_the_next_part() -> None:
    assert split("a" * 152 + "€" + "a" * 10) == ("a" * 152, "€" + "a" * 10)
    assert split("đ" * 66 + "😀" + "đ" * 10) == ("đ" * 66, "😀" + "đ" * 10)
    assert split("") == ("",)


PIECES = st.sampled_from([*BASIC, *"^{}\\[~]|€", "đ", "ắ", "😀", "x" * 50, "€" * 77, "😀" * 34, "a" * 153, "đ" * 67])


@given(st.lists(PIECES, max_size=40).map("".join))
def test_the_parts_make_up_the_text_and_each_fits(text: str) -> None:
    parts = split(text)
    assert "".join(parts) == text
    sizes = [len(octets(part, text)) for part in parts]
    alone, together = (160, 153) if encoding_of(text) == "gsm7" else (140, 134)
    assert sizes[0] <= alone if len(parts) == 1 else all(0 < size <= together for size in sizes)
    found = measure(text)
    assert (found.parts, found.units) == (len(parts), sum(sizes) // (1 if found.encoding == "gsm7" else 2))
    assert found.units <= found.room
    assert [text[at] for at, _ in found.offenders] == [letter for _, letter in found.offenders]


@given(st.text(st.sampled_from("aB€^đ😀"), min_size=1, max_size=400))
def test_no_fewer_parts_would_do(text: str) -> None:
    assert measure(text).parts == slowly_counted(text)


def octets(part: str, text: str) -> bytes:
    """One byte a septet, or UTF-16, as it goes over the air: written down apart from the product's counting."""
    if all(letter in BASIC + "\f^{}\\[~]|€" for letter in text):
        return b"".join(b"\x1bx" if letter in "\f^{}\\[~]|€" else b"x" for letter in part)
    return part.encode("utf-16-be")


def slowly_counted(text: str) -> int:
    alone, together = (160, 153) if "đ" not in text and "😀" not in text else (140, 134)
    if len(octets(text, text)) <= alone:
        return 1
    parts = [""]
    for letter in text:
        if len(octets(parts[-1] + letter, text)) > together:
            parts.append("")
        parts[-1] += letter
    return len(parts)
