"""Contacts that wait for their child: they get notices at once, and become guardians of their child later."""

import pytest
from sqlalchemy import select, update

from desktop.domain.errors import UserError
from desktop.domain.notices import Channel
from desktop.domain.people import ContactForm, GuardianForm, ListQuery, Node
from desktop.domain.reports import PeopleProgress
from desktop.domain.staff import Actor, ActorKind, Grant, Role, Scope, ScopeKind
from desktop.domain.waiting_contacts import WaitingPlace
from desktop.services.deliveries import Deliveries
from desktop.services.people import People
from desktop.services.waiting_contacts import WaitingContacts
from desktop.store.db import Store
from desktop.store.tables import (
    AuditEvent,
    Confirmation,
    ContactPoint,
    Delivery,
    GuardianSchool,
    Guardianship,
    Homeroom,
    School,
    WaitingContact,
)
from tests.conftest import Clock
from tests.make import YEAR, Make
from tests.services.notice_office import Office


@pytest.fixture
def office(store: Store, clock: Clock, make: Make) -> Office:
    return Office(store, clock, make)


@pytest.fixture
def waiting(office: Office) -> WaitingContacts:
    return WaitingContacts(office.store, office.clock)


@pytest.fixture
def people(office: Office) -> People:
    return People(office.store, office.clock)


def _contact(
    office: Office,
    mail: str = "old@mail.example",
    room: Homeroom | None = None,
    *,
    school: School | None = None,
    name: str = "",
) -> WaitingContact:
    with office.store.bookkeep() as session:
        return office.make.waiting(session, school or office.school, room, name=name, mail=mail)


def _addresses(office: Office, notice_id: int) -> list[str]:
    with office.store.read() as session:
        return sorted(session.scalars(select(Delivery.address).where(Delivery.notice_id == notice_id)))


def _events(office: Office, verb: str) -> list[AuditEvent]:
    with office.store.read() as session:
        return list(session.scalars(select(AuditEvent).where(AuditEvent.verb == verb)))


# They stand in lists


def test_a_schools_list_of_guardians_has_them_as_the_citys_has(office: Office, people: People) -> None:
    here = _contact(office, "here@mail.example", office.rooms[0])
    next_door = _contact(office, "next@mail.example", office.rooms[1])
    nowhere = _contact(office, "nowhere@mail.example")
    far = _contact(office, "far@mail.example", office.far_room, school=office.other_school)
    mine = {here.guardian_id, next_door.guardian_id, nowhere.guardian_id}

    def listed(actor: Actor, node: Node, typed: str = "") -> set[int]:
        found = set(people.guardian_ids(actor, ListQuery(node, typed)))
        opening = people.first_guardians(actor, ListQuery(node, typed))
        assert opening is not None
        assert set(opening.ids) == found
        return found & {*mine, far.guardian_id}

    school = office.school.id
    assert listed(office.mayor, Node()) == {*mine, far.guardian_id}
    assert listed(office.mayor, Node(school)) == listed(office.author, Node(school)) == listed(office.author, Node())
    assert listed(office.author, Node()) == mine
    assert listed(office.author, Node(school, homeroom_id=office.rooms[0].id)) == {here.guardian_id}
    assert listed(office.author, Node(school), "nowhere@mail") == {nowhere.guardian_id}
    assert people.counts(office.author, Node(school))[1] == len(
        people.guardian_ids(office.author, ListQuery(Node(school)))
    )


# They are meant


def test_they_are_meant_wherever_they_wait(office: Office) -> None:
    with office.store.bookkeep() as session:
        club = office.make.group(session, office.school)
        in_club = office.make.waiting(session, office.school, group=club, mail="club@mail.example")
        office.make.waiting(session, office.school, office.rooms[0], mail="room@mail.example")
        office.make.waiting(session, office.school, office.rooms[1], mail="next@mail.example")
        office.make.waiting(session, office.school, mail="nowhere@mail.example")
        office.make.waiting(session, office.other_school, office.far_room, mail="far@mail.example")
        session.add(
            WaitingContact(
                guardian_id=in_club.guardian_id, school_id=office.school.id, year=YEAR, homeroom_id=office.rooms[0].id
            )
        )
    meant = {
        "city": 5,
        "type:primary": 4,
        "type:junior_high": 1,
        "school:H001": 4,
        "grade:H001/3": 3,
        "homeroom:H001/3-1": 2,
        "homeroom:H001/3-2": 1,
        "group:H001/サッカー部": 1,
        f"child:{office.children[0].id}": 0,
        "staff:H001": 0,
    }
    for part, number in meant.items():
        draft = office.draft(school_id=None, audience=office.to(part))
        assert office.audiences.preview(office.mayor, draft).count.waiting == number, part
    left_out = office.draft(audience=office.to("school:H001", without=("homeroom:H001/3-1",)))
    assert office.audiences.preview(office.author, left_out).count.waiting == 2


