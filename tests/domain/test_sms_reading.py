"""Messages as people text them, and what is understood (B3–B6)."""

import re
import unicodedata
from datetime import date, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from desktop.domain.sms_reading import HIDDEN_DIGIT, Field, masked, read, veiled
from tests.sms_texts import BOM, LRM, NBSP, NOT_UNDERSTOOD, SHY, UNDERSTOOD, WIDE, ZWSP

TODAY = date(2026, 11, 22)


@pytest.mark.parametrize(("text", "name", "id_number", "born"), UNDERSTOOD)
def test_a_message_that_is_understood(text: str, name: str, id_number: str, born: str) -> None:
    applicant = read(text, TODAY).applicant
    assert applicant is not None
    typed, _, plain = name.partition("|")
    assert (applicant.name, applicant.plain_name) == (typed, plain or typed)
    assert (applicant.id_number, applicant.birth_date.isoformat()) == (id_number, born)


@pytest.mark.parametrize(("text", "problem"), NOT_UNDERSTOOD)
def test_a_message_that_is_not_understood_says_what_is_wrong_first(text: str, problem: str) -> None:
    reading = read(text, TODAY)
    assert (reading.applicant, reading.problem) == (None, problem)


def test_every_field_says_where_it_stood_and_what_was_made_of_it() -> None:
    assert read("TK ; Trần Mai ; 205 123 456 ; 3/7/1990 ", TODAY).fields == (
        Field(1, "keyword", 0, 2, "TK", "TK"),
        Field(2, "name", 5, 13, "Trần Mai", "Tran Mai", notes=("diacritics",)),
        Field(3, "id", 16, 27, "205 123 456", "205123456", notes=("blanks",)),
        Field(4, "birth_date", 30, 38, "3/7/1990", "1990-07-03"),
    )


def test_every_field_is_judged_also_where_an_earlier_one_is_wrong() -> None:
    fields = read("DK,Mai 😀 1,2051,3.7.90,x,y", TODAY).fields
    assert [field.problem for field in fields] == ["keyword", "", "id.length", "date.short_year", "extra"]
    assert [field.raw for field in fields] == ["DK", "Mai 😀 1", "2051", "3.7.90", "x,y"]


@pytest.mark.parametrize(
    ("text", "notes"),
    [
        ("TK,Tran  Mai,205123456,3.7.1990", ("", "blanks", "", "")),
        ("ＴＫ,Ｍai,２05123456,3．7．1990", ("width", "width", "width", "width")),
        (f"T{ZWSP}K,M{SHY}ai,205{BOM}123456,3.{LRM}7.1990", ("invisible", "invisible", "invisible", "invisible")),
        (f"TK,Trần{WIDE}Mai 2,205{NBSP}123456,3. 7.1990", ("", "diacritics digits", "blanks", "blanks")),
        ("TK,Tr\ufffdn,205123456,3.7.1990", ("", "damaged", "", "")),
    ],
)
def test_what_was_put_right_is_noted(text: str, notes: tuple[str, ...]) -> None:
    assert tuple(" ".join(field.notes) for field in read(text, TODAY).fields) == notes


@pytest.mark.parametrize(
    ("id_number", "born", "fits", "notes"),
    [
        ("048090001234", "17.09.1990", True, "male"),
        ("048190001234", "17.09.1990", True, "female"),
        ("048200001234", "17.09.2000", True, "male"),
        ("048326001234", "17.09.2026", True, "female"),
        ("048000001234", "17.09.1900", True, "male"),
        ("001090001234", "17.09.1990", True, "male"),
        ("096090001234", "17.09.1990", True, "male"),
        ("000090001234", "17.09.1990", True, "male province"),
        ("097190001234", "17.09.1990", True, "female province"),
        ("048091001234", "17.09.1990", False, "male year"),
        ("048290001234", "17.09.1990", False, "male century"),
        ("048105001234", "17.09.2006", False, "female century year"),
        ("048490001234", "17.09.1990", False, "male century"),
        ("048990001234", "17.09.1990", False, "female century"),
        ("205123456", "17.09.1990", True, ""),
    ],
)
def test_what_a_new_id_says_is_held_against_the_date_and_never_a_reason_to_refuse(
    id_number: str, born: str, fits: bool, notes: str
) -> None:
    reading = read(f"TK,Mai,{id_number},{born}", TODAY)
    assert reading.applicant is not None
    assert (reading.applicant.fits, " ".join(reading.fields[2].notes)) == (fits, notes)


