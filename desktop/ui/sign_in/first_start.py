"""The first start: a calm way from nothing to a school in which two people can send a notice."""

from collections.abc import Sequence
from typing import cast

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QButtonGroup, QCheckBox, QFrame, QLineEdit, QRadioButton, QStackedWidget, QWidget

from desktop.domain.errors import UserError
from desktop.domain.people import FieldProblem
from desktop.domain.schools import SchoolKind
from desktop.domain.staff import Actor
from desktop.i18n import _
from desktop.ui.app_context import AppContext
from desktop.ui.errors import words_for
from desktop.ui.sign_in import state
from desktop.ui.sign_in.state import PURPOSE, SCHOOL, SECOND, YOU, Typed
from desktop.ui.widgets.bands import Band, NoteBox
from desktop.ui.widgets.forms import Choice, FormField
from desktop.ui.widgets.headers import ActionBar
from desktop.ui.widgets.pieces import Button, Label, column, hline, row, scroll, widget_of
from desktop.ui.widgets.steps import StepLine
from desktop.wording.errors import word
from desktop.wording.people import field_problem

_PASSWORDS = ("admin_password", "admin_repeat", "approver_password")


class FirstStartView(QFrame):
    """Four small steps. Nothing is made before the last of them."""

    finished = Signal(object)
    """The administrator, signed in."""

    def __init__(self, context: AppContext, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("card")
        self._context = context
        self._touched: set[str] = set()
        self._problems: list[FieldProblem] = []
        self._working = False
        self.fields: dict[str, FormField] = {}
        self._build()
        self._connect()
        self.go(PURPOSE)

    @property
    def step(self) -> int:
        return self._stack.currentIndex()

    def typed(self) -> Typed:
        texts = {name: line.text() for name, line in self._lines().items()}
        kind = cast("SchoolKind", self.kind.value())
        return Typed(texts, kind, practice=self.practice.isChecked(), later=self.later.isChecked())

    # Building

    def _build(self) -> None:
        self.steps = StepLine(state.STEPS)
        self.band = Band("danger", "")
        self.band.hide()
        self._stack = QStackedWidget()
        for page in (self._purpose(), self._school(), self._you(), self._second()):
            self._stack.addWidget(scroll(page))
        self.back = Button(_("Back"), "big", on_click=lambda: self.go(self.step - 1))
        self.next = Button(_("Next"), "primary", shortcut="Ctrl+Return", on_click=self.advance)
        self.bar = ActionBar(self.next, self.back)
        line = widget_of(column(self.steps, margin=(24, 12, 24, 12)))
        self.setLayout(column(line, hline(), self.band, (self._stack, 1), self.bar, margin=1, spacing=0))

    def _purpose(self) -> QWidget:
        self.real = QRadioButton(_("For a school"))
        self.practice = QRadioButton(_("To practise"))
        self.real.setChecked(True)
        both = QButtonGroup(self)
        both.addButton(self.real)
        both.addButton(self.practice)
        return widget_of(
            column(
                Label(_("What is this Renraku for?"), "cardTitle"),
                Label(_("It cannot be changed afterwards: what is for practice never reaches a family."), "muted",
                      wrap=True),
                8,
                self.real,
                _indented(_("Notices go to families by email and LINE, once the mail server and LINE are set up.")),
                self.practice,
                _indented(_("Nothing leaves this computer. Try everything with invented families.")),
                None,
                margin=24,
            )
        )  # fmt: skip

    def _school(self) -> QWidget:
        self.kind = Choice(_("Kind of school"))
        self.kind.offer([(kind, _(words)) for kind, words in state.KINDS.items()], "primary")
        code_help = _("Short, in letters and figures, like H001. Files name the school by it.")
        return self._form(
            _("City and first school"),
            _("More schools can be added later under Administration."),
            self._field("city"),
            self._field("school_name"),
            row((self._field("school_code", code_help), 1), (FormField(_("Kind of school"), self.kind), 1), spacing=16),
        )

    def _you(self) -> QWidget:
        return self._form(
            _("Who are you?"),
            _("You become the first administrator: you keep staff, schools and settings, and write notices, too."),
            self._field("admin_name"),
            self._field("admin_login", _("Small letters and figures, as you will type it every morning.")),
            row(
                (self._field("admin_password", _("At least 8 characters; a short sentence is easy to keep.")), 1),
                (self._field("admin_repeat"), 1),
                spacing=16,
            ),
        )

    def _second(self) -> QWidget:
        self.later = QCheckBox(_("Add this person later"))
        self._later_note = NoteBox(
            "warning", _("Until then notices can be written but not sent. Every page will say so.")
        )
        self._later_note.hide()
        return self._form(
            _("Who approves?"),
            _("Sending a notice takes two people: what one writes, another approves. Name the second one here."),
            self._field("approver_name"),
            row(
                (self._field("approver_login"), 1),
                (self._field("approver_password", _("They can change it after signing in.")), 1),
                spacing=16,
            ),
            self.later,
            self._later_note,
        )

    def _form(self, title: str, text: str, *items: object) -> QWidget:
        heading = Label(title, "cardTitle")
        about = Label(text, "muted", wrap=True)
        return widget_of(column(heading, about, 4, *items, None, margin=24, spacing=12))  # type: ignore[arg-type]  # widgets and layouts, as `column` takes them

    def _field(self, name: str, help_text: str = "") -> FormField:
        line = QLineEdit()
        if name in _PASSWORDS:
            line.setEchoMode(QLineEdit.EchoMode.Password)
        self.fields[name] = FormField(_(state.FIELDS[name]), line, help_text)
        return self.fields[name]

    def _connect(self) -> None:
        for name, line in self._lines().items():
            line.textEdited.connect(lambda _text, name=name: self._on_typed(name))
            line.returnPressed.connect(self._on_enter)
        self.kind.picked.connect(lambda _kind: self._check())
        self.later.toggled.connect(self._on_later)
        self.practice.toggled.connect(lambda _checked: self._check())

    def _lines(self) -> dict[str, QLineEdit]:
        return {name: field.editor for name, field in self.fields.items() if isinstance(field.editor, QLineEdit)}

    # Checking

    def _on_typed(self, name: str) -> None:
        self._touched.add(name)
        self.band.hide()
        self._check()

    def _on_later(self, later: bool) -> None:
        self._later_note.setVisible(later)
        for name in state.STEP_FIELDS[SECOND]:
            self.fields[name].setEnabled(not later)
        self._check()

    def _check(self) -> None:
        """Ask what is wrong with everything that stands there."""
        context, form = self._context, state.form(self.typed())
        context.tasks.run(lambda: context.setup.check(form), self._show_problems, owner=self, lane="check")

    def _show_problems(self, problems: Sequence[FieldProblem]) -> None:
        typed = self.typed()
        self._problems = list(problems)
        for step in (SCHOOL, YOU, SECOND):
            self._show_fields(step, state.problems_at(step, typed, problems))
        self._show_bar()

    def _show_fields(self, step: int, problems: Sequence[FieldProblem]) -> None:
        typed = self.typed()
        wrong = {problem.field: problem.code for problem in reversed(problems)}
        for name in state.STEP_FIELDS[step]:
            field = self.fields.get(name)
            if field is None:
                continue
            code = wrong.get(name)
            if code and name in self._touched:
                field.show_error(_("The two are not alike.") if code == "password.not_alike" else field_problem(code))
            elif name.endswith("_password") and typed.text(name) and not code:
                field.show_understood(state.password_words(typed.text(name), typed.text(f"{name[:-9]}_login")))
            else:
                field.clear()

    def _show_bar(self) -> None:
        self.back.setVisible(self.step > PURPOSE)
        self.next.set_words(state.next_words(self.step, self.typed()))
        if self._working:
            self.bar.block(_("Setting up…"))
            return
        reason = state.blocked_by(state.problems_at(self.step, self.typed(), self._problems))
        if reason:
            self.bar.block(reason)
        else:
            self.bar.allow()

    # Going on

    def go(self, step: int) -> None:
        self._stack.setCurrentIndex(max(PURPOSE, step))
        self.steps.show_step(self.step)
        self._check()
        names = state.STEP_FIELDS[self.step]
        first = self.fields[names[0]].editor if names else self.real
        self.setFocusProxy(first)
        first.setFocus(Qt.FocusReason.OtherFocusReason)

    def advance(self) -> None:
        """The next step, or after the last one make everything."""
        if not self.next.isEnabled():
            return
        if self.step < SECOND:
            self.go(self.step + 1)
        else:
            self._set_up()

    def _on_enter(self) -> None:
        """Enter in a field goes on where one can, else to the next field."""
        if self.next.isEnabled():
            self.advance()
        else:
            self.focusNextChild()

    def _set_up(self) -> None:
        context, form = self._context, state.form(self.typed())
        self._working = True
        self._show_bar()
        context.tasks.run(lambda: context.setup.first_start(form), self._done, owner=self, failed=self._failed)

    def _done(self, actor: Actor) -> None:
        self._working = False
        for name in _PASSWORDS:
            self._lines()[name].clear()
        self.finished.emit(actor)

    def _failed(self, error: Exception) -> None:
        self._working = False
        if isinstance(error, UserError):
            message = word(error)
            self.band.set_words(message.text, message.next_step)
        else:
            self.band.set_words(words_for(error))
            self._context.tasks.report(self, error)
        self.band.show()
        self._show_bar()


def _indented(text: str) -> QWidget:
    return widget_of(row(26, (Label(text, "muted minor", wrap=True), 1)))