def test_they_are_counted_apart_and_named(office: Office) -> None:
    _contact(office, "old@mail.example", office.rooms[0])
    _contact(office, "named@mail.example", office.rooms[0], name="古田")
    dead = _contact(office, "dead@mail.example", office.rooms[0])
    with office.store.bookkeep() as session:
        theirs = ContactPoint.guardian_id == dead.guardian_id
        session.execute(update(ContactPoint).where(theirs).values(suppressed_reason="bounced"))
    seen = office.audiences.preview(office.author, office.draft())
    assert (seen.count.children, seen.count.families) == (2, 2)
    assert (seen.count.waiting, seen.count.waiting_unreached) == (3, 1)
    assert seen.count.messages[Channel.EMAIL] == 4
    assert [(part.children, part.waiting) for part in seen.parts] == [(2, 3)]
    others = office.audiences.others(office.author, office.draft())
    assert [(other.name, other.place, other.reached) for other in others] == [
        ("old@mail.example", "3-1", True),
        ("古田", "3-1", True),
        ("dead@mail.example", "3-1", False),
    ]
    assert len(office.audiences.others(office.author, office.draft(), only="unreached")) == 1


def test_those_of_another_school_year_are_not_meant(office: Office) -> None:
    contact = _contact(office, room=office.rooms[0])
    with office.store.bookkeep() as session:
        session.execute(update(WaitingContact).where(WaitingContact.id == contact.id).values(year=YEAR - 1))
    assert office.audiences.preview(office.author, office.draft()).count.waiting == 0


def test_a_school_that_knows_addresses_alone_can_write_to_them(office: Office) -> None:
    room = _empty_class(office)
    _contact(office, "old@mail.example", room)
    notice = office.sending(audience=office.to("homeroom:H001/4-1"))
    assert _addresses(office, notice) == ["old@mail.example"]
    report = office.reports.report(office.author, notice)
    assert report.waiting == PeopleProgress(people=1, on_the_way=1)
    assert (report.families, report.classes) == (0, ())
    details = office.notices.get(office.author, notice)
    assert (details.children, details.waiting) == (0, 1)


def _empty_class(office: Office) -> Homeroom:
    with office.store.bookkeep() as session:
        return office.make.homeroom(session, session.merge(office.school), "4-1")


def test_an_address_gets_one_mail_whoever_reads_there(office: Office) -> None:
    with office.store.bookkeep() as session:
        guardian = office.make.guardian(session, session.merge(office.children[0]), mail="home@mail.example")
        office.make.waiting(session, office.school, office.rooms[1], guardian=guardian)
    _contact(office, "home@mail.example", office.rooms[0])
    notice = office.sending(audience=office.to("grade:H001/3"))
    assert _addresses(office, notice).count("home@mail.example") == 1


def test_one_who_comes_after_the_request_is_seen_by_the_approval(office: Office) -> None:
    notice = office.submitted()
    _contact(office, room=office.rooms[0])
    with pytest.raises(UserError) as refused:
        office.approvals.approve(office.approver, notice)
    assert (refused.value.code, refused.value.details["added"]) == ("notice.audience_moved", 1)


def test_many_who_come_after_the_approval_hold_the_notice(office: Office) -> None:
    notice = office.approved()
    for number in range(6):
        _contact(office, f"new{number}@mail.example", office.rooms[0])
    office.clock.turn(minutes=5)
    assert not Deliveries(office.store, office.clock).begin(notice)
    details = office.notices.get(office.author, notice)
    assert (details.held, details.drift_added) == ("audience_changed", 6)


