"""Whatever citizens, staff, gateways and clocks do in whatever order: of all passwords that were ever texted at most
one of an account is good, it is good for 72 hours, and it is good for nothing but setting one's own.

Real services throughout; the model knows texts and events, and no issue numbers.
"""

import itertools
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import update

from desktop.domain.accounts import AccountState, FirstLogIn, LoggedIn
from desktop.domain.errors import UserError
from desktop.domain.sms import Rule
from desktop.domain.sms_accounts import DeskCheck, Document, Seen
from desktop.domain.sms_gateways import SmsKind, SmsOutcome
from desktop.domain.staff import Role
from desktop.services.accounts import Accounts
from desktop.services.first_log_ins import FirstLogIns, is_initial
from desktop.services.sms_accounts import SmsAccounts
from desktop.services.sms_keys import SmsKeys
from desktop.services.sms_replies import SmsReplies
from desktop.services.sms_timer import SmsTimer
from desktop.store import sms_accounts
from desktop.store.db import Store
from desktop.store.sms_accounts import Issued
from desktop.store.tables import SmsReply
from tests.conftest import Clock
from tests.make import Make
from tests.sms_town import SECRETS, SmsTown, good

LIFE = timedelta(hours=72)
TERMS = "2026-11"
SHOWN = DeskCheck(Document.CCCD, "Quầy 3")
REFUSED = {("reissue", "sms.account_locked"), ("lock", "sms.account_locked"), ("unlock", "not_found")}
_examples = itertools.count(1)


def tried(act: Callable[[], object]) -> object:
    """What came of it, or the code of what was refused."""
    try:
        return act()
    except UserError as error:
        return error.code


class City(SmsTown):
    """All that touches an account made by a text message."""

    def __init__(self, store: Store, clock: Clock, make: Make) -> None:
        super().__init__(store, clock, make)
        self.set("sms.repeat_reissues", True)
        self.keys = SmsKeys(SECRETS)
        self.sending = SmsReplies(store, SECRETS, clock)
        self.timer = SmsTimer(store)
        self.door = Accounts(store, SECRETS, clock)
        self.first = FirstLogIns(store, SECRETS)
        self.desk = SmsAccounts(store, SECRETS, clock)
        with store.bookkeep() as session:
            self.lan = make.staff(session, Role.REVIEWER, name="Lan")

    def holder(self, phone: str) -> Issued | None:
        with self.store.read() as session:
            return sms_accounts.by_login(session, phone)

    def seen(self, account_id: int) -> Seen:
        return self.desk.account(self.lan, account_id).seen

    def hurry(self) -> None:
        """Whatever waits for its next attempt is due."""
        with self.store.bookkeep() as session:
            session.execute(update(SmsReply).values(due_at=self.clock()))


@dataclass
class Texted:
    """A password that may be in somebody's hands. `is_over`: something took its place, for good."""

    account_id: int
    phone: str
    password: str
    ends_at: datetime
    was_taken: bool
    is_over: bool = False


