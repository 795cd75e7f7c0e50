"""What became of a notice: by channel, class, family and person; and sending again."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event

from desktop.domain.errors import UserError
from desktop.domain.notices import Channel
from desktop.services.deliveries import Deliveries
from desktop.store import audit
from desktop.store.db import Store
from desktop.store.tables import ChannelState, Confirmation, ContactPoint, Delivery, Guardianship
from tests.conftest import NOON, Clock
from tests.make import Make
from tests.services.notice_office import MAIL_ONLY, Office


@pytest.fixture
def office(store: Store, clock: Clock, make: Make) -> Office:
    return Office(store, clock, make)


@pytest.fixture
def whole(office: Office) -> int:
    """A notice to both classes: four mails and a LINE message on their way."""
    return office.sending(audience=office.to("grade:H001/3"))


def _guardian_of(office: Office, child_id: int) -> int:
    with office.store.read() as session:
        return session.query(Guardianship).filter_by(child_id=child_id, position=1).one().guardian_id


def test_the_status_is_the_document_that_machines_read(office: Office, whole: int) -> None:
    office.settle(whole, "accepted", office.children[0])
    assert office.reports.status(office.author, whole) == {
        "id": whole, "state": "sending", "held": None,
        "deliveries": {"email": {"accepted": 1, "due": 3}, "line": {"due": 1}},
        "staff": {}, "copies": {}, "sent_again": 0, "children": 4, "waiting": 0,
        "due_at": "2026-11-20T03:03:00+00:00", "started_at": "2026-11-20T03:05:00+00:00", "finished_at": None,
    }  # fmt: skip


def test_the_status_of_a_held_notice_says_why(office: Office) -> None:
    notice = office.approved(channels=MAIL_ONLY)
    status = office.reports.status(office.author, notice)
    assert (status["state"], status["held"], status["deliveries"]) == ("approved", "hold_window", {"email": {}})


def test_the_status_of_a_notice_that_waits_for_a_channel_says_which_and_why(office: Office, whole: int) -> None:
    office.put(ChannelState(channel="line", stopped_reason="not_configured", stopped_at=NOON))
    assert office.reports.status(office.author, whole)["held"] == "line:not_configured"
    office.settle(whole, "accepted", office.children[3], channel="line")
    assert office.reports.status(office.author, whole)["held"] is None


def test_mails_that_may_have_come_twice_are_counted(office: Office, whole: int) -> None:
    with office.store.bookkeep() as session:
        session.query(Delivery).filter_by(notice_id=whole, channel="email").update({"in_doubt_count": 1})
    assert office.reports.report(office.author, whole).sent_again == 0  # they have not been sent again yet
    for child, state in zip(office.children, ("accepted", "accepted", "in_doubt"), strict=False):
        office.settle(whole, state, child)
    assert office.reports.report(office.author, whole).sent_again == 2
    assert office.reports.status(office.author, whole)["sent_again"] == 2


def test_the_small_index_of_doubtful_mails_serves(office: Office, whole: int) -> None:
    statements: list[tuple[str, tuple[Any, ...]]] = []
    event.listen(office.store.engine, "before_cursor_execute", lambda *args: statements.append((args[2], args[3])))
    office.reports.report(office.author, whole)
    [(asked, values)] = [each for each in statements if "in_doubt_count" in each[0]]
    with office.store.read() as session:
        explain = "EXPLAIN QUERY PLAN" if session.get_bind().dialect.name == "sqlite" else "EXPLAIN"
        if explain == "EXPLAIN":
            session.connection().exec_driver_sql("SET LOCAL enable_seqscan = off")
        plan = session.connection().exec_driver_sql(f"{explain} {asked}", values).all()
    assert "ix_deliveries_doubted" in str(plan)


def test_each_channel_says_how_far_it_is_and_how_long_the_rest_takes(office: Office, whole: int) -> None:
    office.clock.turn(seconds=5)
    for child in office.children[:2]:
        office.settle(whole, "accepted", child)
    mail, line = office.reports.progress(office.author, whole)
    assert (mail.channel, mail.total, mail.settled) == (Channel.EMAIL, 4, 2)
    assert [mail.rate, mail.left_s] == pytest.approx([2 / 5, 5.0])
    assert (line.settled, line.rate, line.left_s) == (0, 0, None)
    office.clock.turn(minutes=1)
    assert office.reports.progress(office.author, whole)[0].left_s is None


def test_a_channel_that_stands_still_says_so_while_something_waits_for_it(office: Office, whole: int) -> None:
    office.put(ChannelState(channel="line", stopped_reason="quota", stopped_at=NOON))
    assert [each.stopped_reason for each in office.reports.progress(office.author, whole)] == [None, "quota"]
    office.settle(whole, "accepted", office.children[3], channel="line")
    assert office.reports.progress(office.author, whole)[1].stopped_reason is None


def test_a_child_counts_once_at_the_best_for_its_family(office: Office, whole: int) -> None:
    first, _second, third, fourth = office.children
    office.put(
        Confirmation(notice_id=whole, guardian_id=_guardian_of(office, first.id), means="link", confirmed_at=NOON)
    )
    office.settle(whole, "accepted", first)
    office.settle(whole, "failed", third)
    office.settle(whole, "accepted", fourth, channel="line")
    office.settle(whole, "bounced", fourth)
    report = office.reports.report(office.author, whole)
    one, two = report.classes
    assert (one.label, one.children, one.confirmed, one.accepted, one.on_the_way, one.failed) == ("3-1", 2, 1, 0, 1, 0)
    assert (two.label, two.children, two.accepted, two.failed, two.unreached) == ("3-2", 2, 1, 1, 0)
    assert (report.families, report.confirmed_families) == (4, 1)
    assert report.needs_attention == {"failed": 1, "bounced": 1}


def test_brothers_and_sisters_are_one_family_and_either_parent_confirms(office: Office) -> None:
    with office.store.write(office.make.principal()) as session:
        twins = [office.make.child(session, office.rooms[0], "双子") for _ in range(2)]
        office.make.guardian(session, *twins)
        mother = office.make.guardian(session, twins[0], relationship="mother")
        audit.record(session, "added", "family")
    notice = office.sending(audience=office.to(*(f"child:{twin.id}" for twin in twins)))
    office.put(Confirmation(notice_id=notice, guardian_id=mother.id, means="link", confirmed_at=NOON))
    report = office.reports.report(office.author, notice)
    assert (report.families, report.confirmed_families) == (1, 1)
    rows = office.reports.recipients(office.author, office.reports.recipient_ids(office.author, notice))
    assert [row.confirmed for row in rows] == [True, True, False]


def test_a_child_with_nobody_to_write_to_is_not_forgotten(office: Office) -> None:
    with office.store.write(office.make.principal()) as session:
        lonely = office.make.child(session, office.rooms[0], "一人")
        office.make.guardian(session, lonely, do_not_contact=True)
        audit.record(session, "added", "child")
    notice = office.sending()
    report = office.reports.report(office.author, notice)
    assert (report.classes[0].children, report.classes[0].unreached, report.families) == (3, 1, 3)
    assert report.needs_attention == {"unreached": 1}
    [row] = office.reports.recipients(
        office.author, office.reports.recipient_ids(office.author, notice, only="unreached")
    )
    assert (row.child_id, row.guardian_id, row.email_state, row.line_state) == (lonely.id, None, "", "")


def test_half_of_the_messages_were_accepted_within_this_time(office: Office, whole: int) -> None:
    assert office.reports.report(office.author, whole).accepted_median_s is None
    for child, seconds in zip(office.children[:3], (2, 2, 30), strict=True):
        office.clock.turn(seconds=seconds)
        office.settle(whole, "accepted", child)
    assert office.reports.report(office.author, whole).accepted_median_s == 4


def test_a_recipient_line_says_what_became_of_each_channel(office: Office, whole: int) -> None:
    child = office.children[3]
    office.settle(whole, "accepted", child, channel="line")
    office.settle(whole, "failed", child, reason="mailbox_full")
    [row] = office.reports.recipients(office.author, office.reports.recipient_ids(office.author, whole, only="failed"))
    assert (row.child_id, row.homeroom, row.guardian) == (child.id, "3-2", "青木 健一")
    assert (row.email_state, row.email_reason, row.line_state, row.line_at) == (
        "failed", "mailbox_full", "accepted", NOON + timedelta(minutes=5),
    )  # fmt: skip
    assert not row.shared_address


def test_recipients_are_found_filtered_and_counted(office: Office, whole: int) -> None:
    office.settle(whole, "accepted", office.children[0])
    office.settle(whole, "in_doubt", office.children[1])
    ids = office.reports.recipient_ids
    everyone = ids(office.author, whole)
    rows = office.reports.recipients(office.author, everyone)
    assert [row.child_id for row in rows] == [child.id for child in office.children]
    assert len(ids(office.author, whole, homeroom_id=office.rooms[1].id)) == 2
    assert ids(office.author, whole, only="accepted") == [everyone[0]]
    assert ids(office.author, whole, only="due") == ids(office.author, whole, only="leased") == everyone[2:]
    assert ids(office.author, whole, order="state") == [everyone[1], everyone[2], everyone[3], everyone[0]]
    assert ids(office.author, whole, typed=office.children[2].given_name) == [everyone[2]]
    assert ids(office.author, whole, typed="けんいちさん") == []
    assert office.reports.recipient_counts(office.author, whole) == {
        "all": 4, "unconfirmed": 4, "accepted": 1, "in_doubt": 1, "due": 2,
    }  # fmt: skip


def test_numbers_in_class_sort_as_numbers(office: Office) -> None:
    with office.store.write(office.make.principal()) as session:
        room = office.make.homeroom(session, office.school, "5-1")
        for number in ("10", "2"):
            office.make.guardian(session, office.make.child(session, room, number=number))
        audit.record(session, "added", "children")
    notice = office.sending(audience=office.to("homeroom:H001/5-1"))
    ids = office.reports.recipient_ids(office.author, notice)
    assert [row.student_number for row in office.reports.recipients(office.author, ids)] == ["2", "10"]


def test_a_school_sees_its_own_children_of_a_notice_of_the_city(office: Office) -> None:
    notice = office.submitted(office.mayor, school_id=None, audience=office.to("city"), kind="closure")
    with office.store.write(office.make.principal()) as session:
        second = office.make.staff(session, *(grant.role for grant in office.mayor.grants), name="副市長")
        audit.record(session, "added", "staff")
    office.approvals.approve(second, notice)
    assert Deliveries(office.store, office.clock).begin(notice)
    for actor, labels in (
        (office.author, ["ひがし小学校 3-1", "ひがし小学校 3-2"]),
        (office.stranger, ["にし中学校 1-1"]),
    ):
        report = office.reports.report(actor, notice)
        assert [each.label for each in report.classes] == labels
        ids = office.reports.recipient_ids(actor, notice)
        assert len(ids) == report.families == sum(each.children for each in report.classes)
    everyone = office.reports.recipient_ids(office.mayor, notice)
    assert len(everyone) == 5
    assert len(office.reports.recipients(office.stranger, everyone)) == 1


def test_another_schools_report_is_not_shown(office: Office, whole: int) -> None:
    for ask in (office.reports.report, office.reports.status, office.reports.progress, office.reports.recipient_ids):
        with pytest.raises(UserError, match="not_found"):
            ask(office.stranger, whole)
    assert office.reports.recipients(office.stranger, office.reports.recipient_ids(office.author, whole)) == []


def test_a_page_of_recipients_costs_the_same_for_any_number(office: Office, whole: int) -> None:
    ids = office.reports.recipient_ids(office.author, whole)
    statements: list[str] = []
    event.listen(office.store.engine, "before_cursor_execute", lambda *args: statements.append(args[2]))
    office.reports.recipients(office.author, ids[:1])
    one = len(statements)
    office.reports.recipients(office.author, ids)
    assert len(statements) == 2 * one


# Sending again


def test_what_failed_is_sent_again_and_nothing_else(office: Office, whole: int) -> None:
    states = ("accepted", "failed", "in_doubt", "bounced")
    for child, state in zip(office.children, states, strict=True):
        office.settle(whole, state, child, reason="try_later")
    office.settle(whole, "accepted", office.children[3], channel="line")
    office.finish(whole)
    assert office.reports.resend_failed(office.author, whole) == 2
    status = office.reports.status(office.author, whole)
    assert (status["state"], status["finished_at"]) == ("sending", None)
    assert status["deliveries"] == {"email": {"accepted": 1, "due": 2, "in_doubt": 1}, "line": {"accepted": 1}}
    with office.store.read() as session:
        again = session.query(Delivery).filter_by(state="due").all()
    assert {(each.reason, each.settled_at, each.due_at) for each in again} == {(None, None, office.clock.now)}


def _correct_address(office: Office, child_id: int, address: str) -> None:
    guardian = _guardian_of(office, child_id)
    with office.store.bookkeep() as session:
        old = session.query(ContactPoint).filter_by(guardian_id=guardian, kind="email").one()
        old.suppressed_reason, old.suppressed_at = "unknown_user", NOON
        session.add(ContactPoint(guardian_id=guardian, kind="email", address=address, lane="other", verified_at=NOON))


def test_a_corrected_address_gets_its_copy(office: Office, whole: int) -> None:
    for child in office.children:
        office.settle(whole, "accepted", child)
    office.settle(whole, "failed", office.children[0], reason="unknown_user")
    office.finish(whole)
    _correct_address(office, office.children[0].id, "right@mail.example")
    assert office.reports.resend_failed(office.author, whole) == 1
    with office.store.read() as session:
        [due] = session.query(Delivery).filter_by(notice_id=whole, channel="email", state="due").all()
    assert (due.address, due.languages, due.plain) == ("right@mail.example", "ja", False)
    [row] = office.reports.recipients(
        office.author, office.reports.recipient_ids(office.author, whole, homeroom_id=None, only="failed")
    )
    assert (row.child_id, row.email_state) == (office.children[0].id, "due")


def test_where_no_address_works_there_is_nothing_to_send_again(office: Office, whole: int) -> None:
    office.settle(whole, "failed", office.children[0])
    with office.store.bookkeep() as session:
        session.query(ContactPoint).update({"suppressed_reason": "bounced"})
    with pytest.raises(UserError, match=r"notice\.nothing_to_resend"):
        office.reports.resend_failed(office.author, whole)


def test_nothing_is_sent_again_after_its_time(office: Office) -> None:
    notice = office.sending(useless_after=NOON + timedelta(hours=1))
    office.settle(notice, "failed", office.children[0])
    office.clock.turn(hours=2)
    with pytest.raises(UserError, match=r"notice\.useless"):
        office.reports.resend_failed(office.author, notice)


def test_a_stopped_notice_is_resumed_before_it_is_sent_again(office: Office, whole: int) -> None:
    office.settle(whole, "failed", office.children[0])
    office.approvals.stop(office.author, whole)
    with pytest.raises(UserError, match=r"notice\.stopped"):
        office.reports.resend_failed(office.author, whole)


def test_an_onlooker_sends_nothing_again(office: Office, whole: int) -> None:
    office.settle(whole, "failed", office.children[0])
    with pytest.raises(UserError, match="not_found"):
        office.reports.resend_failed(office.stranger, whole)
