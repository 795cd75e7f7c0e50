"""Consent: asked, given, refused, withdrawn; and what consent is bound to."""

from collections.abc import Callable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from desktop.domain.errors import UserError
from desktop.domain.notices import Channel, HoldReason, NoticeState, NoticeText
from desktop.domain.staff import Actor, Role
from desktop.store import audit
from desktop.store.db import Store
from desktop.store.tables import (
    Approval,
    ApprovedChild,
    ContactPoint,
    Delivery,
    Enrolment,
    Notice,
    Submission,
)
from desktop.store.tables import (
    NoticeText as StoredText,
)
from tests.conftest import NOON, Clock
from tests.make import Make
from tests.services.notice_office import LINE_ONLY, TEXT, Office

TOKYO = ZoneInfo("Asia/Tokyo")


@pytest.fixture
def office(store: Store, clock: Clock, make: Make) -> Office:
    return Office(store, clock, make)


def _refused(code: str) -> pytest.RaisesExc[UserError]:
    return pytest.raises(UserError, match=code.replace(".", r"\."))


def test_a_second_person_approves_what_the_first_submitted(office: Office) -> None:
    notice = office.submitted()
    assert office.approvals.may_approve(office.approver, notice)
    due_at = office.approvals.approve(office.approver, notice)
    details = office.notices.get(office.author, notice)
    assert (details.state, details.submitter, details.approver) == (NoticeState.APPROVED, "山田 花子", "校長 一郎")
    assert due_at == details.due_at == NOON + timedelta(minutes=3)
    assert (details.held, details.children, details.can_cancel) == ("hold_window", 2, True)


def test_now_waives_the_hold_window(office: Office) -> None:
    assert office.approvals.approve(office.approver, office.submitted(), now=True) == NOON


def test_a_scheduled_notice_is_not_held(office: Office) -> None:
    later = NOON + timedelta(hours=4)
    notice = office.approved(send_at=later)
    details = office.notices.get(office.author, notice)
    assert (details.due_at, details.held) == (later, None)


def test_quiet_hours_hold_what_is_not_urgent(office: Office) -> None:
    office.clock.now = datetime(2026, 11, 20, 22, 0, tzinfo=TOKYO)
    calm, urgent = office.approved(), office.approved(kind="closure")
    assert office.notices.get(office.author, calm).due_at == datetime(2026, 11, 21, 7, 0, tzinfo=TOKYO)
    assert office.notices.get(office.author, calm).held == "quiet_hours"
    assert office.notices.get(office.author, urgent).due_at == office.clock.now


def test_what_would_be_useless_by_the_time_it_goes_out_is_not_approved(office: Office) -> None:
    office.clock.now = datetime(2026, 11, 20, 20, 0, tzinfo=TOKYO)
    notice = office.submitted(useless_after=datetime(2026, 11, 20, 23, 0, tzinfo=TOKYO))
    office.clock.turn(hours=2)
    with _refused("notice.useless"):
        office.approvals.approve(office.approver, notice)
    assert office.state(notice) == "submitted"


# What cannot be submitted


@pytest.mark.parametrize(("change", "code"), [
    ({"texts": {}}, "notice.no_text"),
    ({"texts": {"ja": NoticeText("題", " ")}}, "notice.no_body"),
    ({"texts": {"ja": TEXT, "vi": NoticeText("", "Nội dung")}}, "notice.no_title"),
    ({"texts": {"ja": NoticeText("題" * 101, "本文")}}, "notice.title_too_long"),
    ({"texts": {"ja": NoticeText("題", "𠮷" * 2500)}}, "notice.too_long_line"),
    ({"channels": frozenset()}, "notice.no_channel"),
    ({"send_at": NOON - timedelta(minutes=1)}, "notice.past"),
    ({"useless_after": NOON}, "notice.useless"),
    ({"send_at": NOON + timedelta(hours=2), "useless_after": NOON + timedelta(hours=1)}, "notice.useless"),
])  # fmt: skip
def test_an_incomplete_notice_cannot_be_submitted(office: Office, change: dict[str, object], code: str) -> None:
    notice = office.notices.create(office.author, office.draft(**change))
    version = office.notices.get(office.author, notice).version
    with _refused(code):
        office.approvals.submit(office.author, notice, version)
    assert office.audiences.problems(office.author, office.draft(**change))[0].code == code
    assert office.state(notice) == "draft"


