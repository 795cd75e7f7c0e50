"""Accounts as a text message makes them, for tests of what their owners do afterwards."""

from dataclasses import dataclass
from datetime import date

from desktop.domain.sms import Applicant
from desktop.secrets import Secrets
from desktop.services.sms_keys import SmsKeys
from desktop.store import audit, sms_accounts, sms_making
from desktop.store.db import Store
from desktop.store.sms_accounts import Issued
from desktop.store.sms_making import Secured
from tests.make import Make

PHONE = "0905123456"
AN = Applicant("Nguyễn Văn An", "Nguyen Van An", "046201012345", date(1990, 2, 28))


@dataclass
class SmsOffice:
    """Makes accounts, sends their texts, and knows what stands in them."""

    store: Store
    secrets: Secrets
    make: Make

    @property
    def keys(self) -> SmsKeys:
        return SmsKeys(self.secrets)

    def texted(self, phone: str = PHONE, applicant: Applicant = AN, *, sent: bool = True) -> int:
        """The account that a citizen's text made; the reply with its password is sent unless it waits yet."""
        digits = applicant.id_number
        secured = Secured(f"nonce {phone}", self.keys.id_hash(digits), self.keys.seal("id", digits))
        with self.store.write(self.make.principal()) as session:
            made = sms_making.make(session, phone, applicant, secured, None)
            assert isinstance(made, Issued), made
            if sent:
                sms_accounts.note_sent(session, made.account_id, made.issue)
            audit.record(session, "made", "account", made.account_id)
        return made.account_id

    def issued(self, account_id: int) -> Issued:
        with self.store.read() as session:
            return sms_accounts.require(session, account_id)

    def password(self, account_id: int) -> str:
        """What stands in the newest text."""
        held = self.issued(account_id)
        return self.keys.password(held.account_id, held.nonce, held.issue)

    def issue_anew(self, account_id: int, *, sent: bool = True) -> None:
        with self.store.write(self.make.principal()) as session:
            held = sms_accounts.lock_row(session, account_id)
            anew = sms_accounts.issue_anew(session, held, reissues=held.reissues + 1)
            if sent:
                sms_accounts.note_sent(session, account_id, anew.issue)
            audit.record(session, "issued_anew", "account", account_id)
