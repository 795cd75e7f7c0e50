"""Many ids at once: out of the database as one value, into it as one parameter.

A row each costs more than the whole query: the driver takes and gives back Python's lock for every one, and while
somebody types in the window each time waits for it.
"""

import json
import sys
from array import array
from collections.abc import Iterable
from typing import Any

from sqlalchemy import ARRAY, BigInteger, ColumnElement, LargeBinary, Select, String, any_, cast, func, literal, select
from sqlalchemy.orm import Session

_BYTES = 8


def ids_of(session: Session, statement: Select[Any]) -> "array[int]":
    """The first column of a statement's rows, in the order in which they come."""
    rows = statement.subquery()
    id_ = rows.c[0]
    if _is_sqlite(session):
        found = bytes.fromhex(session.scalar(select(func.group_concat(func.printf("%016x", id_), ""))) or "")
    else:
        nothing = literal(b"", LargeBinary)
        joined = func.string_agg(func.int8send(id_), nothing, type_=LargeBinary)
        found = bytes(session.scalar(select(joined)) or b"")
    return _from_big_endian(found)


def each_once(ids: "array[int]") -> "array[int]":
    """Of an id that comes again, the first."""
    return ids if len(set(ids)) == len(ids) else array("q", dict.fromkeys(ids))


def among(session: Session, column: Any, ids: Iterable[int]) -> ColumnElement[bool]:
    """The column's value is one of these ids. The statement is the same for any number of them."""
    if _is_sqlite(session):
        each = func.json_each(json.dumps(list(ids))).table_valued("value")
        among_them: ColumnElement[bool] = column.in_(select(each.c.value))
        return among_them
    listed = literal("{" + ",".join(map(str, ids)) + "}", String)
    equal: ColumnElement[bool] = column == any_(cast(listed, ARRAY(BigInteger)))
    return equal


def _is_sqlite(session: Session) -> bool:
    return session.get_bind().dialect.name == "sqlite"


def _from_big_endian(found: bytes) -> "array[int]":
    ids = array("q", found)
    assert ids.itemsize == _BYTES
    if sys.byteorder == "little":
        ids.byteswap()
    return ids
