"""Fetches for the details pane whoever is selected in the lists of children and guardians."""

from collections.abc import Callable
from typing import TypeVar

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from desktop.domain.errors import UserError
from desktop.domain.people import Node
from desktop.ui.app_context import AppContext
from desktop.ui.errors import words_for
from desktop.ui.rosters import state
from desktop.ui.rosters.details import DetailsPane

T = TypeVar("T")


class Family(QObject):
    """Works for the rosters page. `name` is that of the child in view."""

    def __init__(self, context: AppContext, pane: DetailsPane, page: QWidget) -> None:
        super().__init__(page)
        self._context = context
        self._pane = pane
        self._shown: tuple[str, tuple[int, ...]] | None = None
        self.name = ""

    def forget(self) -> None:
        """What is shown may be old: fetch it again next time."""
        self._shown = None

    def show(self, kind: str, ids: tuple[int, ...], node: Node) -> None:
        """Show these children or guardians as they are at that place."""
        if self._shown == (kind, ids):
            return
        self._shown = (kind, ids)
        if not ids:
            self._pane.show_nothing()
        elif len(ids) > 1:
            self._fetch(lambda: self._many(kind, ids, node), self._pane.show_many)
        elif kind == "child":
            self._fetch(lambda: self._child(ids[0], node), self._show_child)
        else:
            self._fetch(lambda: self._guardian(ids[0]), self._pane.show_guardian)

    def _fetch(self, work: Callable[[], T], done: Callable[[T], None]) -> None:
        asked = self._shown

        def still_wanted(view: T) -> None:
            if self._shown == asked:
                done(view)

        self._context.tasks.run(work, still_wanted, owner=self, lane="details", failed=self._on_failed)

    # Off the GUI thread

    def _child(self, child_id: int, node: Node) -> state.ChildView:
        context = self._context
        return state.child_view(context.people.child(context.session.actor, child_id), node, context.clock())

    def _guardian(self, guardian_id: int) -> state.GuardianView:
        return state.guardian_view(self._context.people.guardian(self._context.session.actor, guardian_id))

    def _many(self, kind: str, ids: tuple[int, ...], node: Node) -> state.ManyView:
        people, actor, first = self._context.people, self._context.session.actor, ids[: state.MOST_PARTS]
        if kind == "child":
            return state.many_children(people.children(actor, first, node.year), len(ids))
        return state.many_guardians([row.name for row in people.guardians(actor, first)], len(ids))

    # On it again

    def _show_child(self, view: state.ChildView) -> None:
        self.name = view.name
        self._pane.show_child(view)

    def _on_failed(self, error: Exception) -> None:
        self._pane.show_failure(words_for(error))
        if not isinstance(error, UserError):
            self._context.tasks.report(self, error)
