"""Staff, saved lists, copies and waiting contacts against whoever could make them reach, or tell, the wrong people."""

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update

from desktop.domain.errors import UserError
from desktop.domain.notices import CopyTo
from desktop.domain.people import ContactForm, GuardianForm
from desktop.domain.rosters.changes import ImportResult
from desktop.domain.saved_lists import SavedListForm
from desktop.domain.staff import Actor, Role
from desktop.services.deliveries import Deliveries
from desktop.services.people import People
from desktop.services.roster_files import csv_bytes
from desktop.services.rosters import Rosters
from desktop.services.saved_lists import SavedLists
from desktop.services.waiting_contacts import WaitingContacts
from desktop.store.db import Store
from desktop.store.tables import ContactPoint, Delivery, Group, Guardianship, SchoolCopy, Staff, WaitingContact
from tests.conftest import Clock
from tests.make import Make
from tests.services.notice_office import Office

MAIL = ("メールアドレス", "クラス", "部活動")


@pytest.fixture
def office(sqlite_store: Store, clock: Clock, make: Make) -> Office:
    return Office(sqlite_store, clock, make)


@pytest.fixture
def either_office(store: Store, clock: Clock, make: Make) -> Office:
    """On either database."""
    return Office(store, clock, make)


def _refused(code: str) -> "pytest.RaisesExc[UserError]":
    return pytest.raises(UserError, check=lambda error: error.code == code)


def _keep_list(office: Office, actor: Actor, name: str, *parts: str, list_id: int | None = None) -> int:
    lists = SavedLists(office.store, office.clock)
    version = next((row.version for row in lists.all(actor) if row.id == list_id), None)
    return lists.save(actor, SavedListForm(name, office.school.id, parts, id=list_id, version=version))


def _addresses(office: Office, notice_id: int) -> set[str]:
    with office.store.read() as session:
        return set(session.scalars(select(Delivery.address).where(Delivery.notice_id == notice_id)))


# Whom a notice means


def _group_of(office: Office, *members: int) -> int:
    with office.store.bookkeep() as session:
        group = office.make.group(session, session.merge(office.school), "聖歌隊")
        for number in members:
            child = office.make.child(session, session.merge(office.rooms[number]), groups=(group,))
            office.make.guardian(session, child, mail=f"singer{number}@mail.example")
        return group.id


def _close(office: Office, group_id: int) -> None:
    with office.store.bookkeep() as session:
        session.execute(update(Group).where(Group.id == group_id).values(closed_on=office.clock().date()))


def test_who_was_left_out_as_a_group_gets_nothing_because_the_group_was_closed(either_office: Office) -> None:
    group = _group_of(either_office, 0)
    notice = either_office.approved(audience=either_office.to("school:H001", without=("group:H001/聖歌隊",)))
    _close(either_office, group)
    either_office.clock.turn(minutes=5)
    assert not Deliveries(either_office.store, either_office.clock).begin(notice)
    assert either_office.notices.get(either_office.author, notice).held == "audience_changed"
    assert _addresses(either_office, notice) == set()

    either_office.approvals.release_hold(either_office.approver, notice)
    assert Deliveries(either_office.store, either_office.clock).begin(notice)
    assert "singer0@mail.example" in _addresses(either_office, notice)


def test_a_closed_group_within_a_saved_list_holds_as_well(office: Office) -> None:
    group = _group_of(office, 0)
    _keep_list(office, office.author, "役員", "homeroom:H001/3-2", "group:H001/聖歌隊")
    notice = office.approved(audience=office.to("list:役員"))
    _close(office, group)
    office.clock.turn(minutes=5)
    assert not Deliveries(office.store, office.clock).begin(notice)


def test_a_child_that_has_left_holds_nothing(office: Office) -> None:
    child = office.children[0].id
    notice = office.approved(audience=office.to("homeroom:H001/3-2", f"child:{child}"))
    People(office.store, office.clock).withdraw(office.author, [child], office.clock().date() - timedelta(days=1))
    office.clock.turn(minutes=5)
    assert Deliveries(office.store, office.clock).begin(notice)


