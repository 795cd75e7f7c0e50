"""Accounts that text messages made, for whoever helps and steers: lists, one with all about it, what staff decide.

Two who act on one account do so one after the other: each first holds the account and then looks whether it still is
what they saw (`Seen`). That its text left, or its owner logged in, changes nothing for them.

A verification says that somebody at a desk saw a document of the account's owner. It stays when a password is issued
anew. A move to another phone asks for such a look itself, which takes the place of the former one. Nobody of staff
ever sees a password: it goes to the phone.
"""

import unicodedata
from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from desktop.domain.accounts import TOKEN_LIFE, AccountState
from desktop.domain.errors import UserError
from desktop.domain.mobile_networks import mobile_sender, network_of
from desktop.domain.phones import PhoneError, phone_query, read_phone
from desktop.domain.posts import Template as Mail
from desktop.domain.sms import LockReason, ReviewReason, Template
from desktop.domain.sms_accounts import (
    AccountDetail,
    AccountQuery,
    AccountRow,
    DeskCheck,
    Opening,
    Seen,
    require_check,
    require_reason,
)
from desktop.domain.sms_messages import MessageRow
from desktop.domain.sms_reading import masked_id
from desktop.domain.staff import Actor, Verb
from desktop.domain.vietnam_ids import LENGTHS
from desktop.secrets import Secrets
from desktop.services.clock import utc_now
from desktop.services.sms_keys import SmsKeys
from desktop.services.sms_message_details import reply_of, row_of, unsealed
from desktop.services.sms_permission import require_sms
from desktop.services.sms_text import wording_of
from desktop.settings import Settings
from desktop.store import (
    account_addresses,
    account_closing,
    account_guardian,
    accounts,
    audit,
    posts,
    sms_account_lists,
    sms_accounts,
    sms_message_lists,
    sms_replies,
    sms_reviews,
)
from desktop.store.db import Clock, Session, Store
from desktop.store.sms_account_lists import Looking
from desktop.store.sms_accounts import Issued
from desktop.store.sms_replies import NewReply

FIRST_ROWS = 100
"""More than any window shows at once."""
MOST_ROWS = 1000
MOST_MESSAGES = 20
MOST_TEXTS = 20
MOST_HISTORY = 50
_LEAST_TYPED = 2


