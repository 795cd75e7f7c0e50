"""Two who may be one: an ID or a phone that is somebody's came from another phone or with another ID, and IDs that do
not fit the date of birth. Staff look at both sides and decide, each decision one transaction.
"""

from datetime import date

from desktop.domain.errors import UserError
from desktop.domain.sms import ReviewReason, Rule
from desktop.domain.sms_accounts import (
    AccountRow,
    Conflict,
    ConflictKind,
    ConflictRow,
    DeskCheck,
    Seen,
    Side,
    require_check,
    require_reason,
)
from desktop.domain.sms_reading import masked_id, read
from desktop.domain.staff import Actor, Verb
from desktop.domain.vietnam_ids import facts_of
from desktop.secrets import Secrets
from desktop.services import sms_deciding
from desktop.services.clock import utc_now
from desktop.services.sms_accounts import Steering, close_for_good, held_as_seen, move_to
from desktop.services.sms_deciding import Deciding
from desktop.services.sms_keys import SmsKeys
from desktop.services.sms_message_details import unsealed
from desktop.services.sms_permission import require_sms
from desktop.settings import Settings
from desktop.store import audit, sms_account_lists, sms_accounts, sms_message_lists, sms_reviews
from desktop.store.db import Clock, Session, Store
from desktop.store.sms_account_lists import StoredAccount, StoredConflict
from desktop.store.sms_message_lists import StoredMessage

MOST_LISTED = 500


class SmsConflicts:
    """The whole city's, as the accounts. Raises UserError("forbidden"), and ("sms.off") where nobody texts."""

    def __init__(self, store: Store, secrets: Secrets, clock: Clock = utc_now) -> None:
        self._store = store
        self._clock = clock
        self._keys = SmsKeys(secrets)

    def all(self, actor: Actor) -> list[ConflictRow]:
        """Those that are open, the newest first."""
        with self._store.read() as session:
            require_sms(session, actor, Verb.HELP_BY_SMS, self._clock())
            found = sms_account_lists.conflicts(session, MOST_LISTED)
            holders = {row.id: row for row in sms_account_lists.rows(session, [each.account_id for each in found])}
            wanted = [each.message_id for each in found if each.message_id is not None]
            messages = {message.id: message for message in sms_message_lists.rows(session, wanted)}
            return [_row(each, holders[each.account_id], messages.get(each.message_id or 0)) for each in found]

    def conflict(self, actor: Actor, review_id: int) -> Conflict:
        """Both sides. Raises UserError("not_found"), or ("sms.settled") for one that somebody has settled."""
        with self._store.read() as session:
            known = require_sms(session, actor, Verb.HELP_BY_SMS, self._clock())
            stored = _open(session, review_id)
            return self._sides(session, actor, known, stored)

    # Deciding. Each raises UserError("not_found"), ("sms.settled"), and ("changed_elsewhere", who=, when=) where the
    # account is not any more what was seen.

    def keep(self, actor: Actor, review_id: int, note: str) -> None:
        """Nothing changes. Raises UserError("sms.reason") without a word about why."""
        said = require_reason(note)
        with self._store.write(actor) as session:
            require_sms(session, actor, Verb.STEER_SMS, self._clock())
            _open(session, review_id)
            self._settle(session, actor, review_id, said, "kept")

    def move(self, actor: Actor, review_id: int, seen: Seen, check: DeskCheck) -> None:
        """It is the same person with a new phone: the account moves to the phone from which the message came.

        Raises what `SmsAccounts.move` does, and UserError("sms.other_conflict") where no other phone used the ID.
        """
        require_check(check)
        with self._store.write(actor) as session:
            known = require_sms(session, actor, Verb.STEER_SMS, self._clock())
            stored = _open(session, review_id)
            message = _message(session, stored)
            if message is None or _kind(stored, message) is not ConflictKind.ID:
                raise UserError("sms.other_conflict")
            sms_accounts.lock_phone(session, message.sender)  # before any row, as whoever decides messages does
            held = held_as_seen(session, stored.account_id, seen)
            by = Steering(actor, known, self._keys)
            move_to(session, by, held, message.sender, check, self._today(known))
            self._settle(session, actor, review_id, check.note.strip(), "moved")

    def replace(self, actor: Actor, review_id: int, seen: Seen, reason: str) -> Rule:
        """The other one is right: the account is closed, and the message decided again; by which rule.

        Raises UserError("sms.reason"), ("sms.account_closed"), ("sms.other_conflict") where no message wanted it.
        """
        said = require_reason(reason)
        with self._store.write(actor) as session:
            known = require_sms(session, actor, Verb.STEER_SMS, self._clock())
            stored = _open(session, review_id)
            message = _message(session, stored)
            if message is None:
                raise UserError("sms.other_conflict")
            sms_accounts.lock_phone(session, message.sender)  # before any row, as whoever decides messages does
            held_as_seen(session, stored.account_id, seen)
            close_for_good(session, actor, stored.account_id, said, self._today(known))
            self._settle(session, actor, review_id, said, "replaced")
            by = Deciding(self._keys, known)
            rule = sms_deciding.decide_again(session, by, message.id, staff_id=actor.staff_id)
            audit.record(session, "processed_again", "sms_message", message.id, rule=rule.value)
            return rule

    # How

    def _today(self, known: Settings) -> date:
        return self._clock().astimezone(known.zone).date()

    @staticmethod
    def _settle(session: Session, actor: Actor, review_id: int, note: str, how: str) -> None:
        if not sms_reviews.settle(session, review_id, actor.staff_id, note):
            raise UserError("sms.settled")
        audit.record(session, "settled", "sms_review", review_id, how=how)

    def _sides(self, session: Session, actor: Actor, known: Settings, stored: StoredConflict) -> Conflict:
        holder = sms_account_lists.require(session, stored.account_id)
        message = _message(session, stored)
        digits = unsealed(self._keys, "id", holder.sealed_id) if holder.sealed_id else None
        other, other_digits = self._other(message, known)
        facts = facts_of(digits) if digits else None
        return Conflict(
            row=_row(stored, holder.row, message),
            message_id=message.id if message is not None else None,
            holder=_holder(holder, digits),
            seen=holder.seen,
            other=other,
            same_id=digits is not None and digits == other_digits,
            id_year=facts.birth_year if facts is not None else None,
            last_place=sms_account_lists.last_place(session, actor.staff_id),
        )

    def _other(self, message: StoredMessage | None, known: Settings) -> tuple[Side | None, str]:
        """What the message says of its sender, and the digits of its ID."""
        text = unsealed(self._keys, "text", message.corrected or message.sealed_text) if message is not None else None
        if message is None or text is None:
            return None, ""
        said = read(text, message.received_at.astimezone(known.zone).date()).applicant
        if said is None:
            return None, ""
        shown = masked_id(said.id_number)
        side = Side(said.name, said.plain_name, shown, said.birth_date, message.sender, message.received_at)
        return side, said.id_number


