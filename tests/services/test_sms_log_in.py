"""The password of a text message is good for setting one's own, once, in time, and nobody learns whose it is."""

import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import event, select

from desktop.domain.accounts import FIRST_LOG_IN_LIFE, FirstLogIn, LoggedIn, clean_login
from desktop.domain.errors import UserError
from desktop.domain.phones import PhoneError, read_phone
from desktop.domain.sms import ISSUE_LIFE, LockReason
from desktop.secrets import Secrets, new_data_key
from desktop.services import passwords
from desktop.services.accounts import Accounts
from desktop.services.first_log_ins import FirstLogIns
from desktop.store import audit, sms_accounts
from desktop.store.db import Store
from desktop.store.tables import Account, AuditEvent, Consent
from tests.conftest import Clock
from tests.make import Make
from tests.sms_office import AN, PHONE, SmsOffice

SECRETS = Secrets.handed({"DATA_KEY": new_data_key()})
OWN = "con mèo nhỏ 7"
TERMS = "2026-11"
SECOND = timedelta(seconds=1)


class Town(SmsOffice):
    def __init__(self, store: Store, clock: Clock, make: Make, secrets: Secrets = SECRETS) -> None:
        super().__init__(store, secrets, make)
        self.accounts, self.first = Accounts(store, secrets, clock), FirstLogIns(store, secrets)

    def proof(self, account_id: int, login: str = PHONE) -> str:
        first = self.accounts.log_in(login, self.password(account_id))
        assert isinstance(first, FirstLogIn)
        return first.proof

    def set_own(self, proof: str, password: str = OWN) -> LoggedIn:
        return self.first.set_password(proof, password, password, TERMS)

    def refused(self, account_id: int, password: str) -> bool:
        return refused(lambda: self.accounts.log_in(PHONE, password)) == "log_in.refused"


@pytest.fixture
def town(store: Store, clock: Clock, make: Make) -> Town:
    return Town(store, clock, make)


@pytest.fixture
def small_town(sqlite_store: Store, clock: Clock, make: Make) -> Town:
    return Town(sqlite_store, clock, make)


def refused(act: Callable[[], object]) -> str:
    with pytest.raises(UserError) as error:
        act()
    return error.value.code


# Telephone numbers


@pytest.mark.parametrize(
    "typed",
    [
        "0905123456",
        "+84 905 123 456",
        "84905123456",
        "0905.123.456",
        "905123456",
        "0084905123456",
        "０９０５１２３４５６",
    ],
)
def test_a_number_of_vietnam_is_known_however_it_is_written(typed: str) -> None:
    assert clean_login(typed) == "0905123456"


@pytest.mark.parametrize(
    ("typed", "login"),
    [
        ("01685123456", "0385123456"), ("+84 1685 123 456", "0385123456"), ("0120 512 3456", "0705123456"),
        ("090-1234-5678", "09012345678"), ("+81 90 1234 5678", "09012345678"), ("0829 11 2233", "0829112233"),
    ],
)  # fmt: skip
def test_old_numbers_of_vietnam_become_those_of_today_and_japans_stay(typed: str, login: str) -> None:
    assert clean_login(typed) == login


@given(digits=st.text("0123456789", min_size=8, max_size=13))
def test_no_number_means_one_thing_in_japan_and_another_in_vietnam(digits: str) -> None:
    try:
        assert read_phone(digits, "JP").number == read_phone(digits, "VN").number
    except PhoneError:
        return


# The first log-in


def test_the_texts_password_begins_no_session_and_sets_ones_own(town: Town) -> None:
    account = town.texted()
    initial = town.password(account)
    first = town.accounts.log_in("+84 905 123 456", f" {initial} ")
    assert isinstance(first, FirstLogIn)
    assert first.proof not in repr(first)
    assert town.first.login(first.proof) == PHONE
    inside = town.set_own(first.proof)
    assert (inside.citizen.login, inside.citizen.is_incomplete) == (PHONE, True)
    assert town.accounts.citizen(inside.session) == inside.citizen
    assert isinstance(town.accounts.log_in(PHONE, OWN), LoggedIn)
    assert town.refused(account, initial)
    assert refused(lambda: town.set_own(first.proof, "another 7 words")) == "log_in.refused"
    with town.store.read() as session:
        consent = session.scalars(select(Consent)).one()
        assert (consent.account_id, consent.terms_version) == (account, TERMS)


