"""What every page does about changes, and how it is reached."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

from PySide6.QtCore import Signal, Slot
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QWidget

from desktop.domain.staff import Verb
from desktop.i18n import _
from desktop.ui.context import ANY_TABLE, Desk


class Page(QWidget):
    """A page that reloads when its tables were written: at once if seen, otherwise when it is next shown.

    It also reloads when somebody else signs in or another school is looked at.
    """

    tables: ClassVar[frozenset[str]] = frozenset()
    title: ClassVar[str] = ""
    """Marked by N_; `heading()` translates it."""

    dirty_changed = Signal()
    """What would be lost on closing the window has changed; see `unsaved`."""

    def __init__(self, app: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._app = app
        self._stale = True
        app.changes.written.connect(self._on_written)
        app.session.school_changed.connect(self._on_everything_changed)

    def heading(self) -> str:
        return _(self.title)

    def reload(self) -> None:
        """Fetch and show everything anew."""
        raise NotImplementedError

    def show_target(self, **target: object) -> None:
        """Show what `Navigator.go` named: a notice, a child, a filter. Without a target the page stays as it is."""

    def unsaved(self) -> str:
        """What would be lost if the window closed now, in words; empty if nothing."""
        return ""

    def focus_search(self) -> bool:
        """Move to the page's own search field (Ctrl+F); False if it has none."""
        return False

    def refresh(self) -> None:
        """Reload now if the page is seen, otherwise when it is next shown."""
        if self.isVisible():
            self._reload_now()
        else:
            self._stale = True

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._stale:
            self._reload_now()

    @Slot(object, object)
    def _on_written(self, tables: frozenset[str], schools: frozenset[int] | None) -> None:
        here = self._app.session.school_id
        elsewhere = schools is not None and here is not None and here not in schools
        if (self.tables & tables or ANY_TABLE in tables) and not elsewhere:
            self.refresh()

    @Slot()
    def _on_everything_changed(self) -> None:
        if self._app.session.signed_in:
            self.refresh()

    def _reload_now(self) -> None:
        self._stale = False
        self.reload()


@dataclass(frozen=True, slots=True)
class PageSpec:
    """A page that the window can show. It is made when it is first visited.

    `title` is marked by N_. Whoever may do one of the `verbs` somewhere sees it; without any, everybody. A page
    that is reached from another (a notice, the compose page) names under `under` the one that the sidebar lights up,
    and is not listed itself. With `whole_city` the verbs count only where they hold for all of it.
    One of a `part` that a city need not use is seen only while it is switched on.
    """

    key: str
    title: str
    icon: str
    make: Callable[[], Page]
    verbs: tuple[Verb, ...] = ()
    under: str = ""
    whole_city: bool = False
    part: str = ""