def _open(session: Session, review_id: int) -> StoredConflict:
    found = sms_account_lists.conflict(session, review_id)
    if found is None:
        raise UserError("sms.settled" if sms_account_lists.is_settled(session, review_id) else "not_found")
    return found


def _message(session: Session, stored: StoredConflict) -> StoredMessage | None:
    """The one that wanted the account's ID or phone."""
    if stored.message_id is None or stored.reason is ReviewReason.MISMATCH:
        return None
    return next(iter(sms_message_lists.rows(session, [stored.message_id])), None)


def _row(stored: StoredConflict, holder: AccountRow, message: StoredMessage | None) -> ConflictRow:
    return ConflictRow(
        review_id=stored.review_id,
        kind=_kind(stored, message),
        account_id=stored.account_id,
        name=holder.name,
        phone=holder.phone,
        other_phone=message.sender if message is not None and stored.reason is ReviewReason.CONFLICT else "",
        times=stored.times,
        last_at=stored.last_at,
    )


def _kind(stored: StoredConflict, message: StoredMessage | None) -> ConflictKind:
    if stored.reason is ReviewReason.MISMATCH:
        return ConflictKind.MISMATCH
    is_phone = message is not None and message.rule == Rule.PHONE_TAKEN
    return ConflictKind.PHONE if is_phone else ConflictKind.ID


def _holder(holder: StoredAccount, digits: str | None) -> Side:
    return Side(
        name=holder.row.name,
        plain_name=holder.plain_name,
        id_shown=masked_id(digits) if digits else f"•••{holder.id_last3}",
        birth_date=holder.birth_date,
        phone=holder.row.phone,
        at=holder.made_at,
        verified=holder.verified is not None,
    )
