"""Letters that ask families to register: choose whose, look at the first one, print or save them all."""

from collections.abc import Callable
from pathlib import Path
from typing import ClassVar

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices, QImage
from PySide6.QtWidgets import QFileDialog, QWidget

from desktop.domain.errors import UserError
from desktop.domain.letters import LetterBatch, LetterOrder
from desktop.domain.staff import Verb
from desktop.i18n import N_, _
from desktop.ui.app_context import AppContext
from desktop.ui.errors import words_for
from desktop.ui.letters import state
from desktop.ui.letters.code_dialog import RenewDialog, renew_code
from desktop.ui.letters.form import LettersForm
from desktop.ui.letters.making import first_sides, write_pdf
from desktop.ui.letters.preview import PICTURE_WIDTH, Preview
from desktop.ui.letters.printing import ask_for_printer, print_letters
from desktop.ui.long_work import Ending, Progress
from desktop.ui.pace import Pace
from desktop.ui.page import Page
from desktop.ui.widgets.bands import Band
from desktop.ui.widgets.beside import Beside
from desktop.ui.widgets.headers import ActionBar, PageHeader
from desktop.ui.widgets.pieces import Button, column, hline, scroll

_RELOAD_EVERY_MS = 1000
Make = Callable[[LetterBatch, Progress, Callable[[], None]], None]


