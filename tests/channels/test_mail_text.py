"""The bytes of a mail, read back by the standard library's parser; addresses; what server replies mean."""

import re
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.header import decode_header, make_header
from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop.domain.deliveries import MailStage
from desktop.domain.mail import (
    RULE,
    AddressError,
    Lane,
    MailTemplate,
    MailText,
    check_address,
    domain_of,
    lane,
    wire_address,
)
from desktop.domain.mail_replies import MAIL_REASONS, mail_reason, masked
from desktop.domain.plain_text import clean_line, clean_text

SENT_AT = datetime(2026, 11, 2, 8, 30, tzinfo=UTC)
LONG_NAME = "瑞穂市立穂積北中部東小学校・幼稚園・放課後児童クラブ連絡事務局（保護者連絡専用）"
SCRIPTS = [
    "🍎👨‍👩‍👧",
    "𠮷野家",
    "Đặng Thị Hồng Nhung",
    "葛󠄀城",
    "مدرسة\u200f",
    "髙﨑①㈱ｶﾅ～－—",
    "=?utf-8?q?x?=",
    "a\tb",
]
texts = st.one_of(st.text(max_size=400), st.lists(st.sampled_from(SCRIPTS), max_size=60).map(" ".join))


def template(**changes: object) -> MailTemplate:
    values: dict[str, object] = {
        "from_name": "第一小学校",
        "from_address": "renraku@city.example",
        "subject": "【第一小学校】【お知らせ】遠足の延期",
        "body": "雨のため延期します。",
        "footer": "お問い合わせは学校まで。",
        "language": "ja",
        "list_id": "notices.h001.city.example",
        "sent_at": SENT_AT,
        **changes,
    }
    return MailTemplate(MailText(**values))  # type: ignore[arg-type]  # the values are as varied as the tests


def render(to: str = "parent@example.test", greeting: str = "", **changes: object) -> bytes:
    return template(**changes).render(to=to, message_id="<d1@city.example>", greeting=greeting)


def parse(data: bytes) -> EmailMessage:
    message = message_from_bytes(data, policy=policy.SMTP)
    assert isinstance(message, EmailMessage)
    assert not message.defects
    return message


def text_of(data: bytes) -> str:
    content = parse(data).get_content()
    assert isinstance(content, str)
    return content.replace("\r\n", "\n")


def from_name_of(data: bytes) -> str:
    """Read with `email.header`: the newer parser of Python 3.11 puts blanks between encoded words of a phrase."""
    raw = message_from_bytes(data, policy=policy.compat32)["From"]
    name = raw.rpartition(" <")[0].replace("\r\n", "")
    return str(make_header(decode_header(name)))


def header_lines(data: bytes) -> list[str]:
    return data.partition(b"\r\n\r\n")[0].decode("ascii").split("\r\n")


def test_a_mail_carries_every_header_it_needs() -> None:
    message = parse(render())
    assert message["From"] == "第一小学校 <renraku@city.example>"
    assert message["To"] == "parent@example.test"
    assert message["Subject"] == "【第一小学校】【お知らせ】遠足の延期"
    assert message["Message-ID"] == "<d1@city.example>"
    assert message["Date"].datetime == SENT_AT
    assert message["List-Id"] == "<notices.h001.city.example>"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Content-Transfer-Encoding"] == "base64"
    assert message["Content-Language"] == "ja"
    assert message.get_content_type() == "text/plain"


def test_no_header_appears_twice() -> None:
    names = [line.partition(":")[0] for line in header_lines(render()) if not line.startswith(" ")]
    assert len(names) == len(set(names))


def test_body_and_footer_arrive_as_written() -> None:
    assert text_of(render()) == f"雨のため延期します。\n\n{RULE}\nお問い合わせは学校まで。\n"


def test_a_feature_phone_gets_no_decoration() -> None:
    assert text_of(render(plain=True)) == "雨のため延期します。\n\nお問い合わせは学校まで。\n"


def test_without_a_footer_there_is_no_rule() -> None:
    assert text_of(render(footer="\n")) == "雨のため延期します。\n"


