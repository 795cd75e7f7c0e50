"""The one table by which anybody is found as you type."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from sqlalchemy import Select, delete, insert, select
from sqlalchemy.orm import Session

from desktop.domain import names, phones
from desktop.store import db
from desktop.store.tables import SearchKey

CITY = 0
"""The scope in which everybody is found; any other scope is a school's id."""
_LAST = "\U0010ffff"


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
    return {key for key in map(names.search_key, texts) if key}


def query_key(typed: str) -> str:
    """The key to look up for what somebody has typed so far."""
    return phones.phone_query(typed) or names.search_key(typed)


def replace_keys(session: Session, kind: str, entries: Mapping[int, tuple[Collection[int], set[str]]]) -> None:
    """Write anew what these children or guardians are found by: id -> (schools, keys). The city is added here."""
    ids = list(entries)
    for start in range(0, len(ids), 500):
        chunk = ids[start : start + 500]
        session.execute(
            delete(SearchKey).where(SearchKey.kind == kind, SearchKey.ref.in_(chunk)),
            execution_options={"synchronize_session": False},
        )
    add_keys(session, kind, entries)


def add_keys(session: Session, kind: str, entries: Mapping[int, tuple[Collection[int], set[str]]]) -> None:
    """Write the keys of children or guardians that have none yet."""
    rows: list[dict[str, Any]] = [
        {"scope": scope, "key": key, "kind": kind, "ref": ref}
        for ref, (schools, keys) in entries.items()
        for scope in {CITY, *schools}
        for key in keys
    ]
    if rows:
        session.execute(insert(SearchKey.__table__), rows)  # type: ignore[arg-type]  # a Table, typed as FromClause
        db.touch(session, "search_keys")


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
