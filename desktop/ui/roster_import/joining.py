"""Contacts that waited and whom an import has made known: they are those guardians when somebody says so."""

from collections.abc import Sequence

from PySide6.QtCore import QObject, Signal

from desktop.ui.app_context import AppContext
from desktop.ui.roster_import import state


class Joining(QObject):
    """Works for the page of the import. `found` carries the matches, anew after each change."""

    found = Signal(object)
    refused = Signal(object)

    def __init__(self, context: AppContext, page: QObject) -> None:
        super().__init__(page)
        self._context = context

    def look(self) -> None:
        context, actor = self._context, self._context.session.actor
        context.tasks.run(lambda: context.waiting.matches(actor), self.found.emit, owner=self, lane="matches")

    def join(self, waiting_ids: Sequence[int]) -> None:
        """They wait no more; it can be undone for ten minutes."""
        context, actor, ids = self._context, self._context.session.actor, list(waiting_ids)

        def joined(token: int) -> None:
            context.toasts.undoable(state.joined_words(len(ids)), lambda: self._undo(token))
            self.look()

        context.tasks.run(lambda: context.waiting.join(actor, ids), joined, owner=self, failed=self.refused.emit)

    def _undo(self, token: int) -> None:
        context, actor = self._context, self._context.session.actor
        context.tasks.run(lambda: context.people.undo(actor, token), lambda _nothing: self.look(), owner=self)
