"""The way back from a change of many rows: what stood there before, kept beside it and not in the audit trail."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Date, Table, delete, func, insert, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from desktop.domain.errors import UserError
from desktop.store import db
from desktop.store.rosters import chunks
from desktop.store.tables import (
    Base,
    Child,
    ContactPoint,
    Enrolment,
    Grade,
    Group,
    Guardian,
    Guardianship,
    Homeroom,
    Membership,
    Placement,
    School,
    SchoolYear,
    Undo,
    WaitingContact,
)
from desktop.store.tables.columns import UtcDateTime

UNDONE_WITHIN = timedelta(minutes=10)
_FORGOTTEN_AFTER = timedelta(hours=1)

_PARENTS_FIRST: tuple[type[Base], ...] = (
    School, SchoolYear, Grade, Homeroom, Group, Child, Guardian, Enrolment, Placement, Membership, Guardianship,
    ContactPoint, WaitingContact,
)  # fmt: skip
_FEW = 2000
_EDITED_BY_VERSION = (Child, Guardian)
"""A form may be open on them: going back is a new version of theirs."""

Image = dict[str, Any]
Document = dict[str, Any]


class Ledger:
    """Notes what a change does to rows. `document` then is all that `take_back` needs."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._changed: dict[type[Base], dict[int, Image]] = {}
        self._removed: dict[type[Base], list[Image]] = {}
        self._added: dict[type[Base], list[int]] = {}

    def change(self, table: type[Base], ids: Collection[int]) -> None:
        """These rows are about to be changed."""
        kept = self._changed.setdefault(table, {})
        for image in self.images(table, ids):
            kept.setdefault(image["id"], image)

    def remove(self, table: type[Base], ids: Collection[int]) -> None:
        """Note these rows and remove them."""
        self._removed.setdefault(table, []).extend(self.images(table, ids))
        for chunk in chunks(sorted(ids)):
            _run(self._session, table, delete(_of(table)).where(_of(table).c.id.in_(chunk)))

    def add(self, table: type[Base], ids: Iterable[int]) -> None:
        """These rows are new."""
        self._added.setdefault(table, []).extend(ids)

    def document(self) -> Document:
        """To be asked for when everything is written."""
        self._session.flush()
        return {
            "changed": {
                table.__tablename__: [[image, self._version(table, id_)] for id_, image in images.items()]
                for table, images in self._changed.items()
                if images
            },
            "removed": {table.__tablename__: images for table, images in self._removed.items() if images},
            "added": {table.__tablename__: ranges(ids) for table, ids in self._added.items() if ids},
            "fresh": {
                table.__tablename__: list(self.images(table, ids))
                for table, ids in self._added.items()
                if 0 < len(ids) <= _FEW
            },
        }

    def images(self, table: type[Base], ids: Collection[int]) -> Iterator[Image]:
        """Rows as they stand, fit for JSON."""
        self._session.flush()
        for chunk in chunks(sorted(ids)):
            for row in self._session.execute(select(_of(table)).where(_of(table).c.id.in_(chunk))).mappings():
                yield {name: _plain(value) for name, value in row.items()}

    def _version(self, table: type[Base], id_: int) -> int | None:
        columns = _of(table).c
        if "version" not in columns:
            return None
        return self._session.scalar(select(columns.version).where(columns.id == id_))


def keep(session: Session, verb: str, document: Document) -> int:
    """Keep the way back for a while; the token to ask for it with."""
    now = db.now(session)
    _run(session, Undo, delete(_of(Undo)).where(_of(Undo).c.made_at < now - _FORGOTTEN_AFTER))
    kept = Undo(verb=verb, made_at=now, steps=document)
    session.add(kept)
    session.flush()
    return kept.id


def recent(session: Session, token: int) -> tuple[str, Document]:
    """What was done, and what to take back. Raises UserError("undo.too_late") or UserError("undo.changed")."""
    kept = session.get(Undo, token, with_for_update=True)
    if kept is None:
        raise UserError("undo.changed")
    if db.now(session) - kept.made_at > UNDONE_WITHIN:
        raise UserError("undo.too_late")
    return kept.verb, kept.steps


def forget(session: Session, token: int) -> None:
    """It has been used."""
    _run(session, Undo, delete(_of(Undo)).where(_of(Undo).c.id == token))


def take_back(session: Session, document: Document) -> None:
    """Put every row back as it was, only while nobody has touched one since. Raises UserError("undo.changed")."""
    if not is_untouched(session, document):
        raise UserError("undo.changed")
    restore(session, document)


