"""Importing a roster in a real window: the file, its columns, what would change, what came of it."""

import csv
import io
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from desktop.domain.people import ChildForm, ListQuery, Node
from desktop.domain.rosters.changes import ImportPreview
from desktop.domain.staff import Actor, Role
from desktop.store import audit
from desktop.store.db import Store
from desktop.ui.app_context import AppContext
from desktop.ui.context import Toast
from desktop.ui.long_work import Stage
from desktop.ui.main_window import MainWindow
from desktop.ui.roster_import.page import CHECK, COLUMNS, DONE, FILE, RosterImportPage
from desktop.ui.roster_import.state import creates
from desktop.ui.tasks import InlineTasks, Tasks
from tests.conftest import Clock
from tests.make import Make
from tests.ui.conftest import Shot
from tests.ui.office import app_context, show_page

HEADER = ["学年", "組", "出席番号", "氏名", "ふりがな", "生年月日", "保護者1　名前", "メールアドレス", "電話番号1"]
HANA = [
    "３年",
    "１組",
    "1",
    "山﨑　花",
    "ヤマザキ　ハナ",
    "平成29年4月2日",
    "山﨑　健",
    "yama@mail.example",
    "090-1234-5678",
]
RIKU = ["3", "1", "2", "髙橋 陸", "ﾀｶﾊｼ ﾘｸ", "2017/5/3", "髙橋 恵", "taka@mail.example", ""]
WRONG = ["3", "1", "3", "名", "", "平成40年1月1日", "親 一", "no-at-sign.example", "12"]


def roster(folder: Path, *rows: list[str], name: str = "名簿.csv", encoding: str = "cp932") -> Path:
    out = io.StringIO(newline="")
    csv.writer(out).writerows([HEADER, *rows])
    path = folder / name
    path.write_bytes(out.getvalue().encode(encoding))
    return path


class Office:
    def __init__(self, store: Store, make: Make) -> None:
        with store.write(make.principal()) as session:
            self.school = make.school(session, "H001", "ひがし小学校")
            self.clerk: Actor = make.staff(session, Role.CLERK, school=self.school)
            audit.record(session, "added", "school")


@pytest.fixture
def office(sqlite_store: Store, make: Make) -> Office:
    return Office(sqlite_store, make)


@pytest.fixture
def context(office: Office, sqlite_store: Store, inline: InlineTasks, clock: Clock, tmp_path: Path) -> AppContext:
    return app_context(sqlite_store, inline, office.clerk, clock, tmp_path, school_id=office.school.id)


@pytest.fixture
def window(qtbot: QtBot, context: AppContext) -> MainWindow:
    return show_page(qtbot, context, "roster_import", "download", lambda: RosterImportPage(context))


@pytest.fixture
def page(window: MainWindow) -> RosterImportPage:
    found = window.page("roster_import")
    assert isinstance(found, RosterImportPage)
    return found


def rows(page: RosterImportPage) -> list[tuple[str, ...]]:
    """The table of the check as it reads."""
    table = page.check.problems if page.check.filter.key() == "problems" else page.check.rows
    model = table.model()
    return [
        tuple(str(model.index(row, column).data()) for column in range(model.columnCount()))
        for row in range(model.rowCount())
    ]


def look(page: RosterImportPage, only: str) -> list[tuple[str, ...]]:
    page.check.filter.choose(only)
    page.check.filter.chosen.emit(only)
    return rows(page)


def number_of_children(context: AppContext, office: Office) -> int:
    return len(context.people.child_ids(office.clerk, ListQuery(Node(office.school.id))))


def test_a_file_is_read_its_columns_guessed_and_its_rows_imported(
    page: RosterImportPage, context: AppContext, office: Office, tmp_path: Path
) -> None:
    page.read(roster(tmp_path, HANA, RIKU))
    assert page.step == COLUMNS
    assert page.columns.choice(0).value() == "grade"
    assert page.columns.choice(6).value() == "guardian1_full_name"
    assert page.columns.choice(7).value() == "guardian1_email"
    page.next.click()
    assert page.step == CHECK
    assert [line[1:4] for line in look(page, "all")] == [
        ("山﨑 花", "3-1", "New"),
        ("髙橋 陸", "3-1", "New"),
    ]
    assert page.next.words() == "Import 2 children"
    page.next.click()
    assert page.step == DONE
    assert number_of_children(context, office) == 2


