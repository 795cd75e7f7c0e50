"""Lists: the models, the view, the keyboard."""

import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pytest
from PySide6.QtCore import QItemSelectionModel, QModelIndex, QPoint, Qt
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import QApplication, QLabel
from pytestqt.modeltest import ModelTester
from pytestqt.qtbot import QtBot

from desktop.ui.cells import BarCell, Cell, ChipCell, Coverage, IconsCell, Mark, TwoLinesCell
from desktop.ui.table import PAGE_SIZE, PAGES_KEPT, Column, PagedModel, RowsModel
from desktop.ui.table_view import Table
from desktop.ui.tasks import InlineTasks, Tasks
from tests.ui.conftest import Shot

ACCESSIBLE = Qt.ItemDataRole.AccessibleTextRole


@dataclass(frozen=True)
class Person:
    id: int
    name: str
    state: str = "accepted"


def _bar(person: Person) -> Cell:
    return BarCell(Coverage(person.id, 5, 2, 1, 1), f"{person.id} / {person.id + 9}")


COLUMNS = (
    Column[Person]("Name", text=lambda p: p.name, sort="name", stretch=True),
    Column[Person]("Number", text=lambda p: str(p.id), number=True, sort="id", width=90),
    Column[Person]("State", cell=lambda p: ChipCell(p.state), tooltip=lambda _p: "Fri 20 Nov 2026, 10:43", width=200),
    Column[Person]("Channels", cell=lambda _p: IconsCell((Mark("email", "Email"), Mark("line", "LINE"))), width=90),
    Column[Person]("Confirmed", cell=_bar, width=200),
)
PEOPLE = [Person(1, "青木 陽菜"), Person(2, "Nguyễn An", "bounced"), Person(3, "髙橋 美咲", "in_doubt")]


def people(number: int) -> list[Person]:
    return [Person(n, f"Person {n}") for n in range(1, number + 1)]


@pytest.fixture
def model() -> RowsModel[Person]:
    made = RowsModel(COLUMNS, key=lambda p: p.id)
    made.show_rows(PEOPLE)
    return made


@pytest.fixture
def table(qtbot: QtBot, model: RowsModel[Person]) -> Table:
    made = Table(model, "People")
    qtbot.addWidget(made)
    made.resize(900, 300)
    made.show()
    return made


def paged(tasks: Tasks, number: int, asked: list[Sequence[int]] | None = None) -> PagedModel[Person]:
    def fetch(ids: Sequence[int]) -> Mapping[int, Person]:
        if asked is not None:
            asked.append(ids)
        return {n: Person(n, f"Person {n}") for n in ids}

    made = PagedModel(COLUMNS, fetch, tasks)
    made.show_ids(range(1, number + 1))
    return made


def test_the_models_keep_qts_rules(qtmodeltester: ModelTester, inline: InlineTasks, model: RowsModel[Person]) -> None:
    qtmodeltester.check(model, force_py=True)
    qtmodeltester.check(paged(inline, 500), force_py=True)


def test_a_chip_is_read_aloud_in_its_word(model: RowsModel[Person]) -> None:
    assert model.index(1, 2).data(ACCESSIBLE) == "Returned, unknown address"
    assert model.index(0, 3).data(ACCESSIBLE) == "Email, LINE"
    assert model.index(0, 2).data(Qt.ItemDataRole.ToolTipRole) == "Fri 20 Nov 2026, 10:43"


def test_the_same_rows_change_in_place_and_the_selection_stays(table: Table, model: RowsModel[Person]) -> None:
    table.select_id(2)
    model.show_rows([PEOPLE[0], Person(2, "Nguyễn An", "accepted"), PEOPLE[2]])
    assert table.selected_ids() == [2]


def test_the_selection_follows_its_rows_when_the_order_changes(table: Table, model: RowsModel[Person]) -> None:
    table.select_id(3)
    model.show_rows([PEOPLE[2], PEOPLE[0]])
    assert table.selected_ids() == [3]
    assert table.current_id() == 3


def test_enter_opens_the_current_row(qtbot: QtBot, table: Table) -> None:
    table.select_id(2)
    with qtbot.waitSignal(table.opened) as opened:
        qtbot.keyClick(table, Qt.Key.Key_Return)
    assert opened.args == [2]


def test_space_selects_and_lets_go(qtbot: QtBot, table: Table) -> None:
    index = table.model().index(0, 0, QModelIndex())
    table.selectionModel().setCurrentIndex(index, QItemSelectionModel.SelectionFlag.NoUpdate)
    qtbot.keyClick(table, Qt.Key.Key_Space)
    assert table.selected_ids() == [1]
    qtbot.keyClick(table, Qt.Key.Key_Space)
    assert table.selected_ids() == []


