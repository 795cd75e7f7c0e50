"""The Today page: what waits for whom, what is going out, what is planned."""

from datetime import timedelta

import pytest

from desktop.domain.errors import UserError
from desktop.domain.notices import HoldReason
from desktop.domain.reports import Today, Waiting
from desktop.domain.sms import ReviewReason
from desktop.domain.sms import Template as SmsTemplate
from desktop.domain.staff import Actor, Role
from desktop.store import audit, sms_replies, sms_reviews
from desktop.store import settings as settings_store
from desktop.store.db import Store
from desktop.store.sms_replies import NewReply
from desktop.store.tables import ChannelState, Notice, Staff, Worker
from tests.conftest import NOON, Clock
from tests.make import Make
from tests.services.notice_office import Office


@pytest.fixture
def office(store: Store, clock: Clock, make: Make) -> Office:
    return Office(store, clock, make)


def _waiting(office: Office, actor: Actor) -> dict[str, Waiting]:
    return {each.kind: each for each in office.reports.today(actor).waiting}


def test_on_a_quiet_day_nothing_waits(office: Office) -> None:
    assert office.reports.today(office.author) == Today((), (), (), None, None, approver_missing=False)


def test_a_submitted_notice_waits_for_those_who_may_approve_it(office: Office) -> None:
    notice = office.submitted()
    for actor in (office.approver, office.principal, office.mayor):
        assert _waiting(office, actor)["approve"] == Waiting("approve", 1, ("遠足の延期",), NOON, ("notice", notice))
    for actor in (office.author, office.stranger):
        assert "approve" not in _waiting(office, actor)


def test_what_one_wrote_oneself_does_not_wait_for_one(office: Office) -> None:
    office.submitted(office.principal)
    assert "approve" not in _waiting(office, office.principal)
    assert "approve" in _waiting(office, office.approver)


def test_several_notices_are_one_line_that_leads_to_the_list(office: Office) -> None:
    office.submitted()
    office.clock.turn(hours=1)
    office.submitted()
    waiting = _waiting(office, office.approver)["approve"]
    assert (waiting.count, waiting.since, waiting.target) == (2, NOON, ("notices", None))


def test_a_notice_that_was_sent_back_waits_for_its_author(office: Office) -> None:
    notice = office.submitted()
    office.approvals.send_back(office.approver, notice, "日付が違います")
    assert _waiting(office, office.author)["sent_back"].target == ("notice", notice)
    assert "sent_back" not in _waiting(office, office.principal)


def test_a_held_or_stopped_notice_waits_for_the_school(office: Office) -> None:
    held, stopped = office.approved(), office.approved()
    office.approvals.stop(office.author, stopped)
    with office.store.bookkeep() as session:
        session.get_one(Notice, held).hold_reason = HoldReason.MISSED.value
    waiting = _waiting(office, office.author)
    assert (waiting["held"].target, waiting["stopped"].target) == (("notice", held), ("notice", stopped))
    assert _waiting(office, office.stranger) == {}


def test_what_went_out_alone_waits_for_another_person(office: Office) -> None:
    notice = office.submitted(kind="closure")
    office.approvals.release_alone(office.principal, notice, "校長不在")
    assert _waiting(office, office.approver)["review_alone"].target == ("notice", notice)
    assert "review_alone" not in _waiting(office, office.principal)
    office.approvals.review_alone(office.approver, notice)
    assert "review_alone" not in _waiting(office, office.approver)


def test_messages_that_did_not_get_through_wait_for_a_fortnight(office: Office) -> None:
    notice = office.sending(audience=office.to("grade:H001/3"))
    for child, state in zip(office.children, ("failed", "failed", "bounced", "in_doubt"), strict=True):
        office.settle(notice, state, child)
    waiting = _waiting(office, office.author)
    assert {kind: waiting[kind].count for kind in ("failed", "bounced", "in_doubt")} == {
        "failed": 2, "bounced": 1, "in_doubt": 1,
    }  # fmt: skip
    assert waiting["failed"].target == ("notice", notice)
    office.clock.turn(days=15)
    assert "failed" not in _waiting(office, office.author)


def test_a_channel_that_stands_still_is_said_to_everyone(office: Office) -> None:
    office.put(ChannelState(channel="line", stopped_reason="quota", stopped_at=NOON))
    waiting = _waiting(office, office.stranger)["channel_stopped"]
    assert (waiting.count, waiting.examples, waiting.since) == (1, ("line:quota",), NOON)


