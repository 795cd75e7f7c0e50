"""Making and upgrading the database, and knowing which version it is."""

import uuid
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, inspect, select, text
from sqlalchemy.orm import Session

from desktop.domain.errors import UserError
from desktop.store import db
from desktop.store.tables import Installation

MIGRATIONS = Path(__file__).parent / "migrations"
HEAD = "0001"
"""The newest migration; a test holds it against the scripts, so that opening a database need not import Alembic."""


def version(engine: Engine) -> str | None:
    """The database's migration, or None where there is none yet."""
    with engine.connect() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return None
        found: str | None = connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one_or_none()
        return found


def require_current(engine: Engine) -> None:
    """Refuse a database that this program does not fit.

    Raises UserError: "database.not_initialised", "database.older" or "database.newer".
    """
    found = version(engine)
    if found is None:
        raise UserError("database.not_initialised")
    if found > HEAD:
        raise UserError("database.newer", found=found, known=HEAD)
    if found < HEAD:
        raise UserError("database.older", found=found, known=HEAD)


def upgrade(engine: Engine, target: str = "head") -> None:
    """Bring the database to `target`, making it if need be. Raises UserError("database.newer")."""
    found = version(engine)
    if found is not None and found > HEAD:
        raise UserError("database.newer", found=found, known=HEAD)
    _alembic(engine, "upgrade", target)


def downgrade(engine: Engine, target: str) -> None:
    _alembic(engine, "downgrade", target)


def _alembic(engine: Engine, direction: str, target: str) -> None:
    from alembic import command, config  # noqa: PLC0415 - slow to import, needed only here

    settings = config.Config()
    settings.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    with engine.begin() as connection:
        settings.attributes["connection"] = connection
        (command.upgrade if direction == "upgrade" else command.downgrade)(settings, target)


def found_installation(session: Session, *, practice: bool) -> None:
    """Write the row by which a new database knows itself; leave an existing one as it is.

    Raises UserError("database.other_mode") when it exists and is of the other mode: practice is fixed for ever.
    """
    existing = session.get(Installation, 1)
    if existing is not None:
        if existing.practice != practice:
            raise UserError("database.other_mode", practice=existing.practice)
        return
    session.add(
        Installation(
            id=1, uuid=uuid.uuid4().hex, practice=practice, location=location(session), created_at=db.now(session)
        )
    )


def is_founded(session: Session) -> bool:
    """Whether the database knows itself yet."""
    return session.get(Installation, 1) is not None


def location(session: Session) -> str:
    """What tells this database from a copy of it.

    Of an embedded one: its file's place, links resolved, and the file's number there. A file that is copied back gets
    another number; VACUUM, checkpoints, backups and other mounts of the same place keep it. Of a shared one: the
    cluster, the database and the table in it, which a restore makes anew though their names stay, and after `@` the
    timeline, which a standby counts on when it takes over. A snapshot of a whole machine takes all of it along.
    """
    if session.get_bind().dialect.name == "postgresql":
        return _shared_location(session)
    file = session.execute(text("SELECT file FROM pragma_database_list WHERE name = 'main'")).scalar_one()
    if not file:
        return "memory"
    path = Path(file).resolve()
    try:
        return f"{path}#{path.stat().st_ino}"
    except OSError:  # taken away while it is open
        return str(path)


def mark(session: Session) -> tuple[int, int]:
    """What changes as soon as a session is at another database: cheap enough to look at with every claim."""
    if session.get_bind().dialect.name == "postgresql":
        driver: Any = session.connection().connection.driver_connection
        return id(driver), driver.info.backend_pid
    try:
        found = Path(session.connection().engine.url.database or "").stat()
    except OSError:  # in memory, or taken away while it is open
        return 0, 0
    return found.st_dev, found.st_ino


_CLUSTER = text("""
    SELECT system_identifier || '/' || (SELECT oid FROM pg_database WHERE datname = current_database()),
        CASE WHEN pg_is_in_recovery() THEN 'standby' ELSE substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8) END
    FROM pg_control_system()
""")


def _shared_location(session: Session) -> str:
    """A connection stays with its database, so the cluster is asked once; the table can be replaced under it, and a
    standby take over.
    """
    known = session.connection().info
    database, timeline = known.get("cluster") or tuple(session.execute(_CLUSTER).one())
    if timeline != "standby":
        known["cluster"] = database, timeline
    table = session.execute(text("SELECT to_regclass('installation')::oid")).scalar_one()
    return f"{database}/{table}@{timeline}"


def same_but_for_timeline(one: str, other: str) -> bool:
    """Whether two locations are one database before and after a standby took over, or was wound back in time."""
    return one != other and "@" in one and one.rpartition("@")[0] == other.rpartition("@")[0]


def installation(session: Session) -> Installation:
    found: Installation | None = session.scalar(select(Installation))
    if found is None:
        raise UserError("database.not_initialised")
    return found