class LettersPage(Page):
    """What is chosen stays while one looks elsewhere, until other children are brought along."""

    title: ClassVar[str] = N_("Registration letters")
    tables: ClassVar[frozenset[str]] = frozenset({
        "schools", "grades", "homerooms", "children", "enrolments", "placements", "guardians", "guardianships",
        "accounts", "registrations", "registration_codes", "settings",
    })  # fmt: skip

    def __init__(self, app: AppContext, parent: QWidget | None = None) -> None:
        super().__init__(app, parent)
        self._context = app
        self._school: int | None = None
        self._whom: object = None
        self._in_view = app.session.school_id
        self._allowed = True
        self.dialog: RenewDialog | None = None
        self._reload = Pace(self._load, self, _RELOAD_EVERY_MS)
        self._build()
        self._connect()

    # What the frame asks

    def reload(self) -> None:
        in_view = self._context.session.school_id
        if in_view != self._in_view and self._whom is None:
            self._school, self._whom = in_view, state.WHOLE
        self._in_view = in_view
        if self._whom is None:
            self._reload.ask()
        else:
            self._reload.now()  # somebody was brought here for others

    def show_target(self, **target: object) -> None:
        """`school_id`, `homeroom_id`, `child_ids` say for whom (with `year`); `only_unregistered` narrows it."""
        children, year = target.get("child_ids"), target.get("year")
        ids = tuple(children) if isinstance(children, (tuple, list)) else ()
        self.form.bring(ids, year if isinstance(year, int) else None)
        school = target.get("school_id")
        self._school = school if isinstance(school, int) else None
        self._whom = state.CHOSEN if ids else target.get("homeroom_id") or state.WHOLE
        self.form.tick_unregistered(bool(target.get("only_unregistered")))
        self.refresh()

    # Building

    def _build(self) -> None:
        self._header = PageHeader(self.heading())
        self._header.add_action(
            Button(_("Back"), "big", "arrow-left", on_click=self._context.navigator.back),
        )
        self.band = Band("danger", "")
        self.band.add_button(_("Try again"), self._reload.now, "refresh")
        self.band.hide()
        self.form = LettersForm(may_set=self._context.session.may(Verb.CHANGE_SETTINGS))
        self.preview = Preview()
        self.save = Button("", "primary", on_click=self._ask_where)
        self.print = Button(_("Print…"), "big", "printer", shortcut="Ctrl+P", on_click=self._ask_printer)
        self.bar = ActionBar(self.save, self.print, shortcut="Ctrl+S")
        both = scroll(Beside((self.form, 2), (self.preview, 3), spacing=0))
        self.setLayout(column(self._header, hline(), self.band, (both, 1), self.bar, spacing=0))
        self.setFocusProxy(self.form.whom)
        self._show_batch(None)

    def _connect(self) -> None:
        self.form.changed.connect(self._on_changed)
        self.form.school_chosen.connect(self._on_school_chosen)
        self.form.renew_asked.connect(self.renew)
        self.form.settings_asked.connect(lambda: self._context.navigator.go("administration"))

    # Fetching

    def _load(self) -> None:
        """What there is to choose, then who gets a letter."""
        context = self._context
        actor, session, year = context.session.actor, context.session, self.form.year
        wanted = self._school or self.form.school_id or session.school_id

        def fetch() -> state.Choices:
            schools = tuple(each for each in context.schools.all(actor) if session.may(Verb.HAND_OUT_CODE, each.id))
            chosen = next((each.id for each in schools if each.id == wanted), schools[0].id if schools else None)
            tree = context.schools.tree(actor, chosen, year) if chosen is not None else None
            return state.Choices(schools, tree)

        context.tasks.run(fetch, self._show_choices, owner=self, lane="choices", failed=self._on_failed)

    def _look(self) -> None:
        """Count the letters and draw the first one; off the GUI thread."""
        order = self.form.order()
        if order is None:
            self._show_batch(LetterBatch(()))
            return
        letters, actor = self._context.letters, self._context.session.actor

        def look() -> tuple[LetterBatch, list[QImage]]:
            batch = letters.samples(actor, order)
            return batch, first_sides(batch, PICTURE_WIDTH)

        def show(found: tuple[LetterBatch, list[QImage]]) -> None:
            self._show_batch(found[0])
            self.preview.show_pictures(found[1])

        self._context.tasks.run(look, show, owner=self, lane="look", failed=self._on_failed)
        self._look_at_code()

    def _look_at_code(self) -> None:
        context, school = self._context, self.form.school_id
        if school is None or self.form.wants_children:
            return
        actor = context.session.actor
        context.tasks.run(
            lambda: context.registration_codes.status(actor, school),
            lambda status: self.form.show_code(state.code_words(status, context.clock())),
            owner=self,
            lane="status",
            failed=self._on_failed,
        )

    # Showing

    def _show_choices(self, choices: state.Choices) -> None:
        self.band.hide()
        self._allowed = bool(choices.schools)
        self.form.offer(choices, self._whom)
        self._school = self._whom = None
        self._look()

    def _show_batch(self, batch: LetterBatch | None) -> None:
        number = batch.letters if batch else 0
        self._header.set_title(self.heading(), state.other_year(self.form.year, self._context.session.today))
        self._header.set_sentence(state.sentence(batch) if batch else "")
        self.save.set_words(state.save_words(number))
        reason = state.blocked(batch, allowed=self._allowed)
        self.bar.allow_unless(reason)
        self.print.setEnabled(not reason)
        paper = next((school.paper for school in batch.schools), None) if batch else None
        self.form.show_missing(state.missing(paper) if paper else [])

    def _on_changed(self) -> None:
        self.form.show_school()
        self._look()

    def _on_school_chosen(self) -> None:
        self._whom = state.WHOLE
        self._load()

    def _on_failed(self, error: Exception) -> None:
        self.band.set_words(_("The letters could not be prepared."), words_for(error))
        self.band.show()
        if not isinstance(error, UserError):
            self._context.tasks.report(self, error)

    # The code

    def renew(self) -> None:
        school = self.form.school_id
        if school is not None:
            renew_code(
                self._context, school, self.form.school.currentText(), self, self._on_dialog,
                lambda _status: self._look_at_code(),
            )  # fmt: skip

    def _on_dialog(self, dialog: RenewDialog) -> None:
        self.dialog = dialog

    # Saving and printing

    def _ask_where(self) -> None:
        school = "" if self.form.wants_children else self.form.school.currentText()
        suggested = Path.home() / f"{state.file_name(school, self.form.room_words())}.pdf"
        chosen, _kind = QFileDialog.getSaveFileName(self, _("Save the letters as"), str(suggested), "PDF (*.pdf)")
        if chosen:
            path = Path(chosen)
            self.save_to(path if path.suffix.lower() == ".pdf" else path.with_name(path.name + ".pdf"))

    def save_to(self, path: Path) -> None:
        order = self.form.order()
        if order is None:
            return

        def ending(number: int) -> Ending:
            show = QUrl.fromLocalFile(str(path))
            return Ending(state.saved_words(number, path.name), _("Open"), lambda: _open(show))

        title = _("Saving the letters in {file}").format(file=path.name)
        self._make(order, title, lambda batch, progress, out: write_pdf(path, batch, progress.step, out), ending)

    def _ask_printer(self) -> None:
        order, printer = self.form.order(), ask_for_printer(self)
        if order is None or printer is None:
            return
        self._make(
            order,
            _("Printing the letters"),
            lambda batch, progress, out: print_letters(printer, batch, progress.step, out),
            lambda number: Ending(state.printed_words(number)),
        )

    def _make(self, order: LetterOrder, title: str, make: Make, ending: Callable[[int], Ending]) -> None:
        """In the background. The letters are counted when all of them are there, and not before."""
        letters, actor = self._context.letters, self._context.session.actor

        def work(progress: Progress) -> int:
            batch = letters.begin(actor, order)
            make(batch, progress, lambda: letters.hand_out(actor, batch))
            return batch.letters

        self._context.tasks.run_long(work, title, owner=self, ending=ending, done=lambda _number: self._look_at_code())


def _open(address: QUrl) -> None:
    QDesktopServices.openUrl(address)
