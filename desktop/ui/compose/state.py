"""What the compose page holds and shows. Pure: values in, words and states out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from desktop.domain.audience import Audience, Part
from desktop.domain.errors import UserError
from desktop.domain.line import TEXT_LIMIT
from desktop.domain.notices import Channel, CopyTo, Draft, NoticeKindRow, NoticeState, NoticeText, Urgency
from desktop.domain.reports import AudiencePreview, NoticeDetails
from desktop.domain.schools import SchoolRow
from desktop.i18n import LANGUAGES, _, current_language, format_number, ngettext
from desktop.services.message_text import fallback_language
from desktop.ui.notice_view import children_words, families_words, with_few_words, with_others

EMPTY = NoticeText("", "")
_ROUND_TO = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Form:
    """Everything that the page holds. `labels` name the parts of the audience; `useless_by_hand`: the time after
    which it is not sent was chosen, so that another kind no longer changes it."""

    kind: str = ""
    school_id: int | None = None
    channels: frozenset[Channel] = frozenset(Channel)
    texts: Mapping[str, NoticeText] = field(default_factory=dict)
    include: tuple[Part, ...] = ()
    exclude: tuple[Part, ...] = ()
    urgency: Urgency | None = None
    send_at: datetime | None = None
    useless_after: datetime | None = None
    useless_by_hand: bool = False
    copies: frozenset[CopyTo] = frozenset(CopyTo)
    notice_id: int | None = None
    version: int | None = None
    labels: Mapping[str, str] = field(default_factory=dict)

    def draft(self) -> Draft:
        return Draft(
            kind=self.kind,
            school_id=self.school_id,
            texts={code: text for code, text in self.texts.items() if written(text)},
            audience=Audience(self.include, self.exclude),
            channels=self.channels,
            urgency=self.urgency,
            send_at=self.send_at,
            useless_after=self.useless_after,
            copies=self.copies,
        )

    def text(self, language: str) -> NoticeText:
        return self.texts.get(language, EMPTY)

    def label(self, part: Part) -> str:
        return self.labels.get(str(part), part.ref or part.school or str(part))

    @property
    def title(self) -> str:
        """What to call it where no language is in view."""
        order = (current_language(), *LANGUAGES)
        return next((self.text(code).title for code in order if self.text(code).title), "") or _("(no title yet)")

    @property
    def blank(self) -> bool:
        """Nothing that anybody would miss."""
        return not any(written(text) for text in self.texts.values()) and not self.include and not self.exclude


def written(text: NoticeText) -> bool:
    return bool(text.title.strip() or text.body.strip())


def form_of(details: NoticeDetails, labels: Mapping[str, str]) -> Form:
    """The page's content for a notice that exists."""
    draft = details.draft
    return Form(
        draft.kind,
        draft.school_id,
        draft.channels,
        draft.texts,
        draft.audience.include,
        draft.audience.exclude,
        draft.urgency,
        draft.send_at,
        draft.useless_after,
        useless_by_hand=True,
        copies=draft.copies,
        notice_id=details.id,
        version=details.version,
        labels=labels,
    )


def new_form(kinds: Sequence[NoticeKindRow], school_id: int | None, now: datetime, *, urgent: bool = False) -> Form:
    """A blank notice. An emergency begins with the first urgent kind and means the whole school."""
    kind = next((each for each in kinds if each.urgent == urgent), kinds[0] if kinds else None)
    made = Form(kind=kind.code if kind else "", school_id=school_id)
    return replace(made, useless_after=useless_after(kind, None, now))


def useless_after(kind: NoticeKindRow | None, send_at: datetime | None, now: datetime) -> datetime | None:
    """Until when a notice of this kind is any use, unless somebody says otherwise: on the next full five minutes."""
    if kind is None or kind.useless_after_hours is None:
        return None
    end = (send_at or now) + timedelta(hours=kind.useless_after_hours)
    over = timedelta(minutes=end.minute % 5, seconds=end.second, microseconds=end.microsecond)
    return end - over + (_ROUND_TO if over else timedelta())


# Beside the text


@dataclass(frozen=True, slots=True)
class LanguageMark:
    """One language's tab: "done" written, "part" title or text missing, "empty"."""

    code: str
    name: str
    state: str


def language_marks(form: Form) -> tuple[LanguageMark, ...]:
    return tuple(LanguageMark(code, name, _language_state(form.text(code))) for code, name in LANGUAGES.items())


def _language_state(text: NoticeText) -> str:
    if text.title.strip() and text.body.strip():
        return "done"
    return "part" if written(text) else "empty"


