"""Vietnamese mobile numbers as gateways write them, their networks, and what an ID number says."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop.domain.mobile_networks import mobile_sender, network_of
from desktop.domain.vietnam_ids import facts_of

MOVED = {
    "0120": "070", "0121": "079", "0122": "077", "0126": "076", "0128": "078",
    "0123": "083", "0124": "084", "0125": "085", "0127": "081", "0129": "082",
    "0162": "032", "0163": "033", "0164": "034", "0165": "035", "0166": "036",
    "0167": "037", "0168": "038", "0169": "039", "0186": "056", "0188": "058", "0199": "059",
}  # fmt: skip


@pytest.mark.parametrize("prefix", ["+84", "84", "0084", "0", "+84 0", "", "+84(0)", "０", "＋８４"])
def test_one_sender_whatever_stands_before_the_number(prefix: str) -> None:
    assert mobile_sender(f"{prefix}905123456") == "0905123456"


@pytest.mark.parametrize(("old", "new"), MOVED.items())
@pytest.mark.parametrize("code", ["+84", "84", "0084", "0"])
def test_numbers_of_before_2018_are_those_of_today(code: str, old: str, new: str) -> None:
    assert mobile_sender(f"{code}{old[1:]}1234567") == f"{new}1234567"


@pytest.mark.parametrize(
    "sender",
    ["", "8188", "VIETTEL", "MOBIFONE", "+819012345678", "819012345678", "+14155550100", "02363123456", "842363123456",
     "090512345", "09051234567", "01301234567", "0805", "84", "+84", "0405123456", "\x00", "\ud800", "0" * 2000,
     "٠٩٠٥١٢٣٤٥٦", "0905123456;rm", "<0905123456>", "1900123456", "+840"],
)  # fmt: skip
def test_whoever_has_no_vietnamese_mobile_is_no_sender(sender: str) -> None:
    assert mobile_sender(sender) is None


@given(st.one_of(st.text(st.characters(codec=None, exclude_categories=())), st.text("0123456789+ -")))
def test_any_sender_is_a_mobile_in_its_one_form_or_none(text: str) -> None:
    phone = mobile_sender(text)
    assert phone is None or (len(phone) == 10 and phone.isascii() and phone.isdigit() and mobile_sender(phone) == phone)


@pytest.mark.parametrize(
    ("phone", "network"),
    [
        ("0905123456", "mobifone"),
        ("0701234567", "mobifone"),
        ("0321234567", "viettel"),
        ("0861234567", "viettel"),
        ("0841234567", "vinaphone"),
        ("0911234567", "vinaphone"),
        ("0561234567", "vietnamobile"),
        ("0591234567", "gmobile"),
        ("0871234567", "itel"),
        ("0551234567", "wintel"),
        ("0711234567", ""),
        ("09051234567", ""),
        ("", ""),
    ],
)
def test_the_network_a_number_was_given_out_by(phone: str, network: str) -> None:
    assert network_of(phone) == network


def test_every_number_that_was_moved_has_a_network() -> None:
    assert all(network_of(f"{new}1234567") for new in MOVED.values())


@pytest.mark.parametrize(
    ("digits", "province", "is_male", "year"),
    [
        ("048090001234", "048", True, 1990),
        ("048190001234", "048", False, 1990),
        ("001200001234", "001", True, 2000),
        ("096326001234", "096", False, 2026),
        ("001400001234", "001", True, 2100),
        ("001999001234", "001", False, 2399),
    ],
)
def test_twelve_digits_say_province_sex_and_year(digits: str, province: str, is_male: bool, year: int) -> None:
    facts = facts_of(digits)
    assert facts is not None
    assert (facts.province, facts.is_male, facts.birth_year, facts.is_province_known) == (province, is_male, year, True)
    assert facts.fits(date(year, 5, 1))
    assert not facts.fits(date(year - 100, 5, 1))


def test_unknown_provinces_and_old_numbers() -> None:
    for province in ("000", "097", "999"):
        facts = facts_of(f"{province}090001234")
        assert facts is not None
        assert not facts.is_province_known
    assert facts_of("205123456") is None