def test_who_was_born_is_asked_of_the_day_that_it_is() -> None:
    text = "TK,Mai,205123456,23.11.2026"
    assert read(text, TODAY).problem == "date.future"
    assert read(text, TODAY + timedelta(days=1)).applicant is not None


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("TK,Tran Thi Mai,205123456,03.07.1990", "TK,Tran Thi Mai,••••••456,03.07.1990"),
        ("TK ; Mai ; 205 123 456 ; 3/7/1990", "TK ; Mai ; ••• ••• 456 ; 3/7/1990"),
        ("TK，Mai，２０５１２３４５６，３．７．１９９０", "TK，Mai，••••••４５６，３．７．１９９０"),
        ("TK,Mai,048090001234,17/09/1990", "TK,Mai,•••••••••234,17/09/1990"),
        ("TK,Mai,205.123-456,3.7.1990", "TK,Mai,•••.•••-456,3.7.1990"),
        ("TK,Mai,٢٠٥١٢٣٤٥٦,3.7.1990", "TK,Mai,••••••٤٥٦,3.7.1990"),
        ("TK,Mai,2O5l23456,3.7.1990", "TK,Mai,•O•l••456,3.7.1990"),
        ("TK,Mai,20512,3.7.1990", "TK,Mai,••512,3.7.1990"),
        ("TK,Mai,205,123,456,3.7.1990", "TK,Mai,•••,•••,456,3.7.1990"),
        ("TK,Mai,3.7.1990,205123456", "TK,Mai,3.7.1990,••••••456"),
        ("TK,205123456,Mai,3.7.1990", "TK,••••••456,Mai,3.7.1990"),
        ("TK Mai 205444111 1.2.1979", "TK Mai ••••••••• •.•.•979"),
        ("TK Mai 205444111 sinh 1.2.1979", "TK Mai ••••••111 sinh 1.2.1979"),
        ("TK,Mai 205123456,CMND 048090001234,3.7.1990", "TK,Mai ••••••456,CMND •••••••••234,3.7.1990"),
        ("TK,\u202eiaM\x1b[2J\x00,205123456,\n3.7.1990\r\n", "TK,\ufffdiaM\ufffd[2J\ufffd,••••••456, 3.7.1990  "),
        ("👨‍👩‍👧 <b>xin</b>\u200b chao", "👨‍👩‍👧 <b>xin</b>\u200b chao"),
        ("goi 8188 luc 12.30", "goi 8188 luc 12.30"),
        ("", ""),
    ],
)
def test_what_may_be_an_id_is_hidden_save_its_end(text: str, shown: str) -> None:
    assert masked(text) == shown


def test_the_fields_of_a_screen_hold_no_id_either() -> None:
    text = "TK,Mai,205 123 456,3.7.1990"
    fields = veiled(text, read(text, TODAY).fields)
    assert [(field.raw, field.understood) for field in fields] == [
        ("TK", "TK"),
        ("Mai", "Mai"),
        ("••• ••• 456", "••••••456"),
        ("3.7.1990", "1990-07-03"),
    ]


# What follows holds for every text there is.

BLANKS = st.text(" \t\r\n\xa0\u2009\u200b\u3000\ufeff", max_size=2)
INNER_BLANKS = st.text(" \xa0\u2009\u200b\u3000", max_size=1)
IDS = st.one_of(st.text("0123456789", min_size=9, max_size=9), st.text("0123456789", min_size=12, max_size=12))
WORDS = st.text("aăâbcdđeêghiklmnoôơpqrstuưvxyẤằẵỘờĐỷÝ", min_size=1, max_size=7)
NAMES = st.lists(WORDS, min_size=1, max_size=5).map(lambda words: unicodedata.normalize("NFC", " ".join(words)))
TEXTS = st.one_of(
    st.text(st.characters(codec=None, exclude_categories=()), max_size=300),
    st.text("TKtk,;，； .0123456789/\u0301\u0323\u200ba•", max_size=200),
    st.text(max_size=20).map(lambda text: (text or "x") * 2000).map(lambda text: text[:2000]),
    st.binary(max_size=300).map(lambda data: data.decode("latin-1")),
)