@pytest.mark.parametrize(("parts", "code"), [
    ((), "notice.audience_empty"),
    (("homeroom:H001/9-9",), "notice.unknown_part"),
    (("homeroom:H001/3-1", "group:H001/将棋部"), "notice.unknown_part"),
])  # fmt: skip
def test_an_empty_or_unknown_audience_cannot_be_submitted(office: Office, parts: tuple[str, ...], code: str) -> None:
    with _refused(code):
        office.submitted(audience=office.to(*parts))


def test_an_audience_of_whom_nobody_is_reached_cannot_be_submitted(office: Office) -> None:
    with _refused("notice.unreached_all"):
        office.submitted(channels=LINE_ONLY)
    with office.store.bookkeep() as session:
        session.query(ContactPoint).update({"suppressed_reason": "bounced"})
    with _refused("notice.unreached_all"):
        office.submitted(channels=frozenset(Channel))


def test_whoever_submits_must_have_seen_the_newest_version(office: Office) -> None:
    notice = office.notices.create(office.author, office.draft())
    seen = office.notices.get(office.author, notice).version
    office.edit(office.principal, notice, kind="other")
    with _refused("changed_elsewhere"):
        office.approvals.submit(office.author, notice, seen)


def test_a_notice_is_submitted_once(office: Office) -> None:
    notice = office.submitted()
    with _refused("notice.already_submitted"):
        office.approvals.submit(office.author, notice, office.notices.get(office.author, notice).version)


# Sent back


def test_sent_back_with_a_reason_and_submitted_again(office: Office) -> None:
    notice = office.submitted()
    with _refused("notice.no_reason"):
        office.approvals.send_back(office.approver, notice, "  ")
    office.approvals.send_back(office.approver, notice, "日付が違います")
    returned = office.notices.get(office.author, notice)
    assert (returned.state, returned.returned_reason) == (NoticeState.DRAFT, "日付が違います")
    office.approvals.submit(office.author, notice, returned.version)
    assert office.notices.get(office.author, notice).returned_reason is None
    assert office.count(Submission) == 1
    office.approvals.approve(office.approver, notice)
    assert office.state(notice) == "approved"


# The children an approval binds


def test_children_who_came_since_must_be_seen_by_the_approver(office: Office) -> None:
    notice = office.submitted()
    office.add_child()
    with pytest.raises(UserError) as refused:
        office.approvals.approve(office.approver, notice)
    assert refused.value.code == "notice.audience_moved"
    assert refused.value.details == {"added": 1, "removed": 0}
    seen = office.notices.get(office.approver, notice)
    office.approvals.approve(office.approver, notice, seen=seen.binding)
    assert office.count(ApprovedChild) == 3
    with office.store.read() as session:
        approval = session.query(Approval).one()
        bound = session.query(Submission).filter_by(hash=approval.hash).one()
    assert (bound.children, bound.submitter_id) == (3, office.author.staff_id)


def test_children_who_left_must_be_seen_by_the_approver(office: Office) -> None:
    notice = office.submitted()
    with office.store.bookkeep() as session:
        enrolment = session.query(Enrolment).filter_by(child_id=office.children[0].id).one()
        enrolment.to_date = (NOON - timedelta(days=1)).date()
    with pytest.raises(UserError) as refused:
        office.approvals.approve(office.approver, notice)
    assert refused.value.details == {"added": 0, "removed": 1}
    office.approvals.approve(office.approver, notice, seen=office.notices.get(office.approver, notice).binding)
    assert office.count(ApprovedChild) == 1