def test_a_greeting_stands_before_the_body() -> None:
    assert text_of(render(greeting="山田 様", footer="")) == "山田 様\n\n雨のため延期します。\n"


def test_two_copies_differ_in_to_and_message_id_only() -> None:
    shared = template()
    one = shared.render(to="a@example.test", message_id="<d1@city.example>")
    two = shared.render(to="b@example.test", message_id="<d2@city.example>")
    assert one.replace(b"a@example.test", b"b@example.test").replace(b"<d1@", b"<d2@") == two


@pytest.mark.parametrize("name", [LONG_NAME, "x" * 200, "Trường Tiểu học Lê Quý Đôn " * 5, "𠮷" * 70])
def test_a_long_from_name_is_folded_legally(name: str) -> None:
    data = render(from_name=name)
    lines = header_lines(data)
    assert all(len(line) <= 78 for line in lines)
    assert all(line.strip() for line in lines)
    assert not any(line in ("From:", "From: ") for line in lines)
    assert all(len(word) <= 75 for line in lines for word in re.findall(r"=\?\S+\?=", line))
    assert from_name_of(data) == clean_line(name)


@pytest.mark.parametrize("name", ["Office, first floor", 'The "old" school', "a.b", "back\\slash", "=?utf-8?b?eA==?="])
def test_an_ascii_name_with_signs_keeps_its_meaning(name: str) -> None:
    assert parse(render(from_name=name))["From"].addresses[0].display_name == name


def test_an_empty_from_name_leaves_the_address() -> None:
    assert parse(render(from_name=" "))["From"] == "renraku@city.example"


@given(subject=texts, body=texts, name=texts, greeting=texts)
def test_any_text_comes_back_as_it_was(subject: str, body: str, name: str, greeting: str) -> None:
    data = render(subject=subject, body=body, from_name=name, greeting=greeting, footer="")
    message = parse(data)
    assert message["Subject"] == clean_line(subject)
    before = f"{clean_text(greeting)}\n\n" if greeting else ""
    body_text = clean_text(body).strip("\n")
    assert text_of(data) == f"{before}{body_text}\n"
    assert message["From"].addresses[0].addr_spec == "renraku@city.example"


@given(subject=texts, body=texts, name=texts)
def test_the_wire_form_is_safe_for_every_carrier(subject: str, body: str, name: str) -> None:
    data = render(subject=subject, body=body, from_name=name)
    assert data.isascii()
    assert data.endswith(b"\r\n")
    assert b"\n" not in data.replace(b"\r\n", b"")
    assert b"\r" not in data.replace(b"\r\n", b"")
    assert max(map(len, data.split(b"\r\n"))) <= 78
    assert {line.partition(":")[0] for line in header_lines(data) if line[0] != " "} == {
        *("From", "To", "Message-ID", "Subject", "Date", "List-Id", "Auto-Submitted"),
        *("MIME-Version", "Content-Type", "Content-Transfer-Encoding", "Content-Language"),
    }


def test_a_line_end_in_the_subject_cannot_start_a_header() -> None:
    message = parse(render(subject="x\r\nBcc: all@example.test", from_name="y\nBcc: all@example.test"))
    assert message["Bcc"] is None
    assert message["Subject"] == "x Bcc: all@example.test"


@pytest.mark.parametrize("message_id", ["d1@city.example", "<d1@a>\r\nBcc: <x@y>", "<d1>", "<a b@c>", ""])
def test_a_wrong_message_id_is_a_bug(message_id: str) -> None:
    with pytest.raises(ValueError, match="message_id"):
        template().render(to="parent@example.test", message_id=message_id)


@pytest.mark.parametrize("to", ["a@example.test\r\nBcc: b@example.test", "あ@example.test", "no-at", "a@b c.test"])
def test_an_address_that_breaks_headers_is_not_rendered(to: str) -> None:
    with pytest.raises(AddressError):
        render(to=to)


def test_control_characters_are_left_out_and_line_ends_become_one_kind() -> None:
    assert clean_text("a\x00b\x1b[0m\x9f\r\nc\rd\u2028e\x85f\tg") == "ab[0m\nc\nd\ne\nf\tg"
    assert clean_text("half \ud83c pair") == "half \ufffd pair"


