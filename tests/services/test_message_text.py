"""What mails and LINE messages say."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop.domain.claims import NoticeMessage
from desktop.domain.line import utf16_units
from desktop.domain.mail import RULE, MailTemplate
from desktop.domain.notices import Draft, NoticeKindRow, NoticeText
from desktop.domain.schools import SchoolRow
from desktop.i18n import LANGUAGES, speaking
from desktop.services.message_text import (
    fallback_language,
    line_body,
    line_messages,
    line_units,
    mail_text,
    message_of_draft,
)

NOW = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
KIND = NoticeKindRow("announcement", {"ja": "お知らせ", "en": "Announcement", "vi": "Thông báo"}, False, None)
SCHOOL = SchoolRow(1, "H001", "ひがし小学校", "primary", "082-000-0001", "h001@school.example", 1)
TEXTS = {"ja": NoticeText("延期", "明日は延期"), "vi": NoticeText("Hoãn", "Ngày mai hoãn")}


def message(texts: dict[str, NoticeText] = TEXTS, school: SchoolRow | None = SCHOOL) -> NoticeMessage:
    return message_of_draft(Draft("announcement", 1, texts), KIND, school, "ひがし市", NOW)


def test_the_subject_names_school_kind_and_title_in_the_readers_language() -> None:
    assert mail_text(message(), "ja", plain=False, from_address="a@city.example").subject == (
        "【ひがし小学校】【お知らせ】延期"
    )
    assert mail_text(message(), "vi", plain=False, from_address="a@city.example").subject == (
        "【ひがし小学校】【Thông báo】Hoãn"
    )


def test_a_copy_says_so_before_anything_else() -> None:
    subjects = [
        mail_text(message(), languages, plain=plain, from_address="a@city.example").subject
        for languages in ("ja+copy", "vi+copy")
        for plain in (False, True)
    ]
    assert (
        subjects
        == ["【控え】【ひがし小学校】【お知らせ】延期"] * 2 + ["[Bản sao] 【ひがし小学校】【Thông báo】Hoãn"] * 2
    )


def test_other_languages_stand_under_the_first() -> None:
    text = mail_text(message(), "vi+ja", plain=False, from_address="a@city.example")
    assert text.body == f"Ngày mai hoãn\n\n{RULE}\n\n延期\n\n明日は延期"
    assert text.language == "vi"


def test_the_footer_says_where_to_ask_in_every_language_of_the_mail() -> None:
    footer = mail_text(message(), "ja+vi", plain=False, from_address="a@city.example").footer.split("\n")
    assert footer[0] == "ひがし小学校 · 082-000-0001 · h001@school.example"
    assert len(footer) == 5


def test_a_feature_phone_gets_the_number_alone() -> None:
    text = mail_text(message(), "ja+vi", plain=True, from_address="a@city.example")
    assert text.footer == "ひがし小学校 · 082-000-0001"
    assert RULE not in text.body


def test_the_city_sends_in_its_own_name() -> None:
    text = mail_text(message(school=None), "ja", plain=False, from_address="a@city.example")
    assert (text.from_name, text.list_id) == ("ひがし市", "notices.city.city.example")


def test_the_language_of_the_process_does_not_matter() -> None:
    here = [mail_text(message(), "ja", plain=False, from_address="a@city.example")]
    for language in LANGUAGES:
        with speaking(language):
            here.append(mail_text(message(), "ja", plain=False, from_address="a@city.example"))
    assert len(set(here)) == 1


def test_a_bubble_says_who_and_what_first() -> None:
    assert line_body(message(), "ja") == "【ひがし小学校】【お知らせ】\n延期\n\n明日は延期"
    assert [one["text"] for one in line_messages(message(), "vi+ja")] == [
        line_body(message(), "vi"),
        line_body(message(), "ja"),
    ]


def test_a_bubble_is_counted_as_line_counts() -> None:
    assert line_units(message({"ja": NoticeText("🍎", "𠮷")})) == {
        "ja": utf16_units("【ひがし小学校】【お知らせ】\n") + 6
    }


def test_a_text_too_long_for_line_is_refused() -> None:
    with pytest.raises(ValueError, match="5000"):
        line_messages(message({"ja": NoticeText("延期", "あ" * 5000)}), "ja")


@pytest.mark.parametrize(
    ("written", "city", "found"),
    [(["ja", "vi"], "ja", "ja"), (["en", "vi"], "ja", "en"), (["vi"], "ja", "vi"), (["ja", "vi"], "vi", "vi")],
)
def test_what_is_read_where_the_own_language_is_missing(written: list[str], city: str, found: str) -> None:
    assert fallback_language(written, city) == found


@given(
    code=st.text(max_size=12),
    sender=st.text(max_size=20),
    title=st.text(max_size=50),
    body=st.text(max_size=200),
    plain=st.booleans(),
)
def test_every_notice_makes_a_mail(code: str, sender: str, title: str, body: str, plain: bool) -> None:
    school = SchoolRow(1, code, sender, "primary", "", "", 1)
    text = mail_text(message({"ja": NoticeText(title, body)}, school), "ja", plain=plain, from_address="a@city.example")
    assert MailTemplate(text).render(to="b@mail.example", message_id="<1@city.example>")
