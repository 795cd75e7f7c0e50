"""Steps 3 and 4: a guardian says who their child is and where it goes to school (A21-A29)."""

from datetime import date

from desktop.domain.accounts import Citizen
from desktop.domain.errors import UserError
from desktop.domain.openings import Step
from desktop.domain.own_children import OwnChild
from desktop.domain.people import FieldProblem
from desktop.domain.registrations import (
    MOST_OPEN,
    ChildGiven,
    Kind,
    Registration,
    SchoolGiven,
    check_child,
    check_school,
    coming_year,
    kept,
)
from desktop.services.clock import utc_now
from desktop.services.registration_codes import RegistrationCodes
from desktop.store import audit, openings, own_children, registrations, settings, withdrawals
from desktop.store.db import Clock, Session, Store
from desktop.store.registrations import SchoolPlaces

LONGEST_TOKEN = 64


def _is_token(form_token: str) -> bool:
    return 0 < len(form_token) <= LONGEST_TOKEN and form_token.isascii()


def _take_turn(session: Session, account_id: int) -> None:
    """Raises UserError("registration.too_many")."""
    registrations.lock_account(session, account_id)
    if registrations.count_open(session, account_id) >= MOST_OPEN:
        raise UserError("registration.too_many")


class Registrations:
    """Whoever is logged in sees and changes their own registrations, and no other's."""

    def __init__(self, store: Store, codes: RegistrationCodes, clock: Clock = utc_now) -> None:
        self._store = store
        self._codes = codes
        self._clock = clock

    # What there is to choose

    def schools(self) -> list[tuple[int, str, str]]:
        """id, kind and name of every school that takes registrations."""
        with self._store.read() as session:
            return registrations.schools(session, settings.today(session, self._clock()))

    def places(self, school_id: int) -> SchoolPlaces:
        """Classes of the year that is meant now, each grade's 「未定」 last, and groups."""
        with self._store.read() as session:
            today, year = self._meant(session)
            return registrations.places(session, school_id, year, today)

    def _meant(self, session: Session) -> tuple[date, int]:
        today = settings.today(session, self._clock())
        return today, coming_year(today, settings.load(session).registration_opens)

    # Steps

    def check_child(self, given: ChildGiven) -> list[FieldProblem]:
        """What is wrong with the seven fields, field by field."""
        with self._store.read() as session:
            return check_child(given, settings.today(session, self._clock()))

    @staticmethod
    def check_school(given: SchoolGiven, *, code_needed: bool = True) -> list[FieldProblem]:
        """What is wrong with the school form before the database is asked; see `Registration.code_needed`."""
        return check_school(given, code_needed=code_needed)

    def begin(self, citizen: Citizen, form_token: str, given: ChildGiven) -> Registration:
        """「学校情報登録に進む」: keep the child as a draft. The same form (its random token) sent twice is one.

        Raises UserError("form.wrong"), ("step.not_open", opens=), ("registration.too_many").
        """
        if self.check_child(given) or not _is_token(form_token):
            raise UserError("form.wrong")
        clean, for_clerk = kept(given)
        account = citizen.account_id
        with self._store.write(citizen.actor) as session:
            openings.require(session, Step.REGISTRATION, self._clock())
            _take_turn(session, account)
            id_, is_new = registrations.begin(session, account, form_token, clean, for_clerk=for_clerk)
            audit.record(session, "began" if is_new else "began_again", "registration", id_)
            return registrations.one(session, account, id_)

    def change_child(self, citizen: Citizen, registration_id: int, version: int, given: ChildGiven) -> Registration:
        """Raises UserError("form.wrong"), ("registration.closed"), ("registration.changed"), ("not_found")."""
        if self.check_child(given):
            raise UserError("form.wrong")
        clean, for_clerk = kept(given)
        account = citizen.account_id
        with self._store.write(citizen.actor) as session:
            registrations.change_child(session, account, registration_id, version, clean, for_clerk=for_clerk)
            audit.record(session, "changed", "registration", registration_id)
            return registrations.one(session, account, registration_id)

    def set_school(self, citizen: Citizen, registration_id: int, version: int, given: SchoolGiven) -> Registration:
        """School, class, groups and number, with the school's code.

        Raises UserError("form.wrong"), ("registration.place_unknown") for a class that is not the school's this year,
        UserError("registration_code.wrong") or (".held"), and as `change_child` does.
        """
        account = citizen.account_id
        with self._store.read() as session:
            mine = registrations.one(session, account, registration_id)
            code_needed = mine.code_needed(given.school_id)
            if check_school(given, code_needed=code_needed):
                raise UserError("form.wrong")
            today, year = self._meant(session)
            offered = registrations.places(session, given.school_id, year, today)
        rooms, groups = {room[0] for room in offered.homerooms}, {group[0] for group in offered.groups}
        if given.homeroom_id not in rooms or not given.group_ids <= groups:
            raise UserError("registration.place_unknown")
        code_id = self._codes.check(citizen, given.school_id, given.code) if code_needed else None
        with self._store.write(citizen.actor) as session:
            registrations.set_school(session, account, registration_id, version, given, year, code_id)
            audit.record(session, "set_school", "registration", registration_id, school=given.school_id)
            return registrations.one(session, account, registration_id)

    def submit(self, citizen: Citizen, registration_id: int, version: int) -> Registration:
        """The confirmation page's 「登録」 (A29); from here on the school looks at it.

        Raises UserError("registration.no_school"), ("registration.nothing_changed"), and as `change_child` does.
        """
        account = citizen.account_id
        with self._store.write(citizen.actor) as session:
            registrations.submit(session, account, registration_id, version)
            found = registrations.one(session, account, registration_id)
            audit.record(session, "submitted", "registration", registration_id, school=found.school_id)
        return found

    # Children that one has

    def own_children(self, citizen: Citizen) -> list[OwnChild]:
        """The children whose guardian one is by now."""
        with self._store.read() as session:
            return own_children.of_account(session, citizen.account_id, settings.today(session, self._clock()))

    def begin_change(self, citizen: Citizen, form_token: str, child_id: int, given: ChildGiven) -> Registration:
        """A draft with what shall be another; `set_school` may change the school's part of it, and then `submit`.

        Raises UserError("form.wrong"), ("not_found"), ("registration.open_already") or ("registration.too_many").
        """
        if self.check_child(given) or not _is_token(form_token):
            raise UserError("form.wrong")
        clean, for_clerk = kept(given)
        account = citizen.account_id
        with self._store.write(citizen.actor) as session:
            _take_turn(session, account)
            own = own_children.one(session, account, child_id, settings.today(session, self._clock()))
            id_ = registrations.begin_about(session, account, form_token, Kind.CHANGE, own, clean, for_clerk=for_clerk)
            if own.open not in (None, id_):
                raise UserError("registration.open_already")
            audit.record(session, "began_change", "registration", id_, school=own.school_id)
            return registrations.one(session, account, id_)

    def withdraw_child(self, citizen: Citizen, form_token: str, child_id: int) -> Registration:
        """「この子どもの登録をやめる」: a reviewer of the school agrees; where there is no school, it holds at once.

        A change of the child that waits is taken back. Raises UserError("not_found"), ("form.wrong"), and
        ("registration.open_already") for a withdrawal, or a change that is being decided.
        """
        if not _is_token(form_token):
            raise UserError("form.wrong")
        with self._store.write(citizen.actor) as session:
            registrations.lock_account(session, citizen.account_id)
            today = settings.today(session, self._clock())
            own = own_children.one(session, citizen.account_id, child_id, today)
            id_ = withdrawals.begin(session, citizen.account_id, form_token, own, today)
            return registrations.one(session, citizen.account_id, id_)

    def take_back(self, citizen: Citizen, registration_id: int, version: int) -> None:
        """Raises UserError("registration.closed") once somebody decided about it."""
        with self._store.write(citizen.actor) as session:
            registrations.take_back(session, citizen.account_id, registration_id, version)
            audit.record(session, "took_back", "registration", registration_id)

    def all(self, citizen: Citizen) -> list[Registration]:
        """One's own, the newest first."""
        with self._store.read() as session:
            return registrations.of_account(session, citizen.account_id)

    def get(self, citizen: Citizen, registration_id: int) -> Registration:
        """Raises UserError("not_found"), also for another's."""
        with self._store.read() as session:
            return registrations.one(session, citizen.account_id, registration_id)
