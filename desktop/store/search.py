"""The one table by which anybody is found as you type."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, String, bindparam, cast, delete, exists, insert, select, text
from sqlalchemy.orm import Session

from desktop.domain import names, phones
from desktop.store import db
from desktop.store.tables import SearchEntry, SearchKey

CITY = 0
"""The scope in which everybody is found; any other scope is a school's id."""
_LAST = "\U0010ffff"
_COLUMNS = ("scope", "key", "kind", "ref")
_CHUNK = 500

KeyRow = tuple[int, str, str, int]


def child_keys(family: str, given: str, family_kana: str, given_kana: str, codes: Iterable[str] = ()) -> set[str]:
    """What a child is found by: names, kana, and the codes and numbers it has at its school."""
    return _name_keys(family, given, family_kana, given_kana) | {names.search_key(code) for code in codes if code}


def guardian_keys(
    family: str, given: str, family_kana: str, given_kana: str, numbers: Iterable[str], mails: Iterable[str]
) -> set[str]:
    """What a guardian is found by: names, kana, telephone numbers (whole, last 8, last 4) and mail addresses."""
    keys = _name_keys(family, given, family_kana, given_kana)
    for number in numbers:
        keys.update(phones.phone_keys(number))
    return keys | {names.search_key(mail) for mail in mails}


def _name_keys(family: str, given: str, family_kana: str, given_kana: str) -> set[str]:
    texts = (family + given, given + family, family_kana + given_kana, given_kana)  # the given name begins one of them
    if names.is_folded(texts[0] + texts[2]):
        return set(filter(None, texts))
    return {key for key in map(names.search_key, texts) if key}


def query_key(typed: str) -> str:
    """The key to look up for what somebody has typed so far."""
    return phones.phone_query(typed) or names.search_key(typed)


def replace_keys(session: Session, kind: str, entries: Mapping[int, tuple[Collection[int], set[str]]]) -> None:
    """Write anew what these children or guardians are found by: id -> (schools, keys). The city is added here.

    What stays as it is costs no write.
    """
    wanted = {ref: _entry(schools, keys) for ref, (schools, keys) in entries.items()}
    ids = sorted(wanted)
    for start in range(0, len(ids), _CHUNK):
        chunk = ids[start : start + _CHUNK]
        found = session.execute(
            select(SearchEntry.ref, SearchEntry.scopes, SearchEntry.keys).where(
                SearchEntry.kind == kind, SearchEntry.ref.in_(chunk)
            )
        )
        former: dict[int, tuple[str, list[str]]] = {ref: (scopes, keys) for ref, scopes, keys in found}
        _rewrite(session, kind, {ref: wanted[ref] for ref in chunk if wanted[ref] != former.get(ref)}, former)


def _rewrite(
    session: Session, kind: str, wanted: Mapping[int, tuple[str, list[str]]],
    former: Mapping[int, tuple[str, list[str]]],
) -> None:  # fmt: skip
    changed = [ref for ref in wanted if ref in former]
    before = {row for ref in changed for row in _rows(kind, ref, *former[ref])}
    after = {row for ref, entry in wanted.items() for row in _rows(kind, ref, *entry)}
    columns = SearchKey.__table__.c
    if gone := sorted(before - after):
        exactly = [columns[name] == bindparam(f"old_{name}") for name in _COLUMNS]
        names = [f"old_{name}" for name in _COLUMNS]
        statement = SearchKey.__table__.delete().where(*exactly)  # type: ignore[attr-defined]  # a Table
        session.execute(statement, [dict(zip(names, row, strict=True)) for row in gone])
        db.touch(session, "search_keys")
    if changed:
        session.execute(
            delete(SearchEntry).where(SearchEntry.kind == kind, SearchEntry.ref.in_(changed)),
            execution_options={"synchronize_session": False},
        )
    _insert(session, kind, wanted, sorted(after - before))


def add_keys(session: Session, kind: str, entries: Mapping[int, tuple[Collection[int], set[str]]]) -> None:
    """Write the keys of children or guardians that have none yet."""
    wanted = {ref: _entry(schools, keys) for ref, (schools, keys) in entries.items()}
    _insert(session, kind, wanted, [row for ref, entry in wanted.items() for row in _rows(kind, ref, *entry)])


