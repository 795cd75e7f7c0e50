"""Importing a roster: choose a file, correct what its columns mean, see what would change, import."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import ClassVar, TypeVar

from PySide6.QtCore import Qt
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDropEvent
from PySide6.QtWidgets import QFileDialog, QStackedWidget, QWidget

from desktop.domain.errors import UserError
from desktop.domain.rosters.changes import ImportPreview, ImportResult
from desktop.domain.rosters.differences import Decisions
from desktop.domain.rosters.reading import Reading
from desktop.domain.rosters.rows import Problem
from desktop.domain.schools import SchoolRow, school_year
from desktop.i18n import N_, _
from desktop.ui.app_context import AppContext
from desktop.ui.errors import words_for
from desktop.ui.long_work import Ending, LongWork, Progress, Stage
from desktop.ui.page import Page
from desktop.ui.roster_import import state
from desktop.ui.roster_import.file_work import MANY_ROWS, FileWork, Step, is_large
from desktop.ui.roster_import.held_rows import ask_where_to_save, save_held
from desktop.ui.roster_import.joining import Joining
from desktop.ui.roster_import.steps import CheckStep, ColumnsStep, DoneStep, FileStep, dropped_file
from desktop.ui.widgets.bands import Band
from desktop.ui.widgets.headers import ActionBar, PageHeader
from desktop.ui.widgets.pieces import Button, column, hline, widget_of
from desktop.ui.widgets.steps import StepLine
from desktop.ui.withdrawing import Withdrawing
from desktop.wording.errors import word

FILE, COLUMNS, CHECK, DONE = range(4)
T = TypeVar("T")


class RosterImportPage(Page):
    """One import at a time, step by step; going back loses nothing."""

    title: ClassVar[str] = N_("Import a roster")
    tables: ClassVar[frozenset[str]] = frozenset({"schools"})

    def __init__(self, app: AppContext, parent: QWidget | None = None) -> None:
        super().__init__(app, parent)
        self._context = app
        self._reading: Reading | None = None
        self._preview: ImportPreview | None = None
        self._result: ImportResult | None = None
        self._chosen: dict[str, str] = {}
        self._schools: list[SchoolRow] = []
        self._taken: frozenset[tuple[int, str]] = frozenset()
        self._withdrawn: set[int] = set()
        self._running: LongWork | None = None
        self._work = FileWork(app.tasks, self)
        self.withdrawing = Withdrawing(app, self)
        self.joining = Joining(app, self)
        self.setAcceptDrops(True)
        self._build()
        self._connect()
        self._go(FILE)

    # What the frame asks

    def reload(self) -> None:
        context = self._context
        actor, here = context.session.actor, context.session.school_id

        def fetch() -> tuple[list[SchoolRow], str]:
            schools = context.schools.all(actor)
            in_view = next((school.code for school in schools if school.id == here), "")
            return schools, in_view or context.rosters.default_school(actor)

        context.tasks.run(fetch, lambda found: self._take_schools(*found), owner=self, lane="schools")

    def show_target(self, **target: object) -> None:
        """`new`: begin with another file, unless one is just being imported. `path`: with that one."""
        if target.get("new") and self._running is None and self.step in {FILE, DONE}:
            self._start_over()
        if isinstance(path := target.get("path"), Path):
            self.read(path)

    # Building

    def _build(self) -> None:
        self._header = PageHeader(self.heading(), _("From a file to the roster, with a look before anything changes."))
        back = Button(_("Rosters"), "big", "arrow-left", on_click=lambda: self._context.navigator.go("rosters"))
        self._header.add_action(back)
        self.steps = StepLine(state.STEPS)
        self.band = Band("danger", "")
        self.band.hide()
        self.file, self.columns, self.check, self.done = FileStep(), ColumnsStep(), CheckStep(), DoneStep()
        self._stack = QStackedWidget()
        for step in (self.file, self.columns, self.check, self.done):
            self._stack.addWidget(step)
        self.back = Button(_("Back"), "big", on_click=self._back)
        self.another = Button(_("Another file…"), "big", "folder", on_click=self.choose_file)
        self.another.setProperty("side", "left")
        self.next = Button(_("Next"), "primary", shortcut="Ctrl+Return", on_click=self._next)
        self.bar = ActionBar(self.next, self.another, self.back, shortcut="Ctrl+Return")
        line = widget_of(column(self.steps, margin=(16, 8, 16, 8)))
        self.setLayout(column(self._header, hline(), line, hline(), self.band, (self._stack, 1), self.bar, spacing=0))
        self._surface()

    def _surface(self) -> None:
        """A pane page is white under its header."""
        self._stack.setObjectName("stack")
        self._stack.setAutoFillBackground(True)
        self._stack.setBackgroundRole(self._stack.palette().ColorRole.Base)

    def _connect(self) -> None:
        self.file.asked.connect(self.choose_file)
        self.columns.column_chosen.connect(self._on_column_chosen)
        self.columns.place_chosen.connect(self._reread)
        self.check.save_asked.connect(self._ask_where_to_save)
        self.check.decided.connect(self._on_decided)
        for step in (self.check, self.done):
            step.withdraw_asked.connect(lambda ids: self.withdrawing.ask(ids, None))
        self.withdrawing.done.connect(self._on_withdrawn)
        self.done.join_asked.connect(self.joining.join)
        self.joining.found.connect(self.done.show_matches)
        self.joining.refused.connect(self._on_refused)
        self.done.undo_asked.connect(lambda: self._undo_import(self._result))
        self.done.save_asked.connect(self._ask_where_to_save)
        self.done.rosters_asked.connect(lambda: self._context.navigator.go("rosters"))
        self.done.again_asked.connect(self._start_over)

    @property
    def step(self) -> int:
        return self._stack.currentIndex()

    # File

    def choose_file(self) -> None:
        kinds = f"{_('Rosters')} (*.xlsx *.csv *.txt *.zip);;{_('All files')} (*)"
        chosen, _kind = QFileDialog.getOpenFileName(self, _("Choose the roster file"), "", kinds)
        if chosen:
            self.read(Path(chosen))

    def read(self, path: Path) -> None:
        """Read a file and show its columns."""
        context = self._context
        self.band.hide()
        self._chosen = {}
        self._taken = frozenset()
        school, year, homeroom = self._place()
        actor = context.session.actor

        def fetch(step: Step) -> Reading:
            read = context.rosters.read(path, school=school, year=year, homeroom=homeroom, progress=step)
            return context.rosters.recall(actor, read, step)

        title = _("Reading {file}").format(file=path.name)
        self._run(fetch, self._show_file, title, long=is_large(path))

    def _run(self, work: Callable[[Step], T], done: Callable[[T], None], title: str, *, long: bool) -> None:
        self._work.run(work, done, title=title, long=long, failed=self._on_refused, stopped=self._on_stopped)

    def _on_stopped(self) -> None:
        """The page shows again what was read last."""
        if self._reading is None:
            self._go(FILE)
        else:
            self._chosen = dict(self._reading.chosen)
            self.columns.show_reading(self._reading)
            self._show_bar()

    def _show_file(self, reading: Reading) -> None:
        self._chosen = dict(reading.chosen)
        self._take_reading(reading)
        self._go(COLUMNS)

    def _on_refused(self, error: Exception) -> None:
        """The file or the import was refused: say why, above what stands."""
        self.band.set_kind("danger")
        if isinstance(error, UserError):
            message = word(error)
            self.band.set_words(message.text, message.next_step)
        else:
            self.band.set_words(words_for(error))
            self._context.tasks.report(self, error)
        self.band.show()
        self._show_bar()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if self._running is None and dropped_file([url.toLocalFile() for url in event.mimeData().urls()]):
            self.file.show_over(True)
            event.acceptProposedAction()

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        self.file.show_over(False)

    def dropEvent(self, event: QDropEvent) -> None:
        self.file.show_over(False)
        path = dropped_file([url.toLocalFile() for url in event.mimeData().urls()])
        if path is not None:
            event.acceptProposedAction()
            self.read(path)

    # Columns

    def _take_schools(self, schools: list[SchoolRow], code: str) -> None:
        self._schools = schools
        this_year = school_year(self._context.session.today)
        chosen, year, _homeroom = self._place()
        self.columns.offer_places(
            [(school.code, school.name) for school in schools],
            [this_year + 1, this_year, this_year - 1],
            chosen or code,
            year or this_year,
        )

    def _place(self) -> tuple[str, int | None, str]:
        year = self.columns.year.value()
        homeroom = self.columns.homeroom.text().strip()
        return str(self.columns.school.value() or ""), year if isinstance(year, int) else None, homeroom

    def _on_column_chosen(self, index: int, target: str) -> None:
        self._chosen = state.choose_column(self._chosen, index, target)
        self._reread()

    def _reread(self) -> None:
        context, reading, chosen = self._context, self._reading, dict(self._chosen)
        if reading is None:
            return
        school, year, homeroom = self._place()
        self.bar.block(_("The file is read again…"))

        def fetch(step: Step) -> Reading:
            return context.rosters.reread(
                reading, mapping=chosen, school=school, year=year, homeroom=homeroom, progress=step
            )

        title = _("Reading {file}").format(file=reading.name)
        self._run(fetch, self._take_reading, title, long=len(reading.lines) > MANY_ROWS)

    def _take_reading(self, reading: Reading) -> None:
        self._reading = reading
        self._preview = None
        self.columns.show_reading(reading)
        self._show_bar()

    # Check

    def _look(self) -> None:
        """See what importing would change."""
        context, reading = self._context, self._reading
        if reading is None:
            return
        actor, decisions = context.session.actor, Decisions(self._taken)
        self.bar.block(_("Comparing with the roster…"))
        title = _("Comparing {file} with the roster").format(file=reading.name)
        long = len(reading.lines) > MANY_ROWS
        self._run(
            lambda step: context.rosters.preview(actor, reading, step, decisions), self._show_preview, title, long=long
        )

    def _show_preview(self, preview: ImportPreview) -> None:
        self._preview = preview
        self.check.show_preview(preview)
        self._go(CHECK)

    def _on_decided(self, keys: Sequence[tuple[int, str]], take_file: bool) -> None:
        self._taken = state.decide(self._taken, keys, take_file=take_file)
        self._look()

    def _on_withdrawn(self, child_ids: Sequence[int], gone: bool) -> None:
        self._withdrawn = self._withdrawn | set(child_ids) if gone else self._withdrawn - set(child_ids)
        if self.step == CHECK:
            self._look()
        elif self._result is not None:
            self.done.show_missing([child for child in self._result.missing if child.id not in self._withdrawn])

    # Import

    def _import(self) -> None:
        context, reading = self._context, self._reading
        if reading is None or self._preview is None:
            return
        actor, decisions = context.session.actor, Decisions(self._taken)

        def work(progress: Progress) -> ImportResult:
            return context.rosters.import_(actor, reading, progress.step, decisions)

        self.done.show_running(reading.name)
        self._go(DONE)
        title = _("Importing {file}").format(file=reading.name)
        running = context.tasks.run_long(
            work, title, owner=self, ending=self._ending, done=self._show_result, failed=self._on_import_failed
        )
        self._running = running if running.stage is Stage.RUNNING else None
        running.ended.connect(lambda: self._on_ended(running))
        self._on_ended(running)

    def _ending(self, result: ImportResult) -> Ending:
        return Ending(state.done_title(result), _("Open"), lambda: self._context.navigator.go("roster_import"))

    def _on_ended(self, work: LongWork) -> None:
        if work.stage is Stage.RUNNING:
            return
        self._running = None
        if work.stage is Stage.CANCELLED:
            self._go(CHECK)
            self.band.set_kind("info")
            self.band.set_words(_("The import was stopped. Nothing was changed."), _("You can start it again."))
            self.band.show()
        self._show_bar()

    def _show_result(self, result: ImportResult) -> None:
        self._result = result
        self.done.show_result(result)
        self.joining.look()
        self._go(DONE)
        if result.imported:
            self._context.toasts.undoable(state.done_title(result), lambda: self._undo_import(result))

    def _undo_import(self, result: ImportResult | None) -> None:
        """Take the whole import back; refused in words once something was built on it."""
        context = self._context
        if result is None or result.import_id is None:
            return
        actor, import_id = context.session.actor, result.import_id

        def undone(_nothing: None) -> None:
            context.toasts.say(_("The import was undone"))
            if self._result is result:
                self._start_over()

        context.tasks.run(
            lambda: context.rosters.undo_import(actor, import_id), undone, owner=self, failed=self._on_refused
        )

    def _on_import_failed(self, error: Exception) -> None:
        self._go(CHECK)
        self._on_refused(error)

    # Held rows

    def _held(self) -> Sequence[Problem]:
        if self._result is not None:
            return self._result.held
        return [problem for problem in self._preview.problems if problem.holds] if self._preview else ()

    def _ask_where_to_save(self) -> None:
        if self._reading is not None and (chosen := ask_where_to_save(self, self._reading)):
            self.save_held(chosen)

    def save_held(self, path: Path) -> None:
        """Save the held rows, as they stood in the file, with the reasons."""
        if self._reading is not None:
            save_held(self._context, self, self._reading, tuple(self._held()), path, self._on_refused)

    # Steps

    def _start_over(self) -> None:
        self._reading = self._preview = self._result = None
        self._chosen = {}
        self._taken, self._withdrawn = frozenset(), set()
        self.band.hide()
        self._go(FILE)

    def _back(self) -> None:
        self.band.hide()
        self._go(max(FILE, self.step - 1))

    def _next(self) -> None:
        self.band.hide()
        if self.step == COLUMNS:
            self._look()
        elif self.step == CHECK:
            self._import()

    def _go(self, step: int) -> None:
        self._stack.setCurrentIndex(step)
        self.steps.show_step(step)
        self._show_bar()
        current = self._stack.currentWidget()
        if current is not None:
            self.setFocusProxy(current)
            current.setFocus(Qt.FocusReason.OtherFocusReason)

    def _show_bar(self) -> None:
        self.bar.setVisible(self.step in {COLUMNS, CHECK})
        if self.step == COLUMNS and self._reading is not None:
            self.next.set_words(_("See what changes"))
            reason = state.missing_words(self._reading.missing)
            self.bar.set_note("")
            if reason:
                self.bar.block(_("Something is still missing"))
            else:
                self.bar.allow()
        elif self.step == CHECK and self._preview is not None:
            self.next.set_words(state.import_words(self._preview))
            self.bar.set_note(state.sentence(self._preview))
            reason = state.blocked_by(self._preview)
            if reason:
                self.bar.block(reason)
            else:
                self.bar.allow()
