"""Roles that change while somebody sits at the desk."""

from dataclasses import dataclass

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from desktop.desk.behind import Behind
from desktop.desk.place import DeskPlace
from desktop.desk.program import Program
from desktop.domain.staff import CITY, Actor, Grant, Role, StaffRow, Verb
from desktop.services.staff import StaffService
from desktop.ui.compose.page import ComposePage
from desktop.ui.sign_in.sign_in import SignInView
from tests.desk.conftest import FORM, Open
from tests.desk.test_desk import LONG_MS, window
from tests.desk.test_whole_path import type_into


@dataclass(frozen=True)
class Office:
    """What Hana, at another desk, does with Ken's login."""

    behind: Behind

    def give(self, *roles: Role) -> None:
        self.staff.set_grants(self.hana, self.ken.id, [Grant(role, CITY) for role in roles], self.ken.version)

    def close(self) -> None:
        self.staff.deactivate(self.hana, self.ken.id, self.ken.version)

    def open(self) -> None:
        self.staff.reactivate(self.hana, self.ken.id, self.ken.version)

    @property
    def staff(self) -> StaffService:
        return self.behind.services.staff

    @property
    def hana(self) -> Actor:
        return self.staff.actor_for("hana")

    @property
    def ken(self) -> StaffRow:
        return next(row for row in self.staff.all(self.hana) if row.login == "ken")


@pytest.fixture
def office(school: Behind) -> Office:
    found = Office(school)
    found.give(Role.CLERK)
    return found


@pytest.fixture
def writing(open_desk: Open, place: DeskPlace, office: Office, qtbot: QtBot) -> tuple[Program, ComposePage]:
    """Ken at his desk, in the middle of a title."""
    program = open_desk(place, "ken")
    window(program).go("compose")
    page = window(program).page("compose")
    assert isinstance(page, ComposePage)
    qtbot.waitUntil(lambda: page._facts is not None, timeout=LONG_MS)
    type_into(page.editor.subject, "遠足の")
    return program, page


def locked(program: Program) -> bool:
    return any(view.isVisible() for view in window(program).findChildren(SignInView))


def sign_in(program: Program, qtbot: QtBot, login: str, password: str) -> None:
    view = next(view for view in window(program).findChildren(SignInView) if view.isVisible())
    type_into(view.login, login)
    type_into(view.password, password)
    with qtbot.waitSignal(program.seated, timeout=LONG_MS):
        qtbot.keyClick(view.password, Qt.Key.Key_Return)


def test_a_new_role_is_there_at_once_and_what_is_typed_stays(
    writing: tuple[Program, ComposePage], office: Office, qtbot: QtBot
) -> None:
    program, page = writing
    assert not program.desk.session.may_somewhere(Verb.MANAGE_STAFF)
    office.give(Role.CLERK, Role.ADMINISTRATOR)
    qtbot.waitUntil(lambda: program.desk.session.may_somewhere(Verb.MANAGE_STAFF), timeout=LONG_MS)
    assert window(program).page("compose") is page
    assert page.editor.subject.text() == "遠足の"
    window(program).go("administration")
    assert window(program).current_key == "administration"


def test_a_page_that_a_lost_role_opened_is_left(
    writing: tuple[Program, ComposePage], office: Office, qtbot: QtBot
) -> None:
    program, _page = writing
    office.give(Role.HELPDESK)
    qtbot.waitUntil(lambda: window(program).current_key == "today", timeout=LONG_MS)
    assert window(program).page("compose") is None


def test_a_closed_login_covers_the_window_and_keeps_what_is_typed(
    writing: tuple[Program, ComposePage], office: Office, qtbot: QtBot
) -> None:
    program, page = writing
    office.close()
    qtbot.waitUntil(lambda: locked(program), timeout=LONG_MS)
    assert not page.isVisible()
    said = "\n".join(label.text() for label in window(program).findChildren(QLabel) if label.isVisible())
    assert "An administrator has closed this login." in said
    office.open()
    sign_in(program, qtbot, "ken", FORM.approver_password)
    assert window(program).current_key == "compose"
    assert window(program).page("compose") is page
    assert page.editor.subject.text() == "遠足の"


def test_somebody_else_at_the_locked_window_sees_nothing_of_it(
    writing: tuple[Program, ComposePage], office: Office, qtbot: QtBot
) -> None:
    program, _page = writing
    office.close()
    qtbot.waitUntil(lambda: locked(program), timeout=LONG_MS)
    sign_in(program, qtbot, "hana", FORM.admin_password)
    assert window(program).page("compose") is None
    assert window(program).current_key == "today"
