"""Two who may be one, side by side, and what is decided about them."""

from collections.abc import Sequence
from datetime import datetime

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QGridLayout, QWidget

from desktop.domain.sms_accounts import Conflict, ConflictKind
from desktop.i18n import _, format_when
from desktop.ui.form_dialog import FormDialog
from desktop.ui.sms.account_dialogs import CheckFields
from desktop.ui.sms.account_state import SideLine, phone_words, sides
from desktop.ui.sms.reason_dialogs import reason_problem
from desktop.ui.widgets.bands import NoteBox
from desktop.ui.widgets.forms import Choice, FormField, LineField
from desktop.ui.widgets.pieces import IconLabel, Label, hline, row, widget_of
from desktop.wording import sms_accounts as words

KEEP, MOVE, REPLACE = "keep", "move", "replace"
_PAD = 7


class Sides(QFrame):
    """A line a field: its name, both texts, and whether they differ, which stands bold on a tint."""

    def __init__(self, heads: tuple[str, str], lines: Sequence[SideLine]) -> None:
        super().__init__()
        self.setObjectName("card")
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(1, 0, 1, 0)
        self._grid.setHorizontalSpacing(0)
        self._grid.setVerticalSpacing(0)
        for at, stretch in ((1, 4), (2, 4), (3, 2)):
            self._grid.setColumnStretch(at, stretch)
        for at, text in enumerate(("", *heads, "")):
            self._put(Label(text, "muted small", wrap=True), 0, at)
        for number, line in enumerate(lines):
            self._grid.addWidget(hline(), 2 * number + 1, 0, 1, 4)
            self._put_line(2 * number + 2, line)

    def _put_line(self, at: int, line: SideLine) -> None:
        if line.differs:
            tint = QFrame()
            tint.setProperty("box", "warning")
            self._grid.addWidget(tint, at, 0, 1, 4)
        role = "bold" if line.differs else ""
        self._put(Label(line.name, "muted minor", wrap=True), at, 0)
        for column, text in ((1, line.holder), (2, line.other)):
            label = Label(text, role, wrap=True)
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            self._put(label, at, column)
        if line.word:
            tone = "warning" if line.differs else "success"
            word = Label(line.word, f"{tone} minor", wrap=True)
            word.setAccessibleName(f"{line.name}: {line.word}")
            icon = IconLabel("alert" if line.differs else "check", tone)
            self._put(widget_of(row(icon, (word, 1), spacing=6)), at, 3)

    def _put(self, widget: QWidget, at: int, column: int) -> None:
        widget.setContentsMargins(16 if column == 0 else 6, _PAD, 6, _PAD)
        self._grid.addWidget(widget, at, column, Qt.AlignmentFlag.AlignVCenter)


class ConflictDialog(FormDialog):
    """Shows both sides to whoever helps; whoever steers decides here. `decision()` says how."""

    def __init__(self, conflict: Conflict, when: tuple[str, str], parent: QWidget | None, *, may_steer: bool) -> None:
        super().__init__(_("Compare both sides"), _("Decide"), parent, width=760, height=720)
        self.conflict = conflict
        self.body.addWidget(NoteBox("warning", _(words.CONFLICTS[conflict.row.kind])))
        self.sides = Sides(_heads(conflict, when), sides(conflict))
        self.body.addWidget(self.sides)
        self.decide = Choice(_("Decision"))
        self.decide.offer(_choices(conflict), KEEP)
        self.reason = LineField(_("Reason"), _("For colleagues; the citizen does not see it."))
        self.check = CheckFields(conflict.last_place)
        self._will = NoteBox("info", "")
        self._fields = (FormField(_("Decision"), self.decide), self._will, self.reason, self.check)
        for field in self._fields:
            self.body.addWidget(field)
        self.decide.picked.connect(lambda _key: self._on_typed())
        self.reason.line.textEdited.connect(lambda _text: self._on_typed())
        self.check.changed.connect(self._on_typed)
        self.begin_at(self.decide)
        self._may_steer = may_steer
        self._show()

    def decision(self) -> str:
        return str(self.decide.value())

    def _on_typed(self) -> None:
        self.changed()
        self._show()

    def _show(self) -> None:
        how = self.decision()
        for field in self._fields:
            field.setVisible(self._may_steer)
        self.reason.setVisible(self._may_steer and how != MOVE)
        self.check.setVisible(self._may_steer and how == MOVE)
        self._will.set_words(_will(self.conflict, how))
        self.save.set_words(_button(self.conflict, how))
        self.save.setVisible(self._may_steer)
        problem = self.check.problem() if how == MOVE else reason_problem(self.reason.text().strip())
        self.allow_unless(problem if self._may_steer else "")


def _heads(conflict: Conflict, when: tuple[str, str]) -> tuple[str, str]:
    if conflict.row.kind is ConflictKind.MISMATCH:
        return _("In the message"), _("By the ID")
    holder = _("The account, made {when}").format(when=when[0])
    return holder, _("The message, {when}").format(when=when[1])


def _choices(conflict: Conflict) -> list[tuple[object, str]]:
    found: list[tuple[object, str]] = [(KEEP, _("Leave everything as it is"))]
    if conflict.may_move:
        found.append((MOVE, _("It is the same person with a new phone")))
    if conflict.may_replace:
        found.append((REPLACE, _("The message is right, the account is wrong")))
    return found


def _will(conflict: Conflict, how: str) -> str:
    row_ = conflict.row
    if how == MOVE:
        text = _("After a look at a document the account moves to {phone}, and a new password goes there.")
        return text.format(phone=phone_words(row_.other_phone))
    if how == REPLACE:
        return _("The account of {name} is closed for good, and the message is processed again.").format(name=row_.name)
    return _("Nothing changes, and this is settled.")


def _button(conflict: Conflict, how: str) -> str:
    if how == MOVE:
        return _("Move to {phone}").format(phone=phone_words(conflict.row.other_phone))
    if how == REPLACE:
        return _("Close the account, process the message")
    return _("Settle")


def times(conflict: Conflict, now: datetime) -> tuple[str, str]:
    """When the account was made, and when the message came."""
    other = conflict.other.at if conflict.other else conflict.row.last_at
    return format_when(conflict.holder.at, now), format_when(other, now)