def test_every_problem_is_seen_at_once_and_only_good_rows_are_imported(
    page: RosterImportPage, context: AppContext, office: Office, tmp_path: Path
) -> None:
    page.read(roster(tmp_path, HANA, WRONG))
    page.next.click()
    assert page.check.filter.key() == "problems"
    found = {(line, column) for line, column, _reason, _what in rows(page)}
    assert {("3", "氏名"), ("3", "生年月日"), ("3", "メールアドレス"), ("3", "電話番号1")} <= found
    page.next.click()
    assert number_of_children(context, office) == 1


def test_the_same_file_twice_changes_nothing_and_says_so(page: RosterImportPage, tmp_path: Path) -> None:
    file = roster(tmp_path, HANA, RIKU)
    for _time in range(2):
        page.read(file)
        page.next.click()
        last = page.next
        if last.isEnabled():
            last.click()
    assert page.step == CHECK
    assert page.next.accessibleDescription() == "The roster already says all of this"


def test_a_wrong_guess_is_corrected_and_the_column_taken_from_the_other(page: RosterImportPage, tmp_path: Path) -> None:
    page.read(roster(tmp_path, HANA))
    page.columns.column_chosen.emit(2, "child_code")
    assert page.columns.choice(2).value() == "child_code"
    page.columns.column_chosen.emit(0, "")
    page.columns.column_chosen.emit(1, "grade")
    assert page.columns.choice(0).value() == ""


def test_what_is_missing_keeps_the_next_step_shut_and_is_said(page: RosterImportPage, tmp_path: Path) -> None:
    page.read(roster(tmp_path, HANA))
    page.columns.column_chosen.emit(3, "")
    assert not page.next.isEnabled()
    assert page.columns.missing.isVisible()
    assert "Full name" in page.columns.missing.accessibleName()
    page.columns.column_chosen.emit(3, "full_name")
    assert page.next.isEnabled()


def test_rows_without_a_school_need_one_chosen(page: RosterImportPage, tmp_path: Path) -> None:
    page.read(roster(tmp_path, HANA))
    assert page.columns.school.value() == "H001"
    page.columns.school.choose("")
    page.columns.place_chosen.emit()
    assert page.columns.missing.accessibleName() == "Choose the school to which the rows belong."


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", "The file is empty."),
        (b"%PDF-1.7", "This is a PDF, not a list."),
        (b"\x00\x01\x02\xff" * 50, "This is not a list: it holds no readable text."),
        (b"PK\x03\x04nonsense", "The file is damaged."),
    ],
    ids=["empty", "pdf", "binary", "wrongly labelled"],
)
def test_a_file_that_is_no_list_is_refused_in_words(
    page: RosterImportPage, tmp_path: Path, content: bytes, expected: str
) -> None:
    path = tmp_path / "名簿.csv"
    path.write_bytes(content)
    page.read(path)
    assert page.step == FILE
    assert page.band.isVisible()
    assert page.band.accessibleName().startswith(expected)


def test_a_file_can_be_dropped_on_the_page(page: RosterImportPage, tmp_path: Path) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(roster(tmp_path, HANA)))])
    page.dropEvent(
        QDropEvent(
            QPointF(300, 300), Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
        )
    )
    assert page.step == COLUMNS


def test_held_rows_are_saved_as_a_file_with_their_reasons(
    page: RosterImportPage, context: AppContext, tmp_path: Path
) -> None:
    said: list[Toast] = []
    context.toasts.shown.connect(said.append)
    page.read(roster(tmp_path, HANA, WRONG))
    page.next.click()
    page.save_held(tmp_path / "held.csv")
    table = list(csv.reader(io.StringIO((tmp_path / "held.csv").read_bytes().decode("cp932"))))
    assert table[0] == [*HEADER, "Reason"]
    assert table[1][:3] == WRONG[:3]
    assert "The mail address has no @." in table[1][-1]
    assert said[-1].text == "1 row was saved in held.csv"


