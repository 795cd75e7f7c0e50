"""What becomes of one stored message: every rule in its order, and all that follows from it in one transaction.

Up to hundreds of messages a second are decided, so there are few statements and each is made once.
"""

import secrets
from dataclasses import dataclass
from datetime import timedelta

from desktop.domain.accounts import AccountState
from desktop.domain.errors import UserError
from desktop.domain.phones import Phone
from desktop.domain.sms import (
    HELD_BY,
    REFUSALS,
    REPEATS,
    REPLIES,
    Applicant,
    MessageState,
    ReviewReason,
    Rule,
    Template,
)
from desktop.domain.sms_reading import read
from desktop.services.sms_keys import SmsKeys
from desktop.services.sms_text import wording_of
from desktop.settings import Settings
from desktop.store import audit, db, sms_accounts, sms_making, sms_messages, sms_replies, sms_reviews
from desktop.store.db import Session
from desktop.store.sms_accounts import Issued
from desktop.store.sms_making import Secured
from desktop.store.sms_messages import Outcome, Received, Standing
from desktop.store.sms_replies import NewReply

_NONCE_BYTES = 16
_MADE = frozenset({Rule.ACCOUNT, Rule.REPEATED})
_TEMPLATES = {
    Rule.ACCOUNT: Template.ACCOUNT,
    Rule.REPEATED: Template.ACCOUNT,
    Rule.SYNTAX: Template.SYNTAX,
    Rule.ID_TAKEN: Template.ID_TAKEN,
    Rule.PHONE_TAKEN: Template.PHONE_TAKEN,
    Rule.PILOT: Template.PILOT,
}
_OF_THE_SENDER = {
    Rule.FLOOD: ReviewReason.FLOOD,
    Rule.PILOT: ReviewReason.PILOT,
    Rule.SENDER: ReviewReason.SENDER,
}


@dataclass(frozen=True, slots=True)
class Deciding:
    """What a decision needs beside the message. `answered_by`: how long its gateway's own request may carry the reply;
    None: a call of ours does, at once.
    """

    keys: SmsKeys
    known: Settings
    answered_by: timedelta | None = None


def decide(session: Session, by: Deciding, message: Received) -> bool:
    """Decide about a message that nobody has decided about; false where somebody has meanwhile.

    Exactly once, however many try: each holds its sender's lock and then the message itself. What the worker decides
    may be lost in a power cut as long as no reply has left: it waits again then. Sending waits for the disk.
    """
    sms_accounts.lock_phone(session, message.sender, may_be_redone=by.answered_by is None)
    case = _Case.of(session, by, message, by.keys.unseal("text", message.sealed_text))
    if case.stands.state != MessageState.WAITING:
        return False
    case.follow(case.stopping_rule())
    return True


def decide_again(
    session: Session,
    by: Deciding,
    message_id: int,
    text: str | None = None,
    *,
    staff_id: int | None = None,
    version: int | None = None,
) -> Rule:
    """A person has a message processed once more, with `text` in the place of what stands there (None: as it stands).

    Neither flood limit nor block nor an earlier twin stands in a person's way; former replies stay, and the message's
    open reviews are settled. The caller asks for the permission, and leaves the audit event.
    Raises UserError("not_found"), ("changed_elsewhere") for a message that is not of this version any more, or
    ("sms.made_account") where an account or a password came of it already.
    """
    message = sms_messages.require(session, message_id)
    sms_accounts.lock_phone(session, message.sender)
    now_stands = text if text is not None else by.keys.unseal("text", sms_messages.text_now(session, message_id))
    case = _Case.of(session, by, message, now_stands)
    if case.stands.rule in _MADE:
        raise UserError("sms.made_account")
    if version not in (None, case.stands.version):
        raise UserError("changed_elsewhere")
    sms_messages.settle_reviews(session, message_id, staff_id)
    if text is not None:
        sms_messages.correct(session, message_id, by.keys.seal("text", text))
    return case.follow(case.rule_for_a_person())


def hold_back(session: Session, message: Received) -> None:
    """It cannot be decided, and is not to stand in the way of others: a person has a look."""
    sms_accounts.lock_phone(session, message.sender)
    if sms_messages.hold(session, message, "").state == MessageState.WAITING:
        sms_messages.mark(session, message.id, Outcome(MessageState.HELD, Rule.UNDECIDED))
        sms_reviews.ask(session, ReviewReason.UNDECIDED, f"message {message.id}", message_id=message.id)