def test_it_is_good_to_the_second_and_so_is_what_it_led_to(town: Town, clock: Clock) -> None:
    account = town.texted()
    began, initial = clock.now, town.password(account)
    clock.now = began + ISSUE_LIFE - SECOND
    proof = town.proof(account)
    clock.now = began + ISSUE_LIFE
    assert town.refused(account, initial)
    assert refused(lambda: town.first.login(proof)) == "log_in.refused"
    assert refused(lambda: town.set_own(proof)) == "log_in.refused"


def test_before_its_text_is_sent_the_time_does_not_run_and_setting_ones_own_takes_an_hour_at_most(
    small_town: Town, clock: Clock
) -> None:
    account = small_town.texted(sent=False)
    clock.turn(days=30)
    proof = small_town.proof(account)
    clock.turn(FIRST_LOG_IN_LIFE - SECOND)
    assert small_town.first.check(proof, OWN, OWN) == []
    clock.turn(SECOND)
    assert refused(lambda: small_town.set_own(proof)) == "log_in.refused"
    assert small_town.proof(account)


def test_a_new_issue_or_a_lock_ends_the_one_before_and_what_it_led_to(town: Town) -> None:
    account = town.texted()
    before, proof = town.password(account), town.proof(account)
    town.issue_anew(account)
    assert town.refused(account, before)
    assert refused(lambda: town.set_own(proof)) == "log_in.refused"
    proof, before = town.proof(account), town.password(account)
    with town.store.write(town.make.principal()) as session:
        sms_accounts.lock(session, account, LockReason.STAFF)
        audit.record(session, "locked", "account", account)
    assert town.refused(account, before)
    assert refused(lambda: town.set_own(proof)) == "log_in.refused"
    with town.store.write(town.make.principal()) as session:
        sms_accounts.unlock(session, account)
        audit.record(session, "unlocked", "account", account)
    assert town.refused(account, before)  # it is not good again, and without an end
    town.issue_anew(account)
    assert town.set_own(town.proof(account))


def test_a_new_issue_takes_the_place_of_ones_own_password_and_ends_its_sessions(small_town: Town) -> None:
    account = small_town.texted()
    inside = small_town.set_own(small_town.proof(account))
    small_town.issue_anew(account)
    assert small_town.accounts.citizen(inside.session) is None
    assert small_town.refused(account, OWN)
    assert small_town.set_own(small_town.proof(account))  # who agreed to the same terms before agrees once


def test_the_texts_password_is_no_password_of_ones_own(small_town: Town) -> None:
    account = small_town.texted()
    initial, proof = small_town.password(account), small_town.proof(account)
    assert [each.code for each in small_town.first.check(proof, f"{initial} ", f"{initial} ")] == [
        "password.is_initial"
    ]
    assert refused(lambda: small_town.set_own(proof, initial)) == "form.wrong"
    assert refused(lambda: small_town.first.set_password(proof, OWN, OWN, "")) == "form.wrong"
    assert small_town.set_own(proof)