def test_a_child_that_the_file_does_not_name_is_listed_and_stays(
    page: RosterImportPage, context: AppContext, office: Office, tmp_path: Path
) -> None:
    for listed in ((HANA, RIKU), (HANA,)):
        page.read(roster(tmp_path, *listed))
        page.next.click()
        if page.next.isEnabled():
            page.next.click()
    assert [line[1] for line in look(page, "missing")] == ["髙橋 陸"]
    assert number_of_children(context, office) == 2


def test_children_whom_the_file_does_not_name_can_be_withdrawn_from_the_result(
    page: RosterImportPage, tmp_path: Path
) -> None:
    page.read(roster(tmp_path, HANA, RIKU))
    page.next.click()
    page.next.click()
    older = [*HANA[:2], "9", *HANA[3:]]
    page.read(roster(tmp_path, older))
    page.next.click()
    page.next.click()
    assert page.step == DONE
    assert [line.name for line in page.done.missing_model.rows] == ["髙橋 陸"]
    page.done.withdraw.click()
    dialog = page.withdrawing.dialog
    assert dialog is not None
    dialog.go.click()
    assert list(page.done.missing_model.rows) == []


def test_a_whole_import_is_undone_from_its_result(
    page: RosterImportPage, context: AppContext, office: Office, tmp_path: Path
) -> None:
    said: list[Toast] = []
    context.toasts.shown.connect(said.append)
    page.read(roster(tmp_path, HANA, RIKU))
    page.next.click()
    page.next.click()
    assert page.done.undo.isVisible()
    page.done.undo.click()
    assert said[-1].text == "The import was undone"
    assert page.step == FILE
    assert number_of_children(context, office) == 0


def test_what_was_changed_here_since_is_shown_with_both_values_and_decided(
    page: RosterImportPage, context: AppContext, tmp_path: Path
) -> None:
    page.read(roster(tmp_path, HANA))
    page.next.click()
    page.next.click()
    (child,) = context.people.children(context.session.actor, [1])
    form = ChildForm("山﨑", "はな", "ヤマザキ", "ハナ", birth_date=date(2017, 4, 2), id=child.id, version=1)
    context.people.save_child(context.session.actor, form)
    page.read(roster(tmp_path, HANA))
    page.next.click()
    assert not page.next.isEnabled()
    page.check.filter.choose("differences")
    page.check.filter.chosen.emit("differences")
    (line,) = page.check.differences_model.rows
    assert (line.column, line.current, line.said, line.word) == ("Given name", "はな", "花", "As it stands here")
    page.check.use_file.click()
    assert [line.word for line in page.check.differences_model.rows] == ["As in the file"]
    assert page.next.words() == "Import 1 child"
    page.next.click()
    (row,) = context.people.children(context.session.actor, [child.id])
    assert row.name == "山﨑 花"


def test_columns_once_corrected_are_taken_so_the_next_time(page: RosterImportPage, tmp_path: Path) -> None:
    page.read(roster(tmp_path, HANA))
    page.columns.column_chosen.emit(2, "child_code")
    assert not page.columns.remembered.isVisible()
    page.next.click()
    page.next.click()
    page.read(roster(tmp_path, HANA, RIKU, name="次.csv"))
    assert page.columns.remembered.isVisible()
    assert page.columns.choice(2).value() == "child_code"


def test_a_file_without_classes_gets_one_for_all_its_rows(page: RosterImportPage, tmp_path: Path) -> None:
    page.read(roster(tmp_path, HANA))
    for index in (0, 1):
        page.columns.column_chosen.emit(index, "")
    assert not page.next.isEnabled()
    page.columns.homeroom.setText("3-2")
    assert page.next.isEnabled()
    page.next.click()
    assert look(page, "all")[0][2] == "3-2"


