"""Notices when it is our own mail server that refuses everybody, one recipient after the other."""

import re

from desktop.domain.claims import MailJob
from desktop.domain.deliveries import MailKind, MailOutcome, MailStage
from desktop.domain.mail import domain_of

RECIPIENTS = 5
DOMAINS = 2
"""One receiving system may refuse all of ours; the same words from two are our own server's."""
_MOST_ATTEMPTS = 2
"""A mail that met this so often fails by itself, so that a few that are truly refused never hold all others."""
_UNLIKE = re.compile(r"\S*\d\S*")
"""Numbers and queue ids differ from reply to reply."""

_Answer = tuple[int | None, str, str]


class SameAnswer:
    """The refusals in a row, at one connection's RCPT, that say the same and nothing about the recipient.

    What a claim ends with is settled as it is, so that a few at its end may fail before it shows.
    """

    def __init__(self) -> None:
        self._answer: _Answer | None = None
        self._recipients: set[str] = set()
        self._suspects: list[tuple[MailJob, MailOutcome]] = []

    @property
    def is_ours(self) -> bool:
        """So many people of several systems got the same answer that it is about us."""
        domains = {domain_of(address) for address in self._recipients}
        return len(self._recipients) >= RECIPIENTS and len(domains) >= DOMAINS

    @property
    def is_waiting(self) -> bool:
        """Somebody was refused, and what follows will tell why."""
        return self._answer is not None

    def hear(self, job: MailJob, outcome: MailOutcome) -> list[tuple[MailJob, MailOutcome]]:
        """Take an outcome; gives those that can be settled now. The last few refusals alike wait for what follows."""
        answer = _answer(job, outcome)
        if answer is None or answer != self._answer:
            done = self.let_go()
            self._answer = answer
            self._recipients.clear()
        else:
            done = []
        if answer is None:
            return [*done, (job, outcome)]
        self._recipients.add(job.address)
        self._suspects.append((job, outcome))
        return [*done, *self._again()] if self.is_ours else done

    def let_go(self) -> list[tuple[MailJob, MailOutcome]]:
        """Nothing more follows for now: what was refused is refused."""
        suspects, self._suspects = self._suspects, []
        return suspects

    def _again(self) -> list[tuple[MailJob, MailOutcome]]:
        """They are tried later, like mails that met a busy server."""
        return [(job, outcome._replace(kind=MailKind.DEFERRED)) for job, outcome in self.let_go()]


def _answer(job: MailJob, outcome: MailOutcome) -> _Answer | None:
    about_nobody = outcome.stage is MailStage.RCPT and outcome.reason in {"blocked", "refused"}
    if outcome.kind is not MailKind.REFUSED or not about_nobody or job.attempts >= _MOST_ATTEMPTS:
        return None
    return outcome.code, outcome.reason, _UNLIKE.sub("", outcome.text)
