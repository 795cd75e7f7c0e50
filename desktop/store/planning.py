"""Helping the databases to a good plan where they would choose a bad one."""

from typing import Any

from sqlalchemy import Text, text
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import Session
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement


class unindexed(FunctionElement[str]):  # noqa: N801  reads like a function of SQL
    """A column by which SQLite must not enter its table: without statistics it takes any index for a good one."""

    inherit_cache = True
    name = "unindexed"
    type = Text()


@compiles(unindexed)
def _as_it_is(element: unindexed, compiler: SQLCompiler, **options: Any) -> str:
    return compiler.process(element.clauses, **options)


@compiles(unindexed, "sqlite")
def _with_sign(element: unindexed, compiler: SQLCompiler, **options: Any) -> str:
    return "+" + compiler.process(element.clauses, **options)


class bytewise(FunctionElement[str]):  # noqa: N801  as above
    """A text column whose values are told apart and not put in order for readers: PostgreSQL would compare each by the
    rules of its language, ten times as slowly.
    """

    inherit_cache = True
    name = "bytewise"
    type = Text()


@compiles(bytewise)
def _without_language(element: bytewise, compiler: SQLCompiler, **options: Any) -> str:
    return compiler.process(element.clauses, **options)


@compiles(bytewise, "postgresql")
def _of_no_language(element: bytewise, compiler: SQLCompiler, **options: Any) -> str:
    return f'({compiler.process(element.clauses, **options)} COLLATE "C")'


def think_big(session: Session) -> None:
    """For the rest of this transaction PostgreSQL may use the memory that counting a city needs, takes a look into an
    index for as cheap as it is on today's disks, and compiles nothing, which would take longer than most answers.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(_THINK_BIG)


_THINK_BIG = text(
    "SELECT set_config('work_mem', '32MB', true), set_config('random_page_cost', '1.1', true),"
    " set_config('jit', 'off', true)"
)