class SmsAccounts:
    """All of it asks for the whole city. Raises UserError("forbidden"), and ("sms.off") where nobody texts."""

    def __init__(self, store: Store, secrets: Secrets, clock: Clock = utc_now) -> None:
        self._store = store
        self._clock = clock
        self._keys = SmsKeys(secrets)

    # Looking

    def first(self, actor: Actor, query: AccountQuery) -> Opening:
        """The top of the list of which `ids` gives all, with its rows."""
        with self._store.read() as session:
            require_sms(session, actor, Verb.HELP_BY_SMS, self._clock())
            ids = sms_account_lists.ids(session, self._looking(session, query), FIRST_ROWS + 1)
            return Opening(tuple(sms_account_lists.rows(session, ids[:FIRST_ROWS])), len(ids) <= FIRST_ROWS)

    def ids(self, actor: Actor, query: AccountQuery) -> "array[int]":
        """The newest 100,000 that the query shows, the newest first."""
        with self._store.read() as session:
            require_sms(session, actor, Verb.HELP_BY_SMS, self._clock())
            return sms_account_lists.ids(session, self._looking(session, query))

    def rows(self, actor: Actor, ids: Sequence[int]) -> list[AccountRow]:
        """In this order, without those that are gone."""
        if len(ids) > MOST_ROWS:
            raise ValueError(f"more than {MOST_ROWS} rows asked for at once")
        with self._store.read() as session:
            require_sms(session, actor, Verb.HELP_BY_SMS, self._clock())
            return sms_account_lists.rows(session, ids)

    def counts(self, actor: Actor, query: AccountQuery) -> Mapping[str, int]:
        """How many each filter would show of what is typed."""
        with self._store.read() as session:
            require_sms(session, actor, Verb.HELP_BY_SMS, self._clock())
            return sms_account_lists.counts(session, self._looking(session, query).found)

    def account(self, actor: Actor, account_id: int) -> AccountDetail:
        """Raises UserError("not_found")."""
        with self._store.read() as session:
            require_sms(session, actor, Verb.HELP_BY_SMS, self._clock())
            return self._detail(session, actor, account_id)

    # What staff decide. Each raises UserError("not_found"), ("changed_elsewhere", who=, when=) and those named; each
    # gives what the account looks like afterwards, for taking it back.

    def verify(self, actor: Actor, account_id: int, seen: Seen, check: DeskCheck) -> Seen:
        """Somebody showed a document at a desk. A doubt about ID and date of birth is settled by it.

        Raises UserError("sms.place"), ("sms.note"), ("sms.other_id"), ("sms.account_closed").
        """
        require_check(check)
        with self._store.write(actor) as session:
            require_sms(session, actor, Verb.STEER_SMS, self._clock())
            held_as_seen(session, account_id, seen)
            write_check(session, self._keys, actor, account_id, check)
            sms_reviews.settle_about(session, ReviewReason.MISMATCH, account_id, actor.staff_id, check.note.strip())
            place = check.place.strip()
            audit.record(session, "verified", "account", account_id, document=check.document.value, place=place)
            return seen_now(session, account_id)

    def take_back_verification(self, actor: Actor, account_id: int, seen: Seen) -> Seen:
        """Nobody saw a document after all; a doubt that it settled is open again. Raises UserError("not_found")."""
        with self._store.write(actor) as session:
            require_sms(session, actor, Verb.STEER_SMS, self._clock())
            held_as_seen(session, account_id, seen)
            if seen.verified_at is None:
                raise UserError("not_found")
            sms_accounts.take_back_verification(session, account_id)
            if sms_reviews.was_asked(session, ReviewReason.MISMATCH, account_id):
                sms_reviews.ask(session, ReviewReason.MISMATCH, f"account {account_id}", account_id=account_id)
            audit.record(session, "verification_taken_back", "account", account_id)
            return seen_now(session, account_id)

    def reissue(self, actor: Actor, account_id: int, seen: Seen) -> Seen:
        """The next password goes to the phone and begins a new round; one of the citizen's own ends.

        Raises UserError("sms.account_locked"), ("sms.account_closed").
        """
        with self._store.write(actor) as session:
            known = require_sms(session, actor, Verb.STEER_SMS, self._clock())
            held = held_as_seen(session, account_id, seen)
            _require_active(held)
            anew = issue_and_text(session, known, held)
            audit.record(session, "reissued", "account", account_id, issue=anew.issue)
            return seen_now(session, account_id)

    def lock(self, actor: Actor, account_id: int, seen: Seen, reason: str) -> Seen:
        """Nobody gets in until somebody unlocks it; a password that was texted is good no more.

        Raises UserError("sms.reason"), ("sms.account_locked"), ("sms.account_closed").
        """
        said = require_reason(reason)
        with self._store.write(actor) as session:
            require_sms(session, actor, Verb.STEER_SMS, self._clock())
            _require_active(held_as_seen(session, account_id, seen))
            sms_accounts.lock(session, account_id, LockReason.STAFF, said)
            audit.record(session, "locked", "account", account_id)
            return seen_now(session, account_id)

    def unlock(self, actor: Actor, account_id: int, seen: Seen) -> Seen:
        """It may be used again: with the citizen's own password, or else with the next one, which is texted.

        Raises UserError("not_found") for one that is not locked.
        """
        with self._store.write(actor) as session:
            known = require_sms(session, actor, Verb.STEER_SMS, self._clock())
            held = held_as_seen(session, account_id, seen)
            if held.state != AccountState.LOCKED:
                raise UserError("not_found")
            sms_accounts.unlock(session, account_id)
            is_texted = held.own_password_at is None
            if is_texted:
                issue_and_text(session, known, sms_accounts.require(session, account_id))
            sms_reviews.settle_about(session, ReviewReason.UNCHANGED, account_id, actor.staff_id, "")
            audit.record(session, "unlocked", "account", account_id, texted=is_texted)
            return seen_now(session, account_id)

    def move(self, actor: Actor, account_id: int, seen: Seen, phone: str, check: DeskCheck) -> Seen:
        """Another phone logs in to it from now on, after a look at a document, and is texted the next password; the
        former number is free. The look verifies the account anew.

        Raises UserError("sms.no_mobile"), ("sms.same_phone"), ("sms.phone_taken"), ("sms.place"), ("sms.note"),
        ("sms.other_id"), ("sms.account_locked"), ("sms.account_closed").
        """
        require_check(check)
        number = mobile(phone)
        with self._store.write(actor) as session:
            known = require_sms(session, actor, Verb.STEER_SMS, self._clock())
            sms_accounts.lock_phone(session, number)  # before any row, as whoever decides messages does
            held = held_as_seen(session, account_id, seen)
            move_to(session, Steering(actor, known, self._keys), held, number, check, self._today(known))
            return seen_now(session, account_id)

    def holder_of(self, actor: Actor, phone: str) -> AccountRow | None:
        """Whose a number is at present, as it is typed; None where it is free, or another kind of account's.

        Raises UserError("sms.no_mobile") for what is no Vietnamese mobile number.
        """
        number = mobile(phone)
        with self._store.read() as session:
            require_sms(session, actor, Verb.STEER_SMS, self._clock())
            held = sms_accounts.by_login(session, number)
            return None if held is None else next(iter(sms_account_lists.rows(session, [held.account_id])), None)

    def close(self, actor: Actor, account_id: int, seen: Seen, reason: str) -> None:
        """It ends, as if its owner had left the portal; phone and ID are free. There is no way back.

        Raises UserError("sms.reason"), ("sms.account_closed").
        """
        said = require_reason(reason)
        with self._store.write(actor) as session:
            known = require_sms(session, actor, Verb.STEER_SMS, self._clock())
            held_as_seen(session, account_id, seen)
            close_for_good(session, actor, account_id, said, self._today(known))

    # How

    def _today(self, known: Settings) -> date:
        return self._clock().astimezone(known.zone).date()

    def _looking(self, session: Session, query: AccountQuery) -> Looking:
        """Nothing is looked up before two signs are typed."""
        typed = query.typed.strip()
        if len(typed) < _LEAST_TYPED:
            return Looking(query.only)
        digits = phone_query(typed)
        id_hash = self._keys.id_hash(digits) if digits and digits.isdigit() and len(digits) in LENGTHS else ""
        try:
            phone = read_phone(typed, "VN").number if digits else ""
        except PhoneError:
            phone = ""
        return Looking(query.only, sms_account_lists.typed(session, typed, phone, id_hash))

    def _detail(self, session: Session, actor: Actor, account_id: int) -> AccountDetail:
        stored = sms_account_lists.require(session, account_id)
        digits = unsealed(self._keys, "id", stored.sealed_id) if stored.sealed_id else None
        return AccountDetail(
            row=stored.row,
            seen=stored.seen,
            plain_name=stored.plain_name,
            network=network_of(stored.row.phone) if stored.row.phone else "",
            id_shown=masked_id(digits) if digits else f"•••{stored.id_last3}",
            id_length=len(digits or ""),
            birth_date=stored.birth_date,
            issue=stored.seen.issue,
            made_at=stored.made_at,
            completed_at=stored.completed_at,
            guardian_id=stored.guardian_id,
            lock_note=stored.lock_note,
            verified=stored.verified,
            reviews=tuple(sms_account_lists.reviews(session, account_id)),
            messages=tuple(self._messages(session, account_id)),
            texts=tuple(
                reply_of(self._keys, each) for each in sms_account_lists.texts(session, account_id, MOST_TEXTS)
            ),
            history=tuple(sms_account_lists.history(session, account_id, MOST_HISTORY)),
            last_place=sms_account_lists.last_place(session, actor.staff_id),
        )

    def _messages(self, session: Session, account_id: int) -> list[MessageRow]:
        looking = sms_message_lists.Looking(account_id=account_id)
        ids = sms_message_lists.ids(session, looking, MOST_MESSAGES)
        return [row_of(self._keys, row) for row in sms_message_lists.rows(session, ids)]