def test_letters_go_to_the_search_field(qtbot: QtBot, table: Table) -> None:
    table.select_id(1)
    with qtbot.waitSignal(table.typed) as typed:
        qtbot.keyClick(table, Qt.Key.Key_S)
    assert typed.args == ["s"]


def test_a_header_asks_for_sorting_and_sorts_nothing_itself(
    qtbot: QtBot, table: Table, model: RowsModel[Person]
) -> None:
    header = table.horizontalHeader()
    with qtbot.waitSignal(table.sort_asked) as asked:
        x = header.sectionViewportPosition(1) + 20
        qtbot.mouseClick(header.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(x, 10))
    assert asked.args[0] == "id"
    assert [row.id for row in model.rows] == [1, 2, 3]


def test_rows_are_copied_as_a_spreadsheet_takes_them(qtbot: QtBot, table: Table) -> None:
    table.select_id(2)
    qtbot.keyClick(table, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QApplication.clipboard().text().split("\t")[:3] == ["Nguyễn An", "2", "Returned, unknown address"]


def test_rows_that_nobody_has_looked_at_are_copied_too(qtbot: QtBot, inline: InlineTasks) -> None:
    table = Table(paged(inline, 1_000), "People")
    qtbot.addWidget(table)
    table.selectAll()
    qtbot.keyClick(table, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    copied = [line.split("\t")[0] for line in QApplication.clipboard().text().split("\n")]
    assert copied == [f"Person {n}" for n in range(1, 1_001)]


def test_an_empty_table_says_what_belongs_here(table: Table, model: RowsModel[Person]) -> None:
    empty = QLabel("Nobody yet")
    table.set_empty(empty)
    assert not empty.isVisible()
    model.show_rows([])
    assert empty.isVisible()


def test_every_kind_of_cell_is_painted(qtbot: QtBot, table: Table, shot: Shot) -> None:
    lines = Column[Person](
        "Task",
        cell=lambda p: TwoLinesCell(p.name, "one, two", Mark("email-off", "No address", "warning"), "9:06", opens=True),
    )
    made = RowsModel([lines], key=lambda p: p.id)
    made.show_rows(PEOPLE)
    tall = Table(made, "Tasks", row_height=60)
    qtbot.addWidget(tall)
    tall.resize(500, 240)
    shot(tall, "table-two-lines")
    table.select_id(2)
    table.setFocus()
    shot(table, "table")


def test_rows_come_in_pages_when_they_are_looked_at(qtbot: QtBot, tasks: Tasks) -> None:
    asked: list[Sequence[int]] = []
    model = paged(tasks, 1000, asked)
    assert model.row(450) is None
    qtbot.waitUntil(lambda: model.row(450) is not None, timeout=5000)
    assert model.row(450) == Person(451, "Person 451")
    assert asked == [range(451, 501)]
    qtbot.waitUntil(lambda: len(asked) == 3, timeout=5000)
    assert asked[1:] == [range(401, 451), range(501, 601)], "and then those around it"


def test_what_the_screen_misses_is_fetched_together(long_table: Table, asked: list[Sequence[int]]) -> None:
    asked.clear()
    long_table.verticalScrollBar().setValue(PAGE_SIZE * 20 - 3)
    long_table.grab()
    assert asked[0] == range(PAGE_SIZE * 19 + 1, PAGE_SIZE * 21 + 1)


def test_a_row_on_its_way_shows_that_it_is(qtbot: QtBot, tasks: Tasks) -> None:
    gate = threading.Event()
    model = PagedModel(COLUMNS, lambda ids: {n: PEOPLE[0] for n in ids if gate.wait(5)}, tasks)
    model.show_ids([1, 2, 3])
    assert model.index(0, 0).data() == "…"
    assert model.index(0, 0).data(ACCESSIBLE) == "Loading"
    gate.set()


def test_only_the_last_pages_are_kept(inline: InlineTasks) -> None:
    asked: list[Sequence[int]] = []
    model = paged(inline, PAGE_SIZE * (PAGES_KEPT + 1), asked)
    for page in range(PAGES_KEPT + 1):
        model.row(page * PAGE_SIZE)
    model.row(0)
    assert len(asked) == PAGES_KEPT + 2


def test_a_reload_keeps_the_old_rows_until_the_new_ones_are_here(qtbot: QtBot, tasks: Tasks) -> None:
    names = {"now": "before"}
    model = PagedModel(COLUMNS, lambda ids: {n: Person(n, names["now"]) for n in ids}, tasks)
    model.show_ids([1, 2])
    qtbot.waitUntil(lambda: model.row(0) is not None, timeout=5000)
    names["now"] = "after"
    model.show_ids([1, 2])
    kept = model.row(0)
    assert kept is not None
    assert kept.name == "before"
    qtbot.waitUntil(lambda: model.row(0) == Person(1, "after"), timeout=5000)


def test_a_page_that_cannot_be_fetched_is_reported_once(inline: InlineTasks, errors: list[Exception]) -> None:
    def broken(ids: Sequence[int]) -> Mapping[int, Person]:
        raise OSError

    model = PagedModel(COLUMNS, broken, inline)
    model.show_ids([1, 2, 3])
    assert [model.row(n) for n in range(3)] == [None, None, None]
    assert len(errors) == 1


def test_three_hundred_thousand_rows_are_shown_at_once(qtbot: QtBot, inline: InlineTasks) -> None:
    started = time.perf_counter()
    model = paged(inline, 300_000)
    table = Table(model, "Everybody")
    qtbot.addWidget(table)
    table.resize(900, 600)
    table.show()
    table.grab(table.rect())
    table.scrollToBottom()
    picture: QPixmap = table.grab()
    passed = time.perf_counter() - started
    assert not picture.isNull()
    assert model.row(299_999) == Person(300_000, "Person 300000")
    assert passed < 5, "a list of any length opens in a moment; this is many times the usual"


def named(ids: Sequence[int]) -> dict[int, Person]:
    return {n: Person(n, f"Person {n}") for n in ids}


@pytest.fixture
def asked() -> list[Sequence[int]]:
    """What the long table has asked for."""
    return []


@pytest.fixture
def long_table(qtbot: QtBot, inline: InlineTasks, asked: list[Sequence[int]]) -> Table:
    made = Table(paged(inline, 300_000, asked), "Everybody")
    qtbot.addWidget(made)
    made.resize(900, 300)
    made.show()
    return made


def long_model(table: Table) -> PagedModel[Person]:
    model = table.model()
    assert isinstance(model, PagedModel)
    return model


def test_the_top_of_a_list_is_shown_before_the_rest_is_known(long_table: Table) -> None:
    model = long_model(long_table)
    long_table.scrollToBottom()
    top = range(2, 2 + PAGE_SIZE)
    model.show_top(top, named(top), whole=False)
    assert (model.rowCount(), model.row(0)) == (PAGE_SIZE, Person(2, "Person 2"))
    assert long_table.verticalScrollBar().value() == 0
    long_table.select_id(3)
    model.show_ids(range(2, 200_000))
    assert model.rowCount() == 199_998
    assert long_table.selected_ids() == [3]
    assert long_table.rowAt(0) == 0


def test_what_was_selected_waits_for_the_rest_of_the_list(qtbot: QtBot, long_table: Table) -> None:
    model = long_model(long_table)
    long_table.select_id(250_000)
    top = range(1, 1 + PAGE_SIZE)
    with qtbot.assertNotEmitted(long_table.selected):
        model.show_top(top, named(top), whole=False)
    with qtbot.waitSignal(long_table.selected):
        model.show_ids(range(1, 300_001))
    assert long_table.selected_ids() == [250_000]


def test_a_choice_made_at_the_top_stands_when_the_rest_comes(long_table: Table) -> None:
    model = long_model(long_table)
    long_table.select_id(250_000)
    top = range(1, 1 + PAGE_SIZE)
    model.show_top(top, named(top), whole=False)
    long_table.select_id(5)
    model.show_ids(range(1, 300_001))
    assert long_table.selected_ids() == [5]


def test_a_reload_leaves_the_reader_where_they_are(long_table: Table) -> None:
    model = long_model(long_table)
    long_table.verticalScrollBar().setValue(1_000)
    first = long_table.current_id(), model.id_at(long_table.rowAt(0))
    model.show_ids(range(-5, 300_001))
    assert (long_table.current_id(), model.id_at(long_table.rowAt(0))) == first


def test_three_hundred_thousand_are_selected_at_once(long_table: Table) -> None:
    started = time.perf_counter()
    long_table.selectAll()
    assert long_table.selected_count() == 300_000
    long_model(long_table).show_ids(range(2, 300_001))
    assert long_table.selected_count() == 299_999
    passed = time.perf_counter() - started
    assert passed < 5, "a selection of any size is a few ranges; this is many times the usual"


def test_a_list_of_which_nothing_is_known_yet_is_not_called_empty(qtbot: QtBot, inline: InlineTasks) -> None:
    model = PagedModel(COLUMNS, named, inline)
    made = Table(model, "Everybody")
    qtbot.addWidget(made)
    made.show()
    empty = QLabel("Nobody yet")
    made.set_empty(empty)
    assert not empty.isVisible()
    model.show_ids([])
    assert empty.isVisible()


def test_what_is_late_lies_under_a_veil_that_says_so(qtbot: QtBot, long_table: Table, shot: Shot) -> None:
    before = long_table.grab().toImage()
    long_table.set_late(True)
    assert long_table.accessibleDescription() == "Loading"
    shot(long_table, "table-late")
    assert long_table.grab().toImage() != before
    long_table.set_late(False)
    assert long_table.grab().toImage() == before