def test_who_has_not_confirmed_is_meant_again(office: Office) -> None:
    first = _contact(office, "first@mail.example", office.rooms[0])
    _contact(office, "second@mail.example", office.rooms[0])
    notice = office.sending()
    office.put(Confirmation(notice_id=notice, guardian_id=first.guardian_id, means="link", confirmed_at=office.clock()))
    reminder = office.draft(audience=office.to(f"unconfirmed:{notice}"))
    seen = office.audiences.preview(office.author, reminder).count
    assert (seen.children, seen.waiting) == (2, 1)
    assert office.reports.report(office.author, notice).waiting == PeopleProgress(people=2, confirmed=1, on_the_way=1)


def test_they_stand_among_the_families_with_their_name_or_address(office: Office) -> None:
    _contact(office, "old@mail.example", office.rooms[0])
    _contact(office, "named@mail.example", office.rooms[0], name="古田")
    notice = office.sending()
    counts = office.reports.recipient_counts(office.author, notice)
    assert (counts["all"], counts["waiting"], counts.get("unreached", 0)) == (4, 2, 0)
    ids = office.reports.recipient_ids(office.author, notice)
    rows = office.reports.recipients(office.author, ids)
    assert [(row.kind, row.child_id > 0) for row in rows] == [("family", True)] * 2 + [("waiting", False)] * 2
    only = office.reports.recipients(office.author, office.reports.recipient_ids(office.author, notice, only="waiting"))
    assert [(row.name, row.email_state) for row in only] == [("古田", "due"), ("old@mail.example", "due")]
    found = office.reports.recipient_ids(office.author, notice, only="waiting", typed="古田")
    assert [row.name for row in office.reports.recipients(office.author, found)] == ["古田"]


# Finding and changing them


def test_they_are_listed_by_place(office: Office, waiting: WaitingContacts) -> None:
    with office.store.bookkeep() as session:
        club = office.make.group(session, office.school)
        office.make.waiting(session, office.school, group=club, mail="club@mail.example")
    _contact(office, "b@mail.example", office.rooms[1])
    _contact(office, "a@mail.example", office.rooms[0], name="古田")
    _contact(office, "nowhere@mail.example")
    query = ListQuery(Node(school_id=office.school.id), order="place")
    rows = waiting.rows(office.author, waiting.ids(office.author, query))
    assert [(row.title, row.place) for row in rows] == [
        ("古田", "3-1"),
        ("b@mail.example", "3-2"),
        ("club@mail.example", "サッカー部"),
        ("nowhere@mail.example", ""),
    ]
    assert waiting.places(office.author) == [
        WaitingPlace(office.school.id, office.rooms[0].id, None, "3-1", 1),
        WaitingPlace(office.school.id, office.rooms[1].id, None, "3-2", 1),
        WaitingPlace(office.school.id, None, club.id, "サッカー部", 1),
        WaitingPlace(office.school.id, None, None, "", 1),
    ]
    assert waiting.places(office.stranger) == []
    assert waiting.rows(office.stranger, [row.id for row in rows]) == []


def test_a_list_of_them_can_be_narrowed(office: Office, waiting: WaitingContacts) -> None:
    named = _contact(office, "named@mail.example", office.rooms[0], name="古田")
    other = _contact(office, "other@mail.example", office.rooms[1])
    grade = office.rooms[0].grade_id

    def found(**query: object) -> list[int]:
        return waiting.ids(office.author, ListQuery(**query))  # type: ignore[arg-type]  # its own fields

    assert found() == [named.id, other.id]
    assert found(order="-name") == [other.id, named.id]
    assert found(typed="古田") == [named.id]
    assert found(typed="other@") == [other.id]
    assert found(node=Node(homeroom_id=office.rooms[1].id)) == [other.id]
    assert found(node=Node(grade_id=grade)) == [named.id, other.id]
    assert found(node=Node(placeless=True)) == []
    assert found(only="unreached") == []


def test_one_types_an_address_and_finds_them(office: Office, people: People) -> None:
    contact = _contact(office, "old@mail.example", office.rooms[0])
    assert people.find(office.author, "old@mail") == [("guardian", contact.guardian_id, "old@mail.example", "")]
    assert people.find(office.stranger, "old@mail") == []


