"""Statements are compiled once per test process, as they are once in a program that runs all day.

Every test has a database of its own, and so an engine that would compile each statement anew: it took nearly half of
what the tests of services took. The dialects here are SQLAlchemy's own, but all of a kind count as one: what was
compiled for one engine serves the next. All servers of a process are of one version.
"""

from typing import Any, ClassVar

from sqlalchemy import Engine
from sqlalchemy.dialects import registry
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.util import LRUCache


class _OneOfItsKind:
    compiled: ClassVar[LRUCache[Any, Any]]

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other)

    def __hash__(self) -> int:
        return hash(type(self))

    @classmethod
    def engine_created(cls, engine: Engine) -> None:
        engine._compiled_cache = cls.compiled


class SharedSqlite(_OneOfItsKind, SQLiteDialect_pysqlite):
    supports_statement_cache = True
    compiled = LRUCache(4000)


class SharedPostgresql(_OneOfItsKind, PGDialect_psycopg):
    supports_statement_cache = True
    compiled = LRUCache(4000)


def share() -> None:
    """From now on, for every engine that is made in this process."""
    registry.register("sqlite", __name__, SharedSqlite.__name__)
    registry.register("postgresql.psycopg", __name__, SharedPostgresql.__name__)
