"""Opening the database and scoping its transactions."""

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine, event, func, select, text
from sqlalchemy.exc import DatabaseError, DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolExhausted
from sqlalchemy.orm import ORMExecuteState, Session, sessionmaker
from sqlalchemy.orm.exc import StaleDataError
from sqlalchemy.pool import NullPool

from desktop.domain.errors import UserError
from desktop.domain.staff import Actor

__all__ = [
    "NOTIFY_CHANNEL",
    "Clock",
    "OnCommit",
    "Session",
    "Store",
    "Touched",
    "actor",
    "hold_time",
    "now",
    "read_payload",
    "touch",
]

Touched = frozenset[tuple[str, int | None]]
"""What a commit wrote: (table, school), with None for rows of no or of several schools."""

OnCommit = Callable[[Touched], None]
Clock = Callable[[], datetime]

NOTIFY_CHANNEL = "renraku"

ASLEEP_AFTER_S = 60.0
"""No transaction of ours does nothing for so long; PostgreSQL ends one that does."""


class Store:
    """The one way to the database: `read()`, `write(actor)` or `bookkeep()`, each a session and its transaction.

    After a commit `on_commit` is told what was written, on the thread that wrote it: what the ORM writes by itself,
    what anything else writes by `touch`. `clock` replaces the database's clock in tests.
    """

    def __init__(
        self,
        url: str,
        on_commit: OnCommit = lambda _touched: None,
        *,
        clock: Clock | None = None,
        busy_seconds: float = 5,
        pool_size: int = 2,
    ) -> None:
        self.url = url
        self.engine = _open(url, busy_seconds, pool_size)
        self.is_sqlite = self.engine.dialect.name == "sqlite"
        self._clock = clock
        self._read = sessionmaker(self.engine, expire_on_commit=False)
        self._write = sessionmaker(self.engine.execution_options(begin="BEGIN IMMEDIATE"), expire_on_commit=False)
        _announce_commits(self._write, on_commit)

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A transaction that only reads."""
        with _worded(), self._read.begin() as session:
            session.info["clock"] = self._clock
            yield session

    @contextmanager
    def write(self, actor: Actor, prepare: Callable[[Session], None] | None = None) -> Iterator[Session]:
        """Commit on leaving, roll back on an exception. What was written must have left an AuditEvent.

        `prepare` may fill TEMP tables before SQLite's one write lock is taken; what it reads may be stale by then.
        Raises UserError("staff.inactive") for somebody who signed in while they still could.
        """
        with _worded(), self._write.begin() as session:
            session.info.update(clock=self._clock, actor=actor, audited=False, audit_required=True)
            if prepare is not None:
                self._prepare(session, prepare)
            _require_active(session, actor)
            yield session

    def _prepare(self, session: Session, prepare: Callable[[Session], None]) -> None:
        if self.is_sqlite:
            session.connection(execution_options={"begin": "BEGIN"})
        prepare(session)
        session.info.pop("written", None)
        if self.is_sqlite:  # TEMP tables are the connection's own: they stay, and only now it takes its turn
            connection = session.connection()
            connection.exec_driver_sql("COMMIT")
            connection.exec_driver_sql("BEGIN IMMEDIATE")

    @contextmanager
    def bookkeep(self, prepare: Callable[[Session], None] | None = None) -> Iterator[Session]:
        """The worker's own writes (leases, outcomes, being alive): the rows themselves are the record.

        What `prepare` reads, and refuses by an exception, does not wait for SQLite's one write lock.
        """
        with _worded(), self._write.begin() as session:
            session.info.update(clock=self._clock, audit_required=False)
            if prepare is not None:
                self._prepare(session, prepare)
            yield session

    def close(self) -> None:
        self.engine.dispose()


def now(session: Session) -> datetime:
    """The time by the database's clock, by which leases and due times are judged; aware, UTC."""
    if clock := session.info.get("clock"):
        replaced: datetime = clock()
        return replaced.astimezone(UTC)
    if session.get_bind().dialect.name == "sqlite":
        return datetime.now(UTC)  # the embedded database runs in this process and has its clock
    moment: datetime = session.execute(select(func.clock_timestamp())).scalar_one()
    return moment.astimezone(UTC)


