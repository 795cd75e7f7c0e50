"""Ctrl+K: find a command, a person, a class, a notice."""

import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QObject, QPoint, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QFrame, QListWidget, QListWidgetItem, QWidget

from desktop.i18n import _
from desktop.ui.cell_delegate import CellDelegate
from desktop.ui.cells import Mark, TwoLinesCell
from desktop.ui.table import CELL_ROLE
from desktop.ui.tasks import Tasks
from desktop.ui.theme import px
from desktop.ui.tokens import ROW_TWO_LINES
from desktop.ui.widgets.forms import SearchField
from desktop.ui.widgets.pieces import column, named_frame, shortcut_words

_MOST_SHOWN = 12
_ROWS_SEEN = 7


@dataclass(frozen=True, slots=True)
class Finding:
    """Something to go to: its name, what it is, and how to get there."""

    title: str
    detail: str
    icon: str
    run: Callable[[], object]


@dataclass(frozen=True, slots=True)
class Command:
    """Something the desk can do from anywhere. `title` is in the reader's language."""

    title: str
    run: Callable[[], object]
    icon: str = "command"
    shortcut: str = ""

    def finding(self) -> Finding:
        return Finding(
            self.title, shortcut_words(self.shortcut) if self.shortcut else _("Command"), self.icon, self.run
        )


Provider = Callable[[str], Sequence[Finding]]
"""Finds people, classes and notices for what was typed. It runs in the background."""


def matching(commands: Sequence[Command], typed: str) -> list[Command]:
    """The commands whose title holds every word that was typed; titles that begin with it first."""
    words = _folded(typed).split()
    hits = [command for command in commands if all(word in _folded(command.title) for word in words)]
    return sorted(hits, key=lambda command: not _folded(command.title).startswith(_folded(typed)))


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()


class Finder(SearchField):
    """The search field in the top bar, with its list below it while one searches."""

    left = Signal()

    def __init__(self, tasks: Tasks, commands: Callable[[], Sequence[Command]]) -> None:
        super().__init__(_("Find people, classes, notices, commands"), "Ctrl+K")
        self.setObjectName("topSearch")
        self._tasks = tasks
        self._commands = commands
        self._provider: Provider | None = None
        self._list: _Results | None = None
        self.searched.connect(self._find)
        self.textEdited.connect(lambda _text: self._open())

    def set_provider(self, provider: Provider | None) -> None:
        self._provider = provider

    def start(self) -> None:
        """Ctrl+K: from here on typing searches."""
        self.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self._open()
        self._find(self.text())

    def findings(self) -> list[Finding]:
        """What the list shows now."""
        return self._list.findings if self._list and self._list.isVisible() else []

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = event.key()
        if key == Qt.Key.Key_Escape:
            self.clear()
            self._close()
            self.left.emit()
        elif key in {Qt.Key.Key_Return, Qt.Key.Key_Enter} and self._list and self._list.isVisible():
            self._search_now()
            self._run(self._list.current())
        elif key in {Qt.Key.Key_Down, Qt.Key.Key_Up} and self._list:
            self._open()
            self._list.move_by(1 if key == Qt.Key.Key_Down else -1)
        else:
            super().keyPressEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self._close()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize and self._list:
            self._place_list()
        return super().eventFilter(watched, event)

    def _open(self) -> None:
        if self._list is None:
            self._list = _Results(self.window())
            self._list.chosen.connect(self._run)
            self.window().installEventFilter(self)
        self._place_list()
        self._list.show()
        self._list.raise_()

    def _close(self) -> None:
        if self._list:
            self._list.hide()

    def _place_list(self) -> None:
        assert self._list is not None
        width = max(self.width(), px(400))
        corner = self.mapTo(self.window(), QPoint(0, self.height() + 4))
        x = max(8, min(corner.x(), self.window().width() - width - 8))
        self._list.setGeometry(x, corner.y(), width, self._list.height_wanted())

    def _search_now(self) -> None:
        """Enter must act on what stands in the field, also within the pause that follows a key."""
        if self._list and self._list.typed != self.text().strip():
            self._find(self.text().strip())

    def _find(self, typed: str) -> None:
        if self._list is None or not self._list.isVisible():
            return
        found = [command.finding() for command in matching(self._commands(), typed)][:_MOST_SHOWN]
        self._show(typed, found)
        provider = self._provider
        if provider and typed:
            self._tasks.run(
                lambda: provider(typed),
                lambda more: self._show(typed, [*more, *found][:_MOST_SHOWN]),
                owner=self,
                lane="find",
            )

    def _show(self, typed: str, found: Sequence[Finding]) -> None:
        if self._list is not None:
            self._list.show_findings(typed, found)
            self._place_list()

    def _run(self, finding: Finding | None) -> None:
        if finding is None:
            return
        self.clear()
        self._close()
        self.left.emit()
        finding.run()


class _Results(QFrame):
    """The list below the field. It never takes the focus, so that the input method stays with the field."""

    chosen = Signal(object)

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self.setObjectName("palette")
        self.findings: list[Finding] = []
        self.typed = ""
        self._list = QListWidget()
        self._list.setAccessibleName(_("Found"))
        self._list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._list.setItemDelegate(CellDelegate(self._list, ROW_TWO_LINES))
        self._list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._list.itemClicked.connect(lambda _item: self.chosen.emit(self.current()))
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setLayout(column(named_frame("surface", column(self._list)), margin=6))

    def show_findings(self, typed: str, findings: Sequence[Finding]) -> None:
        self.typed = typed
        self.findings = list(findings)
        self._list.clear()
        for finding in self.findings:
            item = QListWidgetItem(finding.title)
            mark = Mark(finding.icon, "", "muted")
            item.setData(CELL_ROLE, TwoLinesCell(finding.title, finding.detail, mark, bold=False))
            item.setData(Qt.ItemDataRole.AccessibleTextRole, f"{finding.title}, {finding.detail}")
            self._list.addItem(item)
        if not self.findings:
            item = QListWidgetItem()
            item.setFlags(Qt.ItemFlag.NoItemFlags)
            nothing = _("Nothing was found for “{typed}”.").format(typed=typed)
            item.setData(CELL_ROLE, TwoLinesCell(nothing, _("Try another spelling or part of it."), bold=False))
            self._list.addItem(item)
        self._list.setCurrentRow(0 if self.findings else -1)

    def current(self) -> Finding | None:
        at = self._list.currentRow()
        return self.findings[at] if 0 <= at < len(self.findings) else None

    def move_by(self, step: int) -> None:
        if self.findings:
            self._list.setCurrentRow((self._list.currentRow() + step) % len(self.findings))

    def height_wanted(self) -> int:
        return max(1, min(_ROWS_SEEN, len(self.findings))) * px(ROW_TWO_LINES) + 14