def language_name(code: str) -> str:
    """A language in the reader's own words."""
    names = {"ja": _("Japanese"), "en": _("English"), "vi": _("Vietnamese")}
    return names.get(code, code)


def fallback_words(form: Form, preview: AudiencePreview | None, city_language: str) -> str:
    """How many families read a language in which nothing is written, and which one they get."""
    if preview is None:
        return ""
    have = {code for code in form.texts if written(form.text(code))}
    lacking = {code: n for code, n in preview.count.languages.items() if code not in have and n}
    if not have or not lacking:
        return ""
    target = language_name(fallback_language(have, city_language))
    said = (_("{language}: {families}").format(language=language_name(c), families=families_words(n))
            for c, n in lacking.items())  # fmt: skip
    return _("{families} get it in {language}").format(families=", ".join(said), language=target)


def count_words(form: Form, language: str, units: Mapping[str, int]) -> tuple[str, bool]:
    """How long the text is, as LINE counts, and whether it is too long."""
    body = form.text(language).body
    said = ngettext("{n} character", "{n} characters", len(body)).format(n=format_number(len(body)))
    if Channel.LINE not in form.channels or language not in units:
        return said, False
    used = units[language]
    line = _("in LINE {used} of {limit}").format(used=format_number(used), limit=format_number(TEXT_LIMIT))
    return f"{said}　{line}", used > TEXT_LIMIT


# The pane at the right


@dataclass(frozen=True, slots=True)
class Check:
    """One thing looked at before sending: a key of `states.STATES` and what was found."""

    state: str
    text: str


# The bar at the foot


@dataclass(frozen=True, slots=True)
class SubmitView:
    """The button that asks for approval; a `reason` disables it."""

    button: str
    reason: str


def submit_view(preview: AudiencePreview | None, problems: Sequence[UserError], first_reason: str) -> SubmitView:
    """`first_reason` is the first problem in words."""
    if preview is None:
        return SubmitView(_("Ask for approval"), first_reason or _("Counting…"))
    count = preview.count
    button = _("Ask for approval")
    if count.people:
        families = families_words(count.families) if count.families else ""
        said = with_few_words(families, waiting=count.waiting, staff=count.staff)
        button = _("Ask for approval ({families})").format(families=said)
    return SubmitView(button, first_reason if problems else "")


def sentence(state: NoticeState | None, *, urgent: bool) -> str:
    """What the head of the page says needs doing."""
    if state in {NoticeState.SUBMITTED, NoticeState.APPROVED}:
        return _("Any change takes the approval back; it must be asked for again.")
    if urgent:
        return _("Emergency: it goes out as soon as another person approves it, also at night.")
    return _("Another person must approve it before it goes out.")


def kind_choices(kinds: Sequence[NoticeKindRow]) -> list[tuple[object, str]]:
    return [(kind.code, kind.name(current_language())) for kind in kinds]


def channel_choices(form: Form) -> list[tuple[object, str]]:
    """LINE is extra and never instead (A8); a draft that says otherwise keeps what it says."""
    both, mail, line = frozenset(Channel), frozenset({Channel.EMAIL}), frozenset({Channel.LINE})
    choices: list[tuple[object, str]] = [(both, _("Email and LINE")), (mail, _("Email alone"))]
    return [*choices, (line, _("LINE alone"))] if form.channels == line else choices


def is_urgent(form: Form, kinds: Sequence[NoticeKindRow]) -> bool:
    if form.urgency:
        return form.urgency is Urgency.URGENT
    return any(kind.code == form.kind and kind.urgent for kind in kinds)


def sender_choices(schools: Sequence[SchoolRow], city: str, *, city_too: bool) -> list[tuple[object, str]]:
    """Who may be named as the sender: 0 stands for the city, for a choice's value None means "as it was"."""
    found: list[tuple[object, str]] = [(school.id, school.name) for school in schools]
    return [*found, (0, city or _("The city"))] if city_too else found


def audience_words(form: Form) -> str:
    """The audience in one line."""
    said = " · ".join(form.label(part) for part in form.include) or "–"
    left_out = " · ".join(form.label(part) for part in form.exclude)
    return _("{included} without {excluded}").format(included=said, excluded=left_out) if left_out else said


def after_submit_words(preview: AudiencePreview | None, title: str) -> str:
    if preview is None:
        return _("Approval asked for “{title}”").format(title=title)
    count = preview.count
    children = children_words(count.children) if count.children else ""
    said = with_others(children, waiting=count.waiting, staff=count.staff)
    return _("Approval asked for “{title}” ({children})").format(title=title, children=said)