@dataclass(frozen=True, slots=True)
class _Case:
    """One message on the table, its sender locked. `id_hash` is empty where the text could not be read."""

    session: Session
    by: Deciding
    message: Received
    applicant: Applicant | None
    id_hash: str
    stands: Standing

    @classmethod
    def of(cls, session: Session, by: Deciding, message: Received, text: str) -> "_Case":
        today = db.now(session).astimezone(by.known.zone).date()
        applicant = read(text, today).applicant
        id_hash = by.keys.id_hash(applicant.id_number) if applicant is not None else ""
        return cls(session, by, message, applicant, id_hash, sms_messages.hold(session, message, id_hash))

    def stopping_rule(self) -> Rule | None:
        """The first rule that decides before the text is read."""
        if self.stands.is_blocked:
            return Rule.BLOCKED
        if not self._is_mobile():
            return Rule.SENDER
        if self.stands.twin is not None:
            return Rule.DUPLICATE
        if self.stands.replies >= REPLIES.most:
            return Rule.FLOOD
        return self._pilot()

    def rule_for_a_person(self) -> Rule | None:
        """The same where a person wants it processed."""
        return self._pilot() if self._is_mobile() else Rule.SENDER

    def _is_mobile(self) -> bool:
        return Phone(self.message.sender, "VN").is_mobile

    def _pilot(self) -> Rule | None:
        return Rule.PILOT if self.by.known["sms.pilot"] and not self.stands.on_pilot else None

    def follow(self, stopped: Rule | None) -> Rule:
        """Carry out that rule, or read the text and carry out what it comes to."""
        self.session.info["audited"] = True  # an account leaves an event of its own; of the rest the row is the record
        if stopped is not None:
            self._stop(stopped)
            return stopped
        if self.applicant is None:
            self._refuse(Rule.SYNTAX)
            return Rule.SYNTAX
        if self.stands.by_id is not None:
            return self._by_id(self.stands.by_id)
        if self.stands.by_phone is not None:
            return self._by_phone(self.stands.by_phone)
        return self._apply(self.applicant)

    def _stop(self, rule: Rule) -> None:
        if reason := _OF_THE_SENDER.get(rule):
            self._ask(reason, self.message.sender)
        if rule in REFUSALS:
            self._refuse(rule)
            return
        state = MessageState.HELD if rule in HELD_BY else MessageState.DUPLICATE
        twin = self.stands.twin if rule is Rule.DUPLICATE else None
        sms_messages.mark(self.session, self.message.id, Outcome(state, rule, twin=twin))

    def _apply(self, applicant: Applicant) -> Rule:
        secured = Secured(
            nonce=secrets.token_hex(_NONCE_BYTES),
            id_hash=self.id_hash,
            sealed_id=self.by.keys.seal("id", applicant.id_number),
        )
        made = sms_making.make(self.session, self.message.sender, applicant, secured, self.message.id)
        if isinstance(made, Issued):
            audit.record(self.session, "made_by_sms", "account", made.account_id, message=self.message.id)
            if not applicant.fits:
                self._ask(ReviewReason.MISMATCH, f"account {made.account_id}", made.account_id)
            return self._hand_out(Rule.ACCOUNT, made)
        return self._by_id(made.account_id) if made.by_id else self._by_phone(made.account_id)

    def _by_phone(self, account_id: int) -> Rule:
        self._conflict(account_id)
        self._refuse(Rule.PHONE_TAKEN, account_id)
        return Rule.PHONE_TAKEN

    def _by_id(self, account_id: int) -> Rule:
        """From another phone: a conflict. From its own: the same again, which a city may let mean a new password."""
        if sms_accounts.require(self.session, account_id).login != self.message.sender:
            self._conflict(account_id)
        elif self.by.known["sms.repeat_reissues"]:
            held = sms_accounts.lock_row(self.session, account_id)
            if self._may_repeat(held):
                return self._repeat(held)
        self._refuse(Rule.ID_TAKEN, account_id)
        return Rule.ID_TAKEN

    def _may_repeat(self, held: Issued) -> bool:
        is_theirs = held.login == self.message.sender and held.state == AccountState.ACTIVE
        return is_theirs and sms_messages.repeats(self.session, self.message.sender) < REPEATS.most

    def _repeat(self, held: Issued) -> Rule:
        issued = sms_accounts.issue_anew(self.session, held, reissues=0)
        audit.record(self.session, "reissued_by_sms", "account", issued.account_id, message=self.message.id)
        return self._hand_out(Rule.REPEATED, issued)

    # What follows

    def _hand_out(self, rule: Rule, issued: Issued) -> Rule:
        self._reply(rule, issued)
        sms_messages.mark(self.session, self.message.id, Outcome(MessageState.READ, rule, issued.account_id))
        return rule

    def _refuse(self, rule: Rule, account_id: int | None = None) -> None:
        self._reply(rule)
        sms_messages.mark(self.session, self.message.id, Outcome(MessageState.REFUSED, rule, account_id))

    def _reply(self, rule: Rule, issued: Issued | None = None) -> None:
        new = NewReply(
            template=_TEMPLATES[rule],
            wording=wording_of(self.by.known, _TEMPLATES[rule]),
            phone=self.message.sender,
            message_id=self.message.id,
            account_id=issued.account_id if issued else None,
            issue=issued.issue if issued else None,
        )
        sms_replies.put(self.session, new, answered_by=self.by.answered_by)

    def _conflict(self, account_id: int) -> None:
        self._ask(ReviewReason.CONFLICT, f"message {self.message.id}", account_id)

    def _ask(self, reason: ReviewReason, subject: str, account_id: int | None = None) -> None:
        sms_reviews.ask(self.session, reason, subject, message_id=self.message.id, account_id=account_id)
