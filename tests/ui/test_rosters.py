"""The rosters page in a real window, on a real database."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit, QPushButton
from pytestqt.qtbot import QtBot

from desktop.domain.errors import UserError
from desktop.domain.people import Contact, ListQuery, Node
from desktop.domain.staff import Actor, Role
from desktop.store import audit
from desktop.store.db import Store, Touched
from desktop.store.tables import Child, Group, Guardian, Homeroom, School
from desktop.ui.app_context import AppContext
from desktop.ui.context import Toast
from desktop.ui.main_window import MainWindow
from desktop.ui.rosters import state, typed
from desktop.ui.rosters.child_dialog import ChildDialog
from desktop.ui.rosters.guardian_dialog import GuardianDialog
from desktop.ui.rosters.move_dialog import MoveDialog
from desktop.ui.rosters.page import RostersPage
from desktop.ui.table import Column, PagedModel
from desktop.ui.tasks import InlineTasks, Tasks
from desktop.ui.widgets.marks import Chip
from tests.conftest import Clock
from tests.make import Make
from tests.ui.conftest import Shot
from tests.ui.office import announce, app_context, show_page


class City:
    """A school with two classes and a club, and a second school of which its clerk sees nothing."""

    def __init__(self, store: Store, make: Make) -> None:
        with store.write(make.principal()) as session:
            self.east: School = make.school(session, "H001", "ひがし小学校")
            self.west = make.school(session, "H002", "にし中学校", "junior_high")
            self.room1: Homeroom = make.homeroom(session, self.east, "3-1")
            self.room2: Homeroom = make.homeroom(session, self.east, "3-2")
            self.football: Group = make.group(session, self.east)
            self.hina: Child = make.child(session, self.room1, "青木", "陽菜", kana=("アオキ", "ヒナ"), number="1")
            self.an = make.child(session, self.room1, "Nguyễn", "An", kana=("グエン", "アン"), number="2",
                                 groups=(self.football,))  # fmt: skip
            self.misaki = make.child(session, self.room2, "髙橋", "美咲", kana=("タカハシ", "ミサキ"), number="1")
            other = make.homeroom(session, self.west, "1-1")
            self.far = make.child(session, other, "遠野", "凛", kana=("トオノ", "リン"), number="1")
            self.kenichi: Guardian = make.guardian(session, self.hina, mail="aoki@mail.example", line="")
            self.binh = make.guardian(session, self.an, family="Nguyễn", given="Văn Bình", language="vi",
                                      mail="binh@mail.example", suppressed="bounced")  # fmt: skip
            self.clerk: Actor = make.staff(session, Role.CLERK, school=self.east)
            audit.record(session, "added", "school")


@pytest.fixture
def city(sqlite_store: Store, make: Make) -> City:
    return City(sqlite_store, make)


@pytest.fixture
def context(city: City, sqlite_store: Store, inline: InlineTasks, clock: Clock, tmp_path: Path) -> AppContext:
    return app_context(sqlite_store, inline, city.clerk, clock, tmp_path, school_id=city.east.id)


@pytest.fixture
def window(qtbot: QtBot, context: AppContext) -> MainWindow:
    return show_page(qtbot, context, "rosters", "people", lambda: RostersPage(context))


@pytest.fixture
def page(window: MainWindow) -> RostersPage:
    found = window.page("rosters")
    assert isinstance(found, RostersPage)
    return found


@pytest.fixture
def toasts(context: AppContext) -> list[Toast]:
    said: list[Toast] = []
    context.toasts.shown.connect(said.append)
    return said


def places(page: RostersPage) -> list[str]:
    """The tree as it reads, indented by depth."""
    lines = []
    for index in page.tree._all():
        depth, parent = 0, index.parent()
        while parent.isValid():
            depth, parent = depth + 1, parent.parent()
        lines.append("  " * depth + str(index.data(Qt.ItemDataRole.AccessibleTextRole)))
    return lines


def choose(page: RostersPage, name: str) -> None:
    """Choose a place of the tree as a click does."""
    index = next(index for index in page.tree._all() if index.data() == name)
    page.tree.setCurrentIndex(index)


def names(page: RostersPage) -> list[str]:
    """The names in the list, from the top."""
    model = page.lists.table.model()
    column = 1 if page.lists.kind == "child" else 0
    return [str(model.index(row, column).data()) for row in range(model.rowCount())]


def search(qtbot: QtBot, page: RostersPage, typed_text: str, expected: list[str]) -> None:
    page.lists.search.setText(typed_text)
    qtbot.waitUntil(lambda: names(page) == expected, timeout=2000)


def said(page: RostersPage) -> str:
    """Everything that the details pane says."""
    QApplication.processEvents()
    details = page.details
    labels = [label.text() for label in details.findChildren(QLabel) if label.isVisible()]
    buttons = [button.accessibleName() for button in details.findChildren(QPushButton) if button.isVisible()]
    chips = [chip.word for chip in details.findChildren(Chip) if chip.isVisible()]
    return "\n".join([*labels, *buttons, *chips])


# Finding


def test_the_tree_goes_from_the_school_to_its_classes_and_clubs_with_their_numbers(page: RostersPage) -> None:
    shown = places(page)
    assert shown[0] == "ひがし小学校 3"
    assert "  School year 2026 3" in shown
    assert "    3年 3" in shown
    assert "      3-1 2" in shown
    assert "    Clubs" in shown
    assert "      サッカー部 1" in shown
    assert not any("にし中学校" in line for line in shown)


def test_a_place_shows_its_children_in_the_order_of_their_numbers(page: RostersPage) -> None:
    assert names(page) == ["青木 陽菜", "Nguyễn An", "髙橋 美咲"]
    choose(page, "3-1")
    assert names(page) == ["青木 陽菜", "Nguyễn An"]
    choose(page, "サッカー部")
    assert names(page) == ["Nguyễn An"]


@pytest.mark.parametrize(
    ("typed_text", "found"),
    [("髙橋", "髙橋 美咲"), ("たかは", "髙橋 美咲"), ("aoki@", "青木 陽菜"), ("nguyen", "Nguyễn An")],
)
def test_children_are_found_as_one_types(qtbot: QtBot, page: RostersPage, typed_text: str, found: str) -> None:
    search(qtbot, page, typed_text, [found])


def test_search_answers_within_fifty_milliseconds_of_the_last_letter_and_the_newest_wins(
    qtbot: QtBot, page: RostersPage
) -> None:
    for typed_text in ("あ", "あお", "あおき"):
        page.lists.search.setText(typed_text)
    qtbot.waitUntil(lambda: names(page) == ["青木 陽菜"], timeout=1000)


def test_guardians_are_a_switch_away(qtbot: QtBot, page: RostersPage) -> None:
    page.lists.switch.setFocus()
    qtbot.keyClick(page.lists.switch, Qt.Key.Key_Right)
    assert sorted(names(page)) == ["Nguyễn Văn Bình", "青木 健一"]


def test_the_header_sorts_in_the_database(page: RostersPage) -> None:
    page.lists.table.sort_asked.emit("kana", True)
    assert names(page) == ["髙橋 美咲", "Nguyễn An", "青木 陽菜"]


def test_only_those_who_cannot_be_reached(page: RostersPage) -> None:
    page.lists.only.choose("unreached")
    page.lists.only.picked.emit("unreached")
    assert names(page) == ["Nguyễn An", "髙橋 美咲"]


def test_an_empty_search_says_so_and_clears_by_a_button(qtbot: QtBot, page: RostersPage) -> None:
    search(qtbot, page, "zzz", [])
    empty = page.lists._empties["child"]
    assert empty.isVisible()
    page.lists._clear()
    assert len(names(page)) == 3


def test_without_a_roster_the_page_offers_to_import_one(
    qtbot: QtBot, sqlite_store: Store, inline: InlineTasks, clock: Clock, tmp_path: Path, make: Make
) -> None:
    with sqlite_store.write(make.principal()) as session:
        school = make.school(session)
        clerk = make.staff(session, Role.CLERK, school=school)
        audit.record(session, "added", "school")
    context = app_context(sqlite_store, inline, clerk, clock, tmp_path, school_id=school.id)
    asked: list[str] = []
    context.navigator.requested.connect(lambda key, _target: asked.append(key))
    window = show_page(qtbot, context, "rosters", "people", lambda: RostersPage(context))
    page = window.page("rosters")
    assert isinstance(page, RostersPage)
    page.lists._fill_buttons["child"][0].click()
    assert asked == ["roster_import"]


# The family


def test_a_child_is_shown_with_its_family_and_how_it_is_reached(page: RostersPage) -> None:
    choose(page, "3-1")
    page.lists.table.selectRow(0)
    text = said(page)
    for expected in ("青木 陽菜", "アオキ ヒナ\u30003-1\u3000no. 1", "青木 健一", "aoki@mail.example", "LINE linked"):
        assert expected in text
    assert "No notice has gone out for this child yet." in text


def test_an_address_that_came_back_says_what_to_do_and_can_be_used_again(
    page: RostersPage, context: AppContext, city: City
) -> None:
    choose(page, "3-1")
    page.lists.table.selectRow(1)
    assert "Mail came back: nobody has this address." in said(page)
    contact = context.people.guardian(city.clerk, city.binh.id).contacts[0]
    page.details.release_asked.emit(contact.id)
    assert context.people.guardian(city.clerk, city.binh.id).contacts[0].usable
    assert "Mail came back" not in said(page)


def test_several_children_are_summed_up(page: RostersPage) -> None:
    page.lists.table.selectAll()
    assert page.lists.bar.isVisible()
    text = said(page)
    assert "3 children" in text
    assert "3-1, 3-2" in text


# Changing


def type_into(dialog: ChildDialog | GuardianDialog, name: str, text: str) -> None:
    """Type as a person does, whatever the letters."""
    editor = dialog.fields[name].editor
    assert isinstance(editor, QLineEdit)
    editor.setText(text)
    editor.textEdited.emit(text)


def child_dialog(page: RostersPage) -> ChildDialog:
    assert isinstance(page.editing.dialog, ChildDialog)
    return page.editing.dialog


def test_a_child_is_added_with_any_writing_of_kana_and_date(
    qtbot: QtBot, page: RostersPage, context: AppContext, city: City
) -> None:
    choose(page, "3-2")
    qtbot.keyClick(page.lists.table, Qt.Key.Key_N, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: page.editing.dialog is not None)  # a button's shortcut presses it visibly
    dialog = child_dialog(page)
    assert not dialog.save.isEnabled()
    assert dialog.save.accessibleDescription().startswith("Still to fill in:")
    for name, text in (
        ("family_name", "﨑山"), ("given_name", "海"), ("family_name_kana", "さきやま"), ("given_name_kana", "ｶｲ"),
        ("birth_date", "平成29年6月14日"), ("student_number", "5"),
    ):  # fmt: skip
        type_into(dialog, name, text)
    assert dialog.fields["family_name_kana"].message() == "サキヤマ"
    assert dialog.fields["birth_date"].message() == "Wed 14 Jun 2017 (9 years old)"
    assert dialog.room.value() == city.room2.id
    assert dialog.save.isEnabled()
    dialog.save.click()
    assert names(page) == ["髙橋 美咲", "﨑山 海"]
    added = context.people.child(city.clerk, page.lists.selected()[0])
    assert (added.given_name_kana, added.birth_date) == ("カイ", date(2017, 6, 14))


def test_what_cannot_be_read_is_said_at_its_field_and_keeps_the_form_open(page: RostersPage) -> None:
    page.lists.table.selectRow(0)
    page.details.edit_child_asked.emit(page.lists.selected()[0])
    dialog = child_dialog(page)
    type_into(dialog, "birth_date", "平成40年1月1日")
    type_into(dialog, "given_name_kana", "Hina")
    assert "era" in dialog.fields["birth_date"].message()
    assert "kana" in dialog.fields["given_name_kana"].message()
    assert not dialog.save.isEnabled()
    assert "Birth date" in dialog.save.accessibleDescription()


def test_a_lost_race_offers_both_versions(page: RostersPage, context: AppContext, city: City) -> None:
    page.editing.edit_child(city.hina.id, Node(city.east.id))
    dialog = child_dialog(page)
    first = dialog.form()
    context.people.save_child(city.clerk, replace(first, given_name="日菜"))
    type_into(dialog, "given_name", "陽奈")
    dialog.save.click()
    assert not dialog.save.isEnabled()
    dialog.mine_chosen.emit()
    dialog.allow()
    dialog.save.click()
    assert context.people.child(city.clerk, city.hina.id).given_name == "陽奈"


def test_of_two_versions_the_saved_one_can_be_taken(page: RostersPage, context: AppContext, city: City) -> None:
    page.editing.edit_child(city.hina.id, Node(city.east.id))
    dialog = child_dialog(page)
    context.people.save_child(city.clerk, replace(dialog.form(), given_name="日菜"))
    type_into(dialog, "given_name", "陽奈")
    dialog.save.click()
    dialog.theirs_chosen.emit()
    assert dialog.form().given_name == "日菜"


def test_a_guardian_is_added_with_phone_and_mail_as_people_write_them(
    page: RostersPage, context: AppContext, city: City
) -> None:
    choose(page, "3-2")
    page.lists.table.selectRow(0)
    page.details.add_guardian_asked.emit(city.misaki.id)
    dialog = page.editing.dialog
    assert isinstance(dialog, GuardianDialog)
    type_into(dialog, "given_name", "恵")
    dialog.contacts.add()
    line = dialog.contacts.rows[0].line
    line.setText("Taka@Mail.Example")
    line.textEdited.emit(line.text())
    dialog.contacts.add()
    line = dialog.contacts.rows[1].line
    line.setText("０９０-１２３４-５６７８")
    line.textEdited.emit(line.text())
    assert dialog.contacts.rows[1].field.message() == "09012345678"
    dialog.save.click()
    family = context.people.child(city.clerk, city.misaki.id).guardians
    assert [member.name for member in family] == ["髙橋 恵"]
    assert [contact.address for contact in family[0].contacts] == ["taka@mail.example", "09012345678"]
    assert "髙橋 恵" in said(page)


def test_a_mail_address_without_an_at_cannot_be_saved(page: RostersPage, city: City) -> None:
    page.editing.edit_guardian(city.hina.id, city.kenichi.id)
    dialog = page.editing.dialog
    assert isinstance(dialog, GuardianDialog)
    line = dialog.contacts.rows[0].line
    line.setText("aoki.example")
    line.textEdited.emit(line.text())
    assert dialog.contacts.rows[0].field.message() == "The mail address has no @."
    assert not dialog.save.isEnabled()


def test_children_change_class_and_it_can_be_undone(
    page: RostersPage, context: AppContext, city: City, toasts: list[Toast]
) -> None:
    choose(page, "3-1")
    page.lists.table.selectAll()
    page.lists.move_button.click()
    dialog = page.editing.dialog
    assert isinstance(dialog, MoveDialog)
    assert not dialog.go.isEnabled()
    dialog.room.choose(city.room2.id)
    dialog.room.picked.emit(city.room2.id)
    assert dialog.go.words() == "Move 2 children to 3-2"
    dialog.go.click()
    assert names(page) == []
    assert toasts[-1].text == "2 children are now in 3-2"
    undo = toasts[-1].open
    assert undo is not None
    undo()
    assert names(page) == ["青木 陽菜", "Nguyễn An"]


def test_children_who_leave_are_gone_from_their_class_and_it_can_be_undone(
    page: RostersPage, city: City, toasts: list[Toast]
) -> None:
    choose(page, "3-1")
    page.lists.table.selectAll()
    page.lists.withdraw_button.click()
    dialog = page.withdrawing.dialog
    assert dialog is not None
    assert dialog.go.words() == "Withdraw 2 children"
    dialog.day.setDate(dialog.day.date().addDays(-1))
    dialog.go.click()
    assert names(page) == []
    assert toasts[-1].text == "2 children were withdrawn"
    undo = toasts[-1].open
    assert undo is not None
    undo()
    assert names(page) == ["青木 陽菜", "Nguyễn An"]


def test_a_notice_is_written_to_those_who_are_selected(page: RostersPage, context: AppContext, city: City) -> None:
    asked: list[tuple[str, dict[str, object]]] = []
    context.navigator.requested.connect(lambda key, target: asked.append((key, target)))
    choose(page, "3-1")
    page.lists.table.selectAll()
    page.lists.write.click()
    key, target = asked[-1]
    assert key == "compose"
    assert target["include"] == (f"child:{city.hina.id}", f"child:{city.an.id}")


def test_the_roster_is_saved_as_a_file(page: RostersPage, tmp_path: Path, toasts: list[Toast]) -> None:
    page.editing.export_to(tmp_path / "東.csv", "H001")
    assert "青木" in (tmp_path / "東.csv").read_text(encoding="utf-8-sig")


def test_what_others_write_shows_by_itself(
    page: RostersPage, context: AppContext, city: City, seen: list[Touched], qtbot: QtBot
) -> None:
    seen.clear()
    context.people.move(city.clerk, [city.misaki.id], city.room1.id)
    announce(context, seen)
    choose(page, "3-1")
    qtbot.waitUntil(lambda: len(names(page)) == 3, timeout=3000)


# By keyboard


def test_from_the_search_to_the_family_by_keyboard_alone(qtbot: QtBot, window: MainWindow, page: RostersPage) -> None:
    qtbot.keyClick(window, Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier)
    assert page.lists.search.hasFocus()
    qtbot.keyClicks(page.lists.search, "nguyen")
    qtbot.waitUntil(lambda: names(page) == ["Nguyễn An"], timeout=2000)
    qtbot.keyClick(page.lists.search, Qt.Key.Key_Down)
    assert page.lists.table.hasFocus()
    qtbot.waitUntil(lambda: "Nguyễn Văn Bình" in said(page), timeout=1000)
    qtbot.keyClick(page.lists.table, Qt.Key.Key_Return)
    assert child_dialog(page).isVisible()
    qtbot.keyClick(child_dialog(page), Qt.Key.Key_Escape)
    assert not child_dialog(page).isVisible()


def test_side_panes_fold_where_the_window_is_narrow(qtbot: QtBot, window: MainWindow, page: RostersPage) -> None:
    window.resize(1000, 700)
    qtbot.waitUntil(lambda: page._pane.folded, timeout=1000)
    page.lists.table.selectRow(0)
    page.lists.table.opened.emit(page.lists.selected()[0])
    assert not page._pane.folded


# Failing and large


def test_when_the_roster_cannot_be_fetched_the_page_says_so_and_keeps_what_it_had(
    page: RostersPage, monkeypatch: pytest.MonkeyPatch, context: AppContext
) -> None:
    def fail(*_args: object) -> list[int]:
        raise UserError("database.unavailable")

    monkeypatch.setattr(context.people, "child_ids", fail)
    page._reload.now()
    assert page.band.isVisible()
    assert len(names(page)) == 3
    monkeypatch.undo()
    page._reload.now()
    assert not page.band.isVisible()


def test_three_hundred_thousand_children_are_a_list_like_any_other(qtbot: QtBot, tasks: Tasks) -> None:
    columns = (Column[int]("Name", text=lambda row: f"Child {row}", stretch=True),)
    model = PagedModel(columns, lambda ids: {each: each for each in ids}, tasks)
    model.show_ids(range(1, 300_001))
    assert model.rowCount() == 300_000
    qtbot.waitUntil(lambda: model.row(299_999) == 300_000, timeout=3000)


# Pure


def test_a_lone_contact_that_stopped_tells_its_next_step() -> None:
    stopped = Contact(1, "line", "U1", False, True, "unfollowed", None, 1)
    mail = Contact(2, "email", "a@b.example", False, True, None, None, 1)
    alone, beside = state.contact_lines([stopped])[0], state.contact_lines([stopped, mail])[0]
    assert alone.word == "LINE stopped"
    assert beside.word == "LINE stopped (sent by email instead)"
    assert "add it as a friend again" in alone.help


def test_empty_lists_say_why() -> None:
    assert state.empty_words(ListQuery(typed="x"), 5)[0] == "Nobody found"
    assert state.empty_words(ListQuery(only="unreached"), 5)[0] == "Everybody here can be reached"
    assert state.empty_words(ListQuery(), 0)[0] == "There is no roster yet"


@pytest.mark.parametrize("written", ["2017-06-14", "2017/6/14", "H29.6.14", "平成29年6月14日", "２０１７年６月１４日"])
def test_a_birth_date_may_be_written_any_way(written: str) -> None:
    assert typed.birth_date(written, date(2026, 11, 20)).startswith("Wed 14 Jun 2017")


def test_a_birth_date_that_is_unlikely_is_asked_about() -> None:
    assert typed.birth_date("1990-01-01", date(2026, 11, 20)).endswith("Is that right?")
    with pytest.raises(ValueError, match="future"):
        typed.birth_date("2030-01-01", date(2026, 11, 20))


# Pictures


def test_pictures(
    reader: str, qtbot: QtBot, context: AppContext, shot: Shot, errors: list[Exception], city: City
) -> None:
    window = show_page(qtbot, context, "rosters", "people", lambda: RostersPage(context))
    page = window.page("rosters")
    assert isinstance(page, RostersPage)
    choose(page, "3-1")
    page.lists.table.selectRow(1)
    shot(window, f"rosters-{reader}")
    page.editing.edit_child(city.an.id, Node(city.east.id))
    shot(child_dialog(page), f"rosters-child-{reader}")
    child_dialog(page).reject()
    assert (window.width(), window.height()) == (1280, 800)
    assert errors == []
    QApplication.processEvents()
