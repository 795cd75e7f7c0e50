"""What can be set, declared once: key, type, default, and what it is for. The values live in the database."""

import json
import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from ipaddress import ip_network
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from desktop.domain.errors import UserError
from desktop.domain.mail import Lane
from desktop.domain.notices import QuietHours
from desktop.domain.plain_text import clean_text
from desktop.i18n import LANGUAGES, N_


def _text(value: str) -> str:
    """One line: a line end within it would begin another header where it is a mail's sender."""
    text = value.strip()
    if "\n" in clean_text(text) or clean_text(text) != text:
        raise ValueError(value)
    return text


def _number(low: int, high: int) -> Callable[[str], int]:
    def parse(value: str) -> int:
        number = int(value)
        if not low <= number <= high:
            raise ValueError(value)
        return number

    return parse


def _truth(value: str) -> bool:
    return {"on": True, "true": True, "yes": True, "1": True, "off": False, "false": False, "no": False, "0": False}[
        value.strip().lower()
    ]


def _choice(*allowed: str) -> Callable[[str], str]:
    def parse(value: str) -> str:
        if value.strip() not in allowed:
            raise ValueError(value)
        return value.strip()

    return parse


def _url(value: str) -> str:
    if value.strip() and not re.fullmatch(r"https?://[^\s/?#@]+[^\s]*", value.strip()):
        raise ValueError(value)
    return value.strip().rstrip("/")


def _proxy(value: str) -> str:
    """Without a password: settings can be read by all staff. One that is needed stands in HTTPS_PROXY."""
    if "@" in value:
        raise ValueError(value)
    return "direct" if value.strip() == "direct" else _url(value)


def _zone(value: str) -> str:
    try:
        ZoneInfo(value.strip())
    except (ZoneInfoNotFoundError, OSError) as error:
        raise ValueError(value) from error
    return value.strip()


_DAY_AND_TIME = re.compile(
    r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?:[T\s]+(\d{1,2})[:時](?:(\d{1,2})(?::00)?分?)?)?"
)


def _moment(value: str) -> str:
    """A moment of the city's time, however one writes it, as `2027-03-17T09:00`; a day alone begins at midnight."""
    typed = unicodedata.normalize("NFKC", value).strip()
    if not typed:
        return ""
    found = _DAY_AND_TIME.fullmatch(typed)
    if found is None:
        raise ValueError(value)
    year, month, day, hour, minute = (int(part) for part in found.groups(default="0"))
    return datetime(year, month, day, hour, minute).isoformat("T", "minutes")  # noqa: DTZ001 - by the city's clock


def _quiet(value: str) -> str:
    if value.strip() != "off":
        quiet_hours(value)
    return value.strip()


def _rates(value: str) -> str:
    return ",".join(f"{lane.value}={rate:g}" for lane, rate in mail_rates(value).items()) or "off"


def mail_rates(value: str) -> dict[Lane, float]:
    """Read `docomo=10,gmail=20`: mails per second; who is not named is not limited, nor is anybody by `off`."""
    if value.strip() in ("", "off"):
        return {}
    rates = {}
    for part in value.split(","):
        name, _, rate = part.partition("=")
        rates[Lane(name.strip())] = float(rate)
    if not all(0.1 <= rate <= 1000 for rate in rates.values()):
        raise ValueError(value)
    return rates


def quiet_hours(value: str) -> QuietHours | None:
    """Read `21:00-07:00`, or `off` as None. Raises ValueError."""
    if value.strip() == "off":
        return None
    start, _, end = value.partition("-")
    return QuietHours(time.fromisoformat(start.strip().zfill(5)), time.fromisoformat(end.strip().zfill(5)))


def _networks(value: str) -> str:
    """Addresses or networks, with commas between them."""
    return ",".join(str(ip_network(part.strip(), strict=False)) for part in value.split(",") if part.strip())


def _reply(*places: str) -> Callable[[str], str]:
    """A text message's wording: each of the places stands in it, and no other."""

    def parse(value: str) -> str:
        text = _text(value)
        if not text or set(re.findall(r"\{\d*\}", text)) != set(places):
            raise ValueError(value)
        return text

    return parse


@dataclass(frozen=True, slots=True)
class Setting:
    """One thing that can be set. `label` is marked for translation; `practice` replaces the default in practice."""

    key: str
    default: Any
    parse: Callable[[str], Any]
    label: str
    practice: Any = None


