"""Text as it should never come: it is kept, cleaned or refused with a clear line, and nothing breaks on it."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from email import message_from_bytes
from email.header import decode_header, make_header
from email.policy import SMTP
from functools import partial

import pytest

from desktop.domain.errors import UserError
from desktop.domain.line import utf16_units
from desktop.domain.mail import MailTemplate
from desktop.domain.notices import NoticeText
from desktop.domain.people import ChildForm, GuardianForm, ListQuery, Node
from desktop.domain.staff import CITY, Grant, Role
from desktop.i18n import LANGUAGES
from desktop.services.deliveries import Deliveries
from desktop.services.message_text import line_messages, mail_text
from desktop.services.people import People
from desktop.services.schools import Schools
from desktop.services.staff import StaffService
from desktop.settings import read_value
from desktop.store.db import Store
from desktop.wording.errors import word
from tests.conftest import Clock
from tests.make import Make
from tests.services.notice_office import Office

ODD = {
    "NUL": "a\x00b",
    "half a surrogate": "a\ud83d",
    "control": "a\x1b[31m\x07\x85b",
    "injection": "a\r\nBcc: all@school.example\r\n\r\nb",
    "emoji": "👨‍👩‍👧‍👦🇯🇵",
    "right to left": "\u202eשלום\u202c مرحبا",
    "sql": "'; DROP TABLE children; --",
    "like": "%_\\",
    "html": "<script>alert(1)</script><img src=x>&amp;",
    "format": "{0} {name} %s %(x)s",
    "long": "長" * 10_000,
    "blank": "\u3000 \t\n",
    "noncharacter": "\uffff\ufffe",
}


@pytest.fixture
def office(store: Store, clock: Clock, make: Make) -> Office:
    return Office(store, clock, make)


def refused(attempt: Callable[[], object]) -> str:
    """The code of the error that refuses it in words; "" if it was done. Anything else is a bug."""
    try:
        attempt()
    except UserError as error:
        return error.code if str(word(error)) else "without words"
    return ""


@pytest.mark.parametrize("text", ODD.values(), ids=ODD.keys())
def test_a_notice_of_odd_text_is_kept_and_sent_or_refused_in_words(office: Office, text: str) -> None:
    draft = office.draft(texts={"ja": NoticeText(text, text)})
    notice_id = office.notices.create(office.author, draft)
    version = office.notices.get(office.author, notice_id).version
    if refused(lambda: office.approvals.submit(office.author, notice_id, version)):
        return
    office.approvals.approve(office.approver, notice_id, now=True)
    office.clock.turn(minutes=1)
    deliveries = Deliveries(office.store, office.clock)
    assert deliveries.begin(notice_id)
    message = deliveries.message(notice_id)
    mail = mail_text(message, "ja", plain=False, from_address="notices@city.example")
    data = MailTemplate(mail).render(to="a..b.@docomo.ne.jp", message_id="<1@city.example>")
    read = message_from_bytes(data, policy=SMTP)
    assert len(read.get_all("To", [])) == len(read.get_all("Subject", [])) == 1
    assert read["Bcc"] is None
    assert "\n" not in str(make_header(decode_header(str(read["Subject"]))))
    assert all(0 < utf16_units(str(one["text"])) <= 5000 for one in line_messages(message, "ja"))


def test_searching_for_odd_text_finds_nobody(office: Office) -> None:
    people = People(office.store, office.clock)
    notice = office.sending()
    for name, text in ODD.items():
        query = ListQuery(Node(school_id=office.school.id), typed=text)
        found: list[object] = []
        searches: list[Callable[[], object]] = [
            partial(_extend, found, people.find, office.author, text),
            partial(_extend, found, people.guardian_ids, office.author, query),
            partial(_extend, found, people.child_ids, office.author, query),
            partial(_extend, found, office.reports.recipient_ids, office.author, notice, typed=text),
        ]
        assert {refused(search) for search in searches} <= {"", "text.broken"}, name
        assert found == [] or not text.strip(), name


def _extend(found: list[object], search: Callable[..., Iterable[object]], *what: object, **how: object) -> None:
    found.extend(search(*what, **how))


def test_people_schools_and_staff_of_odd_names_are_kept_or_refused_in_words(office: Office) -> None:
    staff = StaffService(office.store, office.clock)
    for number, (name, text) in enumerate(ODD.items()):
        assert "without words" not in {refused(attempt) for attempt in _namings(office, text, number)}, name
        assert refused(partial(staff.sign_in, text, text)), name


def _namings(office: Office, text: str, number: int) -> list[Callable[[], object]]:
    """Everything that somebody can give a name, with this one."""
    people = People(office.store, office.clock)
    schools = Schools(office.store, office.clock)
    staff = StaffService(office.store, office.clock)
    boss = replace(office.mayor, grants=tuple(Grant(role, CITY) for role in Role))
    clerk, child = [Grant(Role.CLERK, CITY)], office.children[0].id
    named = ChildForm(text, text, text, text, homeroom_id=office.rooms[0].id, student_number=text)
    coded = ChildForm("青木", "花", child_code=text, homeroom_id=office.rooms[0].id)
    parent = GuardianForm(text, text, text, text, relationship=text)
    return [
        lambda: people.child(office.author, people.save_child(office.author, named)),
        lambda: people.save_child(office.author, coded),
        lambda: people.guardian(office.author, people.save_guardian(office.author, child, parent)),
        lambda: schools.add_group(office.author, office.school.id, "club", text),
        lambda: schools.add_homeroom(office.author, office.school.id, 2026, "1", text),
        lambda: staff.add(boss, f"login{number}", text, clerk, None),
        lambda: staff.add(boss, text, "name", clerk, None),
        lambda: office.notices.add_kind(boss, f"kind_{number}", dict.fromkeys(LANGUAGES, text), urgent=False),
        lambda: office.approvals.send_back(office.approver, office.submitted(), text),
    ]


@pytest.mark.parametrize("key", ["city.name", "email.host", "email.from", "email.user"])
@pytest.mark.parametrize("text", ["a\r\nBcc: b@school.example", "a\nb", "a\x00b", "a\ud83d", "a\u2028b"])
def test_a_setting_is_one_line(key: str, text: str) -> None:
    with pytest.raises(UserError, match=r"settings\.invalid"):
        read_value(key, text)