def test_an_approver_who_saw_something_else_must_look_again(office: Office) -> None:
    notice = office.submitted()
    seen = office.notices.get(office.approver, notice).binding
    office.edit(office.author, notice, texts={"ja": NoticeText("遠足の中止", "中止します。")})
    office.approvals.submit(office.author, notice, office.notices.get(office.author, notice).version)
    with _refused("notice.changed_since"):
        office.approvals.approve(office.approver, notice, seen=seen)
    assert office.state(notice) == "submitted"


def test_a_text_changed_behind_the_programs_back_is_noticed(office: Office) -> None:
    notice = office.submitted()
    with office.store.bookkeep() as session:
        session.query(StoredText).update({"body": "別の文"})
    with _refused("notice.changed_since"):
        office.approvals.approve(office.approver, notice)
    with _refused("notice.changed_since"):
        office.approvals.approve(office.approver, notice, seen=office.notices.get(office.approver, notice).binding)


# Who may


def test_who_may_do_what(office: Office) -> None:
    """The same notice before five people: what each may do to it."""
    helpdesk = _staff(office, Role.HELPDESK)
    administrator = _staff(office, Role.ADMINISTRATOR)
    steps: dict[str, Callable[[Actor, int], object]] = {
        "approve": lambda actor, notice: office.approvals.approve(actor, notice, now=True),
        "send_back": lambda actor, notice: office.approvals.send_back(actor, notice, "理由"),
        "cancel": office.approvals.cancel,
        "edit": lambda actor, notice: office.edit(actor, notice, kind="other"),
    }
    allowed = {
        office.author: {"cancel", "edit"},
        office.approver: set(steps),
        office.principal: set(steps),
        office.mayor: set(steps),
        administrator: {"cancel", "edit"},
        helpdesk: set(),
        office.stranger: set(),
    }
    for actor, expected in allowed.items():
        done = {name for name, step in steps.items() if _goes(step, actor, office.submitted())}
        assert done == expected, actor.label


def _staff(office: Office, *roles: Role) -> Actor:
    with office.store.write(office.make.principal()) as session:
        actor = office.make.staff(session, *roles, school=office.school, name=roles[0].value)
        audit.record(session, "added", "staff")
        return actor


def _goes(step: Callable[[Actor, int], object], actor: Actor, notice: int) -> bool:
    try:
        step(actor, notice)
    except UserError:
        return False
    return True


def test_approving_for_others_families_needs_a_role_there(office: Office) -> None:
    """The city's clerk may write from one school to another; this school's approver alone cannot let it out."""
    notice = office.submitted(office.mayor, audience=office.to("homeroom:H001/3-1", "homeroom:H002/1-1"))
    with _refused("notice.foreign_part"):
        office.approvals.approve(office.approver, notice)
    other = _city_approver(office)
    office.approvals.approve(other, notice)


def _city_approver(office: Office) -> Actor:
    with office.store.write(office.make.principal()) as session:
        actor = office.make.staff(session, Role.APPROVER, name="助役")
        audit.record(session, "added", "staff")
        return actor


def test_who_could_approve_is_named(office: Office) -> None:
    assert office.approvals.approvers(office.author, office.school.id) == ["市 太郎", "教頭 次郎", "校長 一郎"]
    assert office.approvals.approvers(office.mayor, None) == []
    notice = office.submitted()
    office.edit(office.principal, notice, kind="other")
    assert office.approvals.approvers(office.author, office.school.id, notice) == ["市 太郎", "校長 一郎"]


# Cancelled, stopped, resumed, held


@pytest.mark.parametrize("bring_to", ["submitted", "approved"])
def test_cancelled_before_it_goes_out(office: Office, bring_to: str) -> None:
    notice = getattr(office, bring_to)()
    office.approvals.cancel(office.author, notice)
    assert office.state(notice) == "cancelled"
    with _refused("notice.cancelled"):
        office.approvals.approve(office.approver, notice)


