"""Contacts of whom only an address is known, on the rosters page: found, given to their child, edited, removed."""

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from desktop.domain.people import ChildRow, ListQuery
from desktop.domain.waiting_contacts import WaitingRow
from desktop.ui.app_context import AppContext
from desktop.ui.context import Toast
from desktop.ui.main_window import MainWindow
from desktop.ui.rosters.give_dialog import GiveDialog, first_match
from desktop.ui.rosters.guardian_dialog import GuardianDialog
from desktop.ui.rosters.page import RostersPage
from desktop.ui.rosters.places import WaitingNode
from desktop.ui.tasks import InlineTasks, Tasks
from tests.ui.beyond import add_waiting
from tests.ui.conftest import Shot
from tests.ui.notice_office import Office
from tests.ui.office import show_page


@pytest.fixture
def context(office: Office, inline: InlineTasks) -> AppContext:
    return office.context(inline)


def opened(qtbot: QtBot, context: AppContext) -> RostersPage:
    window: MainWindow = show_page(qtbot, context, "rosters", "people", lambda: RostersPage(context))
    page = window.page("rosters")
    assert isinstance(page, RostersPage)
    return page


@pytest.fixture
def page(qtbot: QtBot, office: Office, context: AppContext, tmp_path: Path) -> RostersPage:
    """The list of all three who wait."""
    add_waiting(office, context, tmp_path)
    shown = opened(qtbot, context)
    look_at(shown)
    return shown


@pytest.fixture
def toasts(context: AppContext) -> list[Toast]:
    said: list[Toast] = []
    context.toasts.shown.connect(said.append)
    return said


def look_at(page: RostersPage) -> None:
    page.show_target(only="waiting")
    page._reload.now()


def tree(page: RostersPage) -> list[str]:
    return [str(index.data(Qt.ItemDataRole.AccessibleTextRole)) for index in page.tree._all()]


def addresses(page: RostersPage) -> list[str]:
    model = page.waiting.pane.table.model()
    return [str(model.index(row, 2).data()) for row in range(model.rowCount())]


def contact(page: RostersPage, address: str) -> WaitingRow:
    waiting, actor = page._context.waiting, page._context.session.actor
    rows = waiting.rows(actor, waiting.ids(actor, ListQuery(order="place")))
    return next(row for row in rows if row.contacts[0].address == address)


def select(page: RostersPage, address: str) -> WaitingRow:
    row = contact(page, address)
    page.waiting.pane.table.select_id(row.id)
    return row


def take_back(toasts: list[Toast]) -> None:
    undo = toasts[-1].open
    assert undo is not None
    undo()


def guardians_of(page: RostersPage, name: str) -> list[str]:
    context = page._context
    found = context.people.find(context.session.actor, name)[0]
    return [member.name for member in context.people.child(context.session.actor, found[1]).guardians]


def test_where_nobody_waits_the_tree_says_nothing_of_it(qtbot: QtBot, context: AppContext) -> None:
    shown = opened(qtbot, context)
    look_at(shown)
    assert not any("Waiting" in line for line in tree(shown))
    assert not isinstance(shown._node, WaitingNode)


def test_those_who_wait_stand_in_the_tree_by_class_and_club(page: RostersPage) -> None:
    assert {"Waiting contacts 3", "3-1 2", "サッカー部 1"} <= set(tree(page))
    assert addresses(page) == ["waits@mail.example", "nameless@mail.example", "club@mail.example"]


def test_one_place_of_the_tree_shows_those_who_wait_there(page: RostersPage) -> None:
    indexes = [index for index in page.tree._all() if index.data() == "サッカー部"]
    page.tree.setCurrentIndex(indexes[-1])
    assert addresses(page) == ["club@mail.example"]


def test_they_are_found_by_their_address(qtbot: QtBot, page: RostersPage) -> None:
    page.waiting.pane.search.setText("nameless")
    page.waiting.pane.search.returnPressed.emit()
    assert addresses(page) == ["nameless@mail.example"]
    page.waiting.pane.search.setText("nobody at all")
    page.waiting.pane.search.returnPressed.emit()
    assert addresses(page) == []
    assert page.waiting.pane.empty.isVisible()


def test_enter_gives_a_contact_to_the_child_whose_name_the_file_said(
    qtbot: QtBot, page: RostersPage, toasts: list[Toast]
) -> None:
    select(page, "waits@mail.example")
    table = page.waiting.pane.table
    table.setFocus()
    qtbot.keyClick(table, Qt.Key.Key_Return)
    dialog = page.waiting.dialog
    assert isinstance(dialog, GiveDialog)
    assert dialog.search.text() == "石田　蓮"
    assert dialog.give.words() == "Give to 石田 蓮 (3-1)"
    qtbot.keyClick(dialog.search, Qt.Key.Key_Return)

    assert toasts[-1].text == "石田　蓮 is a guardian of 石田 蓮 now"
    assert addresses(page) == ["nameless@mail.example", "club@mail.example"]
    assert page.waiting.pane.selected() == [contact(page, "nameless@mail.example").id]
    assert len(guardians_of(page, "石田")) == 2

    take_back(toasts)
    assert len(addresses(page)) == 3
    assert len(guardians_of(page, "石田")) == 1