def test_who_may_see_one_class_sees_who_waits_there(office: Office, waiting: WaitingContacts, people: People) -> None:
    here, _ = (_contact(office, f"{room.label}@mail.example", room) for room in office.rooms)
    scope = Scope(ScopeKind.HOMEROOM, office.school.id, office.rooms[0].id)
    teacher = Actor(ActorKind.STAFF, "担任", office.author.staff_id, (Grant(Role.CLERK, scope),))
    assert waiting.ids(teacher, ListQuery()) == [here.id]
    assert [row.id for row in people.guardians(teacher, [here.guardian_id])] == [here.guardian_id]


def test_name_and_addresses_can_be_mended(office: Office, waiting: WaitingContacts, people: People) -> None:
    contact = _contact(office, "old@mail.example", office.rooms[0])
    notice = office.sending()
    form = GuardianForm(
        "古田", "春子", language="vi", contacts=(ContactForm("email", "new@mail.example"),),
        id=contact.guardian_id, version=1,
    )  # fmt: skip
    assert waiting.save(office.author, contact.id, form) == contact.guardian_id
    (row,) = waiting.rows(office.author, [contact.id])
    assert (row.title, row.language, [each.address for each in row.contacts]) == (
        "古田 春子",
        "vi",
        ["new@mail.example"],
    )
    assert [found[1] for found in people.find(office.author, "古田")] == [contact.guardian_id]
    with office.store.read() as session:
        states = dict(
            session.execute(select(Delivery.address, Delivery.state).where(Delivery.notice_id == notice)).all()
        )
    assert states["old@mail.example"] == "cancelled"
    assert _events(office, "changed")[-1].details["withheld"] == 1
    with pytest.raises(UserError) as late:
        waiting.save(office.author, contact.id, form)
    assert late.value.code == "changed_elsewhere"


def test_the_name_may_be_empty_but_not_the_address(office: Office, waiting: WaitingContacts) -> None:
    contact = _contact(office, "old@mail.example", office.rooms[0])
    phone = (ContactForm("phone", "082-999-0001"),)
    form = GuardianForm("", contacts=phone, id=contact.guardian_id, version=1)
    assert [(problem.field, problem.code) for problem in waiting.check(form)] == [("contacts", "required")]
    with pytest.raises(UserError) as refused:
        waiting.save(office.author, contact.id, form)
    assert refused.value.code == "form.invalid"


# Giving them a child


def test_a_contact_becomes_a_guardian_of_the_child(office: Office, waiting: WaitingContacts, people: People) -> None:
    contact = _contact(office, "old@mail.example", office.rooms[0])
    child = office.children[0]
    token = waiting.give(office.author, [contact.id], child.id, "mother")
    family = people.child(office.author, child.id).guardians
    assert [(member.relationship, member.position) for member in family] == [("father", 1), ("mother", 2)]
    assert waiting.ids(office.author, ListQuery()) == []
    assert office.count(GuardianSchool, GuardianSchool.guardian_id == contact.guardian_id) == 1
    people.undo(office.author, token)
    assert waiting.ids(office.author, ListQuery()) == [contact.id]
    assert len(people.child(office.author, child.id).guardians) == 1
    assert people.find(office.author, "old@mail")


def test_given_while_a_notice_is_under_way_nobody_gets_a_second_mail(office: Office, waiting: WaitingContacts) -> None:
    contact = _contact(office, "old@mail.example", office.rooms[0])
    notice = office.sending()
    before = _addresses(office, notice)
    waiting.give(office.author, [contact.id], office.children[0].id)
    assert _addresses(office, notice) == before
    with office.store.bookkeep() as session:
        of_contact = Delivery.address == "old@mail.example"
        assert session.scalars(select(Delivery.state).where(of_contact)).all() == ["due"]
        session.execute(update(Delivery).where(of_contact).values(state="failed"))
    office.finish(notice)
    assert office.reports.resend_failed(office.author, notice) == 1
    assert _addresses(office, notice) == before