def _sending(office: Office, **delivery: object) -> int:
    """A notice on its way with two mails, of which the second is as told."""
    notice = office.approved()
    values = {
        "notice_id": notice, "channel": "email", "languages": "ja", "urgent": False, "state": "due",
        "due_at": NOON, "created_at": NOON,
    }  # fmt: skip
    office.put(
        Delivery(**values, address="a@mail.example"), Delivery(**{**values, **delivery}, address="b@mail.example")
    )
    with office.store.bookkeep() as session:
        row = session.get_one(Notice, notice)
        row.state, row.started_at = "sending", NOON
    return notice


def test_cancelled_until_the_first_message_is_claimed(office: Office) -> None:
    notice = _sending(office)
    assert office.notices.get(office.author, notice).can_cancel
    office.approvals.cancel(office.author, notice)
    assert office.count(Delivery, Delivery.state == "cancelled") == 2


@pytest.mark.parametrize("claimed", [{"state": "leased"}, {"state": "accepted"}, {"attempts": 1}])
def test_not_cancelled_once_a_message_was_claimed(office: Office, claimed: dict[str, object]) -> None:
    notice = _sending(office, **claimed)
    assert not office.notices.get(office.author, notice).can_cancel
    with _refused("notice.sent"):
        office.approvals.cancel(office.author, notice)
    assert office.count(Delivery, Delivery.state == "cancelled") == 0


def test_whoever_sees_it_stops_it_and_an_approver_lets_it_go_on(office: Office) -> None:
    notice = _sending(office, state="leased")
    office.approvals.stop(_staff(office, Role.HELPDESK), notice)
    assert office.state(notice) == "stopped"
    with _refused("forbidden"):
        office.approvals.resume(office.author, notice)
    office.approvals.resume(office.approver, notice)
    assert office.state(notice) == "sending"
    with _refused("notice.not_stopped"):
        office.approvals.resume(office.approver, notice)


def test_one_that_is_not_out_yet_can_be_stopped_as_well(office: Office) -> None:
    notice = office.approved()
    office.approvals.stop(office.author, notice)
    office.clock.turn(hours=1)
    office.approvals.resume(office.approver, notice)
    details = office.notices.get(office.author, notice)
    assert (details.state, details.due_at) == (NoticeState.APPROVED, office.clock.now)


def test_what_became_useless_while_it_stood_still_does_not_go_on(office: Office) -> None:
    notice = office.approved(useless_after=NOON + timedelta(hours=1))
    office.approvals.stop(office.author, notice)
    office.clock.turn(hours=2)
    with _refused("notice.useless"):
        office.approvals.resume(office.approver, notice)


def _held(office: Office, reason: HoldReason) -> int:
    notice = office.approved()
    with office.store.bookkeep() as session:
        session.get_one(Notice, notice).hold_reason = reason.value
    return notice


def test_a_missed_notice_goes_out_when_an_approver_says_so(office: Office) -> None:
    notice = _held(office, HoldReason.MISSED)
    assert office.notices.get(office.author, notice).held == "missed"
    office.clock.turn(hours=1)
    with _refused("forbidden"):
        office.approvals.release_hold(office.author, notice)
    office.approvals.release_hold(office.approver, notice)
    details = office.notices.get(office.author, notice)
    assert (details.held, details.due_at) == (None, office.clock.now)
    with _refused("notice.not_held"):
        office.approvals.release_hold(office.approver, notice)


def test_letting_a_changed_audience_go_is_an_approval_anew(office: Office) -> None:
    notice = _held(office, HoldReason.AUDIENCE_CHANGED)
    office.add_child()
    office.approvals.release_hold(office.principal, notice)
    details = office.notices.get(office.author, notice)
    assert (details.approver, details.children, details.held) == ("教頭 次郎", 3, None)
    assert office.count(Submission) == 2
