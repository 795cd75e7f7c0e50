"""Staff who are meant, and copies (控え): each address gets a notice once, and families are counted apart."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from desktop.desk.closing import farewell
from desktop.domain.errors import UserError
from desktop.domain.notices import Channel, CopyTo, NoticeText
from desktop.domain.reports import AudienceOther, CopyAddress, PeopleProgress
from desktop.domain.staff import Actor, Role
from desktop.services.copies import Copies
from desktop.services.deliveries import Deliveries
from desktop.services.message_text import mail_text
from desktop.services.staff import StaffService
from desktop.services.watch import Watch
from desktop.store.db import Store
from desktop.store.tables import Delivery, DeliveryRecipient, Recipient, RoleGrant, Staff
from tests.conftest import Clock
from tests.make import Make
from tests.services.notice_office import LINE_ONLY, MAIL_ONLY, TEXT, Office


@pytest.fixture
def office(store: Store, clock: Clock, make: Make) -> Office:
    return Office(store, clock, make)


def _hire(office: Office, mail: str = "", *roles: Role, name: str = "教員 春", city: bool = False) -> Actor:
    with office.store.bookkeep() as session:
        school = None if city else session.merge(office.school)
        return office.make.staff(session, *(roles or (Role.CLERK,)), school=school, name=name, mail=mail)


def _give_mail(office: Office, actor: Actor, address: str | None) -> None:
    with office.store.bookkeep() as session:
        session.execute(update(Staff).where(Staff.id == actor.staff_id).values(email=address))


def _mails(office: Office, notice_id: int) -> dict[str, tuple[str, str]]:
    """By address: whom it serves first, and the languages it carries."""
    with office.store.read() as session:
        rows = session.scalars(select(Delivery).where(Delivery.notice_id == notice_id, Delivery.channel == "email"))
        return {row.address: (row.kind, row.languages) for row in rows}


def _to_staff(office: Office, notice_id: int) -> set[str]:
    return {address for address, (kind, _) in _mails(office, notice_id).items() if kind == "staff"}


# Staff who are meant


def test_staff_of_a_school_are_those_who_work_there_today(office: Office) -> None:
    _hire(office, "spring@school.example")
    _hire(office, "city@city.example", name="市 職員", city=True)
    gone = _hire(office, "gone@school.example", name="元 職員")
    over = _hire(office, "over@school.example", name="期限 切れ")
    with office.store.bookkeep() as session:
        session.execute(update(Staff).where(Staff.id == gone.staff_id).values(active=False))
        yesterday = office.clock().date() - timedelta(days=1)
        session.execute(update(RoleGrant).where(RoleGrant.staff_id == over.staff_id).values(to_date=yesterday))
    notice = office.sending(audience=office.to("staff:H001"), copies=frozenset())
    assert _to_staff(office, notice) == {"spring@school.example"}


def test_the_citys_office_and_everybody_have_their_own_parts(office: Office) -> None:
    _hire(office, "spring@school.example")
    _hire(office, "city@city.example", name="市 職員", city=True)
    for part, people in (("staff:city", 2), ("staff:*", 7)):
        draft = office.draft(school_id=None, audience=office.to(part))
        assert office.audiences.preview(office.mayor, draft).count.staff == people
    with pytest.raises(UserError) as refused:
        office.audiences.preview(office.author, office.draft(audience=office.to("staff:*")))
    assert refused.value.code == "notice.foreign_part"


def test_staff_can_be_left_out(office: Office) -> None:
    _hire(office, "city@city.example", name="市 職員", city=True)
    _hire(office, "spring@school.example")
    draft = office.draft(school_id=None, audience=office.to("staff:*", without=("staff:H001", "staff:H002")))
    others = office.audiences.others(office.mayor, draft)
    assert [(other.name, other.reached) for other in others] == [("市 太郎", False), ("市 職員", True)]


def test_staff_without_an_address_are_named_and_counted_apart(office: Office) -> None:
    _hire(office, "spring@school.example")
    draft = office.draft(audience=office.to("homeroom:H001/3-1", "staff:H001"))
    seen = office.audiences.preview(office.author, draft)
    assert (seen.count.children, seen.count.families) == (2, 2)
    assert (seen.count.staff, seen.count.staff_unreached, seen.count.staff_messages) == (4, 3, 1)
    assert seen.count.messages[Channel.EMAIL] == 2
    assert [(part.label, part.children, part.staff) for part in seen.parts] == [("3-1", 2, 0), ("Staff", 0, 4)]
    unreached = office.audiences.others(office.author, draft, only="unreached")
    assert {other.name for other in unreached} == {"山田 花子", "校長 一郎", "教頭 次郎"}
    assert unreached[0] == AudienceOther("staff", unreached[0].id, unreached[0].name, "ひがし小学校", reached=False)


def test_a_notice_to_staff_alone_is_no_empty_one(office: Office) -> None:
    draft = office.draft(audience=office.to("staff:H001"))
    assert [each.code for each in office.audiences.problems(office.author, draft)] == ["notice.unreached_all"]
    _hire(office, "spring@school.example")
    assert office.audiences.problems(office.author, draft) == ()


def test_staff_get_mail_whatever_the_notices_channels(office: Office) -> None:
    _hire(office, "spring@school.example")
    notice = office.sending(audience=office.to("staff:H001", "homeroom:H001/3-2"), channels=LINE_ONLY)
    assert _to_staff(office, notice) == {"spring@school.example"}


def _end(office: Office, notice_id: int, address: str, state: str) -> None:
    with office.store.bookkeep() as session:
        session.execute(
            update(Delivery)
            .where(Delivery.notice_id == notice_id, Delivery.address == address)
            .values(state=state, settled_at=office.clock())
        )


def test_the_progress_of_a_notice_to_staff_alone_is_theirs(office: Office) -> None:
    _hire(office, "spring@school.example")
    _hire(office, "summer@school.example")
    _give_mail(office, office.approver, "head@school.example")
    notice = office.sending(audience=office.to("staff:H001"), copies=frozenset())
    _end(office, notice, "spring@school.example", "accepted")
    [mail] = office.reports.progress(office.author, notice)
    assert (mail.channel, mail.kind, mail.counts) == (Channel.EMAIL, "staff", {"accepted": 1, "due": 2})
    assert (mail.total, mail.settled, mail.others_left) == (3, 1, 0)
    assert office.reports.report(office.author, notice).channels == (mail,)


def test_what_fails_of_a_notice_to_staff_alone_is_no_familys(office: Office) -> None:
    _hire(office, "spring@school.example")
    notice = office.sending(audience=office.to("staff:H001"), copies=frozenset())
    _end(office, notice, "spring@school.example", "failed")
    report = office.reports.report(office.author, notice)
    assert (report.needs_attention, report.staff.failed) == ({}, 1)


def test_a_channel_knows_what_else_it_has_to_carry(office: Office) -> None:
    _hire(office, "spring@school.example")
    _give_mail(office, office.author, "author@school.example")
    notice = office.sending(audience=office.to("homeroom:H001/3-1", "staff:H001"), copies=frozenset(CopyTo))
    mail, line = office.reports.progress(office.author, notice)
    assert (mail.kind, mail.total, mail.others_left, line.others_left) == ("family", 2, 2, 0)
    for child in office.children[:2]:
        office.settle(notice, "accepted", child)
    _end(office, notice, "spring@school.example", "accepted")
    mail, _line = office.reports.progress(office.author, notice)
    assert (mail.total, mail.settled, mail.others_left) == (2, 2, 1)


def test_closing_waits_for_staff_and_copies_and_names_them(office: Office) -> None:
    _hire(office, "spring@school.example")
    _hire(office, "office@school.example", name="事務 夏")
    notice = office.sending(audience=office.to("homeroom:H001/3-1", "staff:H001"), channels=MAIL_ONLY)
    watch = Watch(office.store, office.clock)
    for child in office.children[:2]:
        office.settle(notice, "accepted", child)
    outgoing = watch.outgoing(office.author)
    assert [(due.left, due.total, due.is_soon(office.clock())) for due in outgoing.due] == [(2, 4, True)]
    assert farewell(outgoing, office.clock()).finishing == "“遠足の延期” is being sent: 2 messages of 4 are left."
    _end(office, notice, "spring@school.example", "accepted")
    assert "1 message of 4 is left" in farewell(watch.outgoing(office.author), office.clock()).finishing
    _end(office, notice, "office@school.example", "failed")
    assert [due.is_soon(office.clock()) for due in watch.outgoing(None).due] == [False]


def test_who_leaves_between_approval_and_sending_gets_nothing(office: Office) -> None:
    gone = _hire(office, "gone@school.example")
    _hire(office, "stays@school.example")
    notice = office.approved(audience=office.to("staff:H001"), copies=frozenset())
    StaffService(office.store, office.clock).deactivate(office.make.principal(), gone.staff_id or 0, 1)
    office.clock.turn(minutes=5)
    assert Deliveries(office.store, office.clock).begin(notice)
    assert _to_staff(office, notice) == {"stays@school.example"}
    details = office.notices.get(office.author, notice)
    assert (details.staff, details.drift_added, details.drift_removed) == (4, 0, 1)


def test_many_who_join_after_the_approval_hold_the_notice(office: Office) -> None:
    _hire(office, "first@school.example")
    notice = office.approved(audience=office.to("staff:H001"), copies=frozenset())
    for number in range(6):
        _hire(office, f"new{number}@school.example")
    office.clock.turn(minutes=5)
    assert not Deliveries(office.store, office.clock).begin(notice)
    assert office.notices.get(office.author, notice).held == "audience_changed"
    assert office.count(Recipient) == 0
    office.approvals.release_hold(office.approver, notice)
    assert Deliveries(office.store, office.clock).begin(notice)
    assert len(_to_staff(office, notice)) == 7


def test_who_joins_before_the_approval_is_seen_by_it(office: Office) -> None:
    _hire(office, "spring@school.example")
    notice = office.submitted(audience=office.to("staff:H001"))
    _hire(office, "summer@school.example")
    with pytest.raises(UserError) as refused:
        office.approvals.approve(office.approver, notice)
    assert refused.value.code == "notice.audience_moved"
    assert (refused.value.details["added"], refused.value.details["removed"]) == (1, 0)
    office.approvals.approve(office.approver, notice, seen=office.notices.get(office.approver, notice).binding)
    assert office.state(notice) == "approved"


def test_the_address_that_somebody_no_longer_has_gets_nothing_that_waits(office: Office) -> None:
    teacher = _hire(office, "old@school.example")
    notice = office.sending(audience=office.to("staff:H001"), copies=frozenset())
    staff = StaffService(office.store, office.clock)
    staff.set_email(office.make.principal(), teacher.staff_id or 0, "new@school.example", 1)
    with office.store.read() as session:
        waiting = session.scalars(select(Delivery)).one()
    assert (waiting.state, waiting.reason) == ("cancelled", "address_changed")
    office.finish(notice)
    assert office.reports.resend_failed(office.author, notice) == 1
    assert _to_staff(office, notice) == {"old@school.example", "new@school.example"}


# Copies


def _with_addresses(office: Office) -> None:
    _give_mail(office, office.author, "author@school.example")
    _give_mail(office, office.approver, "approver@school.example")
    Copies(office.store, office.clock).set_addresses(office.author, office.school.id, ["office@school.example"])


def test_author_approver_and_school_keep_a_copy(office: Office) -> None:
    _with_addresses(office)
    notice = office.sending()
    assert {address: found for address, found in _mails(office, notice).items() if found[0] != "family"} == {
        "author@school.example": ("copy", "ja+copy"),
        "approver@school.example": ("copy", "ja+copy"),
        "office@school.example": ("copy", "ja+copy"),
    }


def test_an_address_that_is_added_after_the_approval_gets_nothing_of_it(office: Office) -> None:
    _with_addresses(office)
    notice = office.approved()
    office.clock.turn(minutes=5)
    late = ["office@school.example", "late@school.example"]
    Copies(office.store, office.clock).set_addresses(office.author, office.school.id, late)
    assert Deliveries(office.store, office.clock).begin(notice)
    assert _mails(office, notice).get("office@school.example") == ("copy", "ja+copy")
    assert "late@school.example" not in _mails(office, notice)
    assert "late@school.example" in _mails(office, office.sending())


@pytest.mark.parametrize(
    ("wanted", "addresses"),
    [
        (frozenset(), set()),
        ({CopyTo.AUTHOR}, {"author@school.example"}),
        ({CopyTo.APPROVER, CopyTo.SCHOOL}, {"approver@school.example", "office@school.example"}),
    ],
)
def test_the_notice_says_who_keeps_one(office: Office, wanted: set[CopyTo], addresses: set[str]) -> None:
    _with_addresses(office)
    notice = office.sending(copies=frozenset(wanted))
    assert {address for address, (kind, _) in _mails(office, notice).items() if kind == "copy"} == addresses


def test_whoever_lets_a_notice_out_alone_keeps_the_approvers_copy(office: Office) -> None:
    _with_addresses(office)
    _give_mail(office, office.principal, "principal@school.example")
    notice = office.notices.create(office.author, office.draft(kind="closure", copies=frozenset({CopyTo.APPROVER})))
    office.approvals.release_alone(office.principal, notice, "台風")
    assert Deliveries(office.store, office.clock).begin(notice)
    assert [address for address, (kind, _) in _mails(office, notice).items() if kind == "copy"] == [
        "principal@school.example"
    ]
    with office.store.read() as session:
        assert {(row.kind, row.urgent) for row in session.scalars(select(Delivery))} == {
            ("family", True),
            ("copy", False),
        }


def test_a_copy_differs_in_its_subject_alone(office: Office) -> None:
    notice = office.sending(texts={"ja": TEXT, "vi": NoticeText("Hoãn dã ngoại", "Hoãn.")})
    message = Deliveries(office.store, office.clock).message(notice)

    def written(languages: str) -> tuple[str, str, str]:
        text = mail_text(message, languages, plain=False, from_address="notices@city.example")
        return text.subject, text.body, text.footer

    plain = {language: written(language) for language in ("ja", "vi")}
    for language, text in plain.items():
        subject, *rest = written(f"{language}+copy")
        assert rest == [*text[1:]]
        assert subject != text[0]
        assert subject.endswith(text[0])


def test_a_teacher_who_is_a_parent_and_the_author_gets_one_mail(office: Office) -> None:
    with office.store.bookkeep() as session:
        office.make.guardian(session, session.merge(office.children[0]), mail="me@home.example")
    _give_mail(office, office.author, "me@home.example")
    Copies(office.store, office.clock).set_addresses(office.author, office.school.id, ["me@home.example"])
    draft = office.draft(audience=office.to("homeroom:H001/3-1", "staff:H001"))
    seen = office.audiences.preview(office.author, draft).count
    assert (seen.messages[Channel.EMAIL], seen.staff_messages, seen.copies) == (3, 0, 0)
    notice = office.sending(audience=draft.audience)
    assert _mails(office, notice)["me@home.example"] == ("family", "ja")
    with office.store.read() as session:
        served = session.scalars(
            select(Recipient.kind)
            .join(DeliveryRecipient, DeliveryRecipient.recipient_id == Recipient.id)
            .join(Delivery, Delivery.id == DeliveryRecipient.delivery_id)
            .where(Delivery.address == "me@home.example")
        ).all()
    assert sorted(served) == ["copy", "copy", "family", "staff"]


def test_an_author_who_is_meant_as_staff_gets_no_copy_besides(office: Office) -> None:
    _with_addresses(office)
    notice = office.sending(audience=office.to("staff:H001"))
    assert {kind for kind, _ in _mails(office, notice).values()} == {"staff", "copy"}
    assert _mails(office, notice)["author@school.example"] == ("staff", "ja")
    assert [address for address, (kind, _) in _mails(office, notice).items() if kind == "copy"] == [
        "office@school.example"
    ]


def test_the_preview_says_where_copies_go(office: Office) -> None:
    _with_addresses(office)
    seen = office.audiences.preview(office.author, office.draft(copies=frozenset({CopyTo.SCHOOL})))
    assert seen.copies == (
        CopyAddress(CopyTo.AUTHOR, "山田 花子", "author@school.example"),
        CopyAddress(CopyTo.APPROVER, "", ""),
        CopyAddress(CopyTo.SCHOOL, "ひがし小学校", "office@school.example"),
    )
    assert seen.count.copies == 1


def test_other_copies_void_the_approval(office: Office) -> None:
    notice = office.approved()
    office.edit(office.author, notice, copies=frozenset())
    assert office.state(notice) == "draft"


# Counted apart


def test_failing_copies_never_colour_a_notice(office: Office) -> None:
    _with_addresses(office)
    _hire(office, "spring@school.example")
    notice = office.sending(audience=office.to("homeroom:H001/3-1", "staff:H001"))
    with office.store.bookkeep() as session:
        session.execute(update(Delivery).values(state="accepted", settled_at=office.clock()))
        session.execute(update(Delivery).where(Delivery.kind != "family").values(state="failed"))
    status = office.reports.status(office.author, notice)
    assert status["deliveries"] == {"email": {"accepted": 2}, "line": {}}
    assert (status["staff"], status["copies"]) == ({"failed": 3}, {"failed": 1})
    (row,) = office.notices.rows(office.author)
    assert row.counts == {"email": {"accepted": 2}}
    assert (row.staff, row.staff_counts, row.copy_counts) == (4, {"failed": 3}, {"failed": 1})
    report = office.reports.report(office.author, notice)
    assert not report.needs_attention
    assert report.channels[0].total == 2
    assert report.staff == PeopleProgress(people=4, failed=3, unreached=1)
    assert report.copies == PeopleProgress(people=3, failed=3)
    assert (report.families, report.waiting) == (2, PeopleProgress())


def test_today_says_what_staff_and_copies_did_not_get(office: Office) -> None:
    _with_addresses(office)
    office.sending(audience=office.to("homeroom:H001/3-1", "staff:H001"))
    with office.store.bookkeep() as session:
        session.execute(update(Delivery).values(state="failed", settled_at=office.clock()))
    waiting = {each.kind: each.count for each in office.reports.today(office.author).waiting}
    assert (waiting["failed"], waiting["staff_lost"], waiting["copies_lost"]) == (2, 2, 1)


def test_staff_and_copies_stand_in_lines_of_their_own(office: Office) -> None:
    _with_addresses(office)
    notice = office.sending(audience=office.to("homeroom:H001/3-1", "staff:H001"))
    counts = office.reports.recipient_counts(office.author, notice)
    assert (counts["all"], counts["staff"], counts["copies"], counts["due"]) == (2, 3, 3, 2)

    def names(only: str, typed: str = "") -> list[tuple[str, str, str]]:
        ids = office.reports.recipient_ids(office.author, notice, only=only, typed=typed)
        rows = office.reports.recipients(office.author, ids)
        return [(row.kind, row.name, row.email_state) for row in rows]

    assert set(names("staff")) == {
        ("staff", "山田 花子", "due"),
        ("staff", "校長 一郎", "due"),
        ("staff", "教頭 次郎", ""),
    }
    assert names("copies")[-1] == ("copy", "office@school.example", "due")
    assert names("staff", "花子") == [("staff", "山田 花子", "due")]
    assert {kind for kind, _, _ in names("all")} == {"family"}


def test_a_school_counts_its_own_staff_and_copies_of_a_notice_of_the_city(office: Office) -> None:
    _with_addresses(office)
    second = _hire(office, "city@city.example", Role.APPROVER, name="市 職員", city=True)
    audience = office.to("homeroom:H001/3-1", "staff:*")
    notice = office.submitted(office.mayor, school_id=None, audience=audience, kind="closure")
    office.approvals.approve(second, notice)
    assert Deliveries(office.store, office.clock).begin(notice)
    for actor, people in ((office.author, 3), (office.mayor, 6)):
        report, lines = office.reports.report(actor, notice), office.reports.recipient_counts(actor, notice)
        assert (report.staff.people, report.copies.people) == (lines["staff"], lines.get("copies", 0))
        assert report.staff.people == people


def test_what_was_refused_goes_again_to_staff_and_copies_too(office: Office) -> None:
    _with_addresses(office)
    notice = office.sending(audience=office.to("staff:H001"))
    with office.store.bookkeep() as session:
        session.execute(update(Delivery).values(state="failed", settled_at=office.clock()))
    office.finish(notice)
    assert office.reports.resend_failed(office.author, notice) == 3


# The school's own addresses


def test_the_schools_addresses_are_checked_and_kept_in_order(office: Office) -> None:
    copies = Copies(office.store, office.clock)
    typed = ["b@school.example", " ａ@school.example ", "", "b@school.example"]
    copies.set_addresses(office.author, office.school.id, typed)
    assert copies.addresses(office.author, office.school.id) == ("b@school.example", "a@school.example")
    with pytest.raises(UserError) as refused:
        copies.set_addresses(office.author, office.school.id, ["no address"])
    assert refused.value.code == "form.invalid"
    copies.set_addresses(office.author, office.school.id, [])
    assert copies.addresses(office.author, office.school.id) == ()


def test_the_city_has_addresses_of_its_own(office: Office) -> None:
    copies = Copies(office.store, office.clock)
    copies.set_addresses(office.mayor, None, ["city@city.example"])
    assert copies.addresses(office.mayor, None) == ("city@city.example",)
    assert copies.addresses(office.mayor, office.school.id) == ()
    notice = office.notices.create(office.mayor, office.draft(school_id=None))
    assert office.audiences.preview(office.mayor, office.notices.get(office.mayor, notice).draft).count.copies == 1


def test_a_members_address_is_checked(office: Office) -> None:
    staff = StaffService(office.store, office.clock)
    boss = office.make.principal()
    for typed in ("no address", "a@b"):
        with pytest.raises(UserError) as refused:
            staff.set_email(boss, office.author.staff_id or 0, typed, 1)
        assert refused.value.code == "staff.email_wrong"
    staff.set_email(boss, office.author.staff_id or 0, "hanako@school.example", 1)
    (row,) = [row for row in staff.all(boss) if row.id == office.author.staff_id]
    assert row.email == "hanako@school.example"
    staff.set_email(boss, row.id, "", row.version)
    assert {each.email for each in staff.all(boss)} == {""}
