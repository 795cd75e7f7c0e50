"""Text messages that citizens sent, for whoever helps and steers: lists, one with all about it, what can be done."""

import json
import secrets as randomness
from array import array
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta

from desktop.domain.accounts import AccountState
from desktop.domain.errors import UserError
from desktop.domain.mobile_networks import mobile_sender
from desktop.domain.phones import Phone, PhoneError, phone_query, read_phone
from desktop.domain.sms import LONGEST_REASON, REPEATS, Gateway, ReviewReason, Rule, Template
from desktop.domain.sms_alphabet import measure
from desktop.domain.sms_gateways import InboundCall
from desktop.domain.sms_messages import (
    Day,
    MessageDetail,
    MessageQuery,
    MessageRow,
    Opening,
    OpenReview,
    WholeMessage,
    require_answer,
)
from desktop.domain.sms_reading import read
from desktop.domain.staff import Actor, Verb
from desktop.domain.vietnam_ids import LENGTHS
from desktop.secrets import Secrets
from desktop.services import sms_deciding
from desktop.services.clock import utc_now
from desktop.services.sms_deciding import Deciding
from desktop.services.sms_intake import SmsIntake
from desktop.services.sms_keys import SmsKeys
from desktop.services.sms_message_details import detail_of, row_of
from desktop.services.sms_permission import require_sms
from desktop.settings import Settings
from desktop.store import (
    audit,
    settings,
    sms_accounts,
    sms_blocks,
    sms_making,
    sms_message_lists,
    sms_messages,
    sms_replies,
    sms_reviews,
)
from desktop.store.db import Clock, Session, Store
from desktop.store.sms_message_lists import Looking
from desktop.store.sms_replies import NewReply

FIRST_ROWS = 100
"""More than any window shows at once."""
MOST_ROWS = 1000
DAYS = 30
MOST_REVIEWS = 500
_LEAST_DIGITS = 5
"""So many of a phone number are typed before it narrows anything."""
_LEAST_LETTERS = 2