def hold_time(session: Session, known: datetime | None = None) -> datetime:
    """From here on this transaction has one time: each look at PostgreSQL's clock is a round trip.

    `known`: what a statement of this transaction has just read from that clock.
    """
    moment = now(session) if known is None or session.info.get("clock") else known.astimezone(UTC)
    session.info["clock"] = lambda: moment
    return moment


def actor(session: Session) -> Actor:
    """Who acts in this transaction."""
    acting: Actor = session.info["actor"]
    return acting


def _require_active(session: Session, actor: Actor) -> None:
    if actor.staff_id is None:
        return
    login = session.scalar(text("SELECT login FROM staff WHERE id = :id AND NOT active"), {"id": actor.staff_id})
    if login is not None:
        raise UserError("staff.inactive", login=login)


def touch(session: Session, *tables: str, school: int | None = None) -> None:
    """Say that a statement the session cannot see through (Core, INSERT … SELECT, text) writes these tables."""
    _written(session).update((table, school) for table in tables)


def _written(session: Session) -> set[tuple[str, int | None]]:
    written: set[tuple[str, int | None]] = session.info.setdefault("written", set())
    return written


def _open(url: str, busy_seconds: float, pool_size: int) -> Engine:
    """An engine whose errors do not repeat the values of a statement: those are people's names and addresses."""
    if url.startswith("sqlite"):
        return _open_sqlite(url, busy_seconds)
    engine = create_engine(
        url, pool_pre_ping=True, pool_size=pool_size, max_overflow=0, pool_timeout=30, hide_parameters=True
    )

    @event.listens_for(engine, "connect")
    def _limit(connection: Any, _record: object) -> None:
        """A computer that falls asleep within a transaction must not keep everybody else from its rows."""
        connection.execute(f"SET idle_in_transaction_session_timeout = {round(ASLEEP_AFTER_S * 1000)}")
        connection.commit()

    return engine


