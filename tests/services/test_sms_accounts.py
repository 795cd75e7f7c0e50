"""Accounts by text message, steered by staff: what each decision does, and that two at once do not both decide."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date

import pytest
from sqlalchemy import select

from desktop.domain.accounts import AccountState
from desktop.domain.errors import UserError
from desktop.domain.registrations import Kind
from desktop.domain.reviews import QueueQuery
from desktop.domain.sms import Applicant, LockReason, ReplyState, ReviewReason, Rule
from desktop.domain.sms_accounts import AccountDetail, AccountQuery, ConflictKind, DeskCheck, Document, Stage
from desktop.domain.staff import Actor, Role
from desktop.services.passwords import hashed
from desktop.services.sms_accounts import SmsAccounts
from desktop.services.sms_conflicts import SmsConflicts
from desktop.store import audit, settings, sms_accounts, sms_reviews
from desktop.store.db import Store
from desktop.store.tables import Account, AuditEvent, SmsReply, SmsReview
from tests.conftest import Clock
from tests.make import Make
from tests.review_office import SECRETS as OFFICE_SECRETS
from tests.services.test_sms_guardians import Home
from tests.sms_office import AN, PHONE, SmsOffice
from tests.sms_town import GOOD, ID_AN, SECRETS, SmsTown

NEW_PHONE = "0912000111"
BINH = Applicant("Tran Thi Binh", "Tran Thi Binh", "201499999", date(1985, 2, 1))
SHOWN = DeskCheck(Document.CCCD, "Quầy 3")


@dataclass
class Counter:
    """Two people who steer, one who only sees, and the accounts that citizens texted for."""

    store: Store
    clock: Clock
    make: Make
    town: SmsTown = field(init=False)
    office: SmsOffice = field(init=False)

    def __post_init__(self) -> None:
        self.town = SmsTown(self.store, self.clock, self.make)
        self.office = SmsOffice(self.store, SECRETS, self.make)
        self.accounts = SmsAccounts(self.store, SECRETS, self.clock)
        self.conflicts = SmsConflicts(self.store, SECRETS, self.clock)
        self.lan, self.minh = self._staff("Lan", Role.REVIEWER), self._staff("Minh", Role.REVIEWER)
        self.helper = self._staff("Hoa", Role.HELPDESK)

    def _staff(self, name: str, role: Role) -> Actor:
        with self.store.bookkeep() as session:
            return self.make.staff(session, role, name=name)

    def detail(self, account_id: int) -> AccountDetail:
        return self.accounts.account(self.lan, account_id)

    def listed(self, only: str = "all", typed: str = "") -> list[int]:
        return list(self.accounts.ids(self.lan, AccountQuery(only, typed)))

    def own_password(self, account_id: int) -> None:
        """Its owner sets one."""
        with self.store.write(self.make.principal()) as session:
            sms_accounts.set_own(session, sms_accounts.lock_row(session, account_id), hashed("cua rieng toi 1", PHONE))
            audit.record(session, "set_own_password", "account", account_id)

    def due(self, account_id: int) -> list[tuple[str, int | None]]:
        """Phones and issues of the texts that wait to be sent."""
        with self.store.read() as session:
            waiting = select(SmsReply).where(SmsReply.account_id == account_id, SmsReply.state == ReplyState.DUE)
            return [(row.phone, row.issue) for row in session.scalars(waiting.order_by(SmsReply.id))]

    def open_reviews(self) -> list[ReviewReason]:
        with self.store.read() as session:
            found = session.scalars(
                select(SmsReview.reason).where(SmsReview.settled_at.is_(None)).order_by(SmsReview.id)
            )
            return [ReviewReason(each) for each in found]


@pytest.fixture
def counter(store: Store, clock: Clock, make: Make) -> Counter:
    return Counter(store, clock, make)


def refused(work: Callable[[], object]) -> UserError:
    with pytest.raises(UserError) as raised:
        work()
    return raised.value


# Looking


def test_an_account_is_found_by_state_name_phone_and_whole_id(counter: Counter, clock: Clock) -> None:
    an, binh = counter.office.texted(), counter.office.texted("0912345678", BINH, sent=False)
    assert counter.listed() == [binh, an]
    assert counter.listed("waiting") == [binh, an]
    assert counter.listed("day1") == [an]  # the other one's password has not left
    for typed in ("nguyen", "Nguyễn V", "an nguyen", "0905", "+84 905 123 456", AN.id_number, "046 201 012 345"):
        assert counter.listed(typed=typed) == [an], typed
    assert counter.listed(typed="046201") == []  # of an ID all is needed
    assert counter.listed("locked", typed="nguyen") == []
    clock.turn(hours=25)
    assert counter.listed("day2") == [an]
    clock.turn(hours=24)
    assert counter.listed("day3") == [an]
    counter.office.issue_anew(an)
    assert (counter.listed("day1"), counter.listed("reissued1")) == ([an], [an])
    counter.own_password(an)
    assert counter.listed("waiting") == [binh]
    counts = counter.accounts.counts(counter.helper, AccountQuery())
    assert (counts["all"], counts["waiting"], counts["unverified"], counts["reissued1"]) == (2, 1, 2, 0)


def test_details_show_neither_id_nor_password(counter: Counter) -> None:
    assert counter.town.texted(PHONE, GOOD) == Rule.ACCOUNT
    (account_id,) = counter.listed()
    detail = counter.detail(account_id)
    assert detail.id_shown == "•••••••••234"
    assert detail.id_length == 12
    assert detail.row.stage(counter.clock()) is Stage.SENDING
    assert "MK: ••••" in (detail.texts[0].text or "")
    assert [message.rule for message in detail.messages] == [Rule.ACCOUNT]
    everything = repr(detail)
    assert ID_AN not in everything
    assert counter.office.password(account_id) not in everything


# Deciding


def test_verifying_says_who_saw_what_where_and_can_be_taken_back(counter: Counter) -> None:
    account_id = counter.office.texted()
    with counter.store.bookkeep() as session:
        sms_reviews.ask(session, ReviewReason.MISMATCH, f"account {account_id}", account_id=account_id)
    before = counter.detail(account_id).seen
    stranger = replace(SHOWN, id_number="046 201 012 346")
    assert refused(lambda: counter.accounts.verify(counter.lan, account_id, before, stranger)).code == "sms.other_id"
    after = counter.accounts.verify(counter.lan, account_id, before, replace(SHOWN, id_number="０４６ 201 012 345"))
    verified = counter.detail(account_id).verified
    assert verified is not None
    assert (verified.by, verified.document, verified.place) == ("Lan", Document.CCCD, "Quầy 3")
    assert counter.open_reviews() == []
    assert (counter.listed("verified"), counter.listed("mismatch")) == ([account_id], [])
    assert counter.detail(account_id).last_place == "Quầy 3"
    counter.accounts.take_back_verification(counter.lan, account_id, after)
    assert counter.detail(account_id).verified is None
    assert counter.open_reviews() == [ReviewReason.MISMATCH]


def test_a_password_issued_anew_goes_to_the_phone_and_begins_a_new_round(counter: Counter) -> None:
    account_id = counter.office.texted()
    counter.office.issue_anew(account_id)
    counter.own_password(account_id)
    counter.accounts.verify(counter.lan, account_id, counter.detail(account_id).seen, SHOWN)
    old = counter.office.password(account_id)
    counter.accounts.reissue(counter.lan, account_id, counter.detail(account_id).seen)
    detail = counter.detail(account_id)
    assert (detail.issue, detail.row.timer.reissues, detail.row.own_password_at) == (3, 0, None)
    assert counter.due(account_id) == [(PHONE, 3)]
    assert counter.office.password(account_id) != old
    assert detail.verified is not None
    assert detail.history[0].verb == "reissued"


@pytest.mark.parametrize("has_own", [True, False])
def test_unlocking_texts_a_new_password_only_to_those_who_have_none(counter: Counter, has_own: bool) -> None:
    account_id = counter.office.texted()
    if has_own:
        counter.own_password(account_id)
    seen = counter.accounts.lock(counter.lan, account_id, counter.detail(account_id).seen, "Gọi đến báo mất máy")
    locked = counter.detail(account_id)
    assert (locked.row.state, locked.row.lock_reason) == (AccountState.LOCKED, LockReason.STAFF)
    assert locked.lock_note == "Gọi đến báo mất máy"
    assert refused(lambda: counter.accounts.reissue(counter.lan, account_id, seen)).code == "sms.account_locked"
    counter.accounts.unlock(counter.lan, account_id, seen)
    unlocked = counter.detail(account_id)
    assert unlocked.row.state is AccountState.ACTIVE
    assert counter.due(account_id) == ([] if has_own else [(PHONE, unlocked.issue)])
    assert (unlocked.row.own_password_at is not None) == has_own


def test_a_move_frees_the_old_number_and_texts_the_new_one(counter: Counter) -> None:
    account_id = counter.office.texted()
    counter.own_password(account_id)
    passport = DeskCheck(Document.PASSPORT, "Quầy 1")
    counter.accounts.move(counter.lan, account_id, counter.detail(account_id).seen, "+84 912 000 111", passport)
    moved = counter.detail(account_id)
    assert moved.row.phone == NEW_PHONE
    assert moved.row.own_password_at is None
    assert counter.due(account_id) == [(NEW_PHONE, moved.issue)]
    assert moved.verified is not None
    assert moved.verified.document is Document.PASSPORT
    assert counter.listed(typed=PHONE) == []
    assert counter.listed(typed=NEW_PHONE) == [account_id]
    counter.office.texted(PHONE, BINH)  # whoever has the number now
    check = counter.accounts.holder_of(counter.lan, "0905.123.456")
    assert check is not None
    assert check.name == "Tran Thi Binh"
    taken = refused(lambda: counter.accounts.move(counter.lan, account_id, moved.seen, PHONE, SHOWN))
    assert taken.code == "sms.phone_taken"
    same = refused(lambda: counter.accounts.move(counter.lan, account_id, moved.seen, NEW_PHONE, SHOWN))
    assert same.code == "sms.same_phone"
    abroad = refused(lambda: counter.accounts.move(counter.lan, account_id, moved.seen, "090-1234-5678", SHOWN))
    assert abroad.code == "sms.no_mobile"


def test_closing_frees_phone_and_id_for_a_new_account(counter: Counter) -> None:
    assert counter.town.texted(PHONE, GOOD) == Rule.ACCOUNT
    (account_id,) = counter.listed()
    counter.accounts.close(counter.lan, account_id, counter.detail(account_id).seen, "Theo yêu cầu")
    closed = counter.detail(account_id)
    assert (closed.row.state, closed.row.phone, closed.lock_note) == (AccountState.CLOSED, "", "Theo yêu cầu")
    assert counter.listed("closed") == [account_id]
    assert counter.listed("waiting") == counter.listed("unverified") == counter.listed(typed=PHONE) == []
    with counter.store.read() as session:
        assert session.get_one(Account, account_id).password_hash is None
    again = refused(lambda: counter.accounts.reissue(counter.lan, account_id, closed.seen))
    assert again.code == "sms.account_closed"
    assert counter.town.texted("0912345678", GOOD) == Rule.ACCOUNT


def test_a_guardian_is_reached_at_the_new_phone_and_closing_waits_for_the_school(
    sqlite_store: Store, clock: Clock, make: Make
) -> None:
    home = Home(sqlite_store, clock, make)
    home.accepted()
    with sqlite_store.bookkeep() as session:
        settings.put(session, "sms.enabled", True)
        lan = make.staff(session, Role.REVIEWER, name="Lan")
    accounts, account_id = SmsAccounts(sqlite_store, OFFICE_SECRETS, clock), home.an.account_id
    seen = accounts.move(lan, account_id, accounts.account(lan, account_id).seen, NEW_PHONE, SHOWN)
    assert home.contacts() == [("sms", NEW_PHONE, True)]
    accounts.close(lan, account_id, accounts.lock(lan, account_id, seen, "Mất máy"), "Theo yêu cầu")
    assert home.contacts() == []
    (waits,) = home.reviews.queue_rows(home.reviewer, home.reviews.queue_ids(home.reviewer, QueueQuery()))
    assert waits.kind is Kind.WITHDRAWAL


def test_a_decision_needs_its_reason_and_a_check_its_place(counter: Counter) -> None:
    account_id = counter.office.texted()
    seen, accounts, lan = counter.detail(account_id).seen, counter.accounts, counter.lan
    assert refused(lambda: accounts.lock(lan, account_id, seen, " ")).code == "sms.reason"
    assert refused(lambda: accounts.close(lan, account_id, seen, "x" * 201)).code == "sms.reason"
    assert refused(lambda: accounts.verify(lan, account_id, seen, DeskCheck(Document.CMND, " "))).code == "sms.place"
    other = DeskCheck(Document.OTHER, "Quầy 3")
    assert refused(lambda: accounts.verify(lan, account_id, seen, other)).code == "sms.note"


def test_the_helpdesk_sees_and_does_not_steer_and_nobody_sees_what_is_switched_off(counter: Counter) -> None:
    account_id = counter.office.texted()
    seen = counter.accounts.account(counter.helper, account_id).seen
    assert refused(lambda: counter.accounts.verify(counter.helper, account_id, seen, SHOWN)).code == "forbidden"
    assert refused(lambda: counter.accounts.reissue(counter.helper, account_id, seen)).code == "forbidden"
    counter.town.set("sms.enabled", False)
    assert refused(lambda: counter.accounts.first(counter.lan, AccountQuery())).code == "sms.off"


# Two at once


def at_once(*works: Callable[[], object]) -> list[str]:
    """Start them together; what came of each, in no order."""
    said: list[str] = []
    start = threading.Barrier(len(works))

    def run(work: Callable[[], object]) -> None:
        start.wait()
        try:
            work()
            said.append("done")
        except UserError as error:
            said.append(error.code)

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(said)


def test_of_two_reviewers_who_act_at_once_one_hears_who_was_first(counter: Counter) -> None:
    account_id = counter.office.texted()
    seen = counter.detail(account_id).seen
    said = at_once(
        lambda: counter.accounts.reissue(counter.lan, account_id, seen),
        lambda: counter.accounts.lock(counter.minh, account_id, seen, "Nghi ngờ"),
    )
    assert said == ["changed_elsewhere", "done"]
    late = refused(lambda: counter.accounts.reissue(counter.lan, account_id, seen))
    assert (late.code, late.details["who"] in {"Lan", "Minh"}) == ("changed_elsewhere", True)
    assert len(counter.due(account_id)) <= 1


def test_what_its_owner_or_the_timer_did_meanwhile_is_not_overwritten(counter: Counter) -> None:
    account_id = counter.office.texted(sent=False)
    seen = counter.detail(account_id).seen
    with counter.store.bookkeep() as session:
        sms_accounts.note_sent(session, account_id, 1)
    seen = counter.accounts.verify(counter.lan, account_id, seen, SHOWN)  # that its text left is no other account
    counter.own_password(account_id)
    assert refused(lambda: counter.accounts.reissue(counter.lan, account_id, seen)).code == "changed_elsewhere"


# Conflicts


def conflict_of(counter: Counter, sender: str, text: str) -> tuple[int, int]:
    """An account of PHONE, and a message that wanted its ID or its phone: the account and the review."""
    assert counter.town.texted(PHONE, GOOD) == Rule.ACCOUNT
    counter.town.texted(sender, text)
    (row,) = counter.conflicts.all(counter.helper)
    return row.account_id, row.review_id


def test_the_same_person_with_a_new_phone_is_moved_there(counter: Counter) -> None:
    account_id, review_id = conflict_of(counter, NEW_PHONE, GOOD.lower())
    both = counter.conflicts.conflict(counter.helper, review_id)
    assert (both.row.kind, both.same_id, both.may_move) == (ConflictKind.ID, True, True)
    assert both.other is not None
    assert (both.holder.phone, both.other.phone) == (PHONE, NEW_PHONE)
    assert both.holder.birth_date == both.other.birth_date == date(1990, 12, 20)
    assert counter.listed("conflict") == [account_id]
    counter.conflicts.move(counter.lan, review_id, both.seen, SHOWN)
    assert counter.detail(account_id).row.phone == NEW_PHONE
    assert counter.due(account_id)[-1] == (NEW_PHONE, 2)
    assert counter.open_reviews() == []
    assert refused(lambda: counter.conflicts.keep(counter.minh, review_id, "x")).code == "sms.settled"


def test_where_the_other_one_is_right_the_account_is_closed_and_the_message_decided_again(counter: Counter) -> None:
    account_id, review_id = conflict_of(counter, PHONE, "TK,Le Thi Hoa,201888777,1.2.1985")
    both = counter.conflicts.conflict(counter.lan, review_id)
    assert (both.row.kind, both.same_id, both.may_move) == (ConflictKind.PHONE, False, False)
    assert counter.conflicts.replace(counter.lan, review_id, both.seen, "SIM đã đổi chủ") == Rule.ACCOUNT
    assert counter.detail(account_id).row.state is AccountState.CLOSED
    (hoa,) = counter.listed("waiting")
    assert counter.detail(hoa).row.phone == PHONE
    assert counter.due(hoa) == [(PHONE, 1)]
    assert counter.open_reviews() == []


def test_of_two_who_settle_one_conflict_at_once_one_is_told(counter: Counter) -> None:
    _account_id, review_id = conflict_of(counter, NEW_PHONE, GOOD)
    seen = counter.conflicts.conflict(counter.lan, review_id).seen
    said = at_once(
        lambda: counter.conflicts.move(counter.lan, review_id, seen, SHOWN),
        lambda: counter.conflicts.replace(counter.minh, review_id, seen, "Khác người"),
    )
    assert "done" in said
    assert {"changed_elsewhere", "sms.settled"} & set(said)
    with counter.store.read() as session:
        phones = session.scalars(select(Account.login).where(Account.state == AccountState.ACTIVE)).all()
    assert phones == [NEW_PHONE]
    assert counter.open_reviews() == []


def test_an_id_that_does_not_fit_the_birth_date_stands_among_the_conflicts(counter: Counter) -> None:
    assert counter.town.texted(PHONE, "TK,Nguyen Van An,048090001234,20/12/1985") == Rule.ACCOUNT
    (row,) = counter.conflicts.all(counter.lan)
    both = counter.conflicts.conflict(counter.lan, row.review_id)
    assert (row.kind, both.id_year, both.other) == (ConflictKind.MISMATCH, 1990, None)
    counter.conflicts.keep(counter.lan, row.review_id, "Giấy tờ ghi 1985")
    assert counter.conflicts.all(counter.lan) == []
    with counter.store.read() as session:
        assert session.scalars(select(AuditEvent.verb).order_by(AuditEvent.id.desc())).first() == "settled"