class SmsMessages:
    """All of it asks for the whole city. Nobody sees an ID in clear but in `whole`, and nobody a password anywhere."""

    def __init__(self, store: Store, secrets: Secrets, clock: Clock = utc_now, intake: SmsIntake | None = None) -> None:
        self._store = store
        self._clock = clock
        self._keys = SmsKeys(secrets)
        self._intake = intake or SmsIntake(store, secrets, clock)

    # Looking

    def first(self, actor: Actor, query: MessageQuery) -> Opening:
        """The top of the list of which `ids` gives all, with its rows."""
        with self._store.read() as session:
            known = require_sms(session, actor, Verb.HELP_BY_SMS, self._clock())
            ids = sms_message_lists.ids(session, self._looking(query, known), FIRST_ROWS + 1)
            rows = sms_message_lists.rows(session, ids[:FIRST_ROWS])
        return Opening(tuple(row_of(self._keys, row) for row in rows), len(ids) <= FIRST_ROWS)

    def ids(self, actor: Actor, query: MessageQuery) -> "array[int]":
        """The newest 100,000 that the query shows, the newest first."""
        with self._store.read() as session:
            known = require_sms(session, actor, Verb.HELP_BY_SMS, self._clock())
            return sms_message_lists.ids(session, self._looking(query, known))

    def rows(self, actor: Actor, ids: Sequence[int]) -> list[MessageRow]:
        """In this order, without those that are gone."""
        if len(ids) > MOST_ROWS:
            raise ValueError(f"more than {MOST_ROWS} rows asked for at once")
        with self._store.read() as session:
            require_sms(session, actor, Verb.HELP_BY_SMS, self._clock())
            found = sms_message_lists.rows(session, ids)
        return [row_of(self._keys, row) for row in found]

    def counts(self, actor: Actor, query: MessageQuery) -> Mapping[str, int]:
        """How many each filter would show under the same days and what is typed, up to 10,000 and one more."""
        with self._store.read() as session:
            known = require_sms(session, actor, Verb.HELP_BY_SMS, self._clock())
            return sms_message_lists.counts(session, self._looking(query, known))

    def message(self, actor: Actor, message_id: int) -> MessageDetail:
        """Raises UserError("not_found")."""
        with self._store.read() as session:
            known = require_sms(session, actor, Verb.HELP_BY_SMS, self._clock())
            return detail_of(session, self._keys, known, message_id)

    def days(self, actor: Actor) -> tuple[Day, ...]:
        """The last 30 days of the city, the oldest first, today the last."""
        with self._store.read() as session:
            known = require_sms(session, actor, Verb.HELP_BY_SMS, self._clock())
            today = settings.today(session, self._clock())
            days = [today - timedelta(days=back) for back in reversed(range(DAYS))]
            found = sms_message_lists.by_day(session, [(day, *_bounds(day, known)) for day in days])
        return tuple(Day(day, found[day]) for day in days)

    def reviews(self, actor: Actor) -> tuple[list[OpenReview], Mapping[ReviewReason, int]]:
        """What a person has to look at, the newest first, and how many there are of each reason."""
        with self._store.read() as session:
            require_sms(session, actor, Verb.HELP_BY_SMS, self._clock())
            found = sms_message_lists.open_reviews(session, None, MOST_REVIEWS)
            return found, sms_message_lists.open_review_counts(session)

    # Correcting

    def whole(self, actor: Actor, message_id: int) -> WholeMessage:
        """The text with its ID, for correcting it; that somebody read it is recorded. Raises UserError("not_found")."""
        with self._store.write(actor) as session:
            require_sms(session, actor, Verb.STEER_SMS, self._clock())
            stored = sms_message_lists.require(session, message_id)
            text = self._keys.unseal("text", stored.corrected or stored.sealed_text)
            audit.record(session, "read_whole", "sms_message", message_id)
            return WholeMessage(text, stored.version)

    def foresee(self, actor: Actor, message_id: int, text: str) -> Rule:
        """By which rule the message would be decided now, if this were its text; nothing is done yet.

        Raises UserError("not_found") or ("sms.made_account").
        """
        with self._store.read() as session:
            known = require_sms(session, actor, Verb.STEER_SMS, self._clock())
            stored = sms_message_lists.require(session, message_id)
            if stored.rule in {Rule.ACCOUNT, Rule.REPEATED}:
                raise UserError("sms.made_account")
            return self._foreseen(session, known, stored.sender, text)

    def correct_and_process(self, actor: Actor, message_id: int, text: str, version: int) -> Rule:
        """Process the message again with this text; the rule that decided.

        Raises UserError: "not_found", "changed_elsewhere", "sms.made_account".
        """
        with self._store.write(actor) as session:
            known = require_sms(session, actor, Verb.STEER_SMS, self._clock())
            stored = sms_message_lists.require(session, message_id)
            audit.require_version(session, "sms_message", message_id, version, stored.version)
            is_other = text != self._keys.unseal("text", stored.corrected or stored.sealed_text)
            rule = sms_deciding.decide_again(
                session,
                Deciding(self._keys, known),
                message_id,
                text if is_other else None,
                staff_id=actor.staff_id,
                version=version,
            )
            verb = "corrected" if is_other else "processed_again"
            audit.record(session, verb, "sms_message", message_id, rule=rule.value)
            return rule

    # Answering, blocking, settling

    def answer(self, actor: Actor, phone: str, text: str, message_id: int | None = None) -> int:
        """Send a text that somebody wrote; its id. The text is sealed, and screens alone show it.

        Raises UserError("sms.no_mobile") and those of `require_answer`.
        """
        number = _mobile(phone)
        text = text.strip()
        parts = measure(text).parts
        require_answer(text, parts)
        with self._store.write(actor) as session:
            require_sms(session, actor, Verb.HELP_BY_SMS, self._clock())
            about = sms_message_lists.require(session, message_id).account_id if message_id is not None else None
            reply_id = sms_replies.put(
                session,
                NewReply(
                    template=Template.MANUAL,
                    wording=self._keys.seal("manual", text),
                    phone=number,
                    message_id=message_id,
                    account_id=about,
                    written_by=actor.staff_id,
                ),
            )
            audit.record(session, "answered", "sms_message", message_id, parts=parts, reply=reply_id)
            return reply_id

    def block(self, actor: Actor, phone: str, reason: str, message_id: int | None = None) -> None:
        """Listen to this number no more. Raises UserError("sms.block_reason")."""
        said = reason.strip()
        if not 0 < len(said) <= LONGEST_REASON:
            raise UserError("sms.block_reason")
        with self._store.write(actor) as session:
            require_sms(session, actor, Verb.STEER_SMS, self._clock())
            sms_blocks.put(session, phone, said, actor.staff_id)
            audit.record(session, "blocked", "sms_message", message_id or sms_blocks.newest_message(session, phone))

    def unblock(self, actor: Actor, phone: str, message_id: int | None = None) -> None:
        """Raises UserError("not_found") for a number that is listened to."""
        with self._store.write(actor) as session:
            require_sms(session, actor, Verb.STEER_SMS, self._clock())
            if not sms_blocks.remove(session, phone):
                raise UserError("not_found")
            audit.record(session, "unblocked", "sms_message", message_id or sms_blocks.newest_message(session, phone))

    def settle(self, actor: Actor, review_id: int, note: str = "") -> None:
        """Somebody has looked at it. Raises UserError("sms.settled") where somebody has before."""
        with self._store.write(actor) as session:
            require_sms(session, actor, Verb.STEER_SMS, self._clock())
            if not sms_reviews.settle(session, review_id, actor.staff_id, note.strip()):
                raise UserError("sms.settled")
            audit.record(session, "settled", "sms_review", review_id)

    def practise(self, actor: Actor, phone: str, text: str) -> None:
        """Let a message come in as from a citizen's phone, in a practice database.

        Raises UserError("sms.not_practice") or ("sms.off").
        """
        with self._store.read() as session:
            known = require_sms(session, actor, Verb.HELP_BY_SMS, self._clock())
        if not known.practice:
            raise UserError("sms.not_practice")
        said = {"id": randomness.token_hex(8), "from": phone.strip(), "to": known["sms.short_code"], "text": text}
        self._intake.receive(InboundCall(Gateway.PRACTICE, b"", json.dumps(said).encode(), "127.0.0.1"))

    # How

    def _looking(self, query: MessageQuery, known: Settings) -> Looking:
        phone, begins, id_hash, name = self._typed(query.typed.strip())
        return Looking(
            only=query.only,
            phone=phone,
            phone_begins=begins,
            id_hash=id_hash,
            name=name,
            first=_bounds(query.first, known)[0] if query.first else None,
            before=_bounds(query.last, known)[1] if query.last else None,
            account_id=query.account_id,
        )

    def _typed(self, typed: str) -> tuple[str, str, str, str]:
        """A whole phone, the beginning of one, an ID's hash, a name: what was typed may be several of them."""
        digits = phone_query(typed)
        if digits is None:
            return "", "", "", typed if len(typed) >= _LEAST_LETTERS else ""
        id_hash = self._keys.id_hash(digits) if len(digits) in LENGTHS and digits.isdigit() else ""
        try:
            return read_phone(typed, "VN").number, "", id_hash, ""
        except PhoneError:
            return "", digits if len(digits) >= _LEAST_DIGITS else "", id_hash, ""

    def _foreseen(self, session: Session, known: Settings, sender: str, text: str) -> Rule:
        if not Phone(sender, "VN").is_mobile:
            return Rule.SENDER
        if known["sms.pilot"] and not sms_message_lists.is_on_pilot(session, sender):
            return Rule.PILOT
        applicant = read(text, settings.today(session, self._clock())).applicant
        return Rule.SYNTAX if applicant is None else self._foreseen_for(session, known, sender, applicant.id_number)

    def _foreseen_for(self, session: Session, known: Settings, sender: str, id_number: str) -> Rule:
        found = sms_making.taken(session, sender, self._keys.id_hash(id_number))
        if found is None:
            return Rule.ACCOUNT
        if not found.by_id:
            return Rule.PHONE_TAKEN
        held = sms_accounts.require(session, found.account_id)
        is_theirs = held.login == sender and held.state == AccountState.ACTIVE
        if is_theirs and known["sms.repeat_reissues"] and sms_messages.repeats(session, sender) < REPEATS.most:
            return Rule.REPEATED
        return Rule.ID_TAKEN


def _mobile(phone: str) -> str:
    number = mobile_sender(phone)
    if number is None:
        raise UserError("sms.no_mobile")
    return number


def _bounds(day: date, known: Settings) -> tuple[datetime, datetime]:
    """When a day of the city begins, and when the next one does."""
    return (
        datetime.combine(day, time(), known.zone),
        datetime.combine(day + timedelta(days=1), time(), known.zone),
    )