class Citizens(RuleBasedStateMachine):
    city: City

    @initialize()
    def begin(self) -> None:
        number = next(_examples)
        self.phones = [f"0905{number:05}{place}" for place in range(3)]
        self.texts = [good(number * 10 + place) for place in range(2)]
        self.texted: dict[tuple[int, str], Texted] = {}
        self.own: dict[int, str] = {}
        self.proofs: list[tuple[Texted, str]] = []
        self.messages = len(self.city.rules())

    # What the model says

    @property
    def now(self) -> datetime:
        return self.city.clock()

    def is_good(self, text: Texted) -> bool:
        return not text.is_over and self.now < text.ends_at

    def end_all_of(self, account_id: int) -> None:
        """Something happened to the account that ends every password texted so far, and the owner's own."""
        for text in self.texted.values():
            text.is_over |= text.account_id == account_id
        self.own.pop(account_id, None)

    def accounts(self) -> Iterator[Issued]:
        return (held for phone in self.phones if (held := self.city.holder(phone)) is not None)

    def some(self, number: int) -> Issued | None:
        there = list(self.accounts())
        return there[number % len(there)] if there else None

    # Citizens

    @rule(phone=st.integers(0, 2), text=st.integers(0, 1))
    def a_citizen_texts(self, phone: int, text: int) -> None:
        self.city.clock.turn(minutes=11)  # else it is a flood, or the same message
        before = {held.account_id: held for held in self.accounts()}
        made = Rule(self.city.texted(self.phones[phone], self.texts[text]))
        holder = self.city.holder(self.phones[phone])
        if made is Rule.ACCOUNT:
            assert holder is not None
            assert holder.account_id not in before
        elif made is Rule.REPEATED:
            assert holder is not None
            self.end_all_of(holder.account_id)
        else:
            assert {held.account_id: held for held in self.accounts()} == before

    @precondition(lambda self: self.texted)
    @rule(number=st.integers(0, 20))
    def somebody_types_a_password_that_was_texted(self, number: int) -> None:
        self.city.clock.turn(minutes=16)  # else it is held after ten wrong ones
        text = list(self.texted.values())[number % len(self.texted)]
        got = tried(lambda: self.city.door.log_in(text.phone, text.password))
        if self.is_good(text):
            assert isinstance(got, FirstLogIn)  # and no session
            self.proofs.append((text, got.proof))
        else:
            assert got == "log_in.refused"

    @precondition(lambda self: self.proofs)
    @rule(number=st.integers(0, 20), later=st.sampled_from([0, 59, 61]))
    def somebody_goes_on_from_there(self, number: int, later: int) -> None:
        self.city.clock.turn(minutes=later)
        text, proof = self.proofs[number % len(self.proofs)]
        own = f"con mèo nhỏ {next(_examples)}"
        got = tried(lambda: self.city.first.set_password(proof, own, own, TERMS))
        if got == "log_in.refused":
            return
        assert isinstance(got, LoggedIn)
        assert self.is_good(text)
        self.end_all_of(text.account_id)
        self.own[text.account_id] = own

    @precondition(lambda self: self.own)
    @rule()
    def the_owners_own_password_logs_in(self) -> None:
        self.city.clock.turn(minutes=16)
        account_id, own = next(iter(self.own.items()))
        held = next(held for held in self.accounts() if held.account_id == account_id)
        got = tried(lambda: self.city.door.log_in(held.login, own))
        if held.state == AccountState.ACTIVE:
            assert isinstance(got, LoggedIn)
        else:
            assert got == "log_in.refused"

    # The worker

    @rule(kind=st.sampled_from([SmsKind.ACCEPTED, SmsKind.ACCEPTED, SmsKind.UNKNOWN, SmsKind.AGAIN, SmsKind.REFUSED]))
    def the_worker_sends(self, kind: SmsKind) -> None:
        self.city.hurry()
        while (claimed := self.city.sending.claim()) is not None:
            text, (owed, sms) = self.received(claimed[1].text, claimed[0].account_id), claimed
            if text is not None and kind in (SmsKind.ACCEPTED, SmsKind.UNKNOWN):
                known = self.texted.setdefault((text.account_id, text.password), text)
                assert not known.is_over
                if not known.was_taken:
                    known.ends_at, known.was_taken = self.now + LIFE, kind is SmsKind.ACCEPTED
            self.city.sending.settle(owed, sms, SmsOutcome(kind, "x"))

    def received(self, words: str, account_id: int | None) -> Texted | None:
        """What stands in a text for whoever reads it."""
        found = re.search(r"TK: (\d+), MK(?: moi)?: (\w{10})", words)
        if found is None or account_id is None:
            return None
        return Texted(account_id, found[1], found[2], self.now + LIFE, was_taken=False)

    @rule()
    def the_timer_runs(self) -> None:
        due = self.city.timer.due()
        for account_id in due:
            assert not any(self.is_good(text) for text in self.texted.values() if text.account_id == account_id)
            assert account_id not in self.own
            assert self.city.timer.step(account_id)
            self.end_all_of(account_id)

    @rule(hours=st.sampled_from([1, 24, 71, 72, 80]))
    def time_passes(self, hours: int) -> None:
        self.city.clock.turn(hours=hours)

    # Staff

    @rule(number=st.integers(0, 2), what=st.sampled_from(["reissue", "lock", "unlock", "close"]))
    def staff_decide(self, number: int, what: str) -> None:
        held = self.some(number)
        if held is None:
            return
        own = self.own.get(held.account_id)
        why = ("vì",) if what in ("lock", "close") else ()
        seen = self.city.seen(held.account_id)
        got = tried(lambda: getattr(self.city.desk, what)(self.city.lan, held.account_id, seen, *why))
        if isinstance(got, str):
            assert (what, got) in REFUSED
            return
        self.end_all_of(held.account_id)
        if own is not None and what in ("lock", "unlock"):
            self.own[held.account_id] = own

    @rule(number=st.integers(0, 2), phone=st.integers(0, 2))
    def staff_move_an_account(self, number: int, phone: int) -> None:
        held = self.some(number)
        if held is None:
            return
        seen = self.city.seen(held.account_id)
        got = tried(lambda: self.city.desk.move(self.city.lan, held.account_id, seen, self.phones[phone], SHOWN))
        if isinstance(got, str):
            assert got in ("sms.account_locked", "sms.same_phone", "sms.phone_taken")
            return
        self.end_all_of(held.account_id)

    @invariant()
    def at_most_one_password_of_an_account_is_good_and_it_is_the_one(self) -> None:
        accepted = set()
        for text in self.texted.values():
            for phone in self.phones:
                if is_initial(self.city.keys, self.city.holder(phone), text.password, self.now):
                    accepted.add((text.account_id, text.password))
        expected = {key for key, text in self.texted.items() if self.is_good(text)}
        assert accepted == expected
        assert len({account_id for account_id, _password in accepted}) == len(accepted)

    def teardown(self) -> None:
        for held in list(self.accounts()):
            self.city.desk.close(self.city.lan, held.account_id, self.city.seen(held.account_id), "hết")
        while (claimed := self.city.sending.claim()) is not None:
            self.city.sending.settle(*claimed, SmsOutcome(SmsKind.ACCEPTED))


def test_no_order_of_events_leaves_two_passwords_good_or_one_for_too_long(
    sqlite_store: Store, clock: Clock, make: Make
) -> None:
    Citizens.city = City(sqlite_store, clock, make)
    run_state_machine_as_test(
        Citizens, settings=settings(max_examples=8, stateful_step_count=30, suppress_health_check=list(HealthCheck))
    )