# What also the conflicts need, within their own transactions


@dataclass(frozen=True, slots=True)
class Steering:
    """Who decides, and what their decision needs."""

    actor: Actor
    known: Settings
    keys: SmsKeys


def mobile(phone: str) -> str:
    """Its one form. Raises UserError("sms.no_mobile")."""
    number = mobile_sender(phone)
    if number is None:
        raise UserError("sms.no_mobile")
    return number


def held_as_seen(session: Session, account_id: int, seen: Seen) -> Issued:
    """The account, ours until the end of the transaction. Raises UserError("changed_elsewhere"), and
    ("sms.account_closed") for one that nothing can be done with any more.
    """
    held = sms_accounts.lock_row(session, account_id)
    now = seen_now(session, account_id)
    if now != seen:
        change = audit.last_change(session, "account", account_id)
        raise UserError("changed_elsewhere", who=change[0] if change else "", when=change[1] if change else None)
    if held.state == AccountState.CLOSED:
        raise UserError("sms.account_closed")
    return held


def seen_now(session: Session, account_id: int) -> Seen:
    return sms_account_lists.require(session, account_id).seen


def write_check(session: Session, keys: SmsKeys, actor: Actor, account_id: int, check: DeskCheck) -> None:
    """Raises UserError("forbidden") for what is no person: somebody must have looked. Raises UserError("sms.other_id")
    where the document's ID is another one.
    """
    if actor.staff_id is None:
        raise UserError("forbidden", verb=Verb.STEER_SMS.value)
    digits = "".join(unicodedata.normalize("NFKC", check.id_number).split())
    if digits and keys.id_hash(digits) != sms_account_lists.id_hash(session, account_id):
        raise UserError("sms.other_id")
    sms_accounts.verify(session, account_id, actor.staff_id, check)


