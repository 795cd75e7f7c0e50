"""Whom a draft means and how it reaches them, while it is being written."""

from collections.abc import Iterable, Mapping
from datetime import date

from desktop.domain.audience import CITY_OFFICE, Audience, Part, PartKind
from desktop.domain.errors import UserError
from desktop.domain.notice_checks import problems
from desktop.domain.notice_life import without_empty_texts
from desktop.domain.notices import Draft, NoticeKindRow
from desktop.domain.reports import AudienceChild, AudienceOther, AudiencePreview
from desktop.domain.staff import Actor, Verb
from desktop.i18n import N_, _
from desktop.services import message_text, notice_access
from desktop.services.clock import utc_now
from desktop.store import audience, audience_counts, audience_others, copies, db, notices, places, schools, settings
from desktop.store.audience_counts import Only
from desktop.store.db import Clock, Session, Store
from desktop.store.places import Place

_TYPES: Mapping[str, str] = {
    "primary": N_("All primary schools"),
    "junior_high": N_("All junior high schools"),
    "kindergarten": N_("All kindergartens"),
    "combined": N_("All combined schools"),
    "special": N_("All special schools"),
}


class Audiences:
    """What the compose page shows beside the text. Writes nothing."""

    def __init__(self, store: Store, clock: Clock = utc_now) -> None:
        self._store = store
        self._clock = clock

    def preview(self, actor: Actor, draft: Draft) -> AudiencePreview:
        """Raises UserError: "forbidden", "notice.foreign_part". The author of its copies is the actor."""
        with self._store.read() as session:
            day, known = self._allowed(session, actor, draft)
            return preview(session, draft, known, day, actor.staff_id)

    def children(
        self, actor: Actor, draft: Draft, *, only: Only = "all", limit: int = 500, after: int | None = None
    ) -> list[AudienceChild]:
        """The children by kana, a page of them: those behind the child `after`."""
        with self._store.read() as session:
            day, _known = self._allowed(session, actor, draft)
            meant = audience.audience_select(session, draft.audience, day)
            return audience_counts.child_lines(session, meant, draft.channels, day, only=only, limit=limit, after=after)

    def others(self, actor: Actor, draft: Draft, *, only: Only = "all", limit: int = 500) -> list[AudienceOther]:
        """Staff, and contacts that wait for their child."""
        with self._store.read() as session:
            day, _known = self._allowed(session, actor, draft)
            meant = audience.meant(session, draft.audience, day)
            return audience_others.others(session, meant, draft.channels, day, only=only, limit=limit)

    def problems(self, actor: Actor, draft: Draft) -> tuple[UserError, ...]:
        """What keeps the draft from being submitted, in the order in which one fills it in; to be worded."""
        with self._store.read() as session:
            day, known = self._allowed(session, actor, draft)
            return find_problems(session, draft, preview(session, draft, known, day, actor.staff_id))

    def _allowed(self, session: Session, actor: Actor, draft: Draft) -> tuple[date, Mapping[Part, Place]]:
        day = settings.today(session, self._clock())
        rule = draft.audience
        return day, notice_access.require_for(session, actor, Verb.WRITE_NOTICE, draft.school_id, rule, day)


def preview(
    session: Session, draft: Draft, known: Mapping[Part, Place], day: date, author_id: int | None
) -> AudiencePreview:
    """Count whom a draft means on this day: the whole, and each included part without those who are excluded.

    `known` is what its parts stand for.
    """
    parts = [*draft.audience.include, *draft.audience.exclude]
    include = [known[part] for part in draft.audience.include if part in known]
    exclude = [known[part] for part in draft.audience.exclude if part in known]
    kept = copies.expected(session, draft.school_id, author_id)
    wanted = {copy.address for copy in kept if copy.address and copy.to in draft.copies}
    count = audience_counts.count(session, audience.meant_of(include, exclude, day), draft.channels, wanted)
    counted = audience_counts.count_parts(session, include, exclude, draft.channels, day, count)
    shown = labels(include, draft.school_id)
    unknown = places.unknown_among(parts, known)
    return AudiencePreview(count, audience_counts.part_counts(counted, shown), unknown, kept)


def find_problems(session: Session, draft: Draft, seen: AudiencePreview) -> tuple[UserError, ...]:
    """What keeps a draft from being submitted, given whom it means."""
    draft = without_empty_texts(draft)
    return problems(draft, seen, db.now(session), line_units(session, draft))


def line_units(session: Session, draft: Draft) -> Mapping[str, int]:
    """How long the LINE message is in each language, heading and all."""
    kind = notices.kind(session, draft.kind) or NoticeKindRow(draft.kind, {}, False, None)
    school = schools.rows(session, [draft.school_id])[0] if draft.school_id is not None else None
    city = str(settings.load(session)["city.name"])
    return message_text.line_units(message_text.message_of_draft(draft, kind, school, city, db.now(session)))


def labels(named: Iterable[Place], school_id: int | None) -> dict[str, str]:
    """What each part is called, by the part as written; with its school where that is not the notice's own."""
    return {str(place.part): _label(place, school_id) for place in named}


def in_words(rule: Audience, known: Mapping[Part, Place], school_id: int | None) -> str:
    """A rule for a line of a list; `known` must hold those of its parts that stand for something."""
    shown = labels([known[part] for part in (*rule.include, *rule.exclude) if part in known], school_id)

    def listed(parts: Iterable[Part]) -> str:
        return _(", ").join(shown.get(str(part), str(part)) for part in parts)

    if not rule.exclude:
        return listed(rule.include)
    return _("{included} without {excluded}").format(included=listed(rule.include), excluded=listed(rule.exclude))


def _label(place: Place, school_id: int | None) -> str:
    if place.part.kind is PartKind.STAFF:
        return _staff_label(place, school_id)
    if place.part.ref in _TYPES and not place.label:
        return _(_TYPES[place.part.ref])
    if not place.label:
        return _("The whole city")
    elsewhere = place.school and place.school != place.label and (place.school_ids or frozenset()) != {school_id}
    return f"{place.school} {place.label}" if elsewhere else place.label


def _staff_label(place: Place, school_id: int | None) -> str:
    if place.school_ids is None:
        return _("Staff of the city office") if place.part.school == CITY_OFFICE else _("All staff of the city")
    return _("Staff") if place.school_ids == {school_id} else _("{school}: staff").format(school=place.school)
