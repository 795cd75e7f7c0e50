"""Statements over many rows at once, each told to whoever listens to the table."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import bindparam, func, insert, select, text, update
from sqlalchemy.orm import Session

from desktop.store import db
from desktop.store.tables import Base

Row = dict[str, Any]


def insert_rows(session: Session, table: type[Base], rows: Sequence[Row]) -> None:
    if rows:
        session.execute(insert(table.__table__), rows)  # type: ignore[arg-type]  # a Table, typed as FromClause
        db.touch(session, table.__tablename__)


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