def test_the_list_of_a_stopped_notice_stays_for_it_can_be_resumed(office: Office) -> None:
    saved = _keep_list(office, office.author, "除外", "homeroom:H001/3-2")
    notice = office.approved(audience=office.to("school:H001", without=("list:除外",)))
    office.approvals.stop(office.author, notice)
    with _refused("list.in_use"):
        SavedLists(office.store, office.clock).delete(office.author, saved, 1)
    with _refused("list.in_use"):
        _keep_list(office, office.author, "別名", "homeroom:H001/3-2", list_id=saved)


def test_whoever_changes_the_list_after_it_was_submitted_does_not_approve_it(office: Office) -> None:
    saved = _keep_list(office, office.author, "役員", "homeroom:H001/3-1")
    notice = office.submitted(audience=office.to("list:役員"))
    _keep_list(office, office.principal, "役員", "school:H001", list_id=saved)
    seen = office.notices.get(office.principal, notice).binding
    with _refused("notice.own_approval"):
        office.approvals.approve(office.principal, notice, seen=seen)
    assert not office.approvals.may_approve(office.principal, notice)
    assert "教頭 次郎" not in office.approvals.approvers(office.author, office.school.id, notice)
    office.approvals.approve(office.approver, notice, seen=seen)


def test_whoever_changes_the_list_after_the_approval_does_not_release_what_that_holds(office: Office) -> None:
    with office.store.bookkeep() as session:
        for _ in range(6):
            office.make.child(session, session.merge(office.rooms[1]))
    saved = _keep_list(office, office.author, "役員", "homeroom:H001/3-1")
    notice = office.approved(audience=office.to("list:役員"))
    _keep_list(office, office.principal, "役員", "school:H001", list_id=saved)
    office.clock.turn(minutes=5)
    assert not Deliveries(office.store, office.clock).begin(notice)
    with _refused("notice.own_approval"):
        office.approvals.release_hold(office.principal, notice)
    office.approvals.release_hold(office.approver, notice)


def test_a_copy_that_was_lost_with_a_familys_mail_is_marked_as_one_when_it_goes_again(office: Office) -> None:
    with office.store.bookkeep() as session:
        office.make.guardian(session, session.merge(office.children[0]), mail="me@mail.example")
        session.execute(update(Staff).where(Staff.id == office.author.staff_id).values(email="me@mail.example"))
    notice = office.sending(copies=frozenset({CopyTo.AUTHOR}))
    with office.store.bookkeep() as session:
        session.execute(update(Delivery).values(state="failed", settled_at=office.clock()))
        session.execute(update(Staff).where(Staff.id == office.author.staff_id).values(email="new@mail.example"))
        session.execute(update(ContactPoint).values(suppressed_reason="bounced", suppressed_at=office.clock()))
    office.finish(notice)
    office.reports.resend_failed(office.author, notice)
    with office.store.read() as session:
        again = session.scalars(select(Delivery).where(Delivery.address == "new@mail.example")).one()
    assert (again.kind, again.languages) == ("copy", "ja+copy")


def test_a_contact_removed_by_mistake_can_still_get_what_was_withheld(office: Office) -> None:
    with office.store.bookkeep() as session:
        room = session.merge(office.rooms[0])
        contact = office.make.waiting(session, session.merge(office.school), room, mail="a@mail.example").id
    notice = office.sending()
    removed = WaitingContacts(office.store, office.clock).remove(office.author, [contact])
    office.finish(notice)
    with _refused("notice.nothing_to_resend"):
        office.reports.resend_failed(office.author, notice)
    People(office.store, office.clock).undo(office.author, removed)
    assert office.reports.resend_failed(office.author, notice) == 1


# Who sees whom