@given(TEXTS)
@example("\ud800,\udfff;\x00,\U0010ffff")
def test_any_text_has_a_reading_whose_fields_stand_in_order_and_leave_only_what_parts_them(text: str) -> None:
    reading = read(text, TODAY)
    assert (reading.applicant is None) == bool(reading.problem)
    at = 0
    between = ""
    for field in reading.fields:
        assert at <= field.start <= field.end <= len(text)
        assert field.raw == text[field.start : field.end]
        assert not (field.problem and field.understood)
        between += text[at : field.start]
        at = field.end
    rest = unicodedata.normalize("NFKC", between + text[at:])
    assert not re.sub("[,;\\s\u00ad\u061c\u115f\u1160\u180e\u2800\ufe00-\ufe0f\ufeff\u034f]", "", rest).strip(
        "\u200b\u200c\u200d\u200e\u200f\u2060\u2061\u2062\u2063\u2064"
    )
    shown = masked(text)
    assert len(shown) == len(text)
    assert all(now in (before, HIDDEN_DIGIT, " ", "\ufffd") for before, now in zip(text, shown, strict=True))
    assert not re.search("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]", shown)
    assert len(veiled(text, reading.fields)) == len(reading.fields)


@st.composite
def spelled(draw: st.DrawFn) -> tuple[str, tuple[str, str, date]]:
    """A message that is right, in one of the ways it may be written, and who it is from."""
    name, id_number = draw(NAMES), draw(IDS)
    born = draw(st.dates(date(1900, 1, 1), TODAY))
    dot = draw(st.sampled_from("./"))
    width = draw(st.sampled_from(["02", ""]))
    fields = [
        draw(st.sampled_from(["TK", "tk", "Tk", "ＴＫ"])),
        draw(st.sampled_from([name, unicodedata.normalize("NFD", name), name.replace(" ", " \u3000 ")])),
        "".join(digit + draw(INNER_BLANKS) for digit in id_number),
        f"{born.day:{width}}{dot}{draw(INNER_BLANKS)}{born.month:{width}}{dot}{born.year}",
    ]
    text = draw(BLANKS)
    for field in fields:
        text += draw(BLANKS) + field + draw(BLANKS) + draw(st.sampled_from(",;，；"))
    text = text[:-1]
    if draw(st.booleans()):
        text = text.translate({code: code + 0xFEE0 for code in range(ord("0"), ord("9") + 1)})
    return text, (name, id_number, born)


@given(spelled())
def test_whoever_writes_it_in_any_way_that_is_allowed_is_understood(
    written: tuple[str, tuple[str, str, date]],
) -> None:
    text, (name, id_number, born) = written
    applicant = read(text, TODAY).applicant
    assert applicant is not None
    assert (applicant.name, applicant.id_number, applicant.birth_date) == (name, id_number, born)
    assert applicant.plain_name == without_marks(name)


@given(TEXTS, TEXTS, IDS, st.data())
def test_no_id_that_was_texted_is_found_on_a_screen(
    before: str, after: str, id_number: str, data: st.DataObject
) -> None:
    zero = data.draw(st.sampled_from("0０٠०𝟎"))
    between = st.text(" \xa0\u2009\u200b\u3000.-‐–", max_size=2)
    spelling = "".join(chr(ord(zero) + int(digit)) + data.draw(between) for digit in id_number)
    text = before + spelling + after
    assert id_number not in digits_of(masked(text))
    shown = " ".join(f"{field.raw} {field.understood}" for field in veiled(text, read(text, TODAY).fields))
    assert id_number not in digits_of(shown)


def without_marks(name: str) -> str:
    """Written down apart from the product's own way of doing it."""
    apart = unicodedata.normalize("NFD", name)
    return "".join({"đ": "d", "Đ": "D"}.get(one, one) for one in apart if not "\u0300" <= one <= "\u036f")


def digits_of(text: str) -> str:
    """Without whatever somebody may have put between the digits of a number."""
    plain = unicodedata.normalize("NFKC", text)
    return re.sub(
        "[\\s.‐–\u200b-]+", "", "".join(str(unicodedata.digit(one)) if one.isdigit() else one for one in plain)
    )
