"""Who acts, and what they may do where."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from desktop.domain.errors import UserError


class Role(StrEnum):
    CLERK = "clerk"
    APPROVER = "approver"
    HELPDESK = "helpdesk"
    REVIEWER = "reviewer"
    ADMINISTRATOR = "administrator"


class Verb(StrEnum):
    """What `may()` decides about."""

    SEE_ROSTER = "see_roster"
    EDIT_ROSTER = "edit_roster"
    IMPORT_ROSTER = "import_roster"
    EXPORT_ROSTER = "export_roster"
    SEE_FLAGS = "see_flags"
    HAND_OUT_CODE = "hand_out_code"
    HELP_CITIZENS = "help_citizens"
    REVIEW_REGISTRATION = "review_registration"
    HELP_BY_SMS = "help_by_sms"
    """See messages and accounts by text message, and answer by hand; everywhere in the city."""
    STEER_SMS = "steer_sms"
    """Correct, block, verify, issue anew, lock, move, close."""
    SEE_NOTICE = "see_notice"
    WRITE_NOTICE = "write_notice"
    APPROVE_NOTICE = "approve_notice"
    RELEASE_ALONE = "release_alone"
    STOP_NOTICE = "stop_notice"
    RESUME_NOTICE = "resume_notice"
    MANAGE_STAFF = "manage_staff"
    CHANGE_SETTINGS = "change_settings"
    SEE_AUDIT = "see_audit"
    RELEASE_SENDING = "release_sending"


_SEEING = frozenset({Verb.SEE_ROSTER, Verb.SEE_NOTICE, Verb.STOP_NOTICE})

ROLE_VERBS: dict[Role, frozenset[Verb]] = {
    Role.CLERK: _SEEING
    | {Verb.EDIT_ROSTER, Verb.IMPORT_ROSTER, Verb.EXPORT_ROSTER, Verb.WRITE_NOTICE}
    | {Verb.HAND_OUT_CODE},
    Role.APPROVER: _SEEING
    | {Verb.WRITE_NOTICE, Verb.APPROVE_NOTICE, Verb.RELEASE_ALONE, Verb.RESUME_NOTICE, Verb.SEE_FLAGS},
    Role.HELPDESK: _SEEING | {Verb.HELP_CITIZENS, Verb.HELP_BY_SMS},
    Role.REVIEWER: _SEEING
    | {Verb.EDIT_ROSTER, Verb.SEE_FLAGS, Verb.HELP_CITIZENS, Verb.REVIEW_REGISTRATION}
    | {Verb.HELP_BY_SMS, Verb.STEER_SMS},
    Role.ADMINISTRATOR: _SEEING
    | {
        Verb.EDIT_ROSTER,
        Verb.IMPORT_ROSTER,
        Verb.EXPORT_ROSTER,
        Verb.SEE_FLAGS,
        Verb.HAND_OUT_CODE,
        Verb.HELP_CITIZENS,
        Verb.REVIEW_REGISTRATION,
        Verb.HELP_BY_SMS,
        Verb.STEER_SMS,
        Verb.WRITE_NOTICE,
        Verb.MANAGE_STAFF,
        Verb.CHANGE_SETTINGS,
        Verb.SEE_AUDIT,
        Verb.RELEASE_SENDING,
    },
}


class ScopeKind(StrEnum):
    CITY = "city"
    SCHOOL = "school"
    HOMEROOM = "homeroom"
    GROUP = "group"


@dataclass(frozen=True, slots=True)
class Scope:
    """A part of the city. The whole city contains every school, a school its homerooms and groups.

    `school_id` is None for the city only; `ref` is the homeroom's or group's id for those kinds.
    """

    kind: ScopeKind
    school_id: int | None = None
    ref: int | None = None

    def contains(self, other: "Scope") -> bool:
        if self.kind is ScopeKind.CITY:
            return True
        if self.school_id != other.school_id:
            return False
        return self.kind is ScopeKind.SCHOOL or self == other


CITY = Scope(ScopeKind.CITY)


def school_scope(school_id: int | None) -> Scope:
    """The scope of one school; None is the city."""
    return CITY if school_id is None else Scope(ScopeKind.SCHOOL, school_id)


@dataclass(frozen=True, slots=True)
class Grant:
    """A role within a scope, from a day to a day, both included; None is open."""

    role: Role
    scope: Scope
    from_date: date | None = None
    to_date: date | None = None

    def holds_on(self, day: date) -> bool:
        return (self.from_date is None or self.from_date <= day) and (self.to_date is None or day <= self.to_date)


def parse_grant(text: str) -> tuple[Role, str, str]:
    """Read `clerk`, `clerk:H001` or `clerk:H001/3-1` as role, school's code ("" is the city) and class or group.

    Raises UserError("staff.role_unknown") or UserError("staff.grant_syntax").
    """
    role_text, colon, place = text.strip().partition(":")
    try:
        role = Role(role_text.strip().lower())
    except ValueError:
        raise UserError("staff.role_unknown", role=role_text.strip()) from None
    school, slash, part = (piece.strip() for piece in place.partition("/"))
    if (colon and not school) or (slash and not part):
        raise UserError("staff.grant_syntax", grant=text.strip())
    return role, school, part


def format_grant(role: Role, school_code: str = "", part: str = "") -> str:
    """The inverse of `parse_grant`."""
    place = f"{school_code}/{part}" if part else school_code
    return f"{role.value}:{place}" if place else role.value


class ActorKind(StrEnum):
    STAFF = "staff"
    CITIZEN = "citizen"
    WORKER = "worker"
    COMMAND_LINE = "command_line"


@dataclass(frozen=True, slots=True)
class Actor:
    """Who does something. Every write knows one.

    `staff_id` is set for staff, also when they act through the command line (`via` then says which OS user).
    `guardian_id` is the staff member's own family record, where known: nobody decides about their own family.
    """

    kind: ActorKind
    label: str
    staff_id: int | None = None
    grants: tuple[Grant, ...] = ()
    guardian_id: int | None = None
    via: str = ""


WORKER = Actor(ActorKind.WORKER, "worker")


def may(actor: Actor, verb: Verb, scope: Scope, today: date) -> bool:
    """Say whether `actor` may do `verb` everywhere in `scope`. The machine's own actors may do nothing of people's."""
    return any(
        grant.holds_on(today) and verb in ROLE_VERBS[grant.role] and grant.scope.contains(scope)
        for grant in actor.grants
    )


def schools_where(actor: Actor, verb: Verb, today: date) -> frozenset[int] | None:
    """The schools in which `actor` may do `verb` for the whole school; None means every school of the city."""
    scopes = [g.scope for g in actor.grants if g.holds_on(today) and verb in ROLE_VERBS[g.role]]
    if any(scope.kind is ScopeKind.CITY for scope in scopes):
        return None
    return frozenset(s.school_id for s in scopes if s.kind is ScopeKind.SCHOOL and s.school_id is not None)


@dataclass(frozen=True, slots=True)
class Places:
    """Everywhere somebody may do one thing: the city, whole schools, single homerooms and groups."""

    scopes: frozenset[Scope]

    @property
    def everywhere(self) -> bool:
        return CITY in self.scopes

    @property
    def schools(self) -> frozenset[int]:
        return frozenset(s.school_id for s in self.scopes if s.kind is ScopeKind.SCHOOL and s.school_id is not None)

    @property
    def homerooms(self) -> frozenset[int]:
        return frozenset(s.ref for s in self.scopes if s.kind is ScopeKind.HOMEROOM and s.ref is not None)

    @property
    def groups(self) -> frozenset[int]:
        return frozenset(s.ref for s in self.scopes if s.kind is ScopeKind.GROUP and s.ref is not None)

    @property
    def touched_schools(self) -> frozenset[int] | None:
        """The schools of which at least a part is meant; None means every school."""
        return None if self.everywhere else frozenset(s.school_id for s in self.scopes if s.school_id is not None)


def places_where(actor: Actor, verb: Verb, today: date) -> Places:
    """Where `actor` may do `verb`, down to single homerooms and groups."""
    return Places(frozenset(g.scope for g in actor.grants if g.holds_on(today) and verb in ROLE_VERBS[g.role]))


def may_somewhere(actor: Actor, verb: Verb, today: date) -> bool:
    """Say whether `actor` may do `verb` in any scope at all: whether its page or button is shown."""
    return any(g.holds_on(today) and verb in ROLE_VERBS[g.role] for g in actor.grants)


@dataclass(frozen=True, slots=True)
class StaffRow:
    """A line of the list of staff. `locked_until` is set while too many wrong passwords keep somebody out."""

    id: int
    login: str
    name: str
    active: bool
    grants: tuple[Grant, ...]
    version: int
    locked_until: datetime | None = None
    has_password: bool = True
    email: str = ""


@dataclass(frozen=True, slots=True)
class LineProblem:
    """What is wrong with a line of a file of staff; `code` is worded by desktop/wording."""

    line: int
    code: str
    text: str = ""


@dataclass(frozen=True, slots=True)
class StaffImport:
    """What came of a file of staff: how many were new, changed, and already as the file says."""

    added: int
    changed: int
    unchanged: int
