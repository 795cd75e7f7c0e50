"""A month of text messages to the practice city: citizens get accounts, forget about them, and write nonsense."""

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from desktop.app import Opened, Services, build_services
from desktop.domain.accounts import FirstLogIn
from desktop.domain.sms import Gateway
from desktop.domain.sms_accounts import AccountQuery, AccountRow, DeskCheck, Document
from desktop.domain.sms_gateways import InboundCall, SmsKind, SmsOutcome
from desktop.domain.sms_pilots import PilotForm
from desktop.domain.staff import Actor
from desktop.store.db import Store

PASSWORD = "practice-sms-9"  # noqa: S105  in practice it is no secret
_STEP = timedelta(days=1)
_PLACE = "Quầy 3, UBND quận Hải Châu"
_NAMES = (
    "Nguyen Van Hung", "Tran Thi Mai", "Le Quoc Bao", "Pham Thi Lan", "Hoang Duc Anh", "Vo Minh Tri", "Dang Van Son",
    "Bui Thi Hoa", "Do Thi Thu", "Ngo Van Phuc", "Duong Thi Kim", "Ly Thi Hong", "Mai Van Dung", "Phan Thi Thuy",
    "Truong Van Loc", "Ho Thi Nga", "Dinh Van Nam", "Cao Thi Ha", "Luong Van Khoa", "Ta Thi Yen", "Vu Van Long",
    "Trinh Thi Oanh", "Nguyễn Thị Hương", "Đặng Văn Lâm", "Trần Đức Hải", "Lê Thị Bích",
)  # fmt: skip
_PREFIXES = ("090", "091", "098", "076", "092")
_SIGNED_UP = (
    29.6, 26.1, 23.7, 20.4, 17.9, 14.3, 11.8, 11.1, 10.4, 9.7, 8.5, 7.4, 6.6, 5.9, 5.3, 4.8, 4.4, 3.7, 3.3, 2.8, 2.2,
    1.6, 1.1, 0.8, 0.5, 0.2,
)  # fmt: skip
"""How many days ago each of the names got its account."""
_DECIDED = frozenset({0, 2, 8, 14})
"""Who set their own password; more would take the demonstration too long. The others let theirs run out."""
_NONSENSE = (
    (27.4, "xin chao"), (24.6, "TK Nguyen Thi Lan 200000777 1.2.1979"), (22.9, "TK,Pham Van Tam,20000077,5.5.1988"),
    (20.3, "TK,Le Thi Cuc,200000778,31.02.1980"), (18.4, "Cho toi hoi lam sao de dang ky?"),
    (16.2, "TK;Vo Van Kiet;200000779"), (14.1, "TK,Bui Van Tu,200000780,1.1.85"), (12.5, "dk tai khoan"),
    (10.2, "TK,,200000781,3.4.1990"),
    (7.9, "TK,Ha Thi Sen,2000007A2,3.4.1990"), (5.8, "TK,Mai Thi Lua,200000783,1-5-1985"),
    (3.1, "TK,Ly Van Tai,200000784,1.1.2031"), (1.4, "TK"), (0.6, "Tai khoan cua toi bi khoa, giup toi voi"),
)  # fmt: skip
"""Days ago, and what cannot be read."""


def phone_of(number: int) -> str:
    """A number that looks like nobody's: 0900000101."""
    return f"{_PREFIXES[number % len(_PREFIXES)]}0000{number + 101:03}"


def message_of(number: int) -> str:
    """What the citizen of that number texts, as people write it: now with commas, now with semicolons and blanks."""
    born = date(1958 + number * 2 % 46, number % 12 + 1, number % 27 + 1)
    parts = ["TK", _NAMES[number], id_of(number, born), f"{born.day:02}/{born.month:02}/{born.year}"]
    if number % 3 == 1:
        parts[3] = f"{born.day}.{born.month}.{born.year}"
        return " ; ".join(parts)
    return ",".join(parts)


def id_of(number: int, born: date) -> str:
    """An ID that nobody has: nine digits, or twelve in which century, sex and year fit the date of birth."""
    if number % 2:
        return f"{200_000_100 + number}"
    century = 0 if born.year < 2000 else 2
    return f"048{century + number // 2 % 2}{born.year % 100:02}{900_100 + number:06}"


@dataclass(frozen=True, slots=True)
class _Event:
    at: datetime
    do: Callable[[], object]


