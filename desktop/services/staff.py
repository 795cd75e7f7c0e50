"""Staff: signing in, and who may do what."""

from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path

from desktop.domain.errors import UserError
from desktop.domain.schools import school_year
from desktop.domain.staff import (
    CITY,
    ROLE_VERBS,
    Actor,
    ActorKind,
    Grant,
    Scope,
    StaffImport,
    StaffRow,
    Verb,
    may_somewhere,
    places_where,
)
from desktop.services import passwords
from desktop.services.clock import utc_now
from desktop.services.permission import require
from desktop.services.staff_files import (
    Entry,
    checked_email,
    checked_login,
    checked_name,
    clean_login,
    read_grant,
    read_staff_file,
    resolve_grants,
)
from desktop.store import audit, schools, settings, staff
from desktop.store.db import Clock, Store
from desktop.store.deliveries.withholding import withhold_staff

_AT_THE_DOOR = Actor(ActorKind.STAFF, "")
"""Whoever has not signed in yet."""


class StaffService:
    def __init__(self, store: Store, clock: Clock = utc_now) -> None:
        self._store = store
        self._clock = clock

    # Signing in

    def sign_in(self, login: str, password: str) -> Actor:
        """Who this is. Counted before the password is looked at, and that outside of any transaction: it takes long.

        Raises UserError("sign_in.refused") for a wrong password and an unknown login alike, or, after ten wrong ones,
        UserError("sign_in.locked", until=): the time lets in again, or an administrator.
        """
        account = self._tried(clean_login(login), password)
        if account is None:
            raise UserError("sign_in.refused")
        anew = passwords.rehashed(account.password_hash or "", password)
        with self._store.write(Actor(ActorKind.STAFF, account.name, account.id)) as session:
            staff.forget_attempts(session, account.id)
            if anew is not None:
                staff.set_hash(session, account.id, anew)
            audit.record(session, "signed_in", "staff", account.id)
            grants = staff.grants_of(session, [account.id]).get(account.id, ())
        return Actor(ActorKind.STAFF, account.name, account.id, grants, account.guardian_id)

    def _tried(self, login: str, password: str) -> staff.Account | None:
        """The account whose password this is, or None. Raises UserError("sign_in.locked")."""
        with self._store.bookkeep() as session:
            attempt = staff.begin_attempt(session, login)
        if attempt is not None and attempt.locked_until is not None:
            raise UserError("sign_in.locked", until=attempt.locked_until)
        account = attempt.account if attempt is not None else None
        if passwords.matches(account.password_hash if account is not None else None, password):
            return account
        with self._store.write(_AT_THE_DOOR) as session:
            audit.record(session, "sign_in_refused", "staff", account.id if account is not None else None)
        if account is not None and account.locked_until is not None:
            raise UserError("sign_in.locked", until=account.locked_until)
        return None

    def actor_for(self, login: str, via: str = "") -> Actor:
        """A member of staff as whom the command line acts; `via` says who typed it.

        Raises UserError("staff.unknown") or UserError("staff.inactive").
        """
        with self._store.read() as session:
            account = staff.account(session, clean_login(login))
            if account is None:
                raise UserError("staff.unknown", login=login)
            if not account.active:
                raise UserError("staff.inactive", login=login)
            grants = staff.grants_of(session, [account.id]).get(account.id, ())
        kind = ActorKind.COMMAND_LINE if via else ActorKind.STAFF
        return Actor(kind, account.name, account.id, grants, account.guardian_id, via)

    def change_own_password(self, actor: Actor, old: str, new: str) -> None:
        """Raises UserError("password.wrong"), ("sign_in.locked") or ("password.…") for one that is too weak."""
        if actor.staff_id is None:
            raise UserError("forbidden", verb=Verb.MANAGE_STAFF.value)
        with self._store.read() as session:
            login = staff.account_by_id(session, actor.staff_id).login
        password_hash = passwords.hashed(new, login)
        if self._tried(login, old) is None:
            raise UserError("password.wrong")
        with self._store.write(actor) as session:
            staff.forget_attempts(session, actor.staff_id)
            staff.set_hash(session, actor.staff_id, password_hash)
            audit.record(session, "changed_password", "staff", actor.staff_id)

    # Who there is

    def all(self, actor: Actor) -> list[StaffRow]:
        """Everybody; for whoever manages a part of the city, those with a role in it."""
        with self._store.read() as session:
            today = settings.today(session, self._clock())
            if not may_somewhere(actor, Verb.MANAGE_STAFF, today):
                raise UserError("forbidden", verb=Verb.MANAGE_STAFF.value)
            mine = places_where(actor, Verb.MANAGE_STAFF, today).scopes
            return [
                row
                for row in staff.rows(session)
                if CITY in mine or any(own.contains(grant.scope) for grant in row.grants for own in mine)
            ]

    def approver_missing(self) -> bool:
        """Nobody can yet approve what somebody else writes: notices need two people."""
        with self._store.read() as session:
            today = settings.today(session, self._clock())
            people = [(row.id, row.grants) for row in staff.rows(session) if row.active]
        writing = _scopes(people, Verb.WRITE_NOTICE, today)
        approving = _scopes(people, Verb.APPROVE_NOTICE, today)
        return not any(a != w and over.contains(under) for a, over in approving for w, under in writing)

    def parse_grants(self, texts: Iterable[str]) -> tuple[Grant, ...]:
        """Grants as they are typed: `clerk`, `clerk:H001`, `clerk:H001/3-1`, `clerk:H001/サッカー部`.

        Raises UserError("staff.role_unknown"), ("staff.grant_syntax"), ("school.unknown") or ("school.part_unknown").
        """
        with self._store.read() as session:
            today = settings.today(session, self._clock())
            places = schools.directory(session, school_year(today))
        return tuple(read_grant(text, places) for text in texts)

    # Changing them

    def add(
        self, actor: Actor, login: str, name: str, grants: Sequence[Grant], password: str | None, email: str = ""
    ) -> int:
        """Add somebody; without a password they cannot sign in yet. Raises UserError("staff.…"), ("password.…")."""
        login, name, email = checked_login(login), checked_name(name), checked_email(email)
        password_hash = None if password is None else passwords.hashed(password, login)
        with self._store.write(actor) as session:
            self._require_over(actor, grants, settings.today(session, self._clock()))
            staff_id = staff.add(session, login, name, password_hash, email)
            staff.replace_grants(session, staff_id, grants)
            audit.record(session, "added", "staff", staff_id, roles=sorted({grant.role.value for grant in grants}))
        return staff_id

    def set_grants(self, actor: Actor, staff_id: int, grants: Sequence[Grant], version: int) -> None:
        """Raises UserError("staff.last_administrator"), ("changed_elsewhere")."""
        with self._store.write(actor) as session:
            today = settings.today(session, self._clock())
            self._require_over(actor, grants, today)
            self._require_over(actor, staff.grants_of(session, [staff_id]).get(staff_id, ()), today)
            staff.lock_administrators(session)
            before = staff.administrators(session, today)
            staff.edit(session, staff_id, version)
            staff.replace_grants(session, staff_id, grants)
            _require_administrator(before, staff.administrators(session, today))
            audit.record(session, "changed", "staff", staff_id, roles=sorted({grant.role.value for grant in grants}))

    def rename(self, actor: Actor, staff_id: int, name: str, version: int) -> None:
        """Raises UserError("staff.name_required"), ("changed_elsewhere")."""
        name = checked_name(name)
        with self._store.write(actor) as session:
            today = settings.today(session, self._clock())
            self._require_over(actor, staff.grants_of(session, [staff_id]).get(staff_id, ()), today)
            staff.edit(session, staff_id, version, name=name)
            audit.record(session, "changed", "staff", staff_id, fields=["name"])

    def set_email(self, actor: Actor, staff_id: int, email: str, version: int) -> None:
        """Where notices and copies (控え) reach somebody; empty: nowhere. What still waits for the old address does not
        go out. Raises UserError("staff.email_wrong"), ("changed_elsewhere").
        """
        email = checked_email(email)
        with self._store.write(actor) as session:
            today = settings.today(session, self._clock())
            self._require_over(actor, staff.grants_of(session, [staff_id]).get(staff_id, ()), today)
            staff.set_email(session, staff_id, version, email)
            withheld = withhold_staff(session, staff_id)
            audit.record(session, "changed", "staff", staff_id, fields=["email"], withheld=withheld)

    def deactivate(self, actor: Actor, staff_id: int, version: int) -> None:
        """Let somebody sign in no more; what they did stays theirs. Raises UserError("staff.last_administrator")."""
        with self._store.write(actor) as session:
            today = settings.today(session, self._clock())
            self._require_over(actor, staff.grants_of(session, [staff_id]).get(staff_id, ()), today)
            staff.lock_administrators(session)
            before = staff.administrators(session, today)
            staff.edit(session, staff_id, version, active=False)
            _require_administrator(before, staff.administrators(session, today))
            withheld = withhold_staff(session, staff_id)
            audit.record(session, "deactivated", "staff", staff_id, withheld=withheld)

    def reactivate(self, actor: Actor, staff_id: int, version: int) -> None:
        with self._store.write(actor) as session:
            today = settings.today(session, self._clock())
            self._require_over(actor, staff.grants_of(session, [staff_id]).get(staff_id, ()), today)
            staff.edit(session, staff_id, version, active=True)
            audit.record(session, "reactivated", "staff", staff_id)

    def set_password(self, actor: Actor, staff_id: int, password: str) -> None:
        """Give somebody a new password, and let them in again. Raises UserError("password.…")."""
        with self._store.read() as session:
            login = staff.account_by_id(session, staff_id).login
        password_hash = passwords.hashed(password, login)
        with self._store.write(actor) as session:
            today = settings.today(session, self._clock())
            self._require_over(actor, staff.grants_of(session, [staff_id]).get(staff_id, ()), today)
            staff.set_hash(session, staff_id, password_hash)
            staff.forget_attempts(session, staff_id)
            audit.record(session, "set_password", "staff", staff_id)

    def unlock(self, actor: Actor, staff_id: int) -> None:
        """Let somebody try again who had too many wrong passwords."""
        with self._store.write(actor) as session:
            today = settings.today(session, self._clock())
            self._require_over(actor, staff.grants_of(session, [staff_id]).get(staff_id, ()), today)
            staff.forget_attempts(session, staff_id)
            audit.record(session, "unlocked", "staff", staff_id)

    def import_file(self, actor: Actor, path: Path) -> StaffImport:
        """Take in a file of lines `login,name,[address,]role[:scope],…`; who is known gets the name and roles in it.

        Nobody is removed, nobody gets a password; where a line has no address, one that is known stays. Nothing is
        taken in while a line is wrong. Raises UserError("staff.file_unreadable") or
        UserError("staff.import", problems=, line=, count=).
        """
        entries, problems = read_staff_file(path)
        with self._store.write(actor) as session:
            today = settings.today(session, self._clock())
            wanted, unknown = resolve_grants(entries, schools.directory(session, school_year(today)))
            if problems := sorted(problems + unknown, key=lambda problem: problem.line):
                raise UserError("staff.import", problems=problems, line=problems[0].line, count=len(problems))
            known = {row.login: row for row in staff.rows(session)}
            for entry, grants in wanted:
                self._require_over(actor, (*grants, *_grants_of(known.get(entry.login))), today)
            staff.lock_administrators(session)
            before = staff.administrators(session, today)
            outcome = []
            for entry, grants in wanted:
                before_row = known.get(entry.login)
                outcome.append(_difference(before_row, entry, grants))
                staff.take_in(session, before_row, entry.login, entry.name, grants, entry.email)
                if before_row is not None and entry.email not in {"", before_row.email}:
                    withhold_staff(session, before_row.id)
            _require_administrator(before, staff.administrators(session, today))
            result = StaffImport(*(outcome.count(what) for what in ("added", "changed", "unchanged")))
            audit.record(session, "imported", "staff", added=result.added, changed=result.changed)
        return result

    @staticmethod
    def _require_over(actor: Actor, grants: Iterable[Grant], today: date) -> None:
        """Whoever manages one school manages nobody who also works elsewhere. Raises UserError("forbidden")."""
        for scope in {grant.scope for grant in grants} or {CITY}:
            require(actor, Verb.MANAGE_STAFF, scope, today)


def _scopes(people: Iterable[tuple[int, tuple[Grant, ...]]], verb: Verb, today: date) -> list[tuple[int, Scope]]:
    return [
        (id_, grant.scope)
        for id_, grants in people
        for grant in grants
        if grant.holds_on(today) and verb in ROLE_VERBS[grant.role]
    ]


def _require_administrator(before: set[int], after: set[int]) -> None:
    """Whoever manages the city may go, but not the last of them. Raises UserError("staff.last_administrator")."""
    if before and not after:
        raise UserError("staff.last_administrator")


def _grants_of(row: StaffRow | None) -> tuple[Grant, ...]:
    return row.grants if row is not None else ()


def _difference(row: StaffRow | None, entry: Entry, grants: tuple[Grant, ...]) -> str:
    if row is None:
        return "added"
    is_same = row.name == entry.name and set(row.grants) == set(grants) and entry.email in {"", row.email}
    return "unchanged" if is_same else "changed"