def test_going_back_keeps_what_was_chosen(page: RosterImportPage, tmp_path: Path) -> None:
    page.read(roster(tmp_path, HANA))
    page.columns.column_chosen.emit(2, "child_code")
    page.next.click()
    page.back.click()
    assert page.step == COLUMNS
    assert page.columns.choice(2).value() == "child_code"


def test_stopping_an_import_changes_nothing_and_says_so(
    qtbot: QtBot,
    office: Office,
    sqlite_store: Store,
    tasks: Tasks,
    clock: Clock,
    tmp_path: Path,
) -> None:
    context = app_context(sqlite_store, tasks, office.clerk, clock, tmp_path, school_id=office.school.id)
    window = show_page(qtbot, context, "roster_import", "download", lambda: RosterImportPage(context))
    page = window.page("roster_import")
    assert isinstance(page, RosterImportPage)
    qtbot.waitUntil(lambda: page.columns.school.value() == "H001")
    many = [
        [*HANA[:2], str(n), f"児童 {n}", "", f"2017-{n % 12 + 1:02}-{n % 28 + 1:02}", "", "", ""] for n in range(3000)
    ]
    page.read(roster(tmp_path, *many))
    qtbot.waitUntil(lambda: page.step == COLUMNS, timeout=20_000)
    page.next.click()
    qtbot.waitUntil(lambda: page.step == CHECK, timeout=20_000)
    tasks.long_started.connect(lambda work: work.cancel())
    page.next.click()
    qtbot.waitUntil(lambda: not tasks.running_long, timeout=20_000)
    assert page.step == CHECK
    assert page.band.accessibleName().startswith("The import was stopped. Nothing was changed.")
    assert page.band.property("band") == "info"
    assert number_of_children(context, office) == 0


def test_an_import_runs_beside_other_work_and_ends_with_a_quiet_message(
    qtbot: QtBot, office: Office, sqlite_store: Store, tasks: Tasks, clock: Clock, tmp_path: Path
) -> None:
    context = app_context(sqlite_store, tasks, office.clerk, clock, tmp_path, school_id=office.school.id)
    window = show_page(qtbot, context, "roster_import", "download", lambda: RosterImportPage(context))
    page = window.page("roster_import")
    assert isinstance(page, RosterImportPage)
    stages: list[Stage] = []
    tasks.long_started.connect(lambda work: stages.append(work.stage))
    qtbot.waitUntil(lambda: page.columns.school.value() == "H001")
    page.read(roster(tmp_path, HANA, RIKU))
    qtbot.waitUntil(lambda: page.step == COLUMNS, timeout=10_000)
    page.next.click()
    qtbot.waitUntil(lambda: page.step == CHECK, timeout=10_000)
    page.next.click()
    qtbot.waitUntil(page.done.open.isVisible, timeout=10_000)
    assert stages == [Stage.RUNNING]
    assert number_of_children(context, office) == 2


def test_the_whole_way_by_keyboard(qtbot: QtBot, page: RosterImportPage, tmp_path: Path) -> None:
    control = Qt.KeyboardModifier.ControlModifier
    page.read(roster(tmp_path, HANA))
    qtbot.keyClick(page, Qt.Key.Key_Return, control)
    qtbot.waitUntil(lambda: page.step == CHECK, timeout=2000)
    qtbot.keyClick(page, Qt.Key.Key_Return, control)
    qtbot.waitUntil(lambda: page.step == DONE, timeout=2000)
    assert page.done.open.isVisible()


def test_pictures(reader: str, qtbot: QtBot, context: AppContext, shot: Shot, tmp_path: Path) -> None:
    window = show_page(qtbot, context, "roster_import", "download", lambda: RosterImportPage(context))
    page = window.page("roster_import")
    assert isinstance(page, RosterImportPage)
    shot(window, f"import-file-{reader}")
    page.read(roster(tmp_path, HANA, WRONG))
    shot(window, f"import-columns-{reader}")
    page.next.click()
    shot(window, f"import-check-{reader}")
    page.next.click()
    shot(window, f"import-done-{reader}")
    assert (window.width(), window.height()) == (1280, 800)


