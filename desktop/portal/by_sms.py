"""What pages say of accounts by text message; nothing while the city has none (B2, B3, B13, B15)."""

from dataclasses import dataclass

from flask import Flask

from desktop.domain.accounts import Citizen, clean_login
from desktop.portal.context import services, settings

SYNTAX = "TK,Ho va ten,soCMND,nn.tt.nnnn"
"""As the reply about wrong syntax has it (B9), which the city cannot translate."""


@dataclass(frozen=True, slots=True)
class ByText:
    """How an account is got by text message. `fee` in đồng; `contact`, whom to ask, may be empty."""

    short_code: str
    fee: int
    contact: str
    is_repeatable: bool
    syntax: str = SYNTAX


def install(app: Flask) -> None:
    app.jinja_env.globals["by_text"] = by_text


def by_text() -> ByText | None:
    known = settings()
    if not known["sms.enabled"]:
        return None
    contact = known["contacts.sms"] or known["contacts.registration"]
    return ByText(known["sms.short_code"], known["sms.fee"], contact, known["sms.repeat_reissues"])


def is_reached_by_mail(citizen: Citizen) -> bool:
    """Whether notices and answers come by mail: who logs in with a telephone number may have named no address."""
    return "@" in citizen.login or any(each.confirmed for each in services().own_account.addresses(citizen))


def is_phone(typed: str) -> bool:
    """Whether somebody typed a telephone number to log in with; whose it is does not matter."""
    login = clean_login(typed)
    return by_text() is not None and login != "" and "@" not in login