def test_a_child_given_between_approval_and_sending_gets_one_mail(office: Office, waiting: WaitingContacts) -> None:
    contact = _contact(office, "old@mail.example", office.rooms[0])
    notice = office.approved()
    waiting.give(office.author, [contact.id], office.children[0].id)
    office.clock.turn(minutes=5)
    assert Deliveries(office.store, office.clock).begin(notice)
    assert _addresses(office, notice).count("old@mail.example") == 1
    details = office.notices.get(office.author, notice)
    assert (details.drift_added, details.drift_removed) == (0, 1)


def test_whose_addresses_the_family_has_already_is_no_second_guardian(
    office: Office, waiting: WaitingContacts, people: People
) -> None:
    child = office.children[0]
    known = people.child(office.author, child.id).guardians[0].contacts[0].address
    contact = _contact(office, known, office.rooms[0])
    waiting.give(office.author, [contact.id], child.id)
    assert len(people.child(office.author, child.id).guardians) == 1
    assert waiting.ids(office.author, ListQuery()) == []


def test_an_address_that_must_not_be_written_to_is_not_let_in_again(office: Office, waiting: WaitingContacts) -> None:
    with office.store.bookkeep() as session:
        child = session.merge(office.children[0])
        office.make.guardian(session, child, mail="never@mail.example", do_not_contact=True)
    contact = _contact(office, "never@mail.example", office.rooms[0])
    with pytest.raises(UserError) as refused:
        waiting.give(office.author, [contact.id], office.children[0].id)
    assert refused.value.code == "waiting.not_to_contact"
    assert waiting.ids(office.author, ListQuery()) == [contact.id]
    assert office.count(Guardianship, Guardianship.guardian_id == contact.guardian_id) == 0


def test_an_address_of_a_guardian_in_the_same_class_is_offered_and_joined_by_a_person(
    office: Office, waiting: WaitingContacts, people: People
) -> None:
    child = office.children[0]
    known = people.child(office.author, child.id).guardians[0]
    address = known.contacts[0].address
    same = _contact(office, address, office.rooms[0], name="ママ")
    _contact(office, address, office.rooms[1])  # waits in another class
    _contact(office, "new@mail.example", office.rooms[0])
    two = _contact(office, address, office.rooms[0])
    with office.store.bookkeep() as session:
        session.add(ContactPoint(guardian_id=two.guardian_id, kind="email", address="other@mail.example", lane="other"))
    (match,) = waiting.matches(office.author)
    assert (match.waiting_id, match.title, match.place, match.guardian) == (same.id, "ママ", "3-1", known.name)
    assert waiting.matches(office.stranger) == []
    with pytest.raises(UserError, match="not_found"):
        waiting.join(office.author, [two.id])
    token = waiting.join(office.author, [same.id])
    assert same.id not in waiting.ids(office.author, ListQuery())
    assert len(people.child(office.author, child.id).guardians) == 1
    assert _events(office, "joined")[0].details["count"] == 1
    people.undo(office.author, token)
    assert same.id in waiting.ids(office.author, ListQuery())


def test_somebody_who_must_not_be_contacted_is_no_match(office: Office, waiting: WaitingContacts) -> None:
    with office.store.bookkeep() as session:
        child = session.merge(office.children[0])
        office.make.guardian(session, child, mail="never@mail.example", do_not_contact=True)
        office.make.guardian(session, child, mail="never@mail.example")
    _contact(office, "never@mail.example", office.rooms[0])
    assert waiting.matches(office.author) == []


def test_removed_contacts_get_nothing_that_waits_and_can_come_back(
    office: Office, waiting: WaitingContacts, people: People
) -> None:
    contact = _contact(office, "old@mail.example", office.rooms[0])
    office.sending()
    token = waiting.remove(office.author, [contact.id])
    assert office.count(Delivery, Delivery.address == "old@mail.example", Delivery.state == "cancelled") == 1
    assert _events(office, "removed")[0].details["withheld"] == 1
    assert people.find(office.author, "old@mail") == []
    people.undo(office.author, token)
    assert waiting.ids(office.author, ListQuery()) == [contact.id]
    assert people.find(office.author, "old@mail")


def test_today_says_that_they_wait(office: Office) -> None:
    _contact(office, "old@mail.example", office.rooms[0])
    kinds = {each.kind: each.count for each in office.reports.today(office.author).waiting}
    assert kinds["waiting_contacts"] == 1
    assert "waiting_contacts" not in {each.kind for each in office.reports.today(office.stranger).waiting}
