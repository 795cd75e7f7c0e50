"""Many new rows on their way into their tables.

SQLite knows one writer at a time. So that nobody waits for long, the rows first lie in TEMP tables, which are filled
before the write lock is taken; with it they are only copied within the database, in the order of their keys.
PostgreSQL lets others write meanwhile: there the rows are made when they are copied in.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from desktop.store import db, search
from desktop.store.bulk import driver_values, insert_tuples, roomy, translated
from desktop.store.tables import Base, SearchEntry, SearchKey

Values = tuple[object, ...]
Tick = Callable[[int], None]

_AT_ONCE = 5_000
_NOTHING_FIXED: Mapping[str, str] = {}
_KEYS = ("scope", "key", "kind", "ref")
_ENTRIES = ("kind", "ref", "scopes", "keys")


class Stage:
    """`fill` every table outside the lock, `pour` them in it, parents first.

    `tick(rows)` is told how many rows came in since it was last called, and may raise to give up.
    """

    def __init__(self, session: Session, tick: Tick) -> None:
        self._session = session
        self._tick = tick
        self._sqlite = session.get_bind().dialect.name == "sqlite"
        roomy(session)
        self._waiting: dict[str, tuple[Sequence[str], Iterable[Values]]] = {}

    def fill(self, table: type[Base], columns: Sequence[str], rows: Iterable[Values]) -> None:
        """Rows for a table that is filled once."""
        values = self._counted(driver_values(self._session, table, columns, rows))
        if self._sqlite:
            self._put_aside(table.__tablename__, columns, values)
            values = iter(())
        self._waiting[table.__tablename__] = columns, values

    def pour(self, table: type[Base]) -> None:
        """Bring the table's rows in. Raises UserError("changed_elsewhere") where somebody was quicker."""
        name = table.__tablename__
        columns, rows = self._waiting.pop(name)
        if self._sqlite:
            self._copy_in(name, columns)
        else:
            insert_tuples(self._session, table, columns, rows)

    def fill_search(self, entries: Iterable[tuple[str, int, str, Sequence[str]]]) -> None:
        """What new people are found by: (kind, id, scopes, keys); each scope with each key becomes a search key."""
        rows = self._counted((kind, ref, scopes, _json_list(keys)) for kind, ref, scopes, keys in entries)
        if self._sqlite:
            self._put_aside(SearchEntry.__tablename__, _ENTRIES, rows)
            self._expand()
        self._waiting[SearchEntry.__tablename__] = _ENTRIES, rows

    def pour_search(self) -> None:
        if self._sqlite:
            self.pour(SearchEntry)
            self._copy_in(SearchKey.__tablename__, _KEYS, {"scope": str(search.CITY)})
            self._copy_in(SearchKey.__tablename__, _KEYS, source="staged_school_keys")
            return
        columns, rows = self._waiting.pop(SearchEntry.__tablename__)
        self._run("CREATE TEMP TABLE staged_search_entries (LIKE search_entries) ON COMMIT DROP")
        insert_tuples(self._session, SearchEntry, columns, rows, into="staged_search_entries")
        self._run("INSERT INTO search_entries SELECT * FROM staged_search_entries")
        found = search.expanded(self._session, "staged_search_entries")
        self._run(f"INSERT INTO search_keys (scope, key, kind, ref) {found} ORDER BY 1, 2, 3, 4")
        db.touch(self._session, "search_keys")

    def _put_aside(self, name: str, columns: Sequence[str], rows: Iterator[Values]) -> None:
        self._run(f"CREATE TEMP TABLE staged_{name} ({', '.join(_quoted(columns))})")
        driver: Any = self._session.connection().connection.driver_connection
        marks = ", ".join("?" * len(columns))
        statement = f"INSERT INTO temp.staged_{name} VALUES ({marks})"  # noqa: S608 - our own names
        with translated(self._session, statement):
            driver.executemany(statement, rows)

    def _expand(self) -> None:
        """The keys of the city's scope and those of schools' apart: each sort is a short one.

        Most people are at one school alone; what is behind the city in their scopes is then its id.
        """
        self._run("CREATE TEMP TABLE staged_search_keys (key, kind, ref, schools)")
        self._run(
            "INSERT INTO temp.staged_search_keys SELECT k.value, e.kind, e.ref, substr(e.scopes, 4)"
            " FROM temp.staged_search_entries AS e, json_each(e.keys) AS k ORDER BY 1, 2, 3"
        )
        self._tick(0)
        self._run("CREATE TEMP TABLE staged_school_keys (scope, key, kind, ref)")
        self._run(
            "INSERT INTO temp.staged_school_keys"
            " SELECT CAST(schools AS INTEGER), key, kind, ref FROM temp.staged_search_keys"
            " WHERE schools <> '' AND schools NOT LIKE '% _%'"
            " UNION ALL SELECT s.value, d.key, d.kind, d.ref FROM temp.staged_search_keys AS d,"
            " json_each('[' || replace(trim(d.schools), ' ', ',') || ']') AS s WHERE d.schools LIKE '% _%'"
            " ORDER BY 1, 2, 3, 4"
        )
        self._tick(0)

    def _copy_in(
        self, name: str, columns: Sequence[str], fixed: Mapping[str, str] = _NOTHING_FIXED, source: str = ""
    ) -> None:
        """All staged rows in their order; `fixed` are columns that are the same in each."""
        listed = ", ".join(_quoted(columns))
        found = ", ".join(fixed.get(column) or f'"{column}"' for column in columns)
        source = source or f"staged_{name}"
        statement = f'INSERT INTO "{name}" ({listed}) SELECT {found} FROM temp.{source} ORDER BY rowid'  # noqa: S608 - our own names
        with translated(self._session, statement):
            driver: Any = self._session.connection().connection.driver_connection
            driver.execute(statement)
        db.touch(self._session, name)

    def _run(self, statement: str) -> None:
        self._session.execute(text(statement))

    def _counted(self, rows: Iterable[Values]) -> Iterator[Values]:
        numbered = iter(rows)
        while batch := list(islice(numbered, _AT_ONCE)):
            yield from batch
            self._tick(len(batch))


def _json_list(texts: Sequence[str]) -> str:
    joined = '","'.join(texts)
    plain = joined.isprintable() and "\\" not in joined and joined.count('"') == 2 * len(texts) - 2
    return f'["{joined}"]' if plain and texts else json.dumps(texts)


def _quoted(columns: Sequence[str]) -> list[str]:
    return [f'"{column}"' for column in columns]
