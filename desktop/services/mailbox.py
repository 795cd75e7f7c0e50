"""The mailbox of the From address: returned mails stop an address, what parents write is kept for staff and answered.

Nothing is deleted or marked there, so that whoever looks after the mailbox sees what they always saw.
"""

import hashlib
from collections.abc import Sequence
from datetime import timedelta
from typing import Protocol

from desktop.domain.accounts import Limit
from desktop.domain.deliveries import DeliveryError
from desktop.domain.posts import Template
from desktop.domain.replies import HARD_REASONS, Letter, LetterKind, read_letter, reason_of
from desktop.domain.staff import WORKER
from desktop.i18n import LANGUAGES
from desktop.services.checks import Check
from desktop.services.clock import utc_now
from desktop.services.line_text import phone_lines
from desktop.settings import Settings
from desktop.store import attempts, audit, contacts, db, incoming, line_links, mailbox, posts, schema, settings
from desktop.store.db import Clock, Session, Store

ANSWERS = Limit("mail_answer", 1, timedelta(hours=1), timedelta(hours=1))
ANSWERS_A_DAY = Limit("mail_answer_day", 4, timedelta(days=1), timedelta(days=1))
"""Two programs that answer each other without saying what they are stop after these."""
ANSWER_LIFE = timedelta(hours=12)
MOST_AT_ONCE = 50
OLD_AFTER = timedelta(days=3)
"""A mail that is older was moved here by somebody, or comes from a mailbox that was made anew."""
_ADVICE = frozenset({"no_password", "auth_refused", "no_folder"})


class OpenMailbox(Protocol):
    """A mailbox that is open. Raises DeliveryError."""

    @property
    def uid_validity(self) -> int:
        """While it stays the same, so do the mails' numbers."""

    @property
    def next_uid(self) -> int:
        """The number that the next mail will have."""

    def after(self, uid: int) -> Sequence[int]:
        """The numbers of later mails, in order."""

    def read(self, uid: int) -> bytes:
        """The beginning of a mail, without marking it as seen; b"" for one that is gone."""

    def close(self) -> None: ...


class MailboxChannels(Protocol):
    """Opens the mailbox as it is set up, and knows what other systems' returned mails look like."""

    def mailbox(self, settings: Settings) -> OpenMailbox:
        """Raises DeliveryError."""

    def is_returned(self, raw: bytes) -> bool: ...


class Mailbox:
    """The worker's."""

    def __init__(self, store: Store, channels: MailboxChannels, clock: Clock = utc_now) -> None:
        self._store = store
        self._channels = channels
        self._clock = clock

    def read_new(self) -> int:
        """Read what came in since the last time, some of it; says how many there were.

        A mailbox that is looked at for the first time begins with what comes from now on. Raises DeliveryError.
        """
        known = self._settings()
        if known.practice or not known["mailbox.host"]:
            return 0
        found = self._channels.mailbox(known)
        try:
            place = self._place(found, _name(known))
            uids = found.after(place)[:MOST_AT_ONCE]
            for uid in uids:
                self._take_in(known, found.uid_validity, uid, found.read(uid))
            return len(uids)
        finally:
            found.close()

    def _settings(self) -> Settings:
        with self._store.read() as session:
            return settings.load(session)

    def _place(self, found: OpenMailbox, name: str) -> int:
        """The last mail that was read. One that was made anew is read from its beginning: it may hold new ones."""
        with self._store.bookkeep() as session:
            place = mailbox.place(session, name)
            if place is None:
                place = (found.uid_validity, found.next_uid - 1)
                mailbox.keep_place(session, name, *place)
        return place[1] if place[0] == found.uid_validity else 0

    def _take_in(self, known: Settings, uid_validity: int, uid: int, raw: bytes) -> LetterKind | None:
        """One mail, and that it was read: both or neither. None for one that was known."""
        with self._store.read() as session:
            installation = schema.installation(session).uuid
        own = [known["email.from"], known["mailbox.user"]]
        letter = read_letter(raw, installation, own, found_failed=self._channels.is_returned(raw)) if raw else None
        with self._store.write(WORKER) as session:
            mailbox.keep_place(session, _name(known), uid_validity, uid)
            session.info["audited"] = True  # that a mail was read needs no other record
            if letter is None or not self._note(session, known, letter):
                return None
        return letter.kind

    def _note(self, session: Session, known: Settings, letter: Letter) -> bool:
        """False for a mail that was taken in before, or is too old to be news."""
        is_old = letter.sent_at is not None and letter.sent_at < db.now(session) - OLD_AFTER
        if is_old and letter.kind is LetterKind.MAIL:
            return False
        if incoming.is_known(session, "email", letter.source_id):
            return False
        if letter.kind is LetterKind.RETURNED:
            self._returned(session, letter)
        elif letter.kind is LetterKind.MAIL:
            self._wrote(session, known, letter)
        return True

    @staticmethod
    def _returned(session: Session, letter: Letter) -> None:
        """Only what names a mail of ours counts: anybody can write that an address is dead."""
        for ours in letter.ours if letter.is_final else ():
            address = mailbox.address_of(session, ours)
            if address is None:
                continue
            reason = reason_of(letter, address)
            mailbox.mark_returned(session, ours, reason)
            stopped = contacts.suppress(session, "email", [address], "bounced") if reason in HARD_REASONS else 0
            audit.record(session, "returned", "delivery", ours.number, reason=reason, count=stopped)

    @staticmethod
    def _wrote(session: Session, known: Settings, letter: Letter) -> None:
        sender = mailbox.known_as(session, letter.sender)
        key = hashlib.sha256(f"mail {sender.lower()}".encode()).hexdigest()
        is_first = attempts.begin(session, ANSWERS, key) is None
        may_answer = is_first and attempts.begin(session, ANSWERS_A_DAY, key) is None
        new = incoming.New(
            "email", letter.source_id, sender, "mail", db.now(session), letter.words, subject=letter.subject
        )
        incoming.keep(session, new, answered=may_answer)
        if may_answer:
            language = mailbox.language_of(session, sender)
            phones = phone_lines(line_links.phones_of(session, "email", sender))
            spoken = language if language in LANGUAGES else known["city.language"]
            posts.put(session, Template.NOT_READ, sender, spoken, ANSWER_LIFE, parameters={"phones": phones})

    def check(self) -> Check:
        """Whether it can be read."""
        known = self._settings()
        if known.practice or not known["mailbox.host"]:
            return Check("mailbox", True, "check.mailbox_off")
        try:
            self._channels.mailbox(known).close()
        except DeliveryError as error:
            code = error.reason if error.reason in _ADVICE else "other"
            details = {"reason": error.reason, "folder": known["mailbox.folder"]}
            return Check("mailbox", False, f"check.mailbox.{code}", details)
        return Check("mailbox", True, "check.mailbox", {"user": known["mailbox.user"]})


def _name(known: Settings) -> str:
    return f"{known['mailbox.user']}@{known['mailbox.host']}/{known['mailbox.folder']}"