# Word for word as the city decided (B7, B9, B10, B12) or as decided here (B8, B14); the one đ in the first is theirs.
_REPLY_ACCOUNT = (
    "TK: {0}, MK: {1} la tai khoan su dung HT Chinh quyen đien tu. De nghi anh chi doi mat khau trong vong 03 ngay "
    "de bao mat. Cam on!"
)
_REPLY_REISSUED = (
    "TK: {0}, MK moi: {1}. Mat khau cu da bi xoa vi qua 03 ngay chua doi. De nghi anh chi doi mat khau. Cam on!"
)
_REPLY_SYNTAX = "Loi. Tin nhan sai cu phap. Cu phap dung la: TK,Ho va ten,soCMND,nn.tt.nnnn (ngay thang nam sinh)"
_REPLY_ID_TAKEN = "So CMND da duoc su dung de dang ky tai khoan tren he thong Chinh quyen dien tu"
_REPLY_PHONE_TAKEN = "So dien thoai da duoc su dung de dang ky tai khoan tren he thong Chinh quyen dien tu"
_REPLY_PILOT = "He thong dang thu nghiem. Vui long thu lai sau. Cam on!"

_ALL = (
    Setting("city.name", "", _text, N_("Name of the city")),
    Setting("city.timezone", "Asia/Tokyo", _zone, N_("Time zone")),
    Setting("city.language", "ja", _choice(*LANGUAGES), N_("Language of a notice when the reader's own is missing")),
    Setting("email.host", "", _text, N_("Mail server")),
    Setting("email.port", 587, _number(1, 65535), N_("Port of the mail server")),
    Setting(
        "email.security", "starttls", _choice("none", "starttls", "tls"), N_("Encryption towards the mail server")
    ),
    Setting("email.user", "", _text, N_("User name at the mail server")),
    Setting("email.from", "", _text, N_("From address of all mail"), practice="renraku@practice.example"),
    Setting("email.connections", 4, _number(1, 50), N_("Connections to the mail server")),
    Setting("email.rates", "docomo=10,au=10,softbank=10,gmail=20", _rates,
            N_("Mails per second to each carrier"), practice="off"),
    Setting("mailbox.host", "", _text, N_("IMAP server with the mailbox of the From address (empty: none)")),
    Setting("mailbox.port", 993, _number(1, 65535), N_("Port of the IMAP server")),
    Setting("mailbox.security", "tls", _choice("none", "starttls", "tls"), N_("Encryption towards the IMAP server")),
    Setting("mailbox.user", "", _text, N_("User name at the IMAP server")),
    Setting("mailbox.folder", "INBOX", _text, N_("Folder in which replies and returned mails arrive")),
    Setting("line.enabled", False, _truth, N_("Send by LINE"), practice=True),
    Setting("line.api_url", "https://api.line.me", _url, N_("Address of the LINE service")),
    Setting("line.data_url", "https://api-data.line.me", _url, N_("Address to which LINE's menu pictures go")),
    Setting("line.link_url", "https://access.line.me/dialog/bot/accountLink", _url,
            N_("LINE's page on which a citizen allows linking")),
    Setting("line.friend_url", "", _url, N_("Page on which families add the LINE account as a friend")),
    Setting("line.proxy", "", _proxy, N_("Proxy on the way to LINE (empty: the system's; direct: none)")),
    Setting("line.opens_at", "", _moment, N_("LINE can be linked from (empty: at once)")),
    Setting("sms.enabled", False, _truth, N_("Accounts by SMS")),
    Setting("sms.gateway", "kannel", _choice("kannel", "esms", "vcom"), N_("SMS gateway")),
    Setting("sms.url", "", _url, N_("Address of the SMS gateway")),
    Setting("sms.user", "", _text, N_("User name at the SMS gateway")),
    Setting("sms.brand", "", _text, N_("Sender’s name that eSMS shows (Brandname)")),
    Setting("sms.networks", "", _networks, N_("Addresses from which the SMS gateway calls (empty: any)")),
    Setting("sms.short_code", "8188", _text, N_("Short code to which citizens text")),
    Setting("sms.reply_account", _REPLY_ACCOUNT, _reply("{0}", "{1}"), N_("Reply: an account was made")),
    Setting("sms.reply_reissued", _REPLY_REISSUED, _reply("{0}", "{1}"), N_("Text: a new password after 3 days")),
    Setting("sms.reply_syntax", _REPLY_SYNTAX, _reply(), N_("Reply: wrong syntax")),
    Setting("sms.reply_id_taken", _REPLY_ID_TAKEN, _reply(), N_("Reply: the ID is registered already")),
    Setting("sms.reply_phone_taken", _REPLY_PHONE_TAKEN, _reply(), N_("Reply: the phone is registered already")),
    Setting("sms.reply_pilot", _REPLY_PILOT, _reply(), N_("Reply: not on a pilot list")),
    Setting("sms.repeat_reissues", False, _truth, N_("Texting the same ID again sends a new password")),
    Setting("sms.pilot", False, _truth, N_("Only numbers on pilot lists get an account")),
    Setting("sms.fee", 1500, _number(0, 1_000_000), N_("What a message costs the citizen (đồng)")),
    Setting("sms.part_cost", 0, _number(0, 1_000_000), N_("What each part of a reply costs the city (đồng)")),
    Setting("portal.url", "", _url, N_("Address of the portal"), practice="http://127.0.0.1:8080"),
    Setting("portal.trusted_proxies", 0, _number(0, 10), N_("Proxies in front of the portal")),
    Setting("portal.guide_url", "", _url, N_("Page about the portal's other uses (on letters)"),
            practice="https://www.city.example/portal"),
    Setting("contacts.registration", "", _text, N_("Questions about registration: office, telephone, hours"),
            practice="学校教育課 082-000-0000（平日 8:30–17:15）"),
    Setting("contacts.operation", "", _text, N_("Questions about using the portal (empty: as above)")),
    Setting("contacts.sms", "", _text, N_("Questions about accounts by text message (empty: as registration)")),
    Setting("contacts.notices", "", _text, N_("Questions about a notice (empty: the school)")),
    Setting("portal.opens_at", "", _moment, N_("Log-in IDs are given from (empty: at once)")),
    Setting("registration.opens_at", "", _moment, N_("Registration opens at (empty: it is open)")),
    Setting("notice.quiet_hours", "21:00-07:00", _quiet, N_("Quiet hours"), practice="off"),
    Setting("notice.hold_minutes", 3, _number(0, 120), N_("Minutes in which an approved notice can be taken back"),
            practice=0),
    Setting("schools.enabled", True, _truth, N_("Notices to families")),
)  # fmt: skip

