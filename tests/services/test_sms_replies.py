"""Texts that go out: at least once, with the one password that is good, and none that is good for nothing."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from desktop.domain.sms import LockReason, Template
from desktop.domain.sms_alphabet import measure
from desktop.domain.sms_gateways import OutgoingSms, Report, SmsKind, SmsOutcome
from desktop.domain.sms_sending import LEASE, delay
from desktop.domain.staff import WORKER
from desktop.secrets import Secrets, new_data_key
from desktop.services.sms_keys import SmsKeys
from desktop.services.sms_replies import SmsReplies
from desktop.settings import SETTINGS
from desktop.store import audit, sms_accounts, sms_replies
from desktop.store import settings as settings_store
from desktop.store.db import Session, Store
from desktop.store.sms_replies import NewReply, Owed
from desktop.store.tables import Installation, SmsAccount, SmsMessage, SmsReply, SmsReview
from tests.conftest import Clock
from tests.make import Make
from tests.sms_office import PHONE, SmsOffice

SECRETS = Secrets.handed({"DATA_KEY": new_data_key()})
TAKEN = SmsOutcome(SmsKind.ACCEPTED, ref="ref 1")
DOWN = SmsOutcome(SmsKind.AGAIN, "unreachable")
SILENT = SmsOutcome(SmsKind.UNKNOWN, "timeout")


class Counter:
    """A city with accounts by text message, and the counter where its texts leave."""

    def __init__(self, store: Store, clock: Clock, make: Make) -> None:
        self.store, self.clock, self.make = store, clock, make
        self.replies = SmsReplies(store, SECRETS, clock)
        self.office = SmsOffice(store, SECRETS, make)
        with store.bookkeep() as session:
            make.installation(session)
            settings_store.put(session, "sms.enabled", True)
            settings_store.put(session, "sms.part_cost", 350)

    def message(self, session: Session, state: str = "read", rule: str = "account") -> int:
        row = SmsMessage(
            gateway="kannel", gateway_id=f"mo {self.clock()}", sender=PHONE, recipient="8188", sealed_text="",
            text_hash="", sent_at=self.clock(), received_at=self.clock(), processed_at=self.clock(), state=state,
            rule=rule,
        )  # fmt: skip
        session.add(row)
        session.flush()
        return row.id

    def owe_account(self) -> int:
        """Somebody has got an account; the text is due."""
        account = self.office.texted(sent=False)
        with self.store.bookkeep() as session:
            self.owe(session, account, 1, message_id=self.message(session))
        return account

    def owe(self, session: Session, account: int, issue: int, message_id: int | None = None) -> int:
        wording = SETTINGS["sms.reply_account"].default
        return sms_replies.put(session, NewReply(Template.ACCOUNT, wording, PHONE, message_id, account, issue))

    def owe_refusal(self) -> int:
        with self.store.bookkeep() as session:
            message = self.message(session, "refused", "syntax")
            return sms_replies.put(session, NewReply(Template.SYNTAX, "Loi.", PHONE, message))

    def take(self) -> tuple[Owed, OutgoingSms]:
        taken = self.replies.claim()
        assert taken is not None
        return taken

    def send(self, outcome: SmsOutcome = TAKEN) -> OutgoingSms:
        claimed, sms = self.take()
        self.replies.settle(claimed, sms, outcome)
        return sms

    def reply(self) -> SmsReply:
        with self.store.read() as session:
            return session.scalars(select(SmsReply).order_by(SmsReply.id)).all()[-1]

    def account(self) -> SmsAccount:
        with self.store.read() as session:
            return session.scalars(select(SmsAccount)).one()

    def message_state(self) -> str:
        with self.store.read() as session:
            return session.scalars(select(SmsMessage.state)).one()

    def reviews(self) -> list[tuple[str, str]]:
        with self.store.read() as session:
            return [(each.reason, each.subject) for each in session.scalars(select(SmsReview))]


@pytest.fixture
def counter(store: Store, clock: Clock, make: Make) -> Counter:
    return Counter(store, clock, make)


def test_a_text_carries_the_password_and_its_72_hours_begin_when_it_is_taken(counter: Counter, clock: Clock) -> None:
    account = counter.owe_account()
    clock.turn(hours=5)
    sms = counter.send()
    password = counter.office.password(account)
    assert sms.text == (
        f"TK: 0905123456, MK: {password} la tai khoan su dung HT Chinh quyen đien tu. "
        "De nghi anh chi doi mat khau trong vong 03 ngay de bao mat. Cam on!"
    )
    reply, held = counter.reply(), counter.account()
    assert (reply.state, reply.encoding, reply.parts, reply.cost, reply.gateway_ref) == (
        "sent",
        "ucs2",
        3,
        1050,
        "ref 1",
    )
    assert (held.issue_sent_at, held.issue_expires_at) == (clock(), clock() + timedelta(hours=72))
    assert counter.message_state() == "answered"
    assert password not in repr(sms)
    assert password not in str(vars(reply))


@pytest.mark.parametrize("outcome", [DOWN, SILENT])
def test_what_was_not_surely_taken_goes_again_later_with_the_same_words(
    counter: Counter, clock: Clock, outcome: SmsOutcome
) -> None:
    counter.owe_account()
    first = counter.send(outcome)
    assert counter.replies.claim() is None
    clock.turn(delay(1, 1))
    again = counter.send()
    assert (again.text, again.reply_id) == (first.text, first.reply_id)
    assert counter.reply().attempts == 2


def test_the_wait_between_attempts_doubles_up_to_half_an_hour() -> None:
    assert [round(delay(number, 0.5).total_seconds()) for number in (0, 1, 2, 3, 8, 9, 10_000)] == [
        10, 10, 20, 40, 1280, 1800, 1800,
    ]  # fmt: skip
    assert {delay(3, luck).total_seconds() for luck in (0, 1)} == {32, 48}


def test_a_password_that_may_have_left_ends_even_if_nobody_ever_says_so(counter: Counter, clock: Clock) -> None:
    account = counter.owe_account()
    assert counter.office.issued(account).is_good(clock() + timedelta(days=300))
    counter.take()  # the worker dies between sending and settling
    held = counter.office.issued(account)
    assert held.is_good(clock() + timedelta(hours=71))
    assert not held.is_good(clock() + timedelta(hours=72))
    with counter.store.read() as session:
        clock.turn(days=4)
        assert sms_accounts.expiring(session, 10) == []  # no step of the timer: it was not sent for all we know
    again = counter.send()
    assert counter.office.password(account) in again.text
    assert counter.office.issued(account).is_good(clock() + timedelta(hours=71))


def test_a_text_leased_to_a_dead_worker_goes_again_and_the_late_answer_counts(counter: Counter, clock: Clock) -> None:
    counter.owe_account()
    late, sms = counter.take()
    clock.turn(LEASE)
    again, same = counter.take()
    assert same.text == sms.text
    counter.replies.settle(late, sms, DOWN)
    assert counter.reply().lease == again.lease
    counter.replies.settle(late, sms, TAKEN)
    counter.replies.settle(again, same, DOWN)
    assert counter.reply().state == "sent"


def test_a_refusal_for_good_becomes_a_matter_for_a_person(counter: Counter) -> None:
    counter.owe_account()
    counter.send(SmsOutcome(SmsKind.REFUSED, "bad_number"))
    assert (counter.reply().state, counter.reply().reason) == ("failed", "bad_number")
    assert counter.message_state() == "gateway_error"
    assert counter.reviews() == [("gateway", f"message {counter.reply().message_id}")]
    assert counter.account().issue_sent_at is None


def test_after_14_days_a_person_has_to_see_to_it(counter: Counter, clock: Clock) -> None:
    counter.owe_refusal()
    clock.turn(days=14)
    assert counter.replies.claim() is None
    assert counter.replies.expire() == 1
    assert (counter.reply().state, counter.reply().reason, counter.message_state()) == ("failed", "too_late", "refused")
    assert [reason for reason, _subject in counter.reviews()] == ["gateway"]


def test_a_password_that_was_replaced_does_not_leave(counter: Counter) -> None:
    account = counter.owe_account()
    counter.office.issue_anew(account, sent=False)
    with counter.store.bookkeep() as session:
        counter.owe(session, account, 2)
    assert counter.office.password(account) in counter.send().text
    assert counter.replies.claim() is None
    with counter.store.read() as session:
        assert list(session.scalars(select(SmsReply.state).order_by(SmsReply.id))) == ["cancelled", "sent"]


@pytest.mark.parametrize("what", ["locked", "own password", "moved"])
def test_no_password_leaves_for_an_account_that_has_no_use_for_it(counter: Counter, what: str) -> None:
    account = counter.owe_account()
    with counter.store.write(WORKER) as session:
        if what == "locked":
            sms_accounts.lock(session, account, LockReason.STAFF)
        elif what == "moved":
            sms_accounts.move(session, account, "0905999999")
        else:
            sms_accounts.set_own(session, sms_accounts.lock_row(session, account), "argon")
        audit.record(session, "changed", "account", account)
    assert counter.replies.claim() is None
    assert (counter.reply().state, counter.reply().reason) == ("cancelled", "replaced")
    assert counter.message_state() == "answered"  # nothing is on its way any more


def test_nothing_leaves_a_copy_that_is_not_released(counter: Counter) -> None:
    counter.owe_account()
    with counter.store.bookkeep() as session:
        session.scalars(select(Installation)).one().released = False
    assert counter.replies.claim() is None
    glance = counter.replies.glance()
    assert glance is not None
    assert glance[1] is False


def test_while_it_is_switched_off_nobody_looks(counter: Counter) -> None:
    counter.owe_account()
    with counter.store.bookkeep() as session:
        settings_store.put(session, "sms.enabled", False)
    assert counter.replies.glance() is None
    assert counter.replies.left().count == 0


def test_two_workers_never_hold_the_same_text(counter: Counter) -> None:
    counter.owe_refusal()
    claimed, sms = counter.take()
    assert counter.replies.claim() is None
    counter.replies.give_back(claimed)
    assert counter.reply().attempts == 0
    assert counter.take()[1] == sms


def test_the_answer_to_the_gateways_own_call_counts_as_sent_once(counter: Counter, clock: Clock) -> None:
    account = counter.office.texted(sent=False)
    with counter.store.bookkeep() as session:
        new = NewReply(Template.ACCOUNT, "{0} {1}", PHONE, counter.message(session), account, 1)
        reply = sms_replies.put(session, new, answered_by=timedelta(seconds=60))
    assert counter.replies.claim() is None
    assert counter.account().issue_expires_at == clock() + timedelta(hours=72)  # it may be on its way already
    assert [counter.replies.answered(reply) for _twice in range(2)] == [True, False]
    assert (counter.reply().state, counter.message_state()) == ("sent", "answered")
    clock.turn(minutes=5)
    assert counter.replies.claim() is None


def test_an_answer_that_was_never_handed_out_goes_by_a_call(counter: Counter, clock: Clock) -> None:
    account = counter.office.texted(sent=False)
    with counter.store.bookkeep() as session:
        new = NewReply(Template.ACCOUNT, "{0} {1}", PHONE, None, account, 1)
        sms_replies.put(session, new, answered_by=timedelta(seconds=60))
    clock.turn(seconds=60)
    assert counter.send().text == f"{PHONE} {counter.office.password(account)}"


def test_reports_of_the_phone_are_believed_in_any_order(counter: Counter) -> None:
    counter.owe_account()
    claimed, sms = counter.take()
    assert counter.replies.reported(Report(claimed.id, True))  # sooner than the answer to our call
    counter.replies.settle(claimed, sms, SILENT)
    assert (counter.reply().state, counter.message_state()) == ("delivered", "answered")
    assert not counter.replies.reported(Report(claimed.id, False))
    assert not counter.replies.reported(Report(404, True))
    assert counter.account().issue_sent_at is not None


def test_a_phone_that_never_took_it_is_a_matter_for_a_person_until_it_does(counter: Counter) -> None:
    counter.owe_account()
    sms = counter.send()
    assert counter.replies.reported(Report(sms.reply_id, False))
    assert (counter.reply().state, counter.reply().reason) == ("failed", "undelivered")
    assert counter.message_state() == "gateway_error"
    assert counter.replies.reported(Report(sms.reply_id, True))
    assert (counter.reply().state, counter.message_state()) == ("delivered", "answered")


def test_what_a_person_wrote_leaves_as_written_and_one_that_nobody_can_open_holds_up_no_other(counter: Counter) -> None:
    keys = SmsKeys(SECRETS)
    other = SmsKeys(Secrets.handed({"DATA_KEY": new_data_key()}))
    with counter.store.bookkeep() as session:
        for sealed in (other.seal("manual", "x"), keys.seal("manual", "Xin chào {0} {1}")):
            sms_replies.put(session, NewReply(Template.MANUAL, sealed, PHONE))
    sms = counter.send()
    assert sms.text == "Xin chào {0} {1}"
    assert measure(sms.text).encoding == sms.encoding
    with counter.store.read() as session:
        assert list(session.scalars(select(SmsReply.state).order_by(SmsReply.id))) == ["failed", "sent"]
        assert session.scalar(select(func.count()).select_from(SmsReview)) == 1


def test_the_channel_goes_on_with_the_first_text_that_is_taken(counter: Counter) -> None:
    counter.owe_refusal()
    counter.replies.stop("unreachable", timedelta(seconds=30))
    assert counter.replies.left().stopped_reason == "unreachable"
    counter.send()
    assert counter.replies.left().stopped_reason == ""
