"""What staff have sent again: it is tried as long as a new notice, and served to everybody at the address."""

import time

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from desktop.store import resending
from desktop.store.db import Store
from desktop.store.tables import ContactPoint, Delivery, DeliveryRecipient
from tests.conftest import NOON, Clock
from tests.make import Make
from tests.outgoing import approved_notice, class_of, crowd, set_notice, states
from tests.sending import Post, message_ids
from tests.stand_ins import scripted_smtp


def resend(store: Store, notice_id: int) -> int:
    with store.bookkeep() as session:
        count = resending.resend(session, notice_id, ["email", "line"])
    set_notice(store, notice_id, state="sending")
    return count


def test_what_is_sent_again_days_later_is_tried_for_a_day_as_the_same_mail(
    post: Post, store: Store, clock: Clock, make: Make
) -> None:
    with store.bookkeep() as session:
        school = make.school(session)
        notice = approved_notice(session, make, school, class_of(session, make, make.homeroom(session, school), 1))
    with scripted_smtp(replies={"RCPT": ["550 5.2.1 Mailbox disabled", "451 4.7.1 Greylisted", "250 Ok"]}) as server:
        post.use_mail(server)
        post.run()
        assert states(store) == ["failed"]
        post.set(**{"email.from": "office@elsewhere.example"})
        clock.turn(hours=72)
        assert resend(store, notice.id) == 1
        post.run()
        assert states(store) == ["due"]
        clock.turn(minutes=3)
        post.run()
        assert states(store) == ["accepted"]
        assert [key.endswith("@city.example>") for key in message_ids(server)] == [True]


def test_two_guardians_of_a_corrected_address_share_its_copy(post: Post, store: Store, make: Make) -> None:
    with store.bookkeep() as session:
        school = make.school(session)
        children = class_of(session, make, make.homeroom(session, school), 3)
        notice = approved_notice(session, make, school, children)
    post.deliveries.begin_due()
    with store.bookkeep() as session:
        lose_and_correct(session, notice.id, "shared@mail.example", 2)
        assert resending.resend(session, notice.id, ["email", "line"]) == 1
    with store.read() as session:
        served = session.scalars(
            select(func.count())
            .select_from(DeliveryRecipient)
            .join(Delivery, Delivery.id == DeliveryRecipient.delivery_id)
            .where(Delivery.address == "shared@mail.example")
        ).one()
    assert (served, states(store)) == (2, ["due", "due", "failed", "failed"])


def test_a_crowd_of_corrected_addresses_is_served_at_once(post: Post, store: Store, make: Make) -> None:
    """Ten thousand took minutes when each was looked up among all."""
    with store.bookkeep() as session:
        school = make.school(session)
        child = crowd(session, make, make.homeroom(session, school), 1000, kind="email")
        notice = approved_notice(session, make, school, [child])
    post.deliveries.begin_due()
    with store.bookkeep() as session:
        lose_and_correct(session, notice.id, "", 1000)
        began = time.monotonic()
        assert resending.resend(session, notice.id, ["email"]) == 1000
        assert time.monotonic() - began < 5
        served = session.scalars(select(func.count()).select_from(DeliveryRecipient)).one()
    assert served == 2000


def lose_and_correct(session: Session, notice_id: int, address: str, count: int) -> None:
    """Mails to the first guardians were refused; staff entered another address for each."""
    old = session.scalars(select(ContactPoint).order_by(ContactPoint.id).limit(count)).all()
    lost = [contact.address for contact in old]
    session.execute(
        update(Delivery)
        .where(Delivery.notice_id == notice_id, Delivery.address.in_(lost))
        .values(state="failed", settled_at=NOON)
    )
    for contact in old:
        contact.suppressed_reason = "bounced"
    session.add_all(
        ContactPoint(
            guardian_id=contact.guardian_id,
            kind="email",
            address=address or f"new-{contact.address}",
            lane="other",
            verified_at=NOON,
        )
        for contact in old
    )
    session.flush()


def test_an_address_that_nobody_has_is_used_no_more_by_any_of_its_guardians(
    post: Post, store: Store, make: Make
) -> None:
    with store.bookkeep() as session:
        school = make.school(session)
        room = make.homeroom(session, school)
        children = [make.child(session, room) for _ in range(3)]
        for child, mail in zip(children, ("gone@mail.example", "gone@mail.example", "full@mail.example"), strict=True):
            make.guardian(session, child, mail=mail)
        notice = approved_notice(session, make, school, children)
    refusals = {"gone@mail.example": "550 5.1.1 User unknown", "full@mail.example": "552 5.2.2 Mailbox full"}
    with scripted_smtp(recipients=refusals) as server:
        post.use_mail(server)
        post.run()
    assert states(store) == ["failed", "failed"]
    assert suppressed(store) == ["bounced:gone@mail.example"] * 2
    assert resend(store, notice.id) == 1  # the full mailbox alone


def test_a_filter_of_the_family_leaves_the_address_in_use(post: Post, store: Store, make: Make) -> None:
    with store.bookkeep() as session:
        school = make.school(session)
        child = make.child(session, make.homeroom(session, school))
        make.guardian(session, child, mail="a@docomo.ne.jp")
        approved_notice(session, make, school, [child])
    with scripted_smtp(replies={"BODY": "550 Unknown user a@docomo.ne.jp"}) as server:
        post.use_mail(server)
        post.run()
    assert (states(store), suppressed(store)) == (["failed"], [])


def suppressed(store: Store) -> list[str]:
    with store.read() as session:
        found = select(ContactPoint).where(ContactPoint.suppressed_reason.is_not(None))
        return [f"{one.suppressed_reason}:{one.address}" for one in session.scalars(found)]