def test_a_school_sees_nobody_of_the_city_among_the_recipients_of_its_notice(either_office: Office) -> None:
    with either_office.store.bookkeep() as session:
        clerk = either_office.make.staff(session, Role.CLERK, name="市 職員", mail="clerk@city.example")
        second = either_office.make.staff(session, Role.APPROVER, name="市 承認", mail="second@city.example")
        session.execute(
            update(Staff).where(Staff.id == either_office.mayor.staff_id).values(email="mayor@city.example")
        )
        session.add(SchoolCopy(school_id=None, email="copies@city.example"))
    notice = either_office.notices.create(
        either_office.mayor,
        either_office.draft(school_id=None, audience=either_office.to("city", "staff:*"), copies=frozenset(CopyTo)),
    )
    either_office.approvals.submit(either_office.mayor, notice, 1)
    either_office.approvals.approve(second, notice, now=True)
    assert Deliveries(either_office.store, either_office.clock).begin(notice)
    every = [
        id_
        for only in ("all", "staff", "copies")
        for id_ in either_office.reports.recipient_ids(either_office.mayor, notice, only=only)
    ]
    assert {"市 職員", "市 承認", "copies@city.example"} <= {
        row.name for row in either_office.reports.recipients(clerk, every)
    } | {row.name for row in either_office.reports.recipients(either_office.mayor, every)}

    shown = repr(either_office.reports.recipients(either_office.author, every))
    assert "校長" in shown
    assert not [word for word in ("市 職員", "市 承認", "市 太郎", "city.example", "遠藤") if word in shown]
    for only in ("staff", "copies"):
        own = either_office.reports.recipient_ids(either_office.author, notice, only=only)
        assert len(own) == either_office.reports.recipient_counts(either_office.author, notice).get(only, 0)
        assert len(either_office.reports.recipients(either_office.author, own)) == len(own)


def test_a_list_does_not_tell_what_another_school_once_called_its_group(office: Office) -> None:
    group = _group_of(office)
    lists = SavedLists(office.store, office.clock)
    lists.save(office.mayor, SavedListForm("市の一覧", None, ("group:H001/聖歌隊", "school:H002")))
    assert lists.all(office.stranger) == []
    _close(office, group)
    assert lists.all(office.stranger) == []
    assert [row.unknown for row in lists.all(office.mayor)] == [("group:H001/聖歌隊",)]


def test_a_guardian_is_taken_from_a_child_by_undo_only_where_one_may_change_the_child(office: Office) -> None:
    with office.store.bookkeep() as session:
        contact = office.make.waiting(session, session.merge(office.school), mail="a@mail.example").id
    waiting, people = WaitingContacts(office.store, office.clock), People(office.store, office.clock)
    token = waiting.give(office.mayor, [contact], office.far_child.id)
    with _refused("not_found"):
        people.undo(office.author, token)
    assert office.count(Guardianship, Guardianship.child_id == office.far_child.id) == 2
    people.undo(office.mayor, token)
    assert office.count(Guardianship, Guardianship.child_id == office.far_child.id) == 1
    assert office.count(WaitingContact) == 1


def test_one_mailbox_in_two_spellings_gets_a_notice_once(either_office: Office) -> None:
    office = either_office
    people = People(office.store, office.clock)
    for child, spelling in zip(
        office.children[:2], ("Both.Parents@Mail.Example", "both.parents@mail.example"), strict=True
    ):
        form = GuardianForm("青木", "春", relationship="mother", contacts=(ContactForm("email", spelling),))
        people.save_guardian(office.author, child.id, form)
    notice = office.approved(audience=office.to("school:H001"))
    office.clock.turn(minutes=5)
    assert Deliveries(office.store, office.clock).begin(notice)
    assert office.count(Delivery, Delivery.address.ilike("both.parents@%")) == 1


# Lists of addresses that are imported


def _import(office: Office, folder: Path, *rows: Sequence[str]) -> ImportResult:
    path = folder / "addresses.csv"
    path.write_bytes(csv_bytes([MAIL, *rows]))
    rosters = Rosters(office.store, office.clock)
    return rosters.import_(office.author, rosters.read(path, school="H001"))


