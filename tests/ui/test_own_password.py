"""Everybody can change their own password."""

from pathlib import Path

import pytest
from PySide6.QtWidgets import QLineEdit
from pytestqt.qtbot import QtBot

from desktop.domain.errors import UserError
from desktop.domain.staff import CITY, Grant, Role
from desktop.store.db import Store
from desktop.ui.app_context import AppContext
from desktop.ui.sign_in.own_password import OwnPasswordDialog
from desktop.ui.tasks import InlineTasks
from tests.conftest import Clock
from tests.make import Make
from tests.ui.office import app_context

OLD, NEW = "asa no coffee", "kawa no nagare"


@pytest.fixture
def context(sqlite_store: Store, make: Make, inline: InlineTasks, clock: Clock, tmp_path: Path) -> AppContext:
    with sqlite_store.bookkeep() as session:
        make.installation(session)
    context = app_context(sqlite_store, inline, None, clock, tmp_path)
    context.staff.add(make.principal(), "yamada", "山田 花子", [Grant(Role.CLERK, CITY)], OLD)
    context.session.sign_in(context.staff.sign_in("yamada", OLD), ())
    return context


def _type(editor: QLineEdit, text: str) -> None:
    editor.setText(text)
    editor.textEdited.emit(text)


def _filled(qtbot: QtBot, context: AppContext, present: str, new: str, again: str) -> OwnPasswordDialog:
    dialog = OwnPasswordDialog(context)
    qtbot.addWidget(dialog, before_close_func=lambda _dialog: dialog.saved())  # or it asks about what was typed
    dialog.show()
    for editor, text in ((dialog.present_text, present), (dialog.new_text, new), (dialog.again_text, again)):
        _type(editor, text)
    return dialog


def test_the_new_password_counts_from_now_on(qtbot: QtBot, context: AppContext) -> None:
    dialog = _filled(qtbot, context, OLD, NEW, NEW)
    dialog.save.click()
    assert not dialog.isVisible()
    assert context.staff.sign_in("yamada", NEW).label == "山田 花子"
    with pytest.raises(UserError):
        context.staff.sign_in("yamada", OLD)


@pytest.mark.parametrize(("new", "again"), [("short", "short"), (NEW, "something else"), (NEW, "")])
def test_what_would_not_do_cannot_be_saved(qtbot: QtBot, context: AppContext, new: str, again: str) -> None:
    dialog = _filled(qtbot, context, OLD, new, again)
    assert not dialog.save.isEnabled()


def test_a_wrong_present_password_changes_nothing_and_says_so(qtbot: QtBot, context: AppContext) -> None:
    dialog = _filled(qtbot, context, "not this one", NEW, NEW)
    dialog.save.click()
    assert dialog.isVisible()
    assert dialog.band.isVisible()
    assert context.staff.sign_in("yamada", OLD).label == "山田 花子"
