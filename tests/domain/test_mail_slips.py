"""Domains that look like a slip are asked about, and real ones never are."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop.domain.mail_slips import likely_meant


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("gmial.com", "gmail.com"), ("gmai.com", "gmail.com"), ("gmail.co", "gmail.com"), ("gmali.com", "gmail.com"),
        ("gmail.con", "gmail.com"), ("gmail.comm", "gmail.com"), ("docomo.ne.jo", "docomo.ne.jp"),
        ("docomo.co.jp", "docomo.ne.jp"), ("dokomo.ne.jp", "docomo.ne.jp"), ("ezweb.ne.jo", "ezweb.ne.jp"),
        ("i.softbank.ne.jp", "i.softbank.jp"), ("yahoo.co.jo", "yahoo.co.jp"), ("yaho.co.jp", "yahoo.co.jp"),
        ("iclod.com", "icloud.com"), ("hotmai.com", "hotmail.com"),
    ],
)  # fmt: skip
def test_slips(typed: str, meant: str) -> None:
    assert likely_meant(f"hana@{typed}") == f"hana@{meant}"


@pytest.mark.parametrize(
    "domain",
    ["docomo.ne.jp", "au.com", "ezweb.ne.jp", "i.softbank.jp", "gmail.com", "mail.com", "gmx.com", "ymail.ne.jp",
     "me.com", "yahoo.com", "yahoo.co.jp", "email.com", "city.higashi.example", "aol.com", "live.com", "ymail.com"],
)  # fmt: skip
def test_what_exists_is_left_alone(domain: str) -> None:
    assert likely_meant(f"hana@{domain}") is None


@given(st.text())
def test_it_is_never_at_a_loss(text: str) -> None:
    meant = likely_meant(text)
    assert meant is None or meant != text
