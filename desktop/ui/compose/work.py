"""What the compose page asks of the services: each function is one piece of work for a background thread."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from desktop.domain.audience import CITY_OFFICE, EVERYWHERE, Part, PartKind
from desktop.domain.errors import UserError
from desktop.domain.notices import NoticeKindRow, NoticeState
from desktop.domain.reports import AudiencePreview, NoticeDetails, NoticeRow
from desktop.domain.schools import SchoolRow
from desktop.domain.staff import Actor, Verb
from desktop.i18n import _
from desktop.settings import Settings
from desktop.ui.app_context import AppContext
from desktop.ui.compose.local_drafts import LocalDraft, LocalDrafts
from desktop.ui.compose.previews import Previews, SendingFacts, previews
from desktop.ui.compose.state import Form, form_of

_GONE_OUT = frozenset({NoticeState.SENDING, NoticeState.DONE, NoticeState.STOPPED})
_RECENT = 50


@dataclass(frozen=True, slots=True)
class Facts:
    """What must be known before one can write. `schools` are those one may write for."""

    kinds: Sequence[NoticeKindRow]
    schools: Sequence[SchoolRow]
    city_too: bool
    settings: Settings
    sent_today: Sequence[NoticeRow]
    left: Sequence[LocalDraft]

    @property
    def sending(self) -> SendingFacts:
        known = self.settings
        return SendingFacts(
            known["city.name"], known["city.language"], known["email.from"], bool(known["line.enabled"])
        )

    def kind(self, code: str) -> NoticeKindRow | None:
        return next((kind for kind in self.kinds if kind.code == code), None)

    def sender(self, wanted: int | None) -> int | None:
        """The school that a new notice comes from: the wanted one, else the city, else one's first."""
        if self.school(wanted) is not None or (wanted is None and self.city_too):
            return wanted
        return next((school.id for school in self.schools), None)

    def school(self, school_id: int | None) -> SchoolRow | None:
        return next((school for school in self.schools if school.id == school_id), None)


@dataclass(frozen=True, slots=True)
class Look:
    """What a draft comes to: whom it reaches, what is wrong with it, how it looks, who could approve it."""

    preview: AudiencePreview
    problems: tuple[UserError, ...]
    previews: Previews | None
    approvers: Sequence[str]


@dataclass(frozen=True, slots=True)
class Opened:
    details: NoticeDetails
    form: Form


@dataclass(frozen=True, slots=True)
class Saved:
    notice_id: int
    version: int


def facts(app: AppContext, actor: Actor, local: LocalDrafts, now: datetime) -> Callable[[], Facts]:
    may = app.session.may
    city_too = may(Verb.WRITE_NOTICE, None)

    def work() -> Facts:
        rows = app.notices.rows(actor, states=_GONE_OUT, limit=_RECENT)
        today = [row for row in rows if row.started_at and row.started_at.astimezone(now.tzinfo).date() == now.date()]
        schools = [school for school in app.schools.all(actor) if may(Verb.WRITE_NOTICE, school.id)]
        return Facts(app.notices.kinds(), schools, city_too, app.settings.all(), today, local.of(actor.staff_id))

    return work


def look(app: AppContext, actor: Actor, form: Form, known: Facts, language: str, now: datetime) -> Callable[[], Look]:
    draft, kind = form.draft(), known.kind(form.kind)

    def work() -> Look:
        shown = previews(draft, kind, known.school(form.school_id), known.sending, language, now) if kind else None
        return Look(
            app.audiences.preview(actor, draft),
            app.audiences.problems(actor, draft),
            shown,
            app.approvals.approvers(actor, form.school_id, form.notice_id),
        )

    return work


def opened(app: AppContext, actor: Actor, notice_id: int) -> Callable[[], Opened]:
    def work() -> Opened:
        details = app.notices.get(actor, notice_id)
        rule = details.draft.audience
        return Opened(details, form_of(details, labels(app, actor, [*rule.include, *rule.exclude])))

    return work


def parts_of(app: AppContext, actor: Actor, school_id: int | None) -> list[tuple[str, str]]:
    """Whom the actor may write to, with labels: saved lists, then from wide to narrow, then staff."""
    lists = [(each.part, each.name) for each in app.saved_lists.all(actor)]
    return [*lists, *app.schools.parts(actor, school_id), *_staff_parts(app, actor, school_id)]


def _staff_parts(app: AppContext, actor: Actor, school_id: int | None) -> list[tuple[str, str]]:
    may = app.session.may
    schools = [school for school in app.schools.all(actor) if school_id is None or school.id == school_id]
    found = [
        (str(Part(PartKind.STAFF, school.code)), _("Staff of {school}").format(school=school.name))
        for school in schools
        if may(Verb.WRITE_NOTICE, school.id)
    ]
    if not may(Verb.WRITE_NOTICE, None) or school_id is not None:
        return found
    everybody = (str(Part(PartKind.STAFF, EVERYWHERE)), _("All staff of the city"))
    office = (str(Part(PartKind.STAFF, CITY_OFFICE)), _("Staff of the city office"))
    return [everybody, office, *found]


def labels(app: AppContext, actor: Actor, wanted: Sequence[Part]) -> dict[str, str]:
    """What the parts are called."""
    if not wanted:
        return {}
    found = dict(parts_of(app, actor, None))
    ids = [int(part.ref) for part in wanted if part.kind is PartKind.CHILD]
    names = {str(Part(PartKind.CHILD, ref=str(child.id))): child.name for child in app.people.children(actor, ids)}
    short = {str(part): part.ref for part in wanted if part.kind in {PartKind.HOMEROOM, PartKind.GROUP}}
    return {str(part): {**found, **short, **names}.get(str(part), str(part)) for part in wanted}


def saved(app: AppContext, actor: Actor, form: Form) -> Callable[[], Saved]:
    """Create the draft or replace what it says. Raises UserError("changed_elsewhere")."""

    def work() -> Saved:
        if form.notice_id is None or form.version is None:
            made = app.notices.create(actor, form.draft())
            return Saved(made, app.notices.get(actor, made).version)
        return Saved(form.notice_id, app.notices.save(actor, form.notice_id, form.draft(), form.version))

    return work


def submitted(app: AppContext, actor: Actor, kept: Saved) -> Callable[[], Saved]:
    return lambda: Saved(kept.notice_id, app.approvals.submit(actor, kept.notice_id, kept.version))
