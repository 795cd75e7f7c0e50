"""Audiences under a name: made once, used in any notice, and changed in one place."""

from datetime import date

from desktop.domain.audience import Audience, PartKind, parse_audience
from desktop.domain.errors import UserError
from desktop.domain.names import trimmed, unreadable_characters
from desktop.domain.saved_lists import LONGEST_NAME, SavedListForm, SavedListRow
from desktop.domain.staff import Actor, Verb, may, may_somewhere, school_scope
from desktop.services import audiences, notice_access, permission
from desktop.services.clock import utc_now
from desktop.store import audit, places, saved_lists, settings
from desktop.store.db import Clock, Session, Store


class SavedLists:
    """Whoever may write to everybody in a list may use it; whoever writes for its school, or the city, keeps it.

    A list that changes changes every notice that names it and is not out yet: what an approval meant stays written
    down, and a difference counts like any other of the audience.
    """

    def __init__(self, store: Store, clock: Clock = utc_now) -> None:
        self._store = store
        self._clock = clock

    def all(self, actor: Actor) -> list[SavedListRow]:
        """The lists that the actor may use or keep, by name."""
        with self._store.read() as session:
            day = settings.today(session, self._clock())
            if not may_somewhere(actor, Verb.WRITE_NOTICE, day):
                raise UserError("forbidden", verb=Verb.WRITE_NOTICE.value)
            found = saved_lists.rows(session)
            parts = {part for *_, rule, _ in found for part in (*rule.include, *rule.exclude)}
            known = places.resolve(session, parts, day)
        lines = []
        for id_, name, school_id, school, rule, version in found:
            named = (*rule.include, *rule.exclude)
            editable = may(actor, Verb.WRITE_NOTICE, school_scope(school_id), day)
            usable = all(
                notice_access.may_address(actor, Verb.WRITE_NOTICE, known[part], day) for part in named if part in known
            )
            if not usable or not (editable or all(part in known for part in named)):
                continue  # what stands for nothing may have been another school's
            lines.append(
                SavedListRow(
                    id=id_,
                    name=name,
                    school_id=school_id,
                    school=school,
                    include=notice_access.written(rule.include),
                    exclude=notice_access.written(rule.exclude),
                    words=audiences.in_words(rule, known, school_id),
                    unknown=places.unknown_among(named, known),
                    editable=editable,
                    version=version,
                )
            )
        return lines

    def save(self, actor: Actor, form: SavedListForm) -> int:
        """Make or change a list; its id.

        Raises UserError: "forbidden", "notice.foreign_part", "list.name_required", "list.name_wrong",
        "list.name_taken", "list.empty", "list.in_list", "list.in_use", "notice.unknown_part", "changed_elsewhere".
        """
        name, rule = _checked(form)
        with self._store.write(actor) as session:
            day = settings.today(session, self._clock())
            notice_access.require_for(session, actor, Verb.WRITE_NOTICE, form.school_id, rule, day)
            if unknown := places.unknown_parts(session, rule, day):
                raise UserError("notice.unknown_part", parts=", ".join(unknown))
            if form.id is None:
                list_id = saved_lists.add(session, name, form.school_id, rule)
                audit.record(session, "added", "saved_list", list_id, school=form.school_id)
                return list_id
            self._require_keeper(session, actor, form.id, day)
            changed = saved_lists.change(session, form.id, form.version or 0, name, form.school_id, rule)
            if changed:
                audit.record(session, "changed", "saved_list", form.id, school=form.school_id, fields=changed)
            return form.id

    def delete(self, actor: Actor, list_id: int, version: int) -> None:
        """Raises UserError: "list.in_use", "changed_elsewhere"."""
        with self._store.write(actor) as session:
            day = settings.today(session, self._clock())
            school_id = self._require_keeper(session, actor, list_id, day)
            saved_lists.delete(session, list_id, version)
            audit.record(session, "removed", "saved_list", list_id, school=school_id)

    def in_use(self, actor: Actor, list_id: int) -> list[int]:
        """The notices not out yet that name the list."""
        with self._store.read() as session:
            day = settings.today(session, self._clock())
            self._require_keeper(session, actor, list_id, day)
            return saved_lists.users(session, saved_lists.named(session, list_id))

    @staticmethod
    def _require_keeper(session: Session, actor: Actor, list_id: int, day: date) -> int | None:
        school_id = saved_lists.owner(session, list_id)
        permission.require(actor, Verb.WRITE_NOTICE, school_scope(school_id), day)
        return school_id


def _checked(form: SavedListForm) -> tuple[str, Audience]:
    name = trimmed(form.name)
    if not name:
        raise UserError("list.name_required")
    if len(name) > LONGEST_NAME or unreadable_characters(name) or "\n" in name:
        raise UserError("list.name_wrong", limit=LONGEST_NAME)
    rule = parse_audience(form.include, form.exclude)
    if rule.empty:
        raise UserError("list.empty")
    if any(part.kind is PartKind.LIST for part in (*rule.include, *rule.exclude)):
        raise UserError("list.in_list")
    return name, rule
