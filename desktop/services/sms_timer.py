"""The three-day rule (B8): an initial password that nobody changed goes, and the next one is sent; in the end the
account locks.

72 hours count from the moment at which the gateway took the text with the current password; while no text has been
taken, nothing counts. Then the password is good for nothing: the log-in sees to that by itself, whether a worker runs
or not. The step that follows (the next password and its text, or the lock) is one transaction and is made once,
however many workers look: whoever comes second finds an issue that has not been sent. A worker that was away for long
makes one step, and the next counts from the sending of its text.

It is the database's clock that counts, in UTC: zones and summer time change nothing. A clock that leaps ahead brings
the next step forward by as much, and that one alone: what follows counts from a sending by the new clock. One that
goes back puts it off by as much, yet nothing ever counts for longer than 72 hours from now. No step is taken back.
"""

from desktop.domain.sms import MOST_REISSUES, LockReason, ReviewReason, Template
from desktop.domain.staff import WORKER
from desktop.services.sms_text import wording_of
from desktop.store import audit, db, settings, sms_accounts, sms_replies, sms_reviews
from desktop.store.db import Session, Store
from desktop.store.deliveries.workers import may_send
from desktop.store.sms_accounts import Issued
from desktop.store.sms_replies import NewReply

MOST_AT_ONCE = 100


class SmsTimer:
    """The worker's. It stands still in a database that was copied and is not released, and where nobody texts."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def due(self, most: int = MOST_AT_ONCE) -> list[int]:
        """Accounts whose next step is to be made, the oldest first."""
        with self._store.read() as session:
            if not settings.load(session)["sms.enabled"] or not may_send(session):
                return []
            is_ahead = sms_accounts.is_ahead(session)
            found = sms_accounts.expiring(session, most)
        if is_ahead:
            with self._store.bookkeep() as session:
                sms_accounts.pull_in(session)
        return found

    def step(self, account_id: int) -> bool:
        """Whether it was still to be made, by whoever holds the account now."""
        with self._store.write(WORKER) as session:
            held = sms_accounts.lock_row(session, account_id)
            if not held.is_over(db.now(session)):
                return False
            if held.reissues < MOST_REISSUES:
                _issue_anew(session, held)
            else:
                _lock(session, held)
            return True

    def run(self) -> int:
        """Make the steps that are due; says how many were made."""
        return sum(self.step(account_id) for account_id in self.due())


def _issue_anew(session: Session, held: Issued) -> None:
    anew = sms_accounts.issue_anew(session, held, reissues=held.reissues + 1)
    wording = wording_of(settings.load(session), Template.REISSUED)
    sms_replies.put(session, NewReply(Template.REISSUED, wording, held.login, None, held.account_id, anew.issue))
    audit.record(session, "reissued_by_timer", "account", held.account_id, issue=anew.issue, reissues=anew.reissues)


def _lock(session: Session, held: Issued) -> None:
    """Twelve days without a change: a person looks, and nobody is texted."""
    sms_accounts.lock(session, held.account_id, LockReason.UNCHANGED)
    sms_reviews.ask(
        session, ReviewReason.UNCHANGED, f"account {held.account_id}",
        message_id=held.message_id, account_id=held.account_id,
    )  # fmt: skip
    audit.record(session, "locked_unchanged", "account", held.account_id)