def restore(session: Session, document: Document) -> None:
    """`take_back` without looking whether anybody has touched the rows."""
    try:
        _restore(session, document)
    except IntegrityError as error:  # something hangs on a new row, or has taken the place of a removed one
        raise UserError("undo.changed") from error


def _restore(session: Session, document: Document) -> None:
    for table in reversed(_PARENTS_FIRST):
        for first, last in document["added"].get(table.__tablename__, ()):
            _run(session, table, delete(_of(table)).where(_of(table).c.id.between(first, last)))
    for table in _PARENTS_FIRST:
        if images := document["removed"].get(table.__tablename__):
            _run(session, table, insert(_of(table)), [_row(table, image) for image in images])
    for table in _PARENTS_FIRST:
        for image, version in document["changed"].get(table.__tablename__, ()):
            values = _row(table, image)
            if table in _EDITED_BY_VERSION:
                values["version"] = version + 1
            _run(session, table, update(_of(table)).where(_of(table).c.id == image["id"]).values(values))


def is_untouched(session: Session, document: Document) -> bool:
    """Every row that was changed or added still stands as the change left it."""
    for table in _PARENTS_FIRST:
        for image, version in document["changed"].get(table.__tablename__, ()):
            if version is not None and _stands(session, table, image["id"]) != version:
                return False
        for first, last in document["added"].get(table.__tablename__, ()):
            if _unchanged(session, table, first, last) != last - first + 1:
                return False
        if not _as_added(session, table, document["fresh"].get(table.__tablename__, ())):
            return False
    return True


def _stands(session: Session, table: type[Base], id_: int) -> int | None:
    columns = _of(table).c
    return session.scalar(select(columns.version).where(columns.id == id_).with_for_update())


def _unchanged(session: Session, table: type[Base], first: int, last: int) -> int:
    """How many of these new rows nobody has changed; a closed membership counts as changed."""
    columns = _of(table).c
    statement = select(func.count()).select_from(_of(table)).where(columns.id.between(first, last))
    if "version" in columns:
        statement = statement.where(columns.version == 1)
    elif "to_date" in columns:
        statement = statement.where(columns.to_date.is_(None))
    return session.scalar(statement) or 0


def _as_added(session: Session, table: type[Base], images: Sequence[Image]) -> bool:
    """These new rows say what they said; SQLite may have given the id of a removed one to another."""
    ledger = Ledger(session)
    now = {image["id"]: image for image in ledger.images(table, [image["id"] for image in images])}
    return all(now.get(image["id"]) == image for image in images)


def end_parts(session: Session, ledger: Ledger, table: type[Placement | Membership], which: object, day: date) -> None:
    """End classes or groups with this day; those that began after it are removed, for they held on no day."""
    lasting = or_(table.to_date.is_(None), table.to_date > day)
    rows = session.execute(select(table.id, table.from_date).where(which, lasting)).all()  # type: ignore[arg-type]  # a condition
    ledger.remove(table, [row.id for row in rows if row.from_date > day])
    ending = [row.id for row in rows if row.from_date <= day]
    ledger.change(table, ending)
    values: dict[str, object] = {"to_date": day}
    if table is Placement:
        values["version"] = Placement.version + 1
    for chunk in chunks(ending):
        session.execute(
            update(table).where(table.id.in_(chunk)).values(values), execution_options={"synchronize_session": False}
        )


def ranges(ids: Sequence[int]) -> list[list[int]]:
    """Ids as [first, last] of each run, for new rows mostly follow each other."""
    found: list[list[int]] = []
    for id_ in sorted(ids):
        if found and id_ == found[-1][1] + 1:
            found[-1][1] = id_
        else:
            found.append([id_, id_])
    return found


def _of(table: type[Base]) -> Table:
    found = table.__table__
    assert isinstance(found, Table)
    return found


def _run(session: Session, table: type[Base], statement: Any, rows: Sequence[Image] | None = None) -> None:
    session.execute(statement, rows) if rows is not None else session.execute(statement)
    db.touch(session, table.__tablename__)


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, date) else value


def _row(table: type[Base], image: Image) -> Image:
    columns = _of(table).c
    return {name: _typed(columns[name].type, value) for name, value in image.items()}


def _typed(type_: object, value: Any) -> Any:
    if not isinstance(value, str):
        return value
    if isinstance(type_, UtcDateTime):
        return datetime.fromisoformat(value)
    return date.fromisoformat(value) if isinstance(type_, Date) else value
