"""Everything that can happen while two workers send, by chance: the seed says what."""

import random
import signal
import threading
from collections.abc import Callable

from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

from tests.faults.harness import Families, everything_went_out, unfinished
from tests.faults.processes import Running, Yard
from tests.sending import Post, wait_for
from tests.stand_ins import CLOSE, HANG, Fault, LineServer, ScriptedSmtp, SmtpScript

MAIL_MOODS = [
    SmtpScript(),
    SmtpScript(pause_s=0.02),
    SmtpScript(replies={"BODY": ["250 Ok", CLOSE]}),
    SmtpScript(replies={"BODY": ["250 Ok", "250 Ok", HANG]}),
    SmtpScript(replies={"RCPT": ["451 4.7.1 Greylisted", "250 Ok"]}),
    SmtpScript(replies={"GREETING": "421 4.3.2 Too many"}),
    SmtpScript(replies={"MAIL": "250 Ok", "DATA": ["354 Go", CLOSE]}),
    SmtpScript(close_after_received=700),
    SmtpScript(close_after_sent=200),
]
LINE_MOODS = [
    Fault(accepts=True, closes=True),
    Fault(accepts=True, cut=9),
    Fault(closes=True),
    Fault(500, accepts=True),
    Fault(503),
    Fault(429),
    Fault(401),
]
WORKERS = ("one", "two")


class CapriciousSmtp(ScriptedSmtp):
    """Each connection meets the mood of the moment."""

    mood = SmtpScript()

    def script_of(self, connection: int) -> SmtpScript:
        return self.mood


class Mayhem:
    """`rage` lets things happen to an office, then everybody is well, and everything must go out."""

    def __init__(self, post: Post, families: Families, yards: Yard, chance: random.Random) -> None:
        self._post, self._families, self._yards, self._chance = post, families, yards, chance
        self._workers: dict[str, Running] = {}
        self._asleep: set[str] = set()
        self.happened: list[str] = []

    def rage(self, events: int) -> None:
        with CapriciousSmtp() as self._mail, LineServer() as self._line:
            self._post.channels.line_seconds = 0.5
            self._post.use_mail(self._mail)
            self._post.use_line(self._line)
            self._line.clock = self._yards.time
            self._new_notice()
            for _ in range(events):
                self._look_after_workers()
                threading.Event().wait(self._chance.uniform(0.02, 0.4))
                act = self._chance.choice(self._deeds())
                self.happened.append(act.__name__.strip("_"))
                act()
            self._calm()
        everything_went_out(self._post)

    def _deeds(self) -> list[Callable[[], None]]:
        deeds = [self._kill, self._kill, self._put_to_sleep, self._wake, self._let_go, self._new_notice]
        deeds += [self._mail_mood, self._mail_mood, self._line_mood, self._line_mood]
        return deeds if self._post.store.is_sqlite else [*deeds, self._cut_connections]

    def _look_after_workers(self) -> None:
        for name in WORKERS:
            if name not in self._workers or not self._workers[name].is_alive:
                self._asleep.discard(name)
                self._workers[name] = self._yards.start(name)

    def _any(self) -> str:
        return self._chance.choice(WORKERS)

    def _kill(self) -> None:
        self._workers[self._any()].kill()

    def _put_to_sleep(self) -> None:
        name = self._any()
        self._workers[name].put_to_sleep(self._post.store)
        self._asleep.add(name)

    def _wake(self) -> None:
        for name in self._asleep:
            self._workers[name].send(signal.SIGCONT)
        self._asleep.clear()

    def _let_go(self) -> None:
        awake = [name for name in WORKERS if name not in self._asleep]
        if awake:
            self._workers[self._chance.choice(awake)].end()

    def _new_notice(self) -> None:
        self._families.notice(
            mails=self._chance.randrange(40), lines=self._chance.randrange(1, 20), urgent=self._chance.random() < 0.3
        )

    def _mail_mood(self) -> None:
        self._mail.mood = self._chance.choice(MAIL_MOODS)

    def _line_mood(self) -> None:
        self._line.faults.append(self._chance.choice(LINE_MOODS))

    def _cut_connections(self) -> None:
        engine = create_engine(self._post.store.engine.url, poolclass=NullPool)
        with engine.connect() as connection:
            others = "pid <> pg_backend_pid() AND datname = current_database()"
            connection.execute(text(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {others}"))
        engine.dispose()

    def _calm(self) -> None:
        """Everybody is well, and time goes by."""
        self._mail.mood = SmtpScript()
        self._line.faults.clear()
        self._wake()
        wait_for(self._is_done, 60)
        self._families.notice(mails=1, lines=1)  # whoever stood still is seen to work again
        wait_for(self._is_done, 60)
        for name in WORKERS:  # one may have died of what happened last; the next settles what it left
            while not self._workers[name].end():
                self._workers[name] = self._yards.start(name)

    def _is_done(self) -> bool:
        self._look_after_workers()
        return not unfinished(self._post.store)
