"""Telephone numbers as people write them."""

from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop.domain.phones import PhoneError, phone_keys, phone_query, read_phone


@pytest.mark.parametrize(
    "typed",
    [
        "090-1234-5678",
        "０９０－１２３４－５６７８",
        "090(1234)5678",
        "+81 90 1234 5678",
        "+81(0)90-1234-5678",
        "819012345678",
    ],
)
def test_one_mobile_number_written_in_many_ways(typed: str) -> None:
    phone = read_phone(typed)
    assert (phone.number, phone.country, phone.zero_restored) == ("09012345678", "JP", False)
    assert phone.is_mobile
    assert phone.international == "+819012345678"


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("082-422-1111", "0824221111"),
        ("03-5253-1111", "0352531111"),
        ("0120-444-444", "0120444444"),
        ("0800-123-4567", "08001234567"),
    ],
)
def test_fixed_lines_and_free_numbers(typed: str, number: str) -> None:
    assert read_phone(typed).number == number


@pytest.mark.parametrize(("eaten", "number"), [("9012345678", "09012345678"), ("824221111", "0824221111")])
def test_a_zero_eaten_by_a_spreadsheet_is_put_back_and_said(eaten: str, number: str) -> None:
    phone = read_phone(eaten)
    assert (phone.number, phone.zero_restored) == (number, True)


@pytest.mark.parametrize(
    ("typed", "home"), [("0905 123 456", "VN"), ("+84 905123456", "JP"), ("84905123456", "JP"), ("905123456", "VN")]
)
def test_vietnamese_numbers(typed: str, home: Literal["JP", "VN"]) -> None:
    phone = read_phone(typed, home)
    assert (phone.number, phone.country, phone.international) == ("0905123456", "VN", "+84905123456")


@pytest.mark.parametrize(("old", "new"), [("01201234567", "0701234567"), ("+84 169 123 4567", "0391234567")])
def test_a_vietnamese_number_of_before_2018_gets_its_present_form(old: str, new: str) -> None:
    assert read_phone(old, "VN").number == new


def test_a_number_of_another_country_keeps_its_plus() -> None:
    phone = read_phone("+49 171 1234567")
    assert (phone.number, phone.international, phone.is_mobile) == ("+491711234567", "+491711234567", False)


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("", "phone.empty"),
        (" - ", "phone.empty"),
        ("なし", "phone.letters"),
        ("090-1234-567", "phone.length"),
        ("12", "phone.length"),
    ],
)
def test_what_nobody_could_dial_is_refused_with_its_reason(typed: str, code: str) -> None:
    with pytest.raises(PhoneError) as refused:
        read_phone(typed)
    assert refused.value.code == code


def test_a_number_is_found_by_its_end() -> None:
    assert phone_keys("09012345678") == ("09012345678", "12345678", "5678")


@pytest.mark.parametrize(
    ("typed", "key"), [("090-12", "09012"), ("+81 90", "090"), ("５６７８", "5678"), ("さとう", None)]
)
def test_a_half_typed_number_is_a_key(typed: str, key: str | None) -> None:
    assert phone_query(typed) == key


@given(st.one_of(st.text(), st.text("0123456789+-() ")), st.sampled_from(["JP", "VN"]))
def test_a_number_read_is_read_again_as_itself_and_nothing_else_is_raised(text: str, home: Literal["JP", "VN"]) -> None:
    try:
        phone = read_phone(text, home)
    except PhoneError:
        return
    assert read_phone(phone.number, phone.country or home).number == phone.number
    assert read_phone(phone.international).number == phone.number
