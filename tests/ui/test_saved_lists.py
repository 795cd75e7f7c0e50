"""Saved lists: made of an audience, used in another notice, looked into, renamed, changed, deleted and brought back."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from desktop.domain.audience import parse_part
from desktop.domain.saved_lists import SavedListRow
from desktop.ui.compose.page import ComposePage
from desktop.ui.saved_lists import NameDialog, SavedListsDialog
from desktop.ui.tasks import InlineTasks
from tests.ui.beyond import PTA, add_list, add_staff
from tests.ui.notice_office import Office, Stage
from tests.ui.test_compose import write


@pytest.fixture
def stage(qtbot: QtBot, office: Office, inline: InlineTasks) -> Stage:
    return office.stage(qtbot, office.context(inline), "compose", new=True)


def lists(stage: Stage) -> list[SavedListRow]:
    return stage.context.saved_lists.all(stage.context.session.actor)


def opened(page: ComposePage) -> SavedListsDialog:
    page.editor.lists.click()
    dialog = page.choosing.lists
    assert dialog is not None
    return dialog


def named(dialog: SavedListsDialog, name: str) -> NameDialog:
    """The name typed into the small form."""
    form = dialog.name_dialog
    assert form is not None
    form.name.line.setText(name)
    form.name.line.textEdited.emit(name)
    return form


def words(dialog: SavedListsDialog) -> str:
    return "\n".join(label.text() for label in dialog.findChildren(QLabel) if label.isVisible())


def test_an_audience_is_saved_under_a_name_and_used_in_another_notice(qtbot: QtBot, stage: Stage) -> None:
    page = write(stage, "homeroom:H001/3-1", "group:H001/サッカー部")
    dialog = opened(page)
    assert "No lists yet" in words(dialog)
    dialog.save_new.click()
    assert dialog.name_dialog is not None
    assert not dialog.name_dialog.save.isEnabled()
    named(dialog, PTA).save.click()
    assert [(row.name, row.include) for row in lists(stage)] == [(PTA, ("homeroom:H001/3-1", "group:H001/サッカー部"))]
    assert f"The list “{PTA}” was saved" in words(dialog)
    dialog.accept()

    stage.window.go("compose", {"new": True})
    dialog = opened(page)
    assert not dialog.save_new.isVisible(), "there is no audience yet"
    qtbot.keyClick(dialog.table, Qt.Key.Key_Return)
    assert page.editor.form.include == (parse_part(f"list:{PTA}"),)
    assert [item.text for item in page.editor.audience.tags()] == [PTA]


def test_one_sees_whom_a_list_means_in_numbers(office: Office, stage: Stage) -> None:
    add_staff(office, stage.context)
    add_list(office, stage.context)
    dialog = opened(stage.compose)
    shown = words(dialog)
    for said in (PTA, "Children", "12", "Staff", "1 member of staff has no address"):
        assert said in shown
    assert "Copies" not in shown, "a list keeps no copies"


def test_a_name_that_is_taken_is_said_in_the_form(office: Office, stage: Stage) -> None:
    add_list(office, stage.context)
    dialog = opened(write(stage, "homeroom:H001/3-2"))
    dialog.add()
    form = named(dialog, PTA)
    form.save.click()
    assert form.isVisible()
    assert form.band.isVisible()
    form._dirty = False
    form.reject()


def test_a_list_gets_another_name(office: Office, stage: Stage) -> None:
    add_list(office, stage.context)
    dialog = opened(stage.compose)
    dialog.rename()
    named(dialog, "PTA").save.click()
    assert [row.name for row in lists(stage)] == ["PTA"]
    chosen = dialog.chosen()
    assert chosen is not None
    assert chosen.name == "PTA"


def test_a_deleted_list_can_be_brought_back(office: Office, stage: Stage) -> None:
    add_list(office, stage.context)
    dialog = opened(stage.compose)
    dialog.delete()
    assert lists(stage) == []
    assert dialog._undo.isVisible()
    dialog._undo.click()
    assert [row.name for row in lists(stage)] == [PTA]


def test_a_list_that_is_made_to_mean_something_else_can_be_put_back(office: Office, stage: Stage) -> None:
    add_list(office, stage.context)
    dialog = opened(write(stage, "homeroom:H001/3-2"))
    dialog.replace()
    assert lists(stage)[0].include == ("homeroom:H001/3-2",)
    dialog._undo.click()
    assert lists(stage)[0].include == ("homeroom:H001/3-1", "staff:H001")


def test_a_list_in_use_keeps_its_name_and_the_reason_is_said(office: Office, stage: Stage) -> None:
    add_list(office, stage.context)
    office.submitted(stage.context, office.draft(f"list:{PTA}"))
    dialog = opened(stage.compose)
    dialog.delete()
    assert [row.name for row in lists(stage)] == [PTA]
    assert dialog.note.isVisible()
    assert not dialog._undo.isVisible()


def test_from_the_list_of_notices_they_are_managed_but_not_used(
    qtbot: QtBot, office: Office, inline: InlineTasks
) -> None:
    context = office.context(inline)
    add_list(office, context)
    stage = office.stage(qtbot, context, "notices")
    stage.notices.lists.click()
    dialog = stage.notices.lists_dialog
    assert not dialog.use_button.isVisible()
    assert PTA in words(dialog)
