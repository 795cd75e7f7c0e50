"""The way in: the first start on a database that is not there yet, and signing in."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from desktop.domain.people import FieldProblem
from desktop.domain.staff import Actor, Role, Verb
from desktop.store.db import Store
from desktop.ui.app_context import AppContext
from desktop.ui.main_window import MainWindow
from desktop.ui.sign_in import state
from desktop.ui.sign_in.first_start import FirstStartView
from desktop.ui.sign_in.front import Front
from desktop.ui.sign_in.sign_in import SignInView
from desktop.ui.sign_in.state import PURPOSE, SCHOOL, SECOND, YOU, Typed
from desktop.ui.tasks import InlineTasks
from tests.conftest import Clock
from tests.ui.conftest import Shot
from tests.ui.office import app_context

GOOD = "kawa no nagare"
EVERYTHING = {
    "city": "ひがし市", "school_name": "ひがし小学校", "school_code": "Ｈ００１",
    "admin_name": "山田 花子", "admin_login": "yamada",
    "admin_password": "asa no coffee", "admin_repeat": "asa no coffee",
    "approver_name": "佐藤 一郎", "approver_login": "satou", "approver_password": GOOD,
}  # fmt: skip


@pytest.fixture
def fresh(tmp_path: Path, clock: Clock) -> Iterator[Store]:
    """A database that has not been made."""
    store = Store(f"sqlite:///{tmp_path / 'new.sqlite'}", lambda _touched: None, clock=clock)
    yield store
    store.close()


@pytest.fixture
def context(fresh: Store, inline: InlineTasks, clock: Clock, tmp_path: Path) -> AppContext:
    return app_context(fresh, inline, None, clock, tmp_path)


@pytest.fixture
def window(qtbot: QtBot, context: AppContext) -> MainWindow:
    made = MainWindow(context, [])
    qtbot.addWidget(made)
    made.show()
    return made


@pytest.fixture
def came() -> list[Actor]:
    """Who came in."""
    return []


@pytest.fixture
def view(window: MainWindow, context: AppContext, came: list[Actor]) -> FirstStartView:
    made = FirstStartView(context)
    made.finished.connect(came.append)
    window.show_front(Front(made, 640, 568))
    return made


def type_into(view: FirstStartView, **texts: str) -> None:
    """Type as a person does, whatever the letters."""
    for name, text in texts.items():
        line = view._lines()[name]
        line.setText(text)
        line.textEdited.emit(text)


def fill(view: FirstStartView, step: int) -> None:
    type_into(view, **{name: EVERYTHING[name] for name in state.STEP_FIELDS[step] if name in EVERYTHING})


def go_through(view: FirstStartView) -> None:
    for step in (SCHOOL, YOU, SECOND):
        view.advance()
        fill(view, step)
    view.advance()


def _is_at(view: FirstStartView, step: int) -> bool:
    return view.step == step


def open_sign_in(window: MainWindow, context: AppContext, came: list[Actor]) -> SignInView:
    made = SignInView(context)
    made.signed_in.connect(came.append)
    window.show_front(Front(made, 400))
    return made


# First start


def test_two_people_are_set_up_and_the_first_is_signed_in(
    view: FirstStartView, context: AppContext, came: list[Actor]
) -> None:
    assert context.setup.state() == "new"
    go_through(view)
    assert [actor.label for actor in came] == ["山田 花子"]
    assert context.setup.state() == "ready"
    assert not context.staff.approver_missing()
    assert [row.code for row in context.schools.all(came[0])] == ["H001"]
    assert not context.settings.all().practice


def test_the_second_person_may_follow_and_the_step_says_what_that_means(
    view: FirstStartView, context: AppContext, came: list[Actor]
) -> None:
    for step in (SCHOOL, YOU):
        view.advance()
        fill(view, step)
    view.advance()
    assert not view.next.isEnabled()
    view.later.setChecked(True)
    assert view._later_note.isVisible()
    view.advance()
    assert len(came) == 1
    assert context.staff.approver_missing()


def test_practice_is_chosen_at_the_first_step(view: FirstStartView, context: AppContext) -> None:
    view.practice.setChecked(True)
    go_through(view)
    assert context.settings.all().practice


def test_passwords_are_checked_while_they_are_typed(view: FirstStartView) -> None:
    view.advance()
    fill(view, SCHOOL)
    view.advance()
    type_into(view, admin_name="山田", admin_login="yamada", admin_password="short")
    assert "at least 8" in view.fields["admin_password"].message()
    type_into(view, admin_password="yamada2026")
    assert "login" in view.fields["admin_password"].message()
    type_into(view, admin_password="asa no coffee", admin_repeat="asa no")
    assert view.fields["admin_password"].message() == "This password will do."
    assert view.fields["admin_repeat"].message() == "The two are not alike."
    assert not view.next.isEnabled()
    type_into(view, admin_repeat="asa no coffee")
    assert view.next.isEnabled()


def test_what_is_still_missing_stands_beside_the_button(view: FirstStartView) -> None:
    view.advance()
    assert view.next.accessibleDescription() == "Still to fill in: Name of the city, Name of the first school"


def test_the_two_people_need_two_logins(view: FirstStartView) -> None:
    for step in (SCHOOL, YOU, SECOND):
        view.advance()
        fill(view, step)
    type_into(view, approver_login="yamada")
    assert "same login" in view.fields["approver_login"].message()
    assert not view.next.isEnabled()


def test_going_back_keeps_what_was_typed(view: FirstStartView) -> None:
    view.advance()
    fill(view, SCHOOL)
    view.back.click()
    assert view.step == PURPOSE
    view.advance()
    assert view.typed().text("city") == "ひがし市"


def test_the_first_start_by_keyboard(qtbot: QtBot, view: FirstStartView, came: list[Actor]) -> None:
    for step in (SCHOOL, YOU, SECOND):
        qtbot.keyClick(view, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
        qtbot.waitUntil(partial(_is_at, view, step), timeout=2000)
        fill(view, step)
    last = view._lines()["approver_password"]
    qtbot.keyClick(last, Qt.Key.Key_Return)
    assert len(came) == 1


def test_passwords_do_not_stay_in_the_fields(view: FirstStartView) -> None:
    go_through(view)
    assert view.typed().text("admin_password") == ""


# Signing in


def test_a_wrong_password_is_said_and_the_right_one_lets_in(
    view: FirstStartView, window: MainWindow, context: AppContext, came: list[Actor]
) -> None:
    go_through(view)
    page = open_sign_in(window, context, came)
    page.login.setText("satou")
    page.password.setText("wrong password")
    page.password.textEdited.emit("wrong password")
    page.password.returnPressed.emit()
    assert page.problem.isVisible()
    assert page.problem.accessibleName().startswith("Login and password do not fit together.")
    assert page.password.text() == ""
    page.password.setText(GOOD)
    page._show()
    page.button.click()
    assert came[-1].label == "佐藤 一郎"
    assert came[-1].grants[0].role in {Role.APPROVER, Role.CLERK}


def test_too_many_wrong_passwords_lock_the_login_and_say_until_when(
    view: FirstStartView, window: MainWindow, context: AppContext, came: list[Actor]
) -> None:
    go_through(view)
    page = open_sign_in(window, context, came)
    for _time in range(11):
        page.login.setText("satou")
        page.password.setText("wrong password")
        page._show()
        page.button.click()
    assert page.problem.accessibleName().startswith("Too many wrong passwords: this login is closed until")
    assert "12:15" in page.problem.accessibleName()


def test_whoever_comes_in_may_do_what_their_roles_say(
    view: FirstStartView, context: AppContext, came: list[Actor]
) -> None:
    go_through(view)
    context.session.sign_in(came[0], ())
    assert context.session.may(Verb.MANAGE_STAFF)
    assert not context.session.may(Verb.APPROVE_NOTICE)


# Pure


def test_only_the_problems_of_a_step_keep_it_shut() -> None:
    problems = [FieldProblem("city", "required"), FieldProblem("admin_login", "required")]
    assert state.problems_at(SCHOOL, Typed(), problems) == problems[:1]
    assert state.blocked_by(problems[:1]) == "Still to fill in: Name of the city"
    assert state.blocked_by([]) == ""


def test_a_person_who_follows_later_is_not_in_the_form() -> None:
    form = state.form(Typed({"approver_name": "佐藤"}, later=True))
    assert form.approver_name is None


# Pictures


def test_pictures(reader: str, window: MainWindow, context: AppContext, came: list[Actor], shot: Shot) -> None:
    view = FirstStartView(context)
    window.show_front(Front(view, 640, 568))
    shot(window, f"first-start-1-{reader}")
    for step in (SCHOOL, YOU, SECOND):
        view.advance()
        shot(window, f"first-start-{step + 1}-{reader}")
        fill(view, step)
    view.advance()
    page = open_sign_in(window, context, came)
    page.login.setText("satou")
    page.password.setText("wrong password")
    page._show()
    page.button.click()
    shot(window, f"sign-in-{reader}")
    assert (window.width(), window.height()) == (1280, 800)
