"""Who may do what to a notice: the questions that every use case about notices asks first."""

from collections.abc import Iterable, Mapping
from datetime import date

from desktop.domain.audience import Audience, Part
from desktop.domain.errors import UserError
from desktop.domain.notice_life import NoticeFacts
from desktop.domain.staff import CITY, Actor, Scope, ScopeKind, Verb, may, may_somewhere, school_scope
from desktop.services.permission import require
from desktop.store import notices, places
from desktop.store.db import Session
from desktop.store.places import Place


def may_see(actor: Actor, verb: Verb, school_id: int | None, day: date) -> bool:
    """A school's notice is for those of the school; the city's are for everyone who may see any."""
    return may_somewhere(actor, verb, day) if school_id is None else may(actor, verb, school_scope(school_id), day)


def visible(session: Session, actor: Actor, notice_id: int, day: date, *, lock: bool = False) -> NoticeFacts:
    """The notice; one that the actor may not see is as one that does not exist. Raises UserError("not_found")."""
    notice = notices.facts(session, notice_id, lock=lock)
    if notice is None or not may_see(actor, Verb.SEE_NOTICE, notice.draft.school_id, day):
        raise UserError("not_found")
    return notice


def require_staff(actor: Actor) -> int:
    """Only a member of staff stands for a notice. Raises UserError("forbidden")."""
    if actor.staff_id is None:
        raise UserError("forbidden", verb=Verb.WRITE_NOTICE.value)
    return actor.staff_id


def require_for(
    session: Session, actor: Actor, verb: Verb, school_id: int | None, rule: Audience, day: date
) -> Mapping[Part, Place]:
    """The actor may do `verb` for the sending school and for whomever the rule names; what its parts stand for.

    Raises UserError("forbidden") or ("notice.foreign_part").
    """
    require(actor, verb, school_scope(school_id), day)
    parts = [*rule.include, *rule.exclude]
    known = places.resolve(session, parts, day)
    require_places(actor, verb, known.values(), day)
    return known


def require_places(actor: Actor, verb: Verb, named: Iterable[Place], day: date) -> None:
    """Whoever may write to everybody in a saved list may use it. Raises UserError("notice.foreign_part")."""
    for place in named:
        if not may_address(actor, verb, place, day):
            raise UserError("notice.foreign_part", part=str(place.part))


def may_address(actor: Actor, verb: Verb, place: Place, day: date) -> bool:
    return all(any(may(actor, verb, scope, day) for scope in _scopes(leaf)) for leaf in place.leaves)


def _scopes(place: Place) -> Iterable[Scope]:
    """In which of these one must be allowed: a child may be at several schools, and any of them may write to it."""
    if place.school_ids is None:
        return [CITY]
    return [Scope(ScopeKind.SCHOOL, school_id) for school_id in place.school_ids]


def written(parts: Iterable[Part]) -> tuple[str, ...]:
    return tuple(str(part) for part in parts)