def test_of_two_who_set_it_at_once_exactly_one_does(town: Town) -> None:
    account = town.texted()
    proofs = [town.proof(account), town.proof(account)]
    together = threading.Barrier(2)
    said: list[str] = []

    def set_own(number: int) -> None:
        together.wait()
        try:
            town.set_own(proofs[number], f"{OWN} {number}")
            said.append(str(number))
        except UserError as error:
            said.append(error.code)

    threads = [threading.Thread(target=set_own, args=(number,)) for number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert "log_in.refused" in said
    winner = next(each for each in said if each.isdigit())
    assert isinstance(town.accounts.log_in(PHONE, f"{OWN} {winner}"), LoggedIn)


def test_a_forged_proof_opens_nothing(small_town: Town) -> None:
    small_town.proof(small_town.texted())
    for forged in ("", "x", "1", "1.x", "99.x", "\ud800", "1." + "A" * 32):
        assert refused(lambda: small_town.first.login(forged)) == "log_in.refused"  # noqa: B023
        assert refused(lambda: small_town.set_own(forged)) == "log_in.refused"  # noqa: B023


def test_the_proof_is_for_nothing_else(small_town: Town) -> None:
    proof = small_town.proof(small_town.texted())
    assert refused(lambda: small_town.accounts.reset(proof, OWN, OWN)) == "link.unknown"
    assert refused(lambda: small_town.accounts.log_in(PHONE, "wrong password 1", proof)) == "log_in.refused"


# Guessing


def test_guesses_are_held_with_and_without_an_account_alike_and_keep_no_owner_out(
    small_town: Town, clock: Clock
) -> None:
    account = small_town.texted()
    for login in (PHONE, "0905999999"):
        codes = [refused(lambda: small_town.accounts.log_in(login, "Abcdefgh23")) for _ in range(11)]  # noqa: B023
        assert codes == ["log_in.refused"] * 10 + ["log_in.held"]
    assert isinstance(small_town.accounts.log_in("84905123456", small_town.password(account)), FirstLogIn)
    clock.turn(minutes=15)
    assert small_town.proof(account)


def test_known_unknown_and_texted_log_ins_cost_the_same_statements(town: Town, clock: Clock) -> None:
    def cost(login: str, password: str) -> Counter[str]:
        seen: Counter[str] = Counter()

        def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
            seen[statement] += 1

        event.listen(town.store.engine, "before_cursor_execute", note)
        assert refused(lambda: town.accounts.log_in(login, password)) == "log_in.refused"
        event.remove(town.store.engine, "before_cursor_execute", note)
        return seen

    texted, own = town.texted(), town.texted("0905123457", replace(AN, id_number="046201012346"))
    town.set_own(town.proof(own, "0905123457"))
    unknown = cost("0905999999", "Abcdefgh23")
    assert cost("nobody@mail.example", "Abcdefgh23") == unknown
    assert cost("0905123457", "Abcdefgh23") == unknown
    assert cost(PHONE, "Abcdefgh23") == unknown
    initial = town.password(texted)
    clock.turn(ISSUE_LIFE)
    assert cost(PHONE, initial) == unknown


def test_nothing_of_it_stands_in_the_record(small_town: Town) -> None:
    account = small_town.texted()
    initial, proof = small_town.password(account), small_town.proof(account)
    small_town.set_own(proof)
    with small_town.store.read() as session:
        events = [str((each.verb, each.subject, each.details)) for each in session.scalars(select(AuditEvent))]
        kept = session.get_one(Account, account).password_hash
    assert any("set_own_password" in each for each in events)
    assert not any(secret in each for secret in (initial, proof, OWN, PHONE, kept or "?") for each in events)


@pytest.mark.parametrize("meanwhile", ["locked", "issued anew"])
def test_what_staff_do_while_a_password_is_compared_counts(
    town: Town, monkeypatch: pytest.MonkeyPatch, meanwhile: str
) -> None:
    account = town.texted()
    town.set_own(town.proof(account))
    compare = passwords.matches

    def compared_slowly(stored: str | None, password: str) -> bool:
        if meanwhile == "locked":
            with town.store.write(town.make.principal()) as session:
                sms_accounts.lock(session, account, LockReason.STAFF)
                audit.record(session, "locked", "account", account)
        else:
            town.issue_anew(account)
        return compare(stored, password)

    monkeypatch.setattr(passwords, "matches", compared_slowly)
    assert town.refused(account, OWN)
    assert town.issued(account).own_password_at is None or meanwhile == "locked"


def test_a_password_is_not_changed_when_another_was_issued_meanwhile(
    small_town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = small_town.texted()
    inside = small_town.set_own(small_town.proof(account))
    compare = passwords.matches

    def compared_slowly(stored: str | None, password: str) -> bool:
        small_town.issue_anew(account)
        return compare(stored, password)

    monkeypatch.setattr(passwords, "matches", compared_slowly)
    another = "một câu dài 8"
    change = lambda: small_town.accounts.change_password(inside.citizen, inside.session, OWN, another, another)  # noqa: E731
    assert refused(change) == "log_in.refused"
    with small_town.store.read() as session:
        assert session.get_one(Account, account).password_hash is None
