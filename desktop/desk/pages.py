"""The desk's pages: their order, their names, who sees them."""

from functools import partial

from desktop.domain.staff import Verb
from desktop.ui.administration.page import AdministrationPage
from desktop.ui.app_context import AppContext
from desktop.ui.compose.page import ComposePage
from desktop.ui.main_window import PageSpec
from desktop.ui.notice.page import NoticePage
from desktop.ui.notices.page import NoticesPage
from desktop.ui.page import Page
from desktop.ui.roster_import.page import RosterImportPage
from desktop.ui.rosters.page import RostersPage
from desktop.ui.today.page import TodayPage


def page_specs(context: AppContext) -> list[PageSpec]:
    """What is not built yet is not listed: nobody shall click on an empty promise."""

    def spec(key: str, icon: str, page: type[Page], verb: Verb, under: str = "") -> PageSpec:
        return PageSpec(key, page.title, icon, partial(page, context), verb, under)

    return [
        spec("today", "calendar", TodayPage, Verb.SEE_NOTICE),
        spec("notices", "megaphone", NoticesPage, Verb.SEE_NOTICE),
        spec("notice", "megaphone", NoticePage, Verb.SEE_NOTICE, under="notices"),
        spec("compose", "edit", ComposePage, Verb.WRITE_NOTICE, under="notices"),
        spec("rosters", "people", RostersPage, Verb.SEE_ROSTER),
        spec("roster_import", "download", RosterImportPage, Verb.IMPORT_ROSTER, under="rosters"),
        spec("administration", "cog", AdministrationPage, Verb.MANAGE_STAFF),
    ]
