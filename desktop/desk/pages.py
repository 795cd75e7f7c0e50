"""The desk's pages: their order, their names, who sees them. A page's module is loaded when the page is made."""

from collections.abc import Callable
from functools import partial
from importlib import import_module

from desktop.domain.staff import Verb
from desktop.i18n import N_
from desktop.settings import SMS
from desktop.ui.app_context import AppContext
from desktop.ui.page import Page, PageSpec

FIRST = "today"
OTHERS = (
    *("notices", "notice", "compose", "rosters", "roster_import", "letters", "registrations", "sms", "administration"),
)


def page_specs(context: AppContext) -> list[PageSpec]:
    """What is not built yet is not listed: nobody shall click on an empty promise."""

    def spec(
        key: str,
        title: str,
        icon: str,
        make: Callable[[AppContext], Page],
        *verbs: Verb,
        under: str = "",
        whole_city: bool = False,
        part: str = "",
    ) -> PageSpec:
        return PageSpec(key, title, icon, partial(make, context), verbs, under, whole_city, part)

    return [
        spec("today", N_("Today"), "calendar", _today, Verb.SEE_NOTICE),
        spec("notices", N_("Notices"), "megaphone", _notices, Verb.SEE_NOTICE),
        spec("notice", N_("Notice"), "megaphone", _notice, Verb.SEE_NOTICE, under="notices"),
        spec("compose", N_("Write a notice"), "edit", _compose, Verb.WRITE_NOTICE, under="notices"),
        spec("rosters", N_("Rosters"), "people", _rosters, Verb.SEE_ROSTER),
        spec("roster_import", N_("Import a roster"), "download", _roster_import, Verb.IMPORT_ROSTER, under="rosters"),
        spec("letters", N_("Registration letters"), "printer", _letters, Verb.HAND_OUT_CODE, under="rosters"),
        spec(
            "registrations",
            N_("Registrations"),
            "clipboard-check",
            _registrations,
            Verb.HELP_CITIZENS,
            Verb.HAND_OUT_CODE,
        ),
        spec("sms", N_("SMS accounts"), "message", _sms, Verb.HELP_BY_SMS, whole_city=True, part=SMS),
        spec("administration", N_("Administration"), "cog", _administration, Verb.MANAGE_STAFF),
    ]


def fetch(*keys: str) -> None:
    """In the background: load the modules of these pages, so that a click finds them."""
    for key in keys:
        import_module(f"desktop.ui.{key}.page")


def _today(context: AppContext) -> Page:
    from desktop.ui.today.page import TodayPage

    return TodayPage(context)


def _notices(context: AppContext) -> Page:
    from desktop.ui.notices.page import NoticesPage

    return NoticesPage(context)


def _notice(context: AppContext) -> Page:
    from desktop.ui.notice.page import NoticePage

    return NoticePage(context)


def _compose(context: AppContext) -> Page:
    from desktop.ui.compose.page import ComposePage

    return ComposePage(context)


def _rosters(context: AppContext) -> Page:
    from desktop.ui.rosters.page import RostersPage

    return RostersPage(context)


def _roster_import(context: AppContext) -> Page:
    from desktop.ui.roster_import.page import RosterImportPage

    return RosterImportPage(context)


def _registrations(context: AppContext) -> Page:
    from desktop.ui.registrations.page import RegistrationsPage

    return RegistrationsPage(context)


def _sms(context: AppContext) -> Page:
    from desktop.ui.sms.page import SmsPage

    return SmsPage(context)


def _letters(context: AppContext) -> Page:
    from desktop.ui.letters.page import LettersPage

    return LettersPage(context)


def _administration(context: AppContext) -> Page:
    from desktop.ui.administration.page import AdministrationPage

    return AdministrationPage(context)