@pytest.mark.parametrize("reader", ["ja", "vi"])
def test_pictures_of_a_second_import(
    reader: str, qtbot: QtBot, context: AppContext, shot: Shot, tmp_path: Path, speak: Callable[[str], None]
) -> None:
    speak(reader)
    window = show_page(qtbot, context, "roster_import", "download", lambda: RosterImportPage(context))
    page = window.page("roster_import")
    assert isinstance(page, RosterImportPage)
    page.read(roster(tmp_path, HANA, RIKU))
    page.columns.column_chosen.emit(1, "")
    page.columns.homeroom.setText("3-2")
    shot(window, f"import-again-columns-{reader}")
    page.next.click()
    page.next.click()
    form = ChildForm("山﨑", "はな", "ヤマザキ", "ハナ", birth_date=date(2017, 4, 2), id=1, version=1)
    context.people.save_child(context.session.actor, form)
    page.read(roster(tmp_path, HANA, WRONG))
    shot(window, f"import-again-remembered-{reader}")
    page.next.click()
    for key in ("differences", "missing"):
        page.check.filter.choose(key)
        page.check.filter.chosen.emit(key)
        shot(window, f"import-again-{key}-{reader}")
    page.check.filter.choose("differences")
    page.check.filter.chosen.emit("differences")
    page.check.use_file.click()
    page.next.click()
    shot(window, f"import-again-done-{reader}")
    page.withdrawing.ask([1, 2], None)
    assert page.withdrawing.dialog is not None
    shot(page.withdrawing.dialog, f"withdraw-{reader}")


def test_a_list_of_addresses_needs_no_children_and_says_what_becomes_of_it(
    page: RosterImportPage, tmp_path: Path
) -> None:
    file = tmp_path / "club.csv"
    file.write_text("a@mail.example,3-1\nb@mail.example,3-1\n", "utf-8")
    page.read(file)
    assert page.step == COLUMNS
    assert not page.columns.contacts.isHidden()
    assert page.next.isEnabled()
    page.next.click()
    assert page.next.text() == "Import 2 contacts"
    assert [row[1] for row in look(page, "new")] == ["a@mail.example", "b@mail.example"]
    page.next.click()
    assert page.step == DONE
    assert "2 contacts were imported" in page.done.findChildren(QLabel)[1].text()
    page.read(roster(tmp_path, HANA))
    assert page.columns.contacts.isHidden()


def test_contacts_that_the_file_makes_known_are_joined_with_one_click(
    page: RosterImportPage, context: AppContext, tmp_path: Path
) -> None:
    file = tmp_path / "club.csv"
    file.write_text("yama@mail.example,3-1\nb@mail.example,3-1\n", "utf-8")
    page.read(file)
    page.next.click()
    page.next.click()
    assert page.done.filter.key() == ""
    page.read(roster(tmp_path, HANA))
    page.next.click()
    page.next.click()
    assert page.done.filter.key() == "waiting"
    (line,) = page.done.waiting_model.rows
    assert (line.name, line.detail) == (
        "yama@mail.example", "Has the address of 山﨑 健, a guardian of 山﨑 花",
    )  # fmt: skip
    page.done.join.click()
    assert not page.done.join.isVisible()
    actor = context.session.actor
    assert [row.title for row in context.waiting.rows(actor, context.waiting.ids(actor, ListQuery()))] == [
        "b@mail.example"
    ]


def test_reading_a_long_file_can_be_stopped(page: RosterImportPage, context: AppContext, tmp_path: Path) -> None:
    file = roster(tmp_path, *([f"{n}", *HANA[1:]] for n in range(1, 6000)))
    page.read(roster(tmp_path, HANA, name="short.csv"))
    context.tasks.long_started.connect(lambda work: work.cancel())
    page.read(file)
    assert page.step == COLUMNS
    assert page.columns.choice(0).value() == "grade"


def test_a_group_that_many_schools_get_is_named_once() -> None:
    preview = ImportPreview(
        0, 0, 0, 0, 0, (), (), (), (), (), new_groups=("Soccer", "Chess", "Soccer"), new_guardians=0
    )
    assert "Soccer ×2, Chess" in creates(preview)