@pytest.mark.parametrize(
    ("address", "wire"),
    [
        ("a.b@example.test", "a.b@example.test"),
        ("a..b@docomo.ne.jp", '"a..b"@docomo.ne.jp'),
        ("a.@docomo.ne.jp", '"a."@docomo.ne.jp'),
        (".a@ezweb.ne.jp", '".a"@ezweb.ne.jp'),
        ("-a--b_+c/d?@ezweb.ne.jp", "-a--b_+c/d?@ezweb.ne.jp"),
        ('"a..b"@docomo.ne.jp', '"a..b"@docomo.ne.jp'),
        ('a"b@docomo.ne.jp', '"a\\"b"@docomo.ne.jp'),
        ("a b@docomo.ne.jp", '"a b"@docomo.ne.jp'),
    ],
)
def test_only_what_is_no_dot_atom_is_quoted(address: str, wire: str) -> None:
    assert wire_address(address) == wire


@pytest.mark.parametrize("address", ["a..b@docomo.ne.jp", "a.@docomo.ne.jp", ".a@ezweb.ne.jp"])
def test_an_address_against_the_rules_stands_quoted_in_to(address: str) -> None:
    assert f"To: {wire_address(address)}" in header_lines(render(to=address))


@pytest.mark.parametrize(
    ("typed", "checked"),
    [
        (" parent@example.test　", "parent@example.test"),
        ("ｐａｒｅｎｔ＠ＥＸＡＭＰＬＥ．ｔｅｓｔ", "parent@example.test"),
        ("Parent+Sub@Example.TEST", "parent+sub@example.test"),
        ("a..b.@docomo.ne.jp", "a..b.@docomo.ne.jp"),
        ('"a..b"@docomo.ne.jp', "a..b@docomo.ne.jp"),
    ],
)
def test_an_address_is_taken_leniently(typed: str, checked: str) -> None:
    assert check_address(typed) == checked


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("　", "empty"),
        ("parent.example.test", "no_at"),
        ("a@b@example.test", "many_ats"),
        ("@example.test", "no_name"),
        ("parent@", "no_domain"),
        ("parent@localhost", "no_dot"),
        ("parent@example..test", "domain"),
        ("parent@-x.test", "domain"),
        ("pa rent@example.test", "space"),
        ("親@example.test", "character"),
        ("Parent<parent@example.test", "character"),
        ("a" * 250 + "@example.test", "too_long"),
    ],
)
def test_an_impossible_address_is_named_by_its_problem(typed: str, code: str) -> None:
    with pytest.raises(AddressError) as caught:
        check_address(typed)
    assert caught.value.code == code


@given(st.text(max_size=60))
def test_every_accepted_address_can_be_put_on_the_wire(typed: str) -> None:
    try:
        address = check_address(typed)
    except AddressError:
        return
    assert check_address(address) == address
    assert wire_address(address).isascii()


@pytest.mark.parametrize(
    ("domain", "expected"),
    [
        ("docomo.ne.jp", Lane.DOCOMO),
        ("EZWEB.ne.jp", Lane.AU),
        ("au.com", Lane.AU),
        ("i.softbank.jp", Lane.SOFTBANK),
        ("t.vodafone.ne.jp", Lane.SOFTBANK),
        ("gmail.com", Lane.GMAIL),
        ("notdocomo.ne.jp", Lane.OTHER),
        ("example.test", Lane.OTHER),
    ],
)
def test_lanes(domain: str, expected: Lane) -> None:
    assert lane(domain) is expected


DOCOMO, AU, GMAIL, OTHER = "docomo.ne.jp", "ezweb.ne.jp", "gmail.com", "mail.example"
MAIL, RCPT, DATA, END = MailStage.MAIL, MailStage.RCPT, MailStage.DATA, MailStage.END_OF_DATA


