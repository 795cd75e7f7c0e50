"""A desk with real services on a real database, for tests of screens."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from desktop.app import build_services
from desktop.domain.staff import Actor
from desktop.paths import Paths
from desktop.secrets import Environment, Secrets
from desktop.services.schools import Schools
from desktop.store.db import Store, Touched
from desktop.ui.app_context import AppContext
from desktop.ui.context import Changes, SchoolChoice, Session
from desktop.ui.main_window import MainWindow
from desktop.ui.page import Page, PageSpec
from desktop.ui.tasks import Tasks

NO_SECRETS = Secrets([Environment({})])


def announce(context: AppContext, seen: list[Touched]) -> None:
    """Tell the pages what the store has written since the last time, as the application does after each commit."""
    written, seen[:] = list(seen), []
    for touched in written:
        schools = frozenset(school for _table, school in touched if school is not None)
        everywhere = any(school is None for _table, school in touched)
        context.changes.announce(frozenset(table for table, _school in touched), None if everywhere else schools)


def app_context(
    store: Store,
    tasks: Tasks,
    actor: Actor | None,
    clock: Callable[[], datetime],
    folder: Path,
    *,
    school_id: int | None = None,
    secrets: Secrets = NO_SECRETS,
) -> AppContext:
    """Everything a page is given; `actor` sits at the desk and looks at `school_id`."""

    def in_japan() -> datetime:
        return clock().astimezone(ZoneInfo("Asia/Tokyo"))

    services = build_services(store, secrets, clock)
    session = Session(in_japan)
    if actor is not None:
        schools = tuple(SchoolChoice(row.id, row.name) for row in Schools(store, clock).all(actor))
        session.sign_in(actor, (*schools, SchoolChoice(None, "The whole city")), school_id)
    return AppContext(
        tasks=tasks,
        changes=Changes(),
        session=session,
        clock=in_japan,
        paths=Paths(folder),
        setup=services.setup,
        settings=services.settings,
        staff=services.staff,
        schools=services.schools,
        people=services.people,
        rosters=services.rosters,
        notices=services.notices,
        approvals=services.approvals,
        audiences=services.audiences,
        reports=services.reports,
        release=services.release,
        reviews=services.reviews,
        sign_ups=services.sign_ups,
        line_links=services.line_links,
        inbox=services.inbox,
        unfinished=services.unfinished,
        refused_mails=services.refused_mails,
        letters=services.letters,
        registration_codes=services.registration_codes,
        sms_messages=services.sms_messages,
        sms_steering=services.sms_steering,
        sms_ledger=services.sms_ledger,
        sms_accounts=services.sms_accounts,
        sms_conflicts=services.sms_conflicts,
        saved_lists=services.saved_lists,
        copies=services.copies,
        waiting=services.waiting,
        checks=services.checks,
        secrets=secrets,
    )


def show_page(
    qtbot: QtBot,
    context: AppContext,
    key: str,
    icon: str,
    make: Callable[[], Page],
    size: tuple[int, int] = (1280, 800),
) -> MainWindow:
    """The window with one page, shown at the smallest size that is promised."""
    window = MainWindow(context, [PageSpec(key, make_title(key), icon, make)])
    qtbot.addWidget(window)
    window.resize(*size)
    window.show()
    qtbot.waitUntil(lambda: window.current_key == key)
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    return window


def make_title(key: str) -> str:
    others = {"rosters": "Rosters", "roster_import": "Import a roster", "administration": "Administration"}
    return others.get(key, key.capitalize())


def find(parent: QWidget, kind: type[QWidget], words: str) -> QWidget:
    """The visible widget of that kind with that accessible name."""
    found = [each for each in parent.findChildren(kind) if each.accessibleName() == words and each.isVisible()]
    assert found, f"no visible {kind.__name__} called {words!r}"
    return found[0]
