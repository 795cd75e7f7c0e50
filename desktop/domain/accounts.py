"""Citizens' accounts: what somebody types to get one, what is wrong with it, and who they are once they are in."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from desktop.domain.mail import AddressError, check_address
from desktop.domain.names import trimmed, unreadable_characters
from desktop.domain.passwords import problem_with
from desktop.domain.people import FieldProblem
from desktop.domain.phones import PhoneError, read_anyones_phone
from desktop.domain.staff import Actor, ActorKind

LONGEST_NAME = 100
TOKEN_LIFE = timedelta(hours=24)
"""How long a link and its code may be used (A17)."""
FIRST_LOG_IN_LIFE = timedelta(hours=1)
"""How long somebody may take to set their own password, once that of their text message was right (B7)."""
IDLE = timedelta(hours=2)
LONGEST_SESSION = timedelta(hours=12)


class Purpose(StrEnum):
    """What a link or a code is for."""

    ACTIVATE = "activate"
    RESET = "reset"
    ADD_ADDRESS = "add_address"
    CHANGE_LOGIN = "change_login"
    FIRST_LOG_IN = "first_log_in"
    """An initial password from a text message was right: now they set their own (B7)."""


class AccountState(StrEnum):
    ACTIVE = "active"
    LOCKED = "locked"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Limit:
    """So many tries within a time; the last one of them holds whatever it is for a while."""

    kind: str
    most: int
    within: timedelta
    held_for: timedelta


LOG_INS = Limit("log_in", 10, timedelta(minutes=15), timedelta(minutes=15))
CODES = Limit("code", 5, timedelta(minutes=15), timedelta(minutes=15))
CODES_OF_ADDRESS = Limit("codes", 50, timedelta(days=1), timedelta(hours=1))
"""However many mails somebody asks for: each has a code of its own, and all of them together could be guessed. Its
reader still has the link."""
MAILS = Limit("mail", 5, timedelta(hours=1), timedelta(hours=1))
"""Mails that anybody can have sent to an address by typing it."""


ADDRESSES = Limit("address", 10, timedelta(days=1), timedelta(days=1))
"""Mails that one account can have sent to addresses which it says are its own."""
MOST_ADDRESSES = 5


@dataclass(frozen=True, slots=True)
class SignUpForm:
    """Step 2 (A16) as it was typed. `again` is the password once more; `terms_version` what was consented to."""

    email: str
    family_name: str
    given_name: str
    password: str
    again: str
    language: str
    terms_version: str


@dataclass(frozen=True, slots=True)
class Citizen:
    """Somebody who is logged in; every page is shown to one. `login` is what they log in with.

    `is_incomplete`: a text message made the account, and what it could not hold is missing yet (B11).
    """

    account_id: int
    login: str
    family_name: str
    given_name: str
    language: str
    is_incomplete: bool = False

    @property
    def actor(self) -> Actor:
        """As the audit knows them: by number, not by name."""
        return Actor(ActorKind.CITIZEN, f"account {self.account_id}")


@dataclass(frozen=True, slots=True)
class LoggedIn:
    """`session` is for the cookie alone: 256 random bits, known to nobody else. `browser` stays there afterwards."""

    citizen: Citizen
    session: str
    ends_at: datetime
    browser: str


@dataclass(frozen=True, slots=True)
class FirstLogIn:
    """The password of a text message was right: there is no session until its reader has set their own (B7)."""

    proof: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class OpenedLink:
    """A link that is still good. `proof` goes with the form that the page shows, `address` is what it proves."""

    purpose: Purpose
    address: str
    language: str
    proof: str


@dataclass(frozen=True, slots=True)
class OwnAddress:
    """A mail address that somebody's notices go to; `id` 0 is that of their log-in.

    `stopped` says why nothing goes there any more (such as `bounced`), until they confirm it anew.
    """

    id: int
    address: str
    plain_text_only: bool
    confirmed: bool
    stopped: str = ""

    @property
    def is_login(self) -> bool:
        return self.id == 0


@dataclass(frozen=True, slots=True)
class Confirmed:
    """What somebody has just confirmed."""

    purpose: Purpose
    address: str


class LinkState(StrEnum):
    """How far a sign-up's link came (A17)."""

    SENT = "sent"
    OPENED = "opened"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class OpenSignUp:
    """A sign-up whose address nobody has proved yet. `mail` is the newest mail's state, `reason` why it failed."""

    token_id: int
    name: str
    address: str
    language: str
    asked_at: datetime
    state: LinkState
    mail: str
    reason: str


def clean_login(typed: str) -> str:
    """What is typed to log in, as it is stored: a mail address in small letters, or the digits of a telephone.

    What can be neither becomes "", by which nobody is known.
    """
    try:
        if "@" in typed or "＠" in typed:
            return check_address(typed)
        return read_anyones_phone(typed).number
    except (AddressError, PhoneError):
        return ""


def check_sign_up(form: SignUpForm, languages: Collection[str]) -> list[FieldProblem]:
    """Everything that is wrong with the form; worded by desktop/wording/accounts."""
    return [*_email(form.email), *_names(form), *check_new_password(form.password, form.again, form.email),
            *_choices(form, languages)]  # fmt: skip


def check_new_password(password: str, again: str, login: str) -> list[FieldProblem]:
    if not password:
        return [FieldProblem("password", "required")]
    if any("\ud800" <= letter <= "\udfff" for letter in password):
        return [FieldProblem("password", "control_characters")]
    if problem := problem_with(password, login.partition("@")[0]) or problem_with(password, login):
        return [FieldProblem("password", problem)]
    return [] if password == again else [FieldProblem("again", "password.differs")]


def _email(typed: str) -> Iterator[FieldProblem]:
    try:
        check_address(typed)
    except AddressError as error:
        yield FieldProblem("email", "required" if error.code == "empty" else f"address.{error.code}")


def check_email(typed: str) -> list[FieldProblem]:
    """What is wrong with a mail address."""
    return [*_email(typed)]


def check_names(family_name: str, given_name: str) -> list[FieldProblem]:
    """A given name may be missing: there are people with a single name."""
    return [*_each_name(family_name, given_name)]


def _names(form: SignUpForm) -> Iterator[FieldProblem]:
    yield from _each_name(form.family_name, form.given_name)


def _each_name(family_name: str, given_name: str) -> Iterator[FieldProblem]:
    if not trimmed(family_name):
        yield FieldProblem("family_name", "required")
    for name, text in (("family_name", family_name), ("given_name", given_name)):
        if len(text) > LONGEST_NAME:
            yield FieldProblem(name, "name.too_long")
        if unreadable_characters(text):
            yield FieldProblem(name, "control_characters")


def _choices(form: SignUpForm, languages: Collection[str]) -> Iterator[FieldProblem]:
    if form.language not in languages:
        yield FieldProblem("language", "language.unknown")
    if not form.terms_version:
        yield FieldProblem("terms_version", "terms.not_accepted")