SETTINGS: Mapping[str, Setting] = {setting.key: setting for setting in _ALL}


SMS = "sms"
"""The part of the program that a city may leave switched off: accounts by text message."""


def read_value(key: str, text: str) -> Any:
    """What `text` means for `key`. Raises UserError("settings.unknown") or ("settings.invalid")."""
    if key not in SETTINGS:
        raise UserError("settings.unknown", key=key)
    try:
        return SETTINGS[key].parse(text)
    except (ValueError, KeyError) as error:
        raise UserError("settings.invalid", key=key, value=text) from error


def show_value(value: Any) -> str:
    """A value as it is typed and printed."""
    if isinstance(value, bool):
        return "on" if value else "off"
    return value if isinstance(value, str) else json.dumps(value)


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings of one database, read at one moment: `settings["email.host"]`."""

    values: Mapping[str, Any]
    practice: bool

    def __getitem__(self, key: str) -> Any:
        setting = SETTINGS[key]
        if key in self.values:
            return self.values[key]
        return setting.practice if self.practice and setting.practice is not None else setting.default

    @property
    def parts(self) -> frozenset[str]:
        """The parts of the program that this city uses, of those that it need not."""
        return frozenset({SMS} if self["sms.enabled"] else ())

    def is_shown(self, key: str) -> bool:
        """Whether a setting is listed: of a part that is not used, only the one that switches it on."""
        return key == "sms.enabled" or SMS in self.parts or not (key.startswith("sms.") or key == "contacts.sms")

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self["city.timezone"])

    def moment(self, key: str) -> datetime | None:
        """A moment of the city's time that is set; None where none is."""
        value = self[key]
        return datetime.fromisoformat(value).replace(tzinfo=self.zone) if value else None

    @property
    def registration_opens(self) -> date | None:
        """The day on which registration opens or opened; None: it always was."""
        value = self["registration.opens_at"]
        return datetime.fromisoformat(value).date() if value else None

    @property
    def quiet(self) -> QuietHours | None:
        return quiet_hours(self["notice.quiet_hours"])
