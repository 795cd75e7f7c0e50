"""Statements over many rows at once, each told to whoever listens to the table."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from operator import itemgetter
from typing import Any

from sqlalchemy import Date, bindparam, func, select, text, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from desktop.domain.errors import UserError
from desktop.store import db
from desktop.store.tables import Base
from desktop.store.tables.columns import UtcDateTime

Row = dict[str, Any]
_DAYS = 20_000


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
    processed = [(name, process) for name, process in zip(columns, _processors(session, table, columns), strict=True)]
    values: Iterable[tuple[object, ...]]
    if any(process for _, process in processed):
        values = (tuple(process(row[name]) if process else row[name] for name, process in processed) for row in rows)
    else:
        values = map(itemgetter(*columns), rows)
    insert_tuples(session, table, columns, values)


def insert_tuples(
    session: Session, table: type[Base], columns: Sequence[str], tuples: Iterable[tuple[object, ...]]
) -> None:
    """Insert values as the driver takes them, by the fastest way of either database.

    Raises UserError("changed_elsewhere") where somebody was quicker to insert the same.
    """
    name = table.__tablename__
    listed = ", ".join(f'"{column}"' for column in columns)
    connection = session.connection()
    driver: Any = connection.connection.driver_connection
    errors = connection.dialect.loaded_dbapi
    statement = f'COPY "{name}" ({listed}) FROM STDIN'
    try:
        if connection.dialect.name == "postgresql":
            _copy(driver, statement, tuples)
        else:
            marks = ", ".join("?" * len(columns))
            statement = f'INSERT INTO "{name}" ({listed}) VALUES ({marks})'  # noqa: S608 - names of our own tables
            driver.executemany(statement, tuples)
    except errors.IntegrityError as error:
        raise UserError("changed_elsewhere") from error
    except errors.OperationalError as error:
        raise OperationalError(statement, None, error, hide_parameters=True) from error
    db.touch(session, name)


def _copy(driver: Any, statement: str, tuples: Iterable[tuple[object, ...]]) -> None:
    with driver.cursor() as cursor, cursor.copy(statement) as copy:
        for row in tuples:
            copy.write_row(row)


def _processors(session: Session, table: type[Base], columns: Sequence[str]) -> list[Callable[[Any], Any] | None]:
    """How the driver of this database wants the values of each column. Days and moments come again and again."""
    dialect = session.get_bind().dialect
    found: list[Callable[[Any], Any] | None] = []
    for name in columns:
        type_ = table.__table__.c[name].type
        process = type_.dialect_impl(dialect).bind_processor(dialect)
        often = isinstance(type_, (Date, UtcDateTime))
        found.append(lru_cache(maxsize=_DAYS)(process) if often and process else process)
    return found


def insert_numbered(session: Session, table: type[Base], rows: Sequence[tuple[int, Row]]) -> dict[int, int]:
    """Insert rows that others will point at: planned id -> id."""
    ids = dict(zip((ref for ref, _ in rows), _new_ids(session, table, len(rows)), strict=True))
    insert_rows(session, table, [{"id": ids[ref]} | row for ref, row in rows])
    return ids


def _new_ids(session: Session, table: type[Base], number: int) -> Iterable[int]:
    """Ids for rows to come: from the sequence on PostgreSQL, after the last one where the write lock is ours."""
    if not number:
        return []
    if session.get_bind().dialect.name == "postgresql":
        statement = text("SELECT nextval(pg_get_serial_sequence(:name, 'id')) FROM generate_series(1, :number)")
        return session.scalars(statement, {"name": table.__tablename__, "number": number}).all()
    last = session.scalar(select(func.max(table.__table__.c.id))) or 0
    return range(last + 1, last + 1 + number)


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