def test_an_old_list_brings_nobody_back_who_must_not_be_contacted(office: Office, tmp_path: Path) -> None:
    with office.store.bookkeep() as session:
        child = session.merge(office.children[0])
        office.make.guardian(session, child, mail="barred@mail.example", do_not_contact=True)
        office.make.guardian(session, child, mail="shared@mail.example", do_not_contact=True)
        office.make.guardian(session, session.merge(office.children[2]), mail="shared@mail.example")
    barred = (["Barred@mail.example", "", "聖歌隊"], ["barred@mail.example", "3-2", ""])
    result = _import(office, tmp_path, *barred, ["shared@mail.example", "", "聖歌隊"])
    assert [problem.code for problem in result.warnings] == ["contact.not_to_contact"] * 2
    assert (result.imported, office.count(WaitingContact)) == (1, 1)


def test_who_waits_at_the_address_of_somebody_not_to_be_contacted_there_gets_nothing(either_office: Office) -> None:
    office = either_office
    with office.store.bookkeep() as session:
        school, child = session.merge(office.school), session.merge(office.children[0])
        for name in ("barred", "shared", "free"):
            office.make.waiting(session, school, session.merge(office.rooms[0]), mail=f"{name}@mail.example")
        for name in ("barred", "shared"):
            office.make.guardian(session, child, mail=f"{name}@mail.example", do_not_contact=True)
        office.make.guardian(session, session.merge(office.children[1]), mail="shared@mail.example")
        both = office.make.guardian(session, session.merge(office.children[1]), mail="free@mail.example")
        session.add(Guardianship(child_id=child.id, guardian_id=both.id, position=9, do_not_contact=True))
    notice = office.approved(audience=office.to("school:H001"))
    office.clock.turn(minutes=5)
    assert Deliveries(office.store, office.clock).begin(notice)
    reached = _addresses(office, notice)
    assert "barred@mail.example" not in reached
    assert {"shared@mail.example", "free@mail.example"} <= reached


def test_what_waits_for_an_address_stops_although_a_contact_waits_there_too(either_office: Office) -> None:
    office = either_office
    with office.store.bookkeep() as session:
        child = session.merge(office.children[0])
        father = office.make.guardian(session, child, family="青木", given="健一", mail="father@mail.example").id
        office.make.waiting(
            session, session.merge(office.school), session.merge(office.rooms[0]), mail="father@mail.example"
        )
    notice = office.approved(audience=office.to("school:H001"))
    office.clock.turn(minutes=5)
    assert Deliveries(office.store, office.clock).begin(notice)
    form = GuardianForm(
        "青木", "健一", relationship="father", do_not_contact=True, id=father, version=1,
        contacts=(ContactForm("email", "father@mail.example"),),
    )  # fmt: skip
    People(office.store, office.clock).save_guardian(office.author, office.children[0].id, form)
    with office.store.read() as session:
        state = session.scalars(
            select(Delivery.state).where(Delivery.notice_id == notice, Delivery.address == "father@mail.example")
        ).one()
    assert state == "cancelled"


def test_an_imported_list_that_an_approval_means_is_not_taken_back(office: Office, tmp_path: Path) -> None:
    result = _import(office, tmp_path, ["a@mail.example", "3-1", ""])
    notice = office.approved()
    rosters = Rosters(office.store, office.clock)
    with _refused("import.notices"):
        rosters.undo_import(office.author, result.import_id or 0)
    office.clock.turn(minutes=5)
    assert Deliveries(office.store, office.clock).begin(notice)
    assert "a@mail.example" in _addresses(office, notice)
    with _refused("import.notices"):
        rosters.undo_import(office.author, result.import_id or 0)


def test_a_second_place_of_a_contact_is_not_taken_back_after_something_went_there(
    either_office: Office, tmp_path: Path
) -> None:
    _import(either_office, tmp_path, ["a@mail.example", "3-2", ""])
    second = _import(either_office, tmp_path, ["a@mail.example", "3-1", ""])
    either_office.sending()
    with _refused("import.notices"):
        Rosters(either_office.store, either_office.clock).undo_import(either_office.author, second.import_id or 0)
