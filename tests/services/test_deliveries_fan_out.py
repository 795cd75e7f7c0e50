"""From an approved notice to its deliveries."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from desktop.domain.notices import NoticeText
from desktop.services.deliveries import Deliveries
from desktop.store.db import Store
from desktop.store.tables import (
    DeliveryRecipient,
    Enrolment,
    NoticeChild,
    Recipient,
)
from tests.conftest import NOON, Clock
from tests.make import Make
from tests.outgoing import approved_notice, class_of, deliveries, notice_row, notice_state, set_notice

THREE = {
    "ja": NoticeText("遠足の延期", "延期します。"),
    "en": NoticeText("Excursion postponed", "It is postponed."),
    "vi": NoticeText("Hoãn dã ngoại", "Buổi dã ngoại bị hoãn."),
}


@pytest.fixture
def sending(store: Store, clock: Clock, make: Make) -> Deliveries:
    with store.bookkeep() as session:
        make.installation(session)
    return Deliveries(store, clock)


def test_a_guardian_of_two_children_gets_one_mail(store: Store, make: Make, sending: Deliveries) -> None:
    with store.bookkeep() as session:
        school = make.school(session)
        room = make.homeroom(session, school)
        children = [make.child(session, room), make.child(session, room)]
        make.guardian(session, *children)
        approved_notice(session, make, school, children)
    assert sending.begin_due() == 1
    assert len(deliveries(store)) == 1
    with store.read() as session:
        assert len(session.scalars(select(DeliveryRecipient)).all()) == 2
        assert len(session.scalars(select(Recipient)).all()) == 2


def test_both_parents_at_one_address_get_one_mail_in_the_language_of_the_first(
    store: Store, make: Make, sending: Deliveries
) -> None:
    with store.bookkeep() as session:
        school = make.school(session)
        child = make.child(session, make.homeroom(session, school))
        make.guardian(session, child, mail="home@mail.example", language="vi")
        make.guardian(session, child, mail="home@mail.example", language="ja", plain=True)
        approved_notice(session, make, school, [child], texts=THREE)
    sending.begin_due()
    (mail,) = deliveries(store)
    assert mail.languages == "vi+ja"
    assert mail.plain


def test_who_reads_a_language_that_is_not_written_reads_the_citys(
    store: Store, make: Make, sending: Deliveries
) -> None:
    with store.bookkeep() as session:
        school = make.school(session)
        child = make.child(session, make.homeroom(session, school))
        make.guardian(session, child, language="vi")
        approved_notice(session, make, school, [child])
    sending.begin_due()
    assert [mail.languages for mail in deliveries(store)] == ["ja"]


def test_without_the_citys_language_any_that_is_written_serves(store: Store, make: Make, sending: Deliveries) -> None:
    with store.bookkeep() as session:
        school = make.school(session)
        child = make.child(session, make.homeroom(session, school))
        make.guardian(session, child, language="ja")
        approved_notice(session, make, school, [child], texts={"vi": THREE["vi"]})
    sending.begin_due()
    assert [mail.languages for mail in deliveries(store)] == ["vi"]


def test_a_guardian_with_mail_and_line_gets_both(store: Store, make: Make, sending: Deliveries) -> None:
    with store.bookkeep() as session:
        school = make.school(session)
        child = make.child(session, make.homeroom(session, school))
        make.guardian(session, child, mail="a@docomo.ne.jp", line="")
        notice = approved_notice(session, make, school, [child])
    sending.begin_due()
    mail, line = deliveries(store)
    assert (mail.channel, mail.lane, line.channel, line.lane) == ("email", "docomo", "line", "")
    assert (mail.state, mail.due_at, mail.notice_id) == ("due", NOON, notice.id)


def test_only_the_notices_channels_are_used(store: Store, make: Make, sending: Deliveries) -> None:
    with store.bookkeep() as session:
        school = make.school(session)
        child = make.child(session, make.homeroom(session, school))
        make.guardian(session, child, line="")
        approved_notice(session, make, school, [child], channels=["line"])
    sending.begin_due()
    assert [one.channel for one in deliveries(store)] == ["line"]


def test_nobody_is_written_to_who_must_not_be_or_whose_address_is_dead(
    store: Store, make: Make, sending: Deliveries
) -> None:
    with store.bookkeep() as session:
        school = make.school(session)
        child, other = (make.child(session, make.homeroom(session, school)) for _ in range(2))
        make.guardian(session, child, do_not_contact=True)
        bounced = make.guardian(session, other, suppressed="bounced")
        make.contact(session, bounced, "email", "typed@mail.example", verified=False)
        approved_notice(session, make, school, [child, other])
    sending.begin_due()
    assert deliveries(store) == []
    with store.read() as session:
        found = session.execute(select(Recipient.child_id, Recipient.guardian_id)).all()
    assert sorted(found) == [(child.id, None), (other.id, bounced.id)]


def test_a_notice_that_reaches_nobody_is_done_at_once(store: Store, make: Make, sending: Deliveries) -> None:
    with store.bookkeep() as session:
        school = make.school(session)
        child = make.child(session, make.homeroom(session, school))
        notice = approved_notice(session, make, school, [child])
    sending.begin_due()
    sending.clean_up()
    row = notice_row(store, notice.id)
    assert (row.state, row.started_at, row.finished_at) == ("done", NOON, NOON)


def test_the_class_and_number_of_that_moment_are_kept(store: Store, make: Make, sending: Deliveries) -> None:
    with store.bookkeep() as session:
        school = make.school(session)
        room = make.homeroom(session, school)
        child = make.child(session, room, number="17")
        notice = approved_notice(session, make, school, [child])
    sending.begin_due()
    with store.read() as session:
        kept = session.scalars(select(NoticeChild)).one()
    assert (kept.notice_id, kept.homeroom_id, kept.student_number, kept.school_id) == (
        notice.id,
        room.id,
        "17",
        school.id,
    )


def test_a_notice_whose_time_has_not_come_waits(store: Store, make: Make, sending: Deliveries, clock: Clock) -> None:
    with store.bookkeep() as session:
        school = make.school(session)
        children = class_of(session, make, make.homeroom(session, school), 2)
        approved_notice(session, make, school, children, due_at=NOON + timedelta(minutes=3))
    assert sending.begin_due() == 0
    clock.turn(minutes=3)
    assert sending.begin_due() == 1


def test_a_scheduled_time_missed_by_more_than_a_quarter_of_an_hour_holds(
    store: Store, make: Make, sending: Deliveries, clock: Clock
) -> None:
    with store.bookkeep() as session:
        school = make.school(session)
        children = class_of(session, make, make.homeroom(session, school), 2)
        notice = approved_notice(session, make, school, children, send_at=NOON)
    clock.turn(minutes=16)
    assert sending.begin_due() == 0
    row = notice_row(store, notice.id)
    assert (row.state, row.hold_reason) == ("approved", "missed")
    assert sending.begin_due() == 0


def test_what_should_go_as_soon_as_approved_is_never_missed(
    store: Store, make: Make, sending: Deliveries, clock: Clock
) -> None:
    with store.bookkeep() as session:
        school = make.school(session)
        children = class_of(session, make, make.homeroom(session, school), 2)
        approved_notice(session, make, school, children)
    clock.turn(hours=5)
    assert sending.begin_due() == 1


def test_an_audience_that_moved_too_far_holds_and_says_by_how_much(
    store: Store, make: Make, sending: Deliveries
) -> None:
    with store.bookkeep() as session:
        school = make.school(session)
        children = class_of(session, make, make.homeroom(session, school), 20)
        notice = approved_notice(session, make, school, children[:14])
    assert sending.begin_due() == 0
    row = notice_row(store, notice.id)
    assert (row.hold_reason, row.drift) == ("audience_changed", {"added": 6, "removed": 0})
    assert deliveries(store) == []


def test_a_difference_that_was_seen_and_released_does_not_hold_again(
    store: Store, make: Make, sending: Deliveries
) -> None:
    with store.bookkeep() as session:
        school = make.school(session)
        children = class_of(session, make, make.homeroom(session, school), 20)
        notice = approved_notice(session, make, school, children[:14])
    sending.begin_due()
    set_notice(store, notice.id, hold_reason=None)
    assert sending.begin_due() == 1
    assert len(deliveries(store)) == 20


def test_an_urgent_notice_goes_and_the_difference_is_told(store: Store, make: Make, sending: Deliveries) -> None:
    with store.bookkeep() as session:
        school = make.school(session)
        children = class_of(session, make, make.homeroom(session, school), 20)
        notice = approved_notice(session, make, school, children[:14], urgent=True)
    assert sending.begin_due() == 1
    assert notice_row(store, notice.id).drift == {"added": 6, "removed": 0}
    assert all(mail.urgent for mail in deliveries(store))


def test_a_few_children_more_or_less_do_not_hold(store: Store, make: Make, sending: Deliveries) -> None:
    with store.bookkeep() as session:
        school = make.school(session)
        children = class_of(session, make, make.homeroom(session, school), 20)
        approved_notice(session, make, school, children[:15])
    assert sending.begin_due() == 1


def test_a_notice_begun_too_late_expires_and_is_counted(
    store: Store, make: Make, sending: Deliveries, clock: Clock
) -> None:
    with store.bookkeep() as session:
        school = make.school(session)
        children = class_of(session, make, make.homeroom(session, school), 2)
        notice = approved_notice(session, make, school, children, send_at=NOON, useless_after=NOON + timedelta(hours=1))
    clock.turn(hours=2)
    sending.begin_due()
    sending.clean_up()
    assert [mail.state for mail in deliveries(store)] == ["expired", "expired"]
    assert notice_state(store, notice.id) == "done"


def test_a_notice_is_fanned_out_once(store: Store, make: Make, sending: Deliveries) -> None:
    with store.bookkeep() as session:
        school = make.school(session)
        children = class_of(session, make, make.homeroom(session, school), 3)
        notice = approved_notice(session, make, school, children)
    assert [sending.begin(notice.id), sending.begin(notice.id)] == [True, False]
    assert len(deliveries(store)) == 3


def test_an_edit_made_before_the_start_loses_against_it(store: Store, make: Make, sending: Deliveries) -> None:
    with store.bookkeep() as session:
        school = make.school(session)
        notice = approved_notice(session, make, school, class_of(session, make, make.homeroom(session, school), 1))
        before = notice.version
    sending.begin_due()
    assert notice_row(store, notice.id).version == before + 1


def test_the_notes_of_a_commit_name_what_was_written(
    store: Store, make: Make, sending: Deliveries, seen: list[frozenset[tuple[str, int | None]]]
) -> None:
    with store.bookkeep() as session:
        school = make.school(session)
        approved_notice(session, make, school, class_of(session, make, make.homeroom(session, school), 1))
    seen.clear()
    sending.begin_due()
    assert {table for note in seen for table, _ in note} >= {"notices", "recipients", "deliveries", "notice_children"}


def test_a_child_at_two_schools_counts_at_the_one_that_sends(store: Store, make: Make, sending: Deliveries) -> None:
    with store.bookkeep() as session:
        first, second = make.school(session), make.school(session, "H002", "みなみ小学校")
        child = make.child(session, make.homeroom(session, first))
        room = make.homeroom(session, second)
        twin = make.child(session, room)
        enrolment = session.scalars(select(Enrolment).where(Enrolment.child_id == twin.id)).one()
        enrolment.child_id = child.id
        session.flush()
        approved_notice(session, make, second, [child], include=["homeroom:H002/3-1"])
    sending.begin_due()
    with store.read() as session:
        kept = session.scalars(select(NoticeChild)).one()
    assert (kept.school_id, kept.homeroom_id) == (second.id, room.id)
