"""What the administration shows. Pure: values in, words and states out."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

from desktop.domain.errors import UserError
from desktop.domain.notices import NoticeKindRow
from desktop.domain.schools import SchoolKind, SchoolRow, SchoolTree
from desktop.domain.sms import SETTING_OF
from desktop.domain.staff import CITY, Grant, Scope, ScopeKind, StaffRow
from desktop.i18n import LANGUAGES, N_, _, current_language, format_date, format_number, ngettext
from desktop.settings import read_value
from desktop.wording import checks as check_words
from desktop.wording import staff as staff_words
from desktop.wording.errors import word

if TYPE_CHECKING:  # the window paints before anything is imported that needs SQLAlchemy
    from desktop.services.checks import Check

SCHOOL_KINDS: Mapping[SchoolKind, str] = {
    "primary": N_("Primary school"),
    "junior_high": N_("Junior high school"),
    "kindergarten": N_("Kindergarten"),
    "combined": N_("Combined school"),
    "special": N_("Special needs school"),
}
GROUPS: Mapping[str, str] = {
    "city": N_("City"),
    "email": N_("Mail"),
    "mailbox": N_("Replies and returned mails"),
    "line": N_("LINE"),
    "sms": N_("Accounts by SMS"),
    "portal": N_("Portal"),
    "registration": N_("Registration"),
    "notice": N_("Notices"),
    "contacts": N_("Whom families can ask"),
    "more": N_("More parts of this program"),
}
"""The settings that this version acts on, by the first part of their keys; the last are those that switch a part on."""
SWITCHES = frozenset({"sms.enabled"})
ELSEWHERE = frozenset({*SETTING_OF.values(), "sms.pilot"})
"""Settings with a place of their own, where one sees what they do."""
ABOUT: Mapping[str, str] = {
    "more": N_(
        "Accounts by SMS: citizens text their name, ID and date of birth to a short code and get an account for the"
        " portal by reply; staff see and steer them on their own page. Leave it off if your city has no short code."
    ),
    "sms": N_("The texts that citizens get, trial units and costs are on the page “SMS accounts”."),
}
"""What a card says of itself."""

CHOICES: Mapping[str, Sequence[tuple[str, str]]] = {
    "email.security": (
        ("starttls", N_("STARTTLS (usual on port 587)")),
        ("tls", N_("TLS from the start (usual on port 465)")),
        ("none", N_("None (only inside your own network)")),
    ),
    "mailbox.security": (
        ("tls", N_("TLS from the start (usual on port 993)")),
        ("starttls", N_("STARTTLS (usual on port 143)")),
        ("none", N_("None (only inside your own network)")),
    ),
    "sms.gateway": (("kannel", "Kannel"), ("esms", "eSMS"), ("vcom", "V-COM")),
    "city.language": (("ja", "日本語"), ("en", "English"), ("vi", "Tiếng Việt")),
}
ON_OFF: Sequence[tuple[str, str]] = (("on", N_("On")), ("off", N_("Off")))
SECRETS: Mapping[str, Sequence[tuple[str, str]]] = {
    "email": (("EMAIL_PASSWORD", N_("Password at the mail server")),),
    "mailbox": (("MAILBOX_PASSWORD", N_("Password at the IMAP server")),),
    "sms": (
        ("SMS_KEY", N_("Key by which the gateway is recognised")),
        ("SMS_PASSWORD", N_("Password at the SMS gateway")),
    ),
    "line": (
        ("LINE_CHANNEL_ACCESS_TOKEN", N_("Channel access token")),
        ("LINE_CHANNEL_SECRET", N_("Channel secret")),
    ),
}
CHECKED = ("email", "line", "sms")
"""The groups whose settings can be tried out."""


@dataclass(frozen=True, slots=True)
class SettingLine:
    key: str
    label: str
    value: str
    help: str
    choices: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class StaffLine:
    id: int
    name: str
    login: str
    roles: str
    state: str
    word: str


@dataclass(frozen=True, slots=True)
class CheckLine:
    """What a check found: `kind` is that of a note box."""

    kind: str
    text: str


# Staff


def place_words(scope: Scope, places: Mapping[Scope, str]) -> str:
    if scope == CITY:
        return _("the whole city")
    return places.get(scope, _("a place that is gone"))


def grant_words(grant: Grant, places: Mapping[Scope, str], today: date) -> str:
    """A role with its place, and its days where it has any."""
    text = _("{role}, {place}").format(role=staff_words.role(grant.role), place=place_words(grant.scope, places))
    if grant.from_date and grant.from_date > today:
        text = _("{role} (from {day})").format(role=text, day=format_date(grant.from_date))
    if grant.to_date:
        words = _("{role} (until {day})") if grant.to_date >= today else _("{role} (ended on {day})")
        text = words.format(role=text, day=format_date(grant.to_date))
    return text


def scope_places(schools: Iterable[SchoolRow], trees: Iterable[SchoolTree]) -> dict[Scope, str]:
    """Every place that a role can be for, with its name."""
    found = {Scope(ScopeKind.SCHOOL, school.id): school.name for school in schools}
    for tree in trees:
        name = tree.school.name
        for grade in tree.grades:
            for room in grade.homerooms:
                found[Scope(ScopeKind.HOMEROOM, tree.school.id, room.id)] = f"{name} {room.label}"
        for group in tree.groups:
            found[Scope(ScopeKind.GROUP, tree.school.id, group.id)] = f"{name} {group.name}"
    return found


def staff_line(row: StaffRow, places: Mapping[Scope, str], now: datetime) -> StaffLine:
    state, words = staff_state(row, now)
    roles = _("; ").join(grant_words(grant, places, now.date()) for grant in row.grants) or _("no role")
    return StaffLine(row.id, row.name, row.login, roles, state, words)


def staff_state(row: StaffRow, now: datetime) -> tuple[str, str]:
    if not row.active:
        return "inactive", ""
    if row.locked_until and row.locked_until > now:
        until = row.locked_until.astimezone(now.tzinfo)
        return "warning", _("Locked until {time}").format(time=f"{until.hour}:{until.minute:02}")
    if not row.has_password:
        return "warning", _("No password yet")
    return "active", ""


def staff_sentence(rows: Sequence[StaffRow], approver_missing: bool) -> str:
    if approver_missing:
        return _("Nobody can approve yet what another writes. Add somebody with the role of approver.")
    number = sum(row.active for row in rows)
    return ngettext("{n} person works here.", "{n} people work here.", number).format(n=format_number(number))


# Schools


def school_kind(kind: str) -> str:
    return next((_(words) for key, words in SCHOOL_KINDS.items() if key == kind), kind)


def school_pairs(school: SchoolRow) -> list[tuple[str, str]]:
    pairs = [
        (_("Code"), school.code),
        (_("Kind"), school_kind(school.kind)),
        (_("Phone"), school.phone),
        (_("Email"), school.email),
    ]
    return [(name, value) for name, value in pairs if value]


def class_lines(tree: SchoolTree) -> list[tuple[str, str]]:
    """Each grade with its classes."""
    return [
        (grade.name, _(", ").join(room.label for room in grade.homerooms if not room.unplaced) or "–")
        for grade in tree.grades
    ]


def yes_no(value: bool) -> str:
    on, off = ON_OFF
    words = on[1] if value else off[1]
    return _(words)


def group_lines(tree: SchoolTree) -> list[tuple[str, str]]:
    clubs = [group.name for group in tree.groups if group.kind == "club"]
    others = [group.name for group in tree.groups if group.kind == "other"]
    return [(name, _(", ").join(names)) for name, names in ((_("Clubs"), clubs), (_("Other groups"), others)) if names]


# Settings


def setting_lines(listed: Iterable[tuple[str, str, str, str]]) -> dict[str, list[SettingLine]]:
    """The settings by group, as `SettingsService.list` gives them."""
    found: dict[str, list[SettingLine]] = {group: [] for group in GROUPS}
    for key, value, default, label in listed:
        group = "more" if key in SWITCHES else key.partition(".")[0]
        if group in found and key not in ELSEWHERE:
            found[group].append(SettingLine(key, label, value, _default_words(key, default), choices_of(key, default)))
    return found


def choices_of(key: str, default: str) -> tuple[tuple[str, str], ...]:
    offered = CHOICES.get(key) or (ON_OFF if default in {"on", "off"} else ())
    return tuple((value, _(words)) for value, words in offered)


def _default_words(key: str, default: str) -> str:
    if key.endswith(".opens_at"):
        return _("Like 2027-03-17 9:00, the city’s time")
    if not default:
        return ""
    shown = dict(choices_of(key, default)).get(default, default)
    return _("Normally: {value}").format(value=shown)


def setting_problem(key: str, text: str) -> str:
    """Why this cannot be the value; empty if it can."""
    try:
        read_value(key, text)
    except UserError as error:
        return _("This cannot be read; write it like the normal value.") if error.code == "settings.invalid" else ""
    return ""


def save_words(changed: int) -> str:
    if not changed:
        return _("Save")
    return ngettext("Save {n} change", "Save {n} changes", changed).format(n=format_number(changed))


def check_line(check: "Check", zone_now: datetime) -> CheckLine:
    """What a check found, and what to do."""
    name = _(check_words.NAMES.get(check.name, check.name))
    said = word(UserError(check.code, **check.details), zone_now.tzinfo)
    text = _("{name}: {text}").format(name=name, text=said)
    return CheckLine("success" if check.ok else "danger", text)


# Kinds of notices


def kind_names(kind: NoticeKindRow) -> str:
    own = current_language()
    others = [kind.names.get(code, "") for code in LANGUAGES if code != own]
    return " · ".join(name for name in others if name)


def useless_words(kind: NoticeKindRow) -> str:
    hours = kind.useless_after_hours
    if hours is None:
        return _("when the notice says")
    return ngettext("after {n} hour", "after {n} hours", hours).format(n=format_number(hours))