def _insert(session: Session, kind: str, entries: Mapping[int, tuple[str, list[str]]], rows: Sequence[KeyRow]) -> None:
    if entries:
        listed = [{"kind": kind, "ref": ref, "scopes": scopes, "keys": keys} for ref, (scopes, keys) in entries.items()]
        session.connection().execute(_INSERT_ENTRY, listed)
    if rows:
        session.connection().execute(_INSERT_KEY, [dict(zip(_COLUMNS, row, strict=True)) for row in rows])
        db.touch(session, "search_keys")


_INSERT_ENTRY = insert(SearchEntry.__table__)  # type: ignore[arg-type]  # a Table, typed as FromClause
_INSERT_KEY = insert(SearchKey.__table__)  # type: ignore[arg-type]  # as above


def remove(session: Session, kind: str, first: int, last: int) -> None:
    """Forget what everybody with an id from `first` to `last` is found by."""
    one_kind = {"kind": kind, "first": first, "last": last}
    theirs = "kind = :kind AND ref BETWEEN :first AND :last"
    keys = expanded(session, "search_entries", theirs)
    session.execute(text(f"DELETE FROM search_keys WHERE (scope, key, kind, ref) IN ({keys})"), one_kind)  # noqa: S608 - our own names
    session.execute(text(f"DELETE FROM search_entries WHERE {theirs}"), one_kind)  # noqa: S608 - our own names
    db.touch(session, "search_keys")


def expanded(session: Session, entries: str, which: str = "true") -> str:
    """A query for the search keys that entries of a table come to."""
    if session.get_bind().dialect.name == "postgresql":
        scopes, keys = "unnest(string_to_array(trim(e.scopes), ' '))", "jsonb_array_elements_text(e.keys)"
        columns, tables = "s.value::bigint, k.value", f"{scopes} AS s(value), {keys} AS k(value)"
    else:
        scopes = "json_each('[' || replace(trim(e.scopes), ' ', ',') || ']')"
        columns, tables = "s.value, k.value", f"{scopes} AS s, json_each(e.keys) AS k"
    chosen = f"SELECT kind, ref, scopes, keys FROM {entries} WHERE {which}"  # noqa: S608 - our own names
    return f"SELECT {columns}, e.kind, e.ref FROM ({chosen}) AS e, {tables}"  # noqa: S608 - our own names


def scopes_text(schools: Iterable[int]) -> str:
    """The scopes of an entry: these schools' and the city's."""
    return f" {' '.join(map(str, sorted({CITY, *schools})))} "


def found_at(ref: Any, kind: str, school_id: Any) -> ColumnElement[bool]:
    """A school still finds this person; both are columns of the query it stands in."""
    school = "% " + cast(school_id, String) + " %"
    return exists(
        select(SearchEntry.ref).where(SearchEntry.kind == kind, SearchEntry.ref == ref, SearchEntry.scopes.like(school))
    )


def _entry(schools: Iterable[int], keys: Iterable[str]) -> tuple[str, list[str]]:
    return scopes_text(schools), sorted(keys)


def _rows(kind: str, ref: int, scopes: str, keys: Iterable[str]) -> Iterator[KeyRow]:
    listed = list(keys)
    return ((int(scope), key, kind, ref) for scope in scopes.split() for key in listed)


def refs(typed: str, kind: str, scopes: Collection[int] | None) -> Select[int] | None:
    """The ids whose keys begin with what was typed, as a query to build on; None where nothing to look for is typed.

    `scopes` None means the whole city.
    """
    key = query_key(typed)
    if not key:
        return None
    wanted = {CITY} if scopes is None else set(scopes)
    return select(SearchKey.ref).where(
        SearchKey.scope.in_(wanted), SearchKey.key >= key, SearchKey.key < key + _LAST, SearchKey.kind == kind
    )


def find(session: Session, typed: str, kind: str, scopes: Collection[int] | None, limit: int = 200) -> list[int]:
    """The ids whose keys begin with what was typed, in the order of the keys; `scopes` None means the whole city.

    Somebody found by two keys stands once. An empty text finds nobody.
    """
    found = refs(typed, kind, scopes)
    if found is None:
        return []
    return list(dict.fromkeys(session.scalars(found.order_by(SearchKey.key).limit(limit))))
