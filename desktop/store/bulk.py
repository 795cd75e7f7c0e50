"""Statements over many rows at once, each told to whoever listens to the table."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache
from json import JSONEncoder
from typing import Any

from sqlalchemy import JSON, Date, bindparam, func, select, text, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from desktop.domain.errors import UserError
from desktop.store import db
from desktop.store.tables import Base
from desktop.store.tables.columns import UtcDateTime

Row = dict[str, Any]
_DAYS = 20_000
# No escape for every letter that is not Latin: half the bytes.
_json = JSONEncoder(ensure_ascii=False, check_circular=False, separators=(",", ":")).encode


def roomy(session: Session) -> None:
    """Let SQLite keep more of its indexes in memory while this connection, which has only one use, writes much."""
    if session.get_bind().dialect.name == "sqlite":
        session.execute(text("PRAGMA cache_size = -131072"))


def refresh_statistics(session: Session) -> None:
    """Let PostgreSQL's planner know at once of many new rows; its own housekeeping may take a minute."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("ANALYZE"))


def insert_rows(session: Session, table: type[Base], rows: Sequence[Row]) -> None:
    """Insert rows that all have the same fields; the database fills in the others."""
    if not rows:
        return
    columns = tuple(rows[0])
    values = (tuple(row[name] for name in columns) for row in rows)
    insert_tuples(session, table, columns, driver_values(session, table, columns, values))


def insert_tuples(
    session: Session, table: type[Base], columns: Sequence[str], tuples: Iterable[tuple[object, ...]], *, into: str = ""
) -> None:
    """Insert values as the driver takes them, by the fastest way of either database; `into` a table like this one.

    Raises UserError("changed_elsewhere") where somebody was quicker to insert the same.
    """
    name = into or table.__tablename__
    listed = ", ".join(f'"{column}"' for column in columns)
    connection = session.connection()
    driver: Any = connection.connection.driver_connection
    if connection.dialect.name == "postgresql":
        statement = f'COPY "{name}" ({listed}) FROM STDIN'
        with translated(session, statement):
            _copy(driver, statement, tuples)
    else:
        marks = ", ".join("?" * len(columns))
        statement = f'INSERT INTO "{name}" ({listed}) VALUES ({marks})'  # noqa: S608 - names of our own tables
        with translated(session, statement):
            driver.executemany(statement, tuples)
    db.touch(session, table.__tablename__)


@contextmanager
def translated(session: Session, statement: str) -> Iterator[None]:
    """The driver's own errors as SQLAlchemy's, which the store puts into words."""
    errors = session.connection().dialect.loaded_dbapi
    try:
        yield
    except errors.IntegrityError as error:
        raise UserError("changed_elsewhere") from error
    except errors.OperationalError as error:
        raise OperationalError(statement, None, error, hide_parameters=True) from error


def _copy(driver: Any, statement: str, tuples: Iterable[tuple[object, ...]]) -> None:
    with driver.cursor() as cursor, cursor.copy(statement) as copy:
        for row in tuples:
            copy.write_row(row)


def driver_values(
    session: Session, table: type[Base], columns: Sequence[str], rows: Iterable[tuple[object, ...]]
) -> Iterable[tuple[object, ...]]:
    """Rows with their values as the driver of this database wants them."""
    processed = [(at, each) for at, each in enumerate(_processors(session, table, columns)) if each]
    return _processed(rows, processed) if processed else rows


def _processed(
    rows: Iterable[tuple[object, ...]], processed: Sequence[tuple[int, Callable[[Any], Any]]]
) -> Iterator[tuple[object, ...]]:
    for row in rows:
        values = list(row)
        for at, process in processed:
            values[at] = process(values[at])
        yield tuple(values)


def _processors(session: Session, table: type[Base], columns: Sequence[str]) -> list[Callable[[Any], Any] | None]:
    """How the driver of this database wants the values of each column. Days and moments come again and again."""
    dialect = session.get_bind().dialect
    found: list[Callable[[Any], Any] | None] = []
    for name in columns:
        type_ = table.__table__.c[name].type
        own = type_.dialect_impl(dialect).bind_processor(dialect)
        process: Callable[[Any], Any] | None = _json if isinstance(type_, JSON) else own
        often = isinstance(type_, (Date, UtcDateTime))
        found.append(lru_cache(maxsize=_DAYS)(process) if often and process else process)
    return found


def new_ids(session: Session, table: type[Base], number: int) -> Sequence[int]:
    """Ids for rows to come. On SQLite they are those after the last one: ours as long as nobody writes meanwhile."""
    if not number:
        return ()
    if session.get_bind().dialect.name == "postgresql":
        statement = text("SELECT nextval(pg_get_serial_sequence(:name, 'id')) FROM generate_series(1, :number)")
        return session.scalars(statement, {"name": table.__tablename__, "number": number}).all()
    last = highest(session, table)
    return range(last + 1, last + 1 + number)


def highest(session: Session, table: type[Base]) -> int:
    return session.scalar(select(func.max(table.__table__.c.id))) or 0


def update_rows(session: Session, table: type[Base], changes: Mapping[int, Mapping[str, Any]]) -> None:
    """Change rows by id, each with its own fields, and move their versions on."""
    alike: dict[frozenset[str], list[Row]] = {}
    for id_, values in changes.items():
        row = {f"new_{name}": value for name, value in values.items()} | {"row_id": id_}
        alike.setdefault(frozenset(values), []).append(row)
    columns = table.__table__.c
    for names, rows in alike.items():
        new: Row = {name: bindparam(f"new_{name}", type_=columns[name].type) for name in names}
        statement = update(table.__table__).where(columns.id == bindparam("row_id"))  # type: ignore[arg-type]  # a Table
        session.execute(statement.values(new | {"version": columns.version + 1}), rows)
        db.touch(session, table.__tablename__)
