"""A city that takes text messages: phones that text through a gateway, and whoever takes their messages in."""

import hashlib
import itertools
import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote_from_bytes, urlencode

from sqlalchemy import func, select

from desktop.domain.sms import Gateway
from desktop.domain.sms_gateways import Answer, InboundCall
from desktop.secrets import Secrets, new_data_key
from desktop.services.sms_intake import SmsIntake
from desktop.services.sms_keys import SmsKeys
from desktop.services.sms_replies import text_of
from desktop.store import settings as settings_store
from desktop.store import sms_replies
from desktop.store.db import Store
from desktop.store.tables import Account, SmsAccount, SmsMessage, SmsReply, SmsReview
from tests.conftest import Clock
from tests.make import Make

KEY = "invented-gateway-key"
SECRETS = Secrets.handed({"DATA_KEY": new_data_key(), "SMS_KEY": KEY, "SMS_PASSWORD": "invented"})
AN, BINH = "0905123456", "0905123457"
ID_AN, ID_BINH = "048090001234", "201499999"
GOOD = f"TK,Nguyen Van An,{ID_AN},20/12/1990"
OTHER = f"TK;Tran Thi Binh;{ID_BINH};1.2.1985"


def good(number: int) -> str:
    """A text that gets an account, and its own ID."""
    return f"TK,Nguyen Van An,{200_000_000 + number},20/12/1990"


def kannel(sender: str, text: str | bytes, number: object, at: datetime, **changed: str) -> InboundCall:
    """Kannel's get-url as it calls it; `changed` replaces parameters."""
    raw = text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass")
    fields = {"key": KEY, "id": str(number), "from": f"+84{sender[1:]}" if sender[:1] == "0" else sender, "to": "8188",
              "charset": "UTF-8", "time": f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S}", **changed}  # fmt: skip
    query = urlencode(fields) + "&text=" + quote_from_bytes(raw)
    return InboundCall(Gateway.KANNEL, query.encode(), address="127.0.0.1")


def esms(sender: str, text: str, number: object, at: datetime) -> InboundCall:
    """The same by eSMS, signed."""
    time = f"{at + timedelta(hours=7):%Y%m%d%H%M%S}"
    signed = hashlib.md5(f"7{number}{text}{time}{KEY}".encode(), usedforsecurity=False).hexdigest()
    fields = {"sender": f"84{sender[1:]}", "content": text, "serviceNumber": "8188", "keyword": "TK", "sign": signed,
              "cpid": "7", "smsid": str(number), "receiverTime": time}  # fmt: skip
    return InboundCall(Gateway.ESMS, urlencode(fields).encode(), address="127.0.0.1")


class SmsTown:
    """What happens stands in the database; what a test reads of it is here."""

    def __init__(self, store: Store, clock: Clock, make: Make, gateway: str = "kannel") -> None:
        self.store, self.clock = store, clock
        self.intake = SmsIntake(store, SECRETS, clock)
        self._numbers = itertools.count(1)
        with store.bookkeep() as session:
            make.installation(session)
        self.set("sms.enabled", True)
        self.set("sms.gateway", gateway)
        self.set("city.timezone", "Asia/Ho_Chi_Minh")

    def set(self, key: str, value: Any) -> None:
        with self.store.bookkeep() as session:
            settings_store.put(session, key, value)

    def text(self, sender: str, text: str | bytes, number: object = None, **changed: str) -> Answer:
        """A citizen texts by Kannel; nobody has looked at it yet."""
        return self.intake.receive(
            kannel(sender, text, f"k{next(self._numbers)}" if number is None else number, self.clock(), **changed)
        )

    def texted(self, sender: str, text: str | bytes, **changed: str) -> str:
        """The same, taken in; the rule that decided."""
        self.text(sender, text, **changed)
        self.take_in()
        return self.rules()[-1]

    def ask(self, sender: str, text: str, number: object) -> str:
        """A citizen texts by eSMS; what its answer sends to the phone."""
        answer = self.intake.receive(esms(sender, text, number, self.clock()))
        if answer.reply_id is not None:
            self.intake.answered(answer.reply_id)
        found = re.search("<Message>(.*)</Message>", answer.body.decode())
        assert found, answer
        return found[1]

    def take_in(self) -> None:
        while self.intake.take_in():
            pass

    def messages(self) -> Sequence[SmsMessage]:
        with self.store.read() as session:
            return session.scalars(select(SmsMessage).order_by(SmsMessage.id)).all()

    def rules(self) -> list[str]:
        return [message.rule or "waiting" for message in self.messages()]

    def states(self) -> list[str]:
        return [message.state for message in self.messages()]

    def accounts(self) -> list[tuple[str | None, str]]:
        """Log-ins and the last digits of their IDs."""
        with self.store.read() as session:
            rows = session.execute(
                select(Account.login, SmsAccount.id_last3)
                .join(SmsAccount, SmsAccount.account_id == Account.id)
                .order_by(Account.login)
            )
            return [(login, last) for login, last in rows]

    def count(self, table: type[Account | SmsAccount | SmsReply | SmsMessage | SmsReview]) -> int:
        with self.store.read() as session:
            return session.scalar(select(func.count()).select_from(table)) or 0

    def replies(self) -> list[tuple[str, str]]:
        """Phones, and which text goes there."""
        with self.store.read() as session:
            rows = session.execute(select(SmsReply.phone, SmsReply.template).order_by(SmsReply.id))
            return [(phone, template) for phone, template in rows]

    def words(self) -> list[str]:
        """What the replies say, passwords in them."""
        with self.store.read() as session:
            ids = session.scalars(select(SmsReply.id).order_by(SmsReply.id)).all()
            return [text_of(SmsKeys(SECRETS), sms_replies.owed(session, each)) for each in ids]

    def reviews(self) -> list[tuple[str, str, int]]:
        """Open ones: why, about what, how often."""
        with self.store.read() as session:
            rows = session.execute(
                select(SmsReview.reason, SmsReview.subject, SmsReview.times)
                .where(SmsReview.settled_at.is_(None))
                .order_by(SmsReview.id)
            )
            return [(reason, subject, times) for reason, subject, times in rows]