class _PastClock:
    """The time at which the month is just being played."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now


def play_texting(found: Opened, administrator: Actor, now: datetime) -> None:
    """Switch accounts by text message on, and play the 30 days before `now` through the services of that time."""
    for key, value in (("sms.enabled", "on"), ("sms.part_cost", "700")):
        found.services.settings.set(administrator, key, value)
    clock = _PastClock(now - timedelta(days=30))
    store = Store(found.store.url, clock=clock, busy_seconds=60)
    try:
        # SQLite tidies up whenever its last connection is closed: one stays open meanwhile.
        with store.engine.connect():
            _Month(build_services(store, found.secrets, clock), administrator, clock, now).play()
    finally:
        store.close()


class _Month:
    """Citizens with their phones, the worker, and whoever is asked for help."""

    def __init__(self, services: Services, administrator: Actor, clock: _PastClock, now: datetime) -> None:
        self._services = services
        self._administrator = administrator
        self._clock = clock
        self._now = now
        self._looked = clock.now
        self._count = 0

    def play(self) -> None:
        self._units()
        events = sorted((*self._citizens(), *self._odd_ones(), *self._staff()), key=lambda event: event.at)
        for event in events:
            self._go_on_to(event.at)
            event.do()
        self._go_on_to(self._now)

    def _go_on_to(self, moment: datetime) -> None:
        """What the worker does meanwhile: each step of each timer, a day late at the most."""
        while self._looked + _STEP < moment:
            self._looked = self._clock.now = self._looked + _STEP
            self._send(self._services.sms_timer.run())
        self._clock.now = moment

    def _send(self, most: int) -> None:
        """The texts that are owed, of which there are no more than so many."""
        for _each in range(most):
            claimed = self._services.sms_replies.claim()
            if claimed is None:
                return
            owed, text = claimed
            outcome = SmsOutcome(SmsKind.ACCEPTED, ref=f"practice-{owed.id}")
            self._services.sms_replies.settle(owed, text, outcome)
            self._read(text.phone, text.text)

    # Citizens

    def _citizens(self) -> list[_Event]:
        return [self._texts(days, phone_of(at), message_of(at)) for at, days in enumerate(_SIGNED_UP)]

    def _odd_ones(self) -> list[_Event]:
        """What is refused, held, or comes again."""
        again = message_of(16)
        taken, other = message_of(2), message_of(4).replace(_NAMES[4], "Pham Van Sang")
        mismatch = "TK,Tran Van Khanh,048190900555,17/08/1991"
        impatient = phone_of(60)
        return [
            *(self._texts(days, phone_of(40 + at), text) for at, (days, text) in enumerate(_NONSENSE)),
            self._texts(_SIGNED_UP[16] - 0.0002, phone_of(16), again),
            self._texts(20.9, phone_of(55), taken),
            self._texts(9.1, phone_of(56), taken),
            self._texts(6.2, phone_of(7), other.replace("048", "049")),
            self._texts(4.9, phone_of(57), mismatch),
            self._texts(2.5, "8088", "Quang cao"),
            *(self._texts(1.9 - at / 2000, impatient, f"alo {at}") for at in range(6)),
            self._texts(0.9, phone_of(61), "trung thuong roi"),
        ]

    def _texts(self, days_ago: float, phone: str, text: str) -> _Event:
        return _Event(self._now - timedelta(days=days_ago), lambda: self._receive(phone, text))

    def _receive(self, phone: str, text: str) -> None:
        self._count += 1
        said = {"id": f"demo-{self._count}", "from": phone, "to": "8188", "text": text}
        self._services.sms_intake.receive(InboundCall(Gateway.PRACTICE, b"", json.dumps(said).encode(), "127.0.0.1"))
        self._send(self._services.sms_intake.take_in())

    def _read(self, phone: str, text: str) -> None:
        """The phone shows the text; some of its owners go and set their own password at once."""
        if phone not in {phone_of(number) for number in _DECIDED}:
            return
        password = re.search("MK: ([A-Za-z2-9]{10})", text)
        if password is None:
            return
        first = self._services.accounts.log_in(phone, password[1])
        if isinstance(first, FirstLogIn):
            self._services.first_log_ins.set_password(first.proof, PASSWORD, PASSWORD, "1")

    # Staff

    def _units(self) -> None:
        steering = self._services.sms_steering
        for name, numbers in (("Sở Thông tin và Truyền thông", range(4)), ("Quận Hải Châu", range(3, 12))):
            steering.save_unit(self._administrator, PilotForm(name, tuple(phone_of(number) for number in numbers)))

    def _staff(self) -> Sequence[_Event]:
        """Two citizens come to a desk, one loses their phone, one number is a machine."""
        block = self._services.sms_messages.block
        return (
            self._at(22.0, lambda: self._verify(phone_of(0), Document.CCCD)),
            self._at(9.3, lambda: self._verify(phone_of(8), Document.CMND)),
            self._at(3.4, lambda: self._lock(phone_of(14))),
            self._at(1.0, lambda: block(self._administrator, phone_of(61), "Máy nhắn tin tự động")),
        )

    def _at(self, days_ago: float, do: Callable[[], object]) -> _Event:
        return _Event(self._now - timedelta(days=days_ago), do)

    def _verify(self, phone: str, document: Document) -> None:
        accounts, row = self._services.sms_accounts, self._account(phone)
        seen = accounts.account(self._administrator, row.id).seen
        accounts.verify(self._administrator, row.id, seen, DeskCheck(document, _PLACE))

    def _lock(self, phone: str) -> None:
        accounts, row = self._services.sms_accounts, self._account(phone)
        seen = accounts.account(self._administrator, row.id).seen
        accounts.lock(self._administrator, row.id, seen, "Mất điện thoại")

    def _account(self, phone: str) -> AccountRow:
        accounts = self._services.sms_accounts
        (row,) = accounts.rows(self._administrator, accounts.ids(self._administrator, AccountQuery(typed=phone)))
        return row