def test_without_a_name_the_children_of_the_class_come_first_and_one_may_look_for_any(
    qtbot: QtBot, page: RostersPage
) -> None:
    row = select(page, "nameless@mail.example")
    page.waiting.give([row.id])
    dialog = page.waiting.dialog
    assert isinstance(dialog, GiveDialog)
    offered = [child.homeroom for child in dialog._model.rows]
    assert offered == sorted(offered)
    assert len(offered) == 20
    dialog.search.setText("山﨑")
    dialog.search.searched.emit("山﨑")
    assert [child.name for child in dialog._model.rows] == ["山﨑 花"]
    dialog.search.setText("Nobody")
    dialog.search.searched.emit("Nobody")
    assert not dialog.give.isEnabled()


def test_a_name_that_no_child_has_leads_to_children_of_the_family_name(
    page: RostersPage, office: Office, context: AppContext
) -> None:
    row = contact(page, "waits@mail.example")
    parent = WaitingRow(
        row.id, row.guardian_id, row.name, "石田 由美", row.contacts, row.language, row.school_id, row.school, row.year,
        row.homeroom_id, row.group_id, row.place, row.version,
    )  # fmt: skip
    found = first_match(context, office.clerk, parent)
    assert (found.typed, [child.name for child in found.children]) == ("石田", ["石田 蓮"])


def test_several_are_given_to_one_child_together(page: RostersPage, toasts: list[Toast]) -> None:
    table = page.waiting.pane.table
    table.selectAll()
    ids = page.waiting.pane.selected()
    context = page._context
    actor = context.session.actor
    child: ChildRow = context.people.children(actor, [context.people.find(actor, "青木")[0][1]])[0]
    page.waiting.give_to(ids, "", child, "")
    assert toasts[-1].text == "3 contacts are guardians of 青木 陽菜 now"
    assert not any("Waiting" in line for line in tree(page))


def test_removing_can_be_undone(page: RostersPage, toasts: list[Toast]) -> None:
    row = select(page, "club@mail.example")
    page.details.remove_waiting_asked.emit(row.id)
    assert addresses(page) == ["waits@mail.example", "nameless@mail.example"]
    assert toasts[-1].text == "1 contact was removed"
    take_back(toasts)
    assert len(addresses(page)) == 3


def test_a_contact_gets_a_name_in_the_form_of_guardians(page: RostersPage) -> None:
    row = select(page, "nameless@mail.example")
    page.details.edit_waiting_asked.emit(row.id)
    dialog = page.waiting.dialog
    assert isinstance(dialog, GuardianDialog)
    assert dialog.windowTitle() == "Edit nameless@mail.example"
    assert dialog.save.isEnabled(), "a name may be missing"
    line = dialog.lines()["family_name"].line
    line.setText("小川")
    line.textEdited.emit("小川")
    dialog.save.click()
    assert contact(page, "nameless@mail.example").name == "小川"


def test_without_any_address_a_contact_cannot_be_saved(page: RostersPage) -> None:
    row = select(page, "club@mail.example")
    page.waiting.edit(row.id)
    dialog = page.waiting.dialog
    assert isinstance(dialog, GuardianDialog)
    dialog.contacts._remove(dialog.contacts.rows[0])
    assert not dialog.save.isEnabled()
    dialog._dirty = False
    dialog.reject()


def test_whoever_is_looked_for_elsewhere_is_shown_where_they_wait(
    qtbot: QtBot, office: Office, context: AppContext, tmp_path: Path
) -> None:
    add_waiting(office, context, tmp_path)
    shown = opened(qtbot, context)
    wanted = contact(shown, "club@mail.example")
    for target in ({"guardian_id": wanted.guardian_id}, {"waiting_of": wanted.guardian_id}):
        shown.show_target(**target)
        shown._reload.now()
        qtbot.waitUntil(lambda: shown.waiting.pane.selected() == [wanted.id], timeout=3000)


def test_with_real_threads_whoever_is_looked_for_stands_with_their_details(
    qtbot: QtBot, office: Office, context: AppContext, tasks: Tasks, tmp_path: Path
) -> None:
    add_waiting(office, context, tmp_path)
    threaded = office.context(tasks)
    shown = opened(qtbot, threaded)
    wanted = contact(shown, "club@mail.example")
    shown.show_target(waiting_of=wanted.guardian_id)
    qtbot.waitUntil(lambda: shown.waiting.pane.selected() == [wanted.id], timeout=5000)
    qtbot.waitUntil(
        lambda: "club@mail.example" in [label.text() for label in shown.details.findChildren(QLabel)], timeout=5000
    )


def test_pictures(reader: str, qtbot: QtBot, office: Office, context: AppContext, tmp_path: Path, shot: Shot) -> None:
    add_waiting(office, context, tmp_path)
    shown = opened(qtbot, context)
    look_at(shown)
    row = select(shown, "waits@mail.example")
    shot(shown.window(), f"rosters-waiting-{reader}")
    shown.waiting.give([row.id])
    dialog = shown.waiting.dialog
    assert isinstance(dialog, GiveDialog)
    shot(dialog, f"rosters-give-{reader}")
    dialog.reject()
    assert (shown.window().width(), shown.window().height()) == (1280, 800)