def issue_and_text(session: Session, known: Settings, held: Issued) -> Issued:
    """The first of a new round, and the text that carries it."""
    anew = sms_accounts.issue_anew(session, held, reissues=0)
    wording = wording_of(known, Template.ACCOUNT)
    text = NewReply(Template.ACCOUNT, wording, anew.login, account_id=anew.account_id, issue=anew.issue)
    sms_replies.put(session, text)
    return anew


def move_to(session: Session, by: Steering, held: Issued, number: str, check: DeskCheck, today: date) -> None:
    _require_active(held)
    if number == held.login:
        raise UserError("sms.same_phone")
    sms_accounts.move(session, held.account_id, number)
    account_guardian.follow(session, held.account_id, today, gone=[held.login])
    issue_and_text(session, by.known, sms_accounts.require(session, held.account_id))
    write_check(session, by.keys, by.actor, held.account_id, check)
    place = check.place.strip()
    audit.record(session, "moved", "account", held.account_id, document=check.document.value, place=place)


def close_for_good(session: Session, actor: Actor, account_id: int, reason: str, today: date) -> None:
    """Also tells its owner by mail, where they have confirmed an address. The account is held; it may be locked."""
    address = account_addresses.mail_of(session, account_id)
    language = accounts.by_id(session, account_id).citizen.language
    account_closing.close(session, account_id, today, actor.staff_id)
    sms_accounts.note_closing(session, account_id, reason)
    if address:
        posts.put(session, Mail.CLOSED, address, language, TOKEN_LIFE)
    audit.record(session, "closed", "account", account_id)


def _require_active(held: Issued) -> None:
    if held.state == AccountState.LOCKED:
        raise UserError("sms.account_locked")
