"""After the first log-in by text message: what is missing is added, and kept true later (B11, B17)."""

from datetime import date

from desktop.domain.accounts import Citizen
from desktop.domain.completing import SmsDetails, check_completed, check_postal_address
from desktop.domain.errors import UserError
from desktop.domain.names import trimmed
from desktop.domain.people import FieldProblem
from desktop.services.clock import utc_now
from desktop.store import account_guardian, accounts, audit, registrations, settings, sms_accounts, sms_completing
from desktop.store.db import Clock, Session, Store


class Completing:
    """All a citizen's own; the telephone number itself is changed at a desk alone."""

    def __init__(self, store: Store, clock: Clock = utc_now) -> None:
        self._store = store
        self._clock = clock

    def details(self, citizen: Citizen) -> SmsDetails | None:
        """None where no text message made the account."""
        with self._store.read() as session:
            return sms_completing.details(session, citizen.account_id)

    @staticmethod
    def check(family_name: str, given_name: str, postal_address: str) -> list[FieldProblem]:
        return check_completed(family_name, given_name, postal_address)

    @staticmethod
    def check_postal_address(postal_address: str) -> list[FieldProblem]:
        return check_postal_address(postal_address)

    def complete(self, citizen: Citizen, family_name: str, given_name: str, postal_address: str) -> None:
        """From now on every service is open. Raises UserError("form.wrong") for what `check` finds, and
        ("not_found") where no text message made the account.
        """
        if self.check(family_name, given_name, postal_address):
            raise UserError("form.wrong")
        names = trimmed(family_name), trimmed(given_name)
        with self._store.write(citizen.actor) as session:
            self._keep(session, citizen, postal_address)
            sms_completing.note_complete(session, citizen.account_id)
            accounts.set_names(session, citizen.account_id, *names)
            account_guardian.follow(session, citizen.account_id, self._today(session), names=names)
            audit.record(session, "completed", "account", citizen.account_id)

    def set_postal_address(self, citizen: Citizen, postal_address: str) -> None:
        """Raises as `complete` does."""
        if self.check_postal_address(postal_address):
            raise UserError("form.wrong")
        with self._store.write(citizen.actor) as session:
            self._keep(session, citizen, postal_address)
            audit.record(session, "changed", "account", citizen.account_id, fields=["postal_address"])

    def _keep(self, session: Session, citizen: Citizen, postal_address: str) -> None:
        sms_accounts.lock_row(session, citizen.account_id)
        registrations.lock_account(session, citizen.account_id)
        sms_completing.set_postal_address(session, citizen.account_id, trimmed(postal_address))

    def _today(self, session: Session) -> date:
        return settings.today(session, self._clock())