def _open_sqlite(url: str, busy_seconds: float) -> Engine:
    """SQLite with its transactions spelled out.

    Left to itself the driver starts a transaction at the first write only, so that what was read before it may be
    stale by then; a writer must hold the write lock from its first read.
    """
    engine = create_engine(url, poolclass=NullPool, connect_args={"timeout": busy_seconds}, hide_parameters=True)
    stood = False

    @event.listens_for(engine, "do_connect")
    def _make_private(
        _dialect: object, _record: object, arguments: list[str], named: dict[str, Any]
    ) -> sqlite3.Connection | None:
        """A new file is its owner's alone, wherever it lies. It must not be opened if it is there: closing it again
        would let go of every lock that this process has on it.

        What has stood once is never made anew: a drive that is away for a moment would come back beside an empty one.
        """
        if stood:
            return connect_existing(arguments[0], **named)
        with suppress(OSError):
            os.close(os.open(arguments[0], os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        return None

    @event.listens_for(engine, "connect")
    def _configure(connection: Any, _record: object) -> None:
        nonlocal stood
        stood = True
        connection.isolation_level = None
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA foreign_keys=ON")
        connection.execute("PRAGMA synchronous=FULL")

    @event.listens_for(engine, "begin")
    def _begin(connection: Any) -> None:
        connection.exec_driver_sql(connection.get_execution_options().get("begin", "BEGIN"))

    return engine


def connect_existing(file: str, **options: Any) -> sqlite3.Connection:
    """Open an embedded database that must be there already; raises sqlite3.OperationalError where it is not."""
    connection: sqlite3.Connection = sqlite3.connect(f"{Path(file).absolute().as_uri()}?mode=rw", uri=True, **options)
    return connection


@contextmanager
def _worded() -> Iterator[None]:
    """Turn what a person can put right about the database itself into UserError."""
    try:
        yield
    except StaleDataError as error:
        raise UserError("changed_elsewhere") from error
    except PoolExhausted as error:
        raise UserError("database.busy") from error
    except (OperationalError, InterfaceError) as error:
        if _is_bug(error):
            raise
        raise UserError(_trouble(error)) from error
    except UnicodeEncodeError as error:
        raise UserError("text.broken") from error
    except DatabaseError as error:
        if (code := _refused(error)) is None:
            raise
        raise UserError(code) from error


def _is_bug(error: DBAPIError) -> bool:
    """SQLite calls a wrong statement an operational error, too."""
    said = str(error.orig).lower()
    return "no such column" in said or "syntax error" in said


def _trouble(error: DBAPIError) -> str:
    said = str(error.orig).lower()
    if "locked" in said or "busy" in said or "lock timeout" in said:
        return "database.busy"
    if "full" in said or "no space left" in said:
        return "database.full"
    if "no such table" in said:
        return "database.not_initialised"
    if "readonly" in said or "read-only" in said:
        return "database.read_only"
    return "database.unavailable"


def _refused(error: DatabaseError) -> str | None:
    """What a person can put right about a file that is no database (any more), or a text that none can keep."""
    said = str(error.orig).lower()
    if "not a database" in said or "malformed" in said:
        return "database.damaged"
    if "read-only transaction" in said:  # what was the database until now is a standby
        return "database.read_only"
    if "terminating connection" in said:  # this computer slept within a transaction
        return "database.unavailable"
    return "text.broken" if "nul (0x00)" in said or "unicode escape" in said or "surrogate" in said else None


def _announce_commits(sessions: sessionmaker[Session], on_commit: OnCommit) -> None:
    @event.listens_for(sessions, "after_flush")
    def _flushed(session: Session, _context: object) -> None:
        for row in (*session.new, *session.dirty, *session.deleted):
            _written(session).add((row.__tablename__, getattr(row, "school_id", None)))

    @event.listens_for(sessions, "do_orm_execute")
    def _executed(state: ORMExecuteState) -> None:
        if state.is_insert or state.is_update or state.is_delete:
            _written(state.session).update((mapper.class_.__tablename__, None) for mapper in state.all_mappers)

    @event.listens_for(sessions, "before_commit")
    def _before(session: Session) -> None:
        session.flush()
        written = _written(session)
        if written and session.info.get("audit_required") and not session.info.get("audited"):
            raise RuntimeError(f"a write to {sorted({table for table, _ in written})} left no audit event")
        if written and session.get_bind().dialect.name == "postgresql":
            session.connection().execute(_NOTIFY, {"c": NOTIFY_CHANNEL, "p": _payload(written)})

    @event.listens_for(sessions, "after_commit")
    def _committed(session: Session) -> None:
        if written := session.info.pop("written", None):
            on_commit(frozenset(written))

    @event.listens_for(sessions, "after_rollback")
    def _rolled_back(session: Session) -> None:
        session.info.pop("written", None)


_NOTIFY = text("SELECT pg_notify(:c, :p)")


def _payload(written: set[tuple[str, int | None]]) -> str:
    """`table:school table:` …; a note longer than PostgreSQL takes (8,000 bytes) names the tables only."""
    whole = " ".join(sorted(f"{table}:{school or ''}" for table, school in written))
    return whole if len(whole) < 7900 else " ".join(sorted({f"{table}:" for table, _ in written}))


def read_payload(payload: str) -> Touched:
    """The inverse of what a commit on PostgreSQL notifies."""
    pairs = (note.partition(":") for note in payload.split())
    return frozenset((table, int(school) if school else None) for table, _, school in pairs)
