"""Who got stuck on the way: each list is shown to whom it is for, and its button does the next step."""

from collections.abc import Callable
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot
from sqlalchemy import func, select

from desktop.domain.accounts import SignUpForm
from desktop.domain.posts import Template
from desktop.domain.staff import Actor, Role
from desktop.services.accounts import Accounts
from desktop.store.db import Store
from desktop.store.tables import IncomingMessage, Post, School
from desktop.ui.app_context import AppContext
from desktop.ui.context import Toast
from desktop.ui.registrations.page import RegistrationsPage
from desktop.ui.tasks import InlineTasks
from tests.conftest import Clock
from tests.make import Make
from tests.review_office import GIVEN, SECRETS, Office
from tests.ui.office import app_context, show_page

Opened = tuple[RegistrationsPage, AppContext]


@pytest.fixture
def office(sqlite_store: Store, clock: Clock, make: Make) -> Office:
    """One asked for a log-in ID, one began a registration two hours ago, one wrote to the school."""
    office = Office(sqlite_store, clock, make)
    password = "a long enough one"
    Accounts(sqlite_store, SECRETS, clock).sign_up(
        SignUpForm("mai@mail.example", "Trần", "Mai", password, password, "vi", "1")
    )
    office.registrations.begin(office.mother, "begun", GIVEN)
    with sqlite_store.bookkeep() as session:
        session.add(
            IncomingMessage(channel="email", source_id="1", sender="x@mail.example", kind="mail", subject="欠席",
                            words="今日は休みます。", received_at=clock())
        )  # fmt: skip
    clock.turn(hours=2)
    return office


@pytest.fixture
def sit(office: Office, qtbot: QtBot, inline: InlineTasks, tmp_path: Path) -> Callable[[Actor], Opened]:
    def sit(actor: Actor) -> Opened:
        context = app_context(office.store, inline, actor, office.clock, tmp_path, secrets=SECRETS)
        window = show_page(qtbot, context, "registrations", "clipboard-check", lambda: RegistrationsPage(context))
        page = window.page("registrations")
        assert isinstance(page, RegistrationsPage)
        return page, context

    return sit


def as_staff(office: Office, *roles: Role, everywhere: bool) -> Actor:
    with office.store.bookkeep() as session:
        school = None if everywhere else session.get_one(School, office.school)
        return office.make.staff(session, *roles, school=school, name="職 員")


def test_each_list_is_shown_to_whom_it_is_for(office: Office, sit: Callable[[Actor], Opened]) -> None:
    page, _context = sit(as_staff(office, Role.CLERK, everywhere=False))
    assert (page.reviewing, list(page.lists)) == (None, ["unfinished", "refused", "inbox"])
    page, _context = sit(as_staff(office, Role.HELPDESK, everywhere=True))
    assert (page.reviewing, list(page.lists)) == (None, ["unfinished", "sign_ups", "refused", "line", "inbox"])
    page, _context = sit(office.reviewer)
    assert page.reviewing is not None
    assert "sign_ups" not in page.lists


@pytest.mark.parametrize(
    ("key", "who", "said", "mail"),
    [
        ("sign_ups", "Trần Mai", "1 mail is sent again", Template.ACTIVATE),
        ("unfinished", "高橋 美咲", "1 guardian is reminded", Template.GO_ON),
        ("inbox", "x@mail.example", "1 message is dealt with", None),
    ],
)
def test_the_button_does_the_next_step(
    office: Office, sit: Callable[[Actor], Opened], key: str, who: str, said: str, mail: Template | None
) -> None:
    page, context = sit(as_staff(office, Role.HELPDESK, everywhere=True))
    toasts: list[Toast] = []
    context.toasts.shown.connect(toasts.append)
    page.show_target(only=key)
    pane = page.lists[key]
    assert "one or more" in pane.bar._reason.whole()
    pane.table.selectRow(0)
    (line,) = pane._model.rows
    assert line.who == who
    assert pane.detail.text() == line.what
    before = mails(office, mail)
    pane.button.click()
    assert toasts[-1].text == said
    assert mails(office, mail) == before + (mail is not None)
    assert key != "inbox" or not pane._model.rows


def mails(office: Office, template: Template | None) -> int:
    with office.store.read() as session:
        return session.scalar(select(func.count()).select_from(Post).where(Post.template == template)) or 0