def test_children_whom_nothing_reaches_wait_for_their_own_school(office: Office) -> None:
    with office.store.write(office.make.principal()) as session:
        lonely = office.make.child(session, office.rooms[0], "一人", "海")
        office.make.guardian(session, lonely, mail=None)
        office.make.guardian(session, office.children[0], suppressed="unknown_user")
        audit.record(session, "added", "child")
    waiting = _waiting(office, office.author)
    assert (waiting["no_channel"].count, waiting["no_channel"].examples) == (1, ("一人 海",))
    assert (waiting["suppressed"].count, waiting["suppressed"].since) == (1, NOON)
    assert _waiting(office, office.stranger) == {}
    assert set(_waiting(office, office.mayor)) == {"no_channel", "suppressed"}


def test_what_is_going_out_is_shown_live_with_the_urgent_first(office: Office) -> None:
    calm = office.sending()
    urgent = office.sending(kind="closure")
    today = office.reports.today(office.author)
    assert [row.id for row, _ in today.sending] == [urgent, calm]
    assert [channel.total for channel in today.sending[0][1].channels] == [2, 0]
    assert today.latest is None
    office.finish(calm)
    latest = office.reports.today(office.author).latest
    assert latest
    assert (latest[0].id, latest[1].classes[0].label) == (calm, "3-1")


def test_what_is_planned_for_today_is_shown_in_order(office: Office) -> None:
    late = office.approved(send_at=NOON + timedelta(hours=6))
    early = office.approved(send_at=NOON + timedelta(hours=1))
    office.approved(send_at=NOON + timedelta(hours=23))
    assert [row.id for row in office.reports.today(office.author).planned] == [early, late]


def test_the_worker_was_last_seen_unless_it_has_signed_off(office: Office) -> None:
    seen = {"uuid": "a", "host": "pc", "started_at": NOON, "seen_at": NOON}
    office.put(Worker(**seen))
    assert office.reports.today(office.author).worker_seen_at == NOON
    with office.store.bookkeep() as session:
        session.query(Worker).update({"stopped_at": NOON})
    assert office.reports.today(office.author).worker_seen_at is None


def test_it_is_said_when_nobody_else_could_approve(office: Office) -> None:
    with office.store.bookkeep() as session:
        session.query(Staff).filter(Staff.id.in_([office.principal.staff_id, office.mayor.staff_id])).update(
            {"active": False}
        )
    assert not office.reports.today(office.author).approver_missing
    assert office.reports.today(office.approver).approver_missing
    with office.store.bookkeep() as session:
        session.query(Staff).filter_by(id=office.approver.staff_id).update({"active": False})
    assert office.reports.today(office.author).approver_missing


def test_somebody_without_any_role_has_no_today(office: Office) -> None:
    with office.store.write(office.make.principal()) as session:
        nobody = office.make.staff(session)
        helpdesk = office.make.staff(session, Role.HELPDESK, school=office.school)
        audit.record(session, "added", "staff")
    with pytest.raises(UserError, match="forbidden"):
        office.reports.today(nobody)
    assert not office.reports.today(helpdesk).approver_missing


def test_texts_that_stand_still_and_cases_of_sms_accounts_wait_for_those_who_help_with_them(office: Office) -> None:
    with office.store.write(office.make.principal()) as session:
        helper = office.make.staff(session, Role.REVIEWER, name="助 太郎")
        audit.record(session, "made", "staff")
        sms_replies.put(session, NewReply(SmsTemplate.SYNTAX, "Loi.", "0905123456"))
        for subject in ("message 1", "message 2"):
            sms_reviews.ask(session, ReviewReason.CONFLICT, subject)
        sms_reviews.ask(session, ReviewReason.FLOOD, "0905123456")
    office.put(ChannelState(channel="sms", stopped_reason="unauthorized", stopped_at=NOON))
    assert not {"sms_stopped", "sms_reviews", "channel_stopped"} & set(_waiting(office, helper))  # switched off
    with office.store.bookkeep() as session:
        settings_store.put(session, "sms.enabled", True)
    waiting = _waiting(office, helper)
    assert (waiting["sms_stopped"].count, waiting["sms_stopped"].examples) == (1, ("unauthorized",))
    assert (waiting["sms_reviews"].count, waiting["sms_reviews"].examples) == (3, ("conflict", "flood"))
    assert not {"sms_stopped", "sms_reviews", "channel_stopped"} & set(_waiting(office, office.author))
