"""The left side of the page of letters: for whom, in which language, and what is known of the code."""

from collections.abc import Sequence

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import QCheckBox, QWidget

from desktop.domain.letters import LetterOrder
from desktop.i18n import LANGUAGES, _
from desktop.ui.letters import state
from desktop.ui.widgets.bands import NoteBox
from desktop.ui.widgets.forms import Choice, FormField
from desktop.ui.widgets.pieces import Button, Label, card, column, refill, row, widget_of


class LettersForm(QWidget):
    """Says what was chosen. `school_chosen` comes before what there is to choose at that school is known."""

    changed = Signal()
    school_chosen = Signal()
    renew_asked = Signal()
    settings_asked = Signal()

    def __init__(self, *, may_set: bool) -> None:
        super().__init__()
        self._child_ids: tuple[int, ...] = ()
        self._year: int | None = None
        self.school = Choice(_("School"))
        self.whom = Choice(_("For whom"))
        self.unregistered = QCheckBox(_("Only families that have not registered yet"))
        self.language = Choice(_("Language of the letters"))
        self.language.offer(list(LANGUAGES.items()), "ja")
        self.family = QCheckBox(_("In the family's own language where it is known"))
        self.family.setChecked(True)
        self.back = Choice(_("On the back"))
        self.back.offer(state.back_choices(), "")
        self.code_lines = column(spacing=4)
        self.renew = Button(_("Renew the code…"), "", "key", shortcut="Alt+R", on_click=self.renew_asked.emit)
        self.note = NoteBox("info", "")
        link = self.note.add_link(_("Settings"), self.settings_asked.emit)
        link.setVisible(may_set)
        self.note.hide()
        self._build()
        self._connect()

    def _build(self) -> None:
        self._school_field = FormField(_("School"), self.school)
        who = card(
            self._school_field,
            FormField(_("For whom"), self.whom),
            self.unregistered,
            Label(_("Registered: a guardian of the child has a log-in ID."), "muted small", wrap=True),
        )
        looks = card(
            FormField(_("Language of the letters"), self.language),
            self.family,
            FormField(_("On the back"), self.back, _("Each letter begins on a new sheet, for printing on both sides.")),
        )
        title = Label(_("Registration code"), "cardTitle")
        self._code = card(title, widget_of(self.code_lines), row(self.renew, None))
        self.setLayout(column(self.note, who, looks, self._code, None, margin=16, spacing=16))

    def _connect(self) -> None:
        self.school.picked.connect(lambda _school: self.school_chosen.emit())
        for choice in (self.whom, self.language, self.back):
            choice.picked.connect(lambda _value: self.changed.emit())
        for box in (self.unregistered, self.family):
            box.toggled.connect(lambda _on: self.changed.emit())

    # What is chosen

    @property
    def school_id(self) -> int | None:
        value = self.school.value()
        return value if isinstance(value, int) else None

    @property
    def year(self) -> int | None:
        return self._year

    @property
    def wants_children(self) -> bool:
        return self.whom.value() == state.CHOSEN

    def order(self) -> LetterOrder | None:
        """None while there is no school."""
        whom = self.whom.value()
        if self.wants_children:
            school, children = None, self._child_ids
        else:
            school, children = self.school_id, ()
            if school is None:
                return None
        return LetterOrder(
            school,
            whom if isinstance(whom, int) else None,
            children,
            self._year,
            self.unregistered.isChecked(),
            str(self.language.value()),
            self.family.isChecked(),
            str(self.back.value() or ""),
        )

    def room_words(self) -> str:
        """The class in words; empty where no class is meant."""
        return self.whom.currentText() if isinstance(self.whom.value(), int) else ""

    # What is shown

    def bring(self, child_ids: Sequence[int], year: int | None) -> None:
        """Single children, and the school year that is meant (None: this one)."""
        self._child_ids, self._year = tuple(child_ids), year

    def tick_unregistered(self, on: bool) -> None:
        with QSignalBlocker(self.unregistered):
            self.unregistered.setChecked(on)

    def offer(self, choices: state.Choices, whom: object) -> None:
        """Show what there is to choose, and choose `whom` where it is there."""
        self.school.offer([(each.id, each.name) for each in choices.schools])
        if choices.tree is not None:
            self.school.choose(choices.tree.school.id)
        self._school_field.setVisible(len(choices.schools) > 1 and not self.wants_children)
        kept = self.whom.value() if whom is None else whom
        self.whom.offer(state.whom_choices(choices.tree, len(self._child_ids)))
        self.whom.setCurrentIndex(0)
        self.whom.choose(kept)
        self.show_school()

    def show_school(self) -> None:
        """Single children bring their own schools, so that there is none to choose and no one code."""
        self._school_field.setVisible(self.school.count() > 1 and not self.wants_children)
        self._code.setVisible(not self.wants_children)

    def show_code(self, lines: Sequence[str]) -> None:
        refill(self.code_lines, *(Label(line, "minor", wrap=True) for line in lines))

    def show_missing(self, names: Sequence[str]) -> None:
        self.note.setVisible(bool(names))
        if names:
            self.note.set_words(state.missing_words(names))
