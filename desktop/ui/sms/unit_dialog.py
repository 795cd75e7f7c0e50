"""A trial unit: its name, and the phone numbers on its list, pasted or from a file (B14)."""

from collections.abc import Callable
from datetime import tzinfo
from pathlib import Path

from PySide6.QtWidgets import QFileDialog, QPlainTextEdit, QWidget

from desktop.domain.errors import UserError
from desktop.domain.names import trimmed
from desktop.domain.sms_pilots import LONGEST_NAME, MOST_PHONES, PhoneList, PilotForm, read_pasted
from desktop.i18n import _, format_number, ngettext
from desktop.ui.form_dialog import Difference, FormDialog
from desktop.ui.sms import steering_words as words
from desktop.ui.widgets.bands import NoteBox
from desktop.ui.widgets.forms import FormField, LineField
from desktop.ui.widgets.pieces import Button, row

FILES = "*.csv *.xlsx *.txt"


class UnitDialog(FormDialog):
    """What is pasted is read at once: what was understood and what was not is seen before anything is saved.

    `read_file` is handed the file that was chosen; its numbers come back by `add_read`.
    """

    def __init__(self, form: PilotForm, parent: QWidget, read_file: Callable[[Path], object]) -> None:
        title = _("Change {name}").format(name=form.name) if form.id else _("New trial unit")
        super().__init__(title, _("Save"), parent, width=600, height=640)
        self._form = form
        self._read_file = read_file
        self._more: PhoneList | None = None
        self._theirs: PilotForm | None = None
        self.name = LineField(_("Name of the unit"), text=form.name)
        self.editor = QPlainTextEdit("\n".join(form.phones))
        self.editor.setTabChangesFocus(True)
        help_text = _("One a line, or with commas between them; write them in any way.")
        self.numbers = FormField(_("Phone numbers"), self.editor, help_text)
        self.file_button = Button(_("From a file…"), "", "upload", shortcut="Alt+O", on_click=self._ask_for_file)
        self.problems = NoteBox("warning", "")
        self.body.addWidget(self.name)
        self.body.addWidget(self.numbers, 1)
        self.body.addLayout(row(self.file_button, None))
        self.body.addWidget(self.problems)
        self.name.line.textEdited.connect(lambda _text: self._on_typed())
        self.editor.textChanged.connect(self._on_typed)
        self.theirs_chosen.connect(self._take_theirs_now)
        self.mine_chosen.connect(self._keep_mine_now)
        self.begin_at(self.name.line)
        self._check()

    def form(self) -> PilotForm:
        return PilotForm(trimmed(self.name.text()), self._read.phones, self._form.id, self._form.version)

    def add_read(self, found: PhoneList) -> None:
        """The numbers of a file, under those that are there; what was not understood in it stays said."""
        known = set(self._read.phones)
        new = [phone for phone in found.phones if phone not in known]
        self.editor.appendPlainText("\n".join(new))
        self._more = found
        self._check()

    def offer_theirs(self, theirs: PilotForm, error: UserError, zone: tzinfo | None) -> None:
        """Show what somebody else saved meanwhile beside what stands here; one of the two is kept."""
        mine, self._theirs = self.form(), theirs
        differences = []
        if mine.name != theirs.name:
            differences.append(Difference(_("Name of the unit"), mine.name, theirs.name))
        if set(mine.phones) != set(theirs.phones):
            differences.append(Difference(_("Phone numbers"), _only(mine, theirs), _only(theirs, mine)))
        self.show_conflict(error, differences, zone)

    def _take_theirs_now(self) -> None:
        if self._theirs is not None:
            self._form = self._theirs
            self.name.line.setText(self._theirs.name)
            self.editor.setPlainText("\n".join(self._theirs.phones))

    def _keep_mine_now(self) -> None:
        if self._theirs is not None:
            self._form = self._theirs

    def _ask_for_file(self) -> None:
        kinds = f"{_('Lists')} ({FILES})"
        chosen, _kind = QFileDialog.getOpenFileName(self, _("Open a list of phone numbers"), str(Path.home()), kinds)
        if chosen:
            self._read_file(Path(chosen))

    def _on_typed(self) -> None:
        self._more = None
        self.changed()
        self._check()

    def _check(self) -> None:
        self._is_long = self.editor.blockCount() > 2 * MOST_PHONES  # reading it would hold up the window
        self._read = PhoneList(()) if self._is_long else read_pasted(self.editor.toPlainText())
        if self._read.problems:
            self.numbers.show_warning(words.read_words(self._read))
        elif self._read.phones:
            self.numbers.show_understood(words.read_words(self._read))
        else:
            self.numbers.clear()
        self._show_problems()
        self.allow_unless(self._reason())

    def _show_problems(self) -> None:
        said = [_("These lines will be left out:") + "\n" + words.problem_lines(self._read)] * bool(self._read.problems)
        if self._more is not None:
            said.append(_("In the file: {found}").format(found=words.read_words(self._more)))
            said += [words.problem_lines(self._more)] * bool(self._more.problems)
        self.problems.set_words("\n".join(said))
        self.problems.setVisible(bool(said))

    def _reason(self) -> str:
        name = trimmed(self.name.text())
        if not name:
            return _("Write the name of the unit first")
        if len(name) > LONGEST_NAME:
            return _("The name is too long")
        if self._is_long or len(self._read.phones) > MOST_PHONES:
            return _("A list holds at most {most} numbers").format(most=format_number(MOST_PHONES))
        return ""


def _only(one: PilotForm, other: PilotForm) -> str:
    """How many numbers are on a list, and how many of them on it alone."""
    number = len(set(one.phones) - set(other.phones))
    said = ngettext("{whole}, of which {n} stands here only", "{whole}, of which {n} stand here only", number)
    return said.format(whole=words.numbers_words(len(one.phones)), n=format_number(number))
