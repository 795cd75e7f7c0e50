"""The pane at the right of the rosters: one child, one guardian, or several together."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLayout, QWidget

from desktop.i18n import _, ngettext
from desktop.ui.rosters.state import (
    ChildView,
    ContactLine,
    GuardianBox,
    GuardianView,
    ManyView,
    NoticeLine,
    WaitingView,
)
from desktop.ui.widgets.marks import Chip
from desktop.ui.widgets.pieces import (
    Button,
    ElidedLabel,
    IconLabel,
    Label,
    column,
    hline,
    quiet_box,
    refill,
    row,
    scroll,
    widget_of,
)
from desktop.ui.widgets.tags import flow
from desktop.ui.widgets.tooltips import plain_tooltip
from desktop.ui.widgets.values import KeyValueGrid


class DetailsPane(QWidget):
    """Shows a view and says which button in it was pressed. It reads nothing itself."""

    edit_child_asked = Signal(int)
    edit_guardian_asked = Signal(int, int)
    """The child through which the guardian is seen (0: none), and the guardian."""
    add_guardian_asked = Signal(int)
    remove_guardian_asked = Signal(int, str)
    """The guardianship, and the guardian's name."""
    release_asked = Signal(int)
    """A contact point that was stopped and is to be used again."""
    give_asked = Signal(int)
    edit_waiting_asked = Signal(int)
    remove_waiting_asked = Signal(int)
    """A contact that waits for its child."""
    child_asked = Signal(int)
    notice_asked = Signal(int)

    def __init__(self, *, may_edit: bool) -> None:
        super().__init__()
        self._may_edit = may_edit
        self._body = column(spacing=8, margin=(16, 20, 16, 16))
        self._area = scroll(widget_of(self._body))
        self.setLayout(column((self._area, 1), spacing=0))
        self.setAccessibleName(_("Details"))
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.show_nothing()

    def show_nothing(self) -> None:
        hint = _("Choose somebody in the list to see their family and how it is reached.")
        self._show(Label(hint, "muted", wrap=True))

    def show_failure(self, text: str) -> None:
        """Say that it could not be fetched."""
        self._show(row(IconLabel("alert-circle", "danger"), (Label(text, "danger", wrap=True), 1)))

    def show_child(self, view: ChildView) -> None:
        edit = self._button(_("Edit"), "edit", lambda: self.edit_child_asked.emit(view.id), "Ctrl+E")
        chips = row(*(Chip(state) for state in view.states), None)
        add = Button(_("Add a guardian"), "link", "plus", on_click=lambda: self.add_guardian_asked.emit(view.id))
        add.setVisible(self._may_edit)
        count = len(view.guardians)
        heading = ngettext("{n} guardian", "{n} guardians", count).format(n=count)
        self._show(
            _head(view.name, view.under, edit),
            chips,
            KeyValueGrid(view.pairs),
            hline(),
            row(Label(heading, "bold"), None, add),
            *(self._guardian(box, view.id) for box in view.guardians),
            hline(),
            Label(_("Latest notices"), "bold"),
            *self._notices(view.notices, view.more_notices),
        )

    def show_guardian(self, view: GuardianView) -> None:
        edit = self._button(_("Edit"), "edit", lambda: self.edit_guardian_asked.emit(0, view.id), "Ctrl+E")
        self._show(
            _head(view.name, view.under, edit),
            hline(),
            Label(_("How they are reached"), "bold"),
            *self._lines(view.lines),
            hline(),
            Label(_("Children"), "bold"),
            *(self._child_link(child_id, text) for child_id, text in view.children),
        )

    def show_waiting(self, view: WaitingView) -> None:
        edit = self._button(_("Edit"), "edit", lambda: self.edit_waiting_asked.emit(view.id), "Ctrl+E")
        give = self._button(_("Give to a child…"), "person-plus", lambda: self.give_asked.emit(view.id), "Alt+G")
        remove = self._button(_("Remove"), "trash", lambda: self.remove_waiting_asked.emit(view.id), "Ctrl+Delete")
        why = _("Only this address is known. It gets what is sent to its class or group.")
        self._show(
            _head(view.name, view.under, edit),
            Label(why, "muted minor", wrap=True),
            flow(give, remove, spacing=8),
            hline(),
            KeyValueGrid(view.pairs),
            hline(),
            Label(_("How they are reached"), "bold"),
            *self._lines(view.lines),
        )

    def show_many(self, view: ManyView) -> None:
        self._show(Label(view.title, "big"), Label(view.names, "muted minor", wrap=True), KeyValueGrid(view.pairs))

    def _show(self, *items: QWidget | QLayout) -> None:
        refill(self._body, *items, None)

    def _guardian(self, box: GuardianBox, child_id: int) -> QWidget:
        beside = "\u3000".join(filter(None, (box.relationship, box.reads)))
        edit = Button(_("Edit"), "link", on_click=lambda: self.edit_guardian_asked.emit(child_id, box.guardian_id))
        edit.setAccessibleName(_("Edit {name}").format(name=box.name))
        remove = Button(
            _("Remove"), "link", on_click=lambda: self.remove_guardian_asked.emit(box.guardianship_id, box.name)
        )
        remove.setAccessibleName(_("Remove {name}").format(name=box.name))
        for button in (edit, remove):
            button.setVisible(self._may_edit)
        head = row((ElidedLabel(box.name, "bold minor"), 1), edit, remove)
        made = quiet_box(head, Label(beside, "muted small", wrap=True), *self._lines(box.lines))
        made.setAccessibleName(f"{box.name} {beside}")
        return made

    def _notices(self, notices: Sequence[NoticeLine], more: int) -> list[QWidget]:
        if not notices:
            return [Label(_("No notice has gone out for this child yet."), "muted minor", wrap=True)]
        shown = [self._notice(notice) for notice in notices]
        if more:
            shown.append(Label(ngettext("and {n} more", "and {n} more", more).format(n=more), "muted small"))
        return shown

    def _notice(self, notice: NoticeLine) -> QWidget:
        when = Label(notice.when, "muted small")
        when.setToolTip(notice.exact)
        title = Button(notice.title, "link", on_click=lambda: self.notice_asked.emit(notice.notice_id))
        title.setToolTip(plain_tooltip(notice.title))
        # A link asks for the room of its whole text; the pane has only so much.
        title.setMinimumWidth(24)
        state = Chip(notice.state)
        return widget_of(column(row((title, 1), state), when, spacing=0))

    def _child_link(self, child_id: int, text: str) -> QWidget:
        link = Button(text, "link", "person", on_click=lambda: self.child_asked.emit(child_id))
        return widget_of(row(link, None))

    def _lines(self, lines: Sequence[ContactLine]) -> list[QWidget]:
        return [self._line(line) for line in lines]

    def _line(self, line: ContactLine) -> QWidget:
        """An address with its state, and under it what to do."""
        parts: list[QWidget] = []
        if line.text:
            text = ElidedLabel(line.text, "minor" if line.tone == "text" else f"{line.tone} minor")
            parts.append(widget_of(row(IconLabel(line.icon, "muted"), (text, 1), spacing=6)))
        if line.state:
            parts.append(widget_of(row(Chip(line.state, line.word), None)))
        if line.help:
            parts.append(Label(line.help, "muted small", wrap=True))
        if line.stopped and self._may_edit:
            again = Button(_("It works now, use it again"), "link")
            again.clicked.connect(lambda: self.release_asked.emit(line.stopped))
            parts.append(widget_of(row(again, None)))
        return widget_of(column(*parts, spacing=2))

    def _button(self, text: str, icon: str, on_click: Callable[[], object], shortcut: str) -> Button:
        button = Button(text, "", icon, shortcut=shortcut, on_click=on_click)
        button.setVisible(self._may_edit)
        return button


def _head(name: str, under: str, button: Button) -> QLayout:
    # An address has nowhere to break, and would push the button out of the pane.
    title = ElidedLabel(name, "big") if "@" in name else Label(name, "big", wrap=True)
    title.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    words = column(title, Label(under, "muted minor", wrap=True), spacing=0)
    head = row((words, 1))
    head.addWidget(button, 0, Qt.AlignmentFlag.AlignTop)
    return head