@pytest.mark.parametrize(
    ("domain", "stage", "code", "text", "reason"),
    [
        (DOCOMO, RCPT, 550, "Unknown user a@docomo.ne.jp", "unknown_user"),
        (DOCOMO, END, 550, "Unknown user a@docomo.ne.jp", "filtered"),
        (DOCOMO, END, 550, "5.2.0 Mail rejected", "filtered"),
        (DOCOMO, END, 552, "too much mail data", "mailbox_full"),
        (AU, RCPT, 550, "<a@ezweb.ne.jp>: User unknown", "unknown_user"),
        (AU, END, 550, "<a@ezweb.ne.jp>: User unknown", "unknown_user"),
        (AU, RCPT, 550, ": User unknown", "filtered"),
        (AU, RCPT, 550, "account is temporarily over quota", "mailbox_full"),
        (AU, RCPT, 550, "account is temporarily disabled", "account_disabled"),
        (GMAIL, RCPT, 450, "4.2.1 The user is receiving mail too quickly", "rate_limited"),
        (GMAIL, RCPT, 452, "4.2.2 The recipient's inbox is out of storage space", "mailbox_full"),
        (GMAIL, RCPT, 550, "5.1.1 The email account that you tried to reach does not exist", "unknown_user"),
        (GMAIL, RCPT, 553, "5.1.3 The recipient address is not a valid RFC 5321 address", "bad_address"),
        (GMAIL, END, 550, "5.7.26 Unauthenticated email is not accepted", "blocked"),
        (GMAIL, RCPT, 550, "5.2.1 The email account is disabled", "account_disabled"),
        (OTHER, RCPT, 451, "4.7.1 Greylisted, try again in 300 seconds", "greylisted"),
        (OTHER, RCPT, 450, "Recipient address rejected: Greylisting in effect", "greylisted"),
        (OTHER, RCPT, 451, "wait", "greylisted"),
        (OTHER, RCPT, 550, "No such user here", "unknown_user"),
        (OTHER, RCPT, 550, "", "unknown_user"),
        (OTHER, RCPT, 554, "5.7.1 <a@mail.example>: Relay access denied", "relay_denied"),
        (OTHER, RCPT, 530, "5.7.0 Must issue a STARTTLS command first", "auth_required"),
        (OTHER, MAIL, 530, "Authentication required", "auth_required"),
        (OTHER, MAIL, 550, "Unknown user", "sender_refused"),
        (OTHER, MAIL, 552, "Message size exceeds fixed limit", "too_big"),
        (OTHER, MAIL, 451, "Temporary problem", "try_later"),
        (OTHER, MAIL, 421, "Closing", "server_busy"),
        (OTHER, END, 552, "5.3.4 Message too big", "too_big"),
        (OTHER, END, 554, "5.6.0 Rejected by content check", "content_refused"),
        (OTHER, END, 554, "Message looks like spam", "blocked"),
        (OTHER, END, 451, "4.3.0 Temporary failure", "try_later"),
        (OTHER, DATA, 554, "no valid recipients", "refused"),
        (OTHER, RCPT, 552, "Mailbox full", "mailbox_full"),
    ],
)
def test_what_a_reply_means(domain: str, stage: MailStage, code: int, text: str, reason: str) -> None:
    assert mail_reason(domain, stage, code, text) == reason


@given(st.sampled_from([DOCOMO, AU, OTHER]), st.sampled_from(MailStage), st.integers(400, 599), st.text(max_size=80))
def test_every_refusal_has_a_known_reason(domain: str, stage: MailStage, code: int, text: str) -> None:
    assert mail_reason(domain, stage, code, text) in MAIL_REASONS


def test_a_servers_words_lose_their_addresses() -> None:
    words = 'user "a..b"@docomo.ne.jp and <taro.yamada@example.test>: no mailbox taro.yamada here'
    shown = masked(words, "taro.yamada@example.test")
    assert "taro" not in shown
    assert "docomo" not in shown
    assert shown.startswith("user …@… and <…@…>: no mailbox …")


def test_the_domain_of_a_quoted_address() -> None:
    assert domain_of('"a@b"@Docomo.ne.jp') == "docomo.ne.jp"
