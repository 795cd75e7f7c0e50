"""The words of texts that go out. A wording has {0} for the log-in and {1} for the password, and no other places."""

from desktop.domain.sms import HIDDEN, SETTING_OF, Template
from desktop.settings import Settings


def wording_of(known: Settings, template: Template) -> str:
    """As the city words it now. Raises KeyError for MANUAL, which a person writes each time."""
    wording: str = known[SETTING_OF[template]]
    return wording


def filled(wording: str, login: str, password: str) -> str:
    """What leaves; nobody may see or keep it. Braces of any other kind stay: whoever words it need not know of them."""
    return wording.replace("{0}", login).replace("{1}", password)


def shown(wording: str, login: str) -> str:
    """The same for people's eyes."""
    return filled(wording, login, HIDDEN)
