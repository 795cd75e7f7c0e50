"""The steps of the import, each a widget that shows what it is given and says what was chosen."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QFrame, QGridLayout, QLineEdit, QStackedWidget, QWidget

from desktop.domain.rosters.changes import ImportPreview, ImportResult, MissingChild
from desktop.domain.rosters.reading import Reading
from desktop.domain.rosters.rows import Problem
from desktop.domain.waiting_contacts import WaitingMatch
from desktop.i18n import _
from desktop.ui.roster_import import state
from desktop.ui.roster_import.columns import DIFFERENCES, PROBLEMS, ROWS
from desktop.ui.roster_import.state import ColumnLine
from desktop.ui.table import RowsModel
from desktop.ui.table_view import Table
from desktop.ui.theme import colour, px, theme
from desktop.ui.widgets.bands import NoteBox
from desktop.ui.widgets.beside import Beside
from desktop.ui.widgets.filters import SegmentedFilter
from desktop.ui.widgets.forms import Choice, FormField
from desktop.ui.widgets.marks import Chip
from desktop.ui.widgets.pieces import (
    Button,
    ElidedLabel,
    IconLabel,
    Label,
    clear_layout,
    column,
    hline,
    row,
    scroll,
    widget_of,
)

_CHOICE_WIDTH = 232
_HEADER_WIDTH = 168
_SCHOOL_WIDTH = 300
_CLASS_WIDTH = 180
_LEAST_LIST = 160


class FileStep(QFrame):
    """Where a file is dropped or chosen."""

    asked = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("surface")
        self._over = False
        self.choose = Button(_("Choose a file…"), "primary", "folder", on_click=self.asked.emit)
        title = Label(_("Drop the roster file here"), "big")
        text = Label(
            _("Excel (.xlsx) or CSV with one row for each child, or OneRoster (.zip), as your school’s software writes "
              "it; the columns may stand in any order. A list of mail addresses with their classes will do, too."),
            "muted", wrap=True,
        )  # fmt: skip
        for label in (title, text):
            label.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        promise = Label(_("Nothing is changed before you have seen what would change."), "muted small", wrap=True)
        promise.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        middle = Qt.AlignmentFlag.AlignHCenter
        layout = column(None, spacing=12, margin=24)
        layout.addWidget(IconLabel("upload", "accent", 40), 0, middle)
        layout.addWidget(title)
        layout.addWidget(text)
        layout.addLayout(row(None, self.choose, None))
        layout.addWidget(promise)
        layout.addStretch(2)
        self.setLayout(column(scroll(layout), margin=20))  # in a scroll area, or a low window squeezes wrapped texts

    def show_over(self, over: bool) -> None:
        """A file is held over the page."""
        self._over = over
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self._over:
            painter.fillRect(self.rect().adjusted(16, 16, -16, -16), colour("sel"))
        painter.setPen(QPen(colour("accent" if self._over else "border"), 1, Qt.PenStyle.DashLine))
        painter.drawRoundedRect(self.rect().adjusted(16, 16, -16, -16), 8, 8)


class ColumnsStep(QWidget):
    """What each column was taken for, to be corrected; and the school and year for rows that do not say theirs."""

    column_chosen = Signal(int, str)
    place_chosen = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._choices: dict[int, Choice] = {}
        self._chips: dict[int, Chip] = {}
        self.school = Choice(_("School"))
        self.year = Choice(_("School year"))
        self.school.picked.connect(lambda _value: self.place_chosen.emit())
        self.year.picked.connect(lambda _value: self.place_chosen.emit())
        self.homeroom = QLineEdit()
        self.homeroom.setAccessibleName(_("Class of all rows"))
        self.homeroom.setPlaceholderText("3-1")
        self.homeroom.textChanged.connect(lambda _text: self.place_chosen.emit())
        self._homeroom_field = FormField(_("Class of all rows"), self.homeroom)
        self._homeroom_field.hide()
        self.remembered = NoteBox("info", _("The columns are taken as they were corrected at an earlier import."))
        self.remembered.hide()
        self.contacts = NoteBox("info", state.contacts_words())
        self.contacts.hide()
        self._school_field = FormField(_("School of rows that name none"), self.school)
        self._year_field = FormField(_("School year of rows that name none"), self.year)
        self.missing = NoteBox("danger", "")
        self.missing.hide()
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(16)
        self._grid.setVerticalSpacing(8)
        self._grid.setColumnStretch(1, 1)
        self._file = Label("", "bold")
        place = row((self._school_field, 1), (self._year_field, 1), (self._homeroom_field, 1), spacing=16)
        notes = (self.contacts, self.remembered, self.missing)
        head = column(self._file, row((place, 1), None), *notes, margin=(16, 12, 16, 12), spacing=12)
        body = column(self._grid, None, margin=(16, 12, 16, 16))
        # All of it scrolls together: a low window, or a big font, would squeeze what stands above the columns.
        self.setLayout(column((scroll(widget_of(column(head, hline(), body, None, spacing=0))), 1), spacing=0))
        theme.changed.connect(self._measure)
        self._measure()

    def offer_places(self, schools: Sequence[tuple[str, str]], years: Sequence[int], code: str, year: int) -> None:
        """Schools as (code, name); "" is chosen while it is not known which."""
        self.school.offer([("", _("Choose…")), *schools], code)
        self.year.offer([(each, _("School year {year}").format(year=each)) for each in years], year)

    def show_reading(self, reading: Reading) -> None:
        lines = state.column_lines(reading)
        if set(self._choices) != {line.index for line in lines} or self._file.text() != state.file_words(reading):
            self._lay_out(lines)
        self._file.setText(state.file_words(reading))
        for line in lines:
            self._choices[line.index].choose(line.target)
            self._chips[line.index].show_state(line.state, line.word)
        self.remembered.setVisible(reading.remembered)
        self.contacts.setVisible(reading.contacts)
        self._homeroom_field.setVisible(not reading.columns.has("homeroom"))
        words = state.missing_words(reading.missing)
        self.missing.set_words(words)
        self.missing.setVisible(bool(words))

    def _lay_out(self, lines: Sequence[ColumnLine]) -> None:
        clear_layout(self._grid)
        self._choices.clear()
        self._chips.clear()
        offered = state.targets()
        for at, heading in enumerate((_("Column"), _("First values"), _("Taken for"), "")):
            self._grid.addWidget(Label(heading, "muted small"), 0, at)
        for at, line in enumerate(lines, start=1):
            self._add_line(at, line, offered)

    def _add_line(self, at: int, line: ColumnLine, offered: Sequence[tuple[str, str]]) -> None:
        name = ElidedLabel(line.header, "bold")
        name.setMaximumWidth(px(_HEADER_WIDTH))
        samples = ElidedLabel(line.samples, "muted")
        choice = Choice(_("What column {name} holds").format(name=line.header))
        choice.offer(offered, line.target)
        choice.setFixedWidth(px(_CHOICE_WIDTH))
        choice.picked.connect(lambda target: self.column_chosen.emit(line.index, str(target)))
        chip = Chip(line.state, line.word)
        self._choices[line.index] = choice
        self._chips[line.index] = chip
        for place, widget in enumerate((name, samples, choice, chip)):
            self._grid.addWidget(widget, at, place)

    def choice(self, index: int) -> Choice:
        return self._choices[index]

    def _measure(self) -> None:
        self._school_field.setMaximumWidth(px(_SCHOOL_WIDTH))
        self._year_field.setMaximumWidth(px(_SCHOOL_WIDTH))
        self._homeroom_field.setMaximumWidth(px(_CLASS_WIDTH))


class CheckStep(QWidget):
    """What would change and what is wrong, row by row; what differs is decided here.

    `decided`: cells (line, target), and whether the file's value is taken. `withdraw_asked`: children's ids.
    """

    save_asked = Signal()
    decided = Signal(object, bool)
    withdraw_asked = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self._preview: ImportPreview | None = None
        self.filter = SegmentedFilter(_("Show"), wrap=True)
        self.filter.chosen.connect(lambda _key: self._show_lines())
        self.creates = NoteBox("info", "")
        self.save = Button(_("Save the held rows…"), "", "save", on_click=self.save_asked.emit)
        self.rows_model = RowsModel(ROWS, lambda line: line.key, self)
        self.problems_model = RowsModel(PROBLEMS, lambda line: line.key, self)
        self.rows = Table(self.rows_model, _("Rows"))
        self.problems = Table(self.problems_model, _("Problems"))
        self.differences_model = RowsModel(DIFFERENCES, lambda line: line.key, self)
        self.differences = Table(self.differences_model, _("Changed here since"))
        self.use_file = Button(_("Use the file’s"), on_click=lambda: self._decide(take_file=True))
        self.use_ours = Button(_("Keep what stands here"), on_click=lambda: self._decide(take_file=False))
        self.withdraw = Button(_("Withdraw…"), on_click=lambda: self.withdraw_asked.emit(chosen_children(self.rows)))
        self._stack = QStackedWidget()
        for table in (self.rows, self.problems, self.differences):
            self._stack.addWidget(table)
        actions = widget_of(row(self.use_file, self.use_ours, self.withdraw, self.save, None))
        bars = Beside((self.filter, 1), (actions, 0), spacing=8)
        head = widget_of(column(self.creates, bars, margin=(16, 8, 16, 8)))
        # Where the font is large all of it scrolls, rather than leaving the list one row.
        whole = widget_of(column(head, hline(), (self._stack, 1), spacing=0))
        self.setLayout(column((scroll(whole), 1), spacing=0))
        self.setFocusProxy(self.rows)
        theme.changed.connect(self._measure)
        self._measure()

    def show_preview(self, preview: ImportPreview) -> None:
        self._preview = preview
        words = state.creates(preview)
        self.creates.set_words(words)
        self.creates.setVisible(bool(words))
        self.save.setVisible(bool(preview.held))
        self.filter.offer(state.filters(preview))
        self.filter.show_counts(state.counts(preview))
        self._show_lines()

    def _show_lines(self) -> None:
        if self._preview is None:
            return
        key = self.filter.key()
        for button in (self.use_file, self.use_ours):
            button.setVisible(key == "differences")
        self.withdraw.setVisible(key == "missing")
        if key == "differences":
            self.differences_model.show_rows(state.difference_lines(self._preview.differences))
            self._stack.setCurrentWidget(self.differences)
        elif key == "problems":
            self.problems_model.show_rows(state.problem_lines(self._preview.problems))
            self._stack.setCurrentWidget(self.problems)
        else:
            self.rows_model.show_rows(state.row_lines(self._preview, key))
            self._stack.setCurrentWidget(self.rows)

    def _decide(self, *, take_file: bool) -> None:
        """About the selected cells, or about all where none is selected."""
        lines = self.differences_model.rows
        self.decided.emit(self.differences.selected_ids() or [line.key for line in lines], take_file)

    def _measure(self) -> None:
        self._stack.setMinimumHeight(px(_LEAST_LIST))


class DoneStep(QWidget):
    """That it is running, and what came of it."""

    save_asked = Signal()
    undo_asked = Signal()
    withdraw_asked = Signal(object)
    join_asked = Signal(object)
    """Ids of contacts that wait no more, because they are the guardians they look like."""
    rosters_asked = Signal()
    again_asked = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._icon = IconLabel("clock", "info", 40)
        self._title = Label("", "big", wrap=True)
        self._text = Label("", "muted", wrap=True)
        for label in (self._title, self._text):
            label.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self.save = Button(_("Save the held rows…"), "", "save", on_click=self.save_asked.emit)
        self.again = Button(_("Import another file"), "big", on_click=self.again_asked.emit)
        self.open = Button(_("Open the rosters"), "primary", "people", on_click=self.rosters_asked.emit)
        self.problems_model = RowsModel(PROBLEMS, lambda line: line.key, self)
        self.problems = Table(self.problems_model, _("Problems"))
        head = column(margin=(16, 24, 16, 16))
        head.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignHCenter)
        for widget in (self._title, self._text):
            head.addWidget(widget)
        self.undo = Button(_("Undo this import"), "", "undo", on_click=self.undo_asked.emit)
        head.addLayout(row(None, self.again, self.open, None))
        head.addLayout(row(None, self.save, self.undo, None))
        self._rule = hline()
        self._build_missing()
        tables = widget_of(column(self._kinds, (self._stack, 1), spacing=0))
        self._tables = tables
        # Where the font is large all of it scrolls, rather than its words being cut.
        whole = widget_of(column(widget_of(head), self._rule, (tables, 1), None, spacing=0))
        self.setLayout(column((scroll(whole), 1), spacing=0))
        theme.changed.connect(self._measure)
        self._measure()

    def _measure(self) -> None:
        self._stack.setMinimumHeight(px(_LEAST_LIST))

    def _build_missing(self) -> None:
        """Problems, children whom the file did not name, contacts that look like guardians: one list at a time."""
        self._missing: tuple[MissingChild, ...] = ()
        self._matches: tuple[WaitingMatch, ...] = ()
        self.filter = SegmentedFilter(_("Show"), wrap=True)
        self.filter.chosen.connect(lambda _key: self._show_list())
        self.missing_model = RowsModel(ROWS, lambda line: line.key, self)
        self.missing = Table(self.missing_model, _("Not in the file"))
        self.waiting_model = RowsModel(ROWS, lambda line: line.key, self)
        self.waiting = Table(self.waiting_model, _("Known under their address"))
        self.withdraw = Button(_("Withdraw…"), on_click=lambda: self.withdraw_asked.emit(chosen_children(self.missing)))
        self.join = Button(_("They are these guardians"), on_click=lambda: self.join_asked.emit(chosen(self.waiting)))
        actions = widget_of(row(self.withdraw, self.join, None))
        self._kinds = widget_of(column(Beside((self.filter, 1), (actions, 0), spacing=8), margin=(16, 8, 16, 8)))
        self._stack = QStackedWidget()
        for table in (self.problems, self.missing, self.waiting):
            self._stack.addWidget(table)

    def show_running(self, name: str) -> None:
        self._icon.show_icon("clock", "info")
        self._title.setText(_("{file} is being imported").format(file=name))
        self._text.setText(_("You can go on working on other pages. How far it is stands at the foot of the window."))
        for widget in (self.save, self.undo, self.again, self.open, self._tables, self._rule):
            widget.hide()

    def show_result(self, result: ImportResult) -> None:
        problems: list[Problem] = [*result.held, *result.warnings]
        self._icon.show_icon("check-circle", "success")
        self._title.setText(state.done_title(result))
        self._text.setText(state.done_words(result))
        self.save.setVisible(bool(result.held))
        self.again.show()
        self.open.show()
        self.undo.setVisible(result.import_id is not None and bool(result.imported))
        self.problems_model.show_rows(state.problem_lines(problems))
        self.show_missing(result.missing)
        self.open.setFocus()

    def show_missing(self, children: Sequence[MissingChild]) -> None:
        """Those of the children that the file did not name who are still at the school."""
        self._missing = tuple(children)
        self.missing_model.show_rows(state.missing_lines(self._missing))
        self._show_kinds()

    def show_matches(self, matches: Sequence[WaitingMatch]) -> None:
        """Contacts that wait although a guardian with their address is known now."""
        self._matches = tuple(matches)
        self.waiting_model.show_rows(state.match_lines(self._matches))
        self._show_kinds()

    def _show_kinds(self) -> None:
        numbers = {
            "problems": len(self.problems_model.rows),
            "missing": len(self._missing),
            "waiting": len(self._matches),
        }
        offered = [(key, _(text)) for key, text in state.DONE_FILTERS.items() if numbers[key]]
        before = self.filter.key()
        self.filter.offer(offered)
        self.filter.show_counts(numbers)
        if before in dict(offered):
            self.filter.choose(before)
        self._tables.setVisible(bool(offered))
        self._rule.setVisible(bool(offered))
        self._show_list()

    def _show_list(self) -> None:
        key = self.filter.key()
        tables = {"missing": self.missing, "waiting": self.waiting}
        self._stack.setCurrentWidget(tables.get(key, self.problems))
        self.withdraw.setVisible(key == "missing")
        self.join.setVisible(key == "waiting")


def chosen(table: Table) -> list[int]:
    """The keys of the selected lines, or of all where none is selected."""
    model = table.model()
    assert isinstance(model, RowsModel)
    keys = table.selected_ids() or [model.id_at(position) for position in range(model.rowCount())]
    return [key for key in keys if isinstance(key, int)]


def chosen_children(table: Table) -> list[int]:
    """The ids of the children that the file does not name."""
    return [-key for key in chosen(table)]


def dropped_file(paths: Sequence[str]) -> Path | None:
    """The one file that was dropped; None for none or several."""
    return Path(paths[0]) if len(paths) == 1 and paths[0] else None
