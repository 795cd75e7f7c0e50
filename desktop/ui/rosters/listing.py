"""Fetching what the list of the rosters shows: its top first, so that it is on the screen at once, then all of it."""

from collections.abc import Sequence

from PySide6.QtCore import QObject, QTimerEvent, Signal

from desktop.domain.people import ChildRow, GuardianRow, ListQuery, Opening
from desktop.domain.staff import Actor
from desktop.ui.app_context import AppContext

_REST_MS = 500
"""Longer than from one letter to the next, or the answer to this one would fight with the search for that."""
_LATE_MS = 400
_Asked = tuple[Actor, str, ListQuery]
_Top = Opening[ChildRow] | Opening[GuardianRow] | None


class Listing(QObject):
    """What is looked for changes with every letter; only the newest question is answered."""

    top_came = Signal(str, object, object)
    """Kind, query, Opening: another list than before begins so."""
    all_came = Signal(str, object, object)
    """Kind, query, ids: everything, unless the top was all."""
    failed = Signal(object)
    late = Signal(bool)
    """It takes long enough to be noticed; False when it is there after all, or failed."""

    def __init__(self, context: AppContext, parent: QObject) -> None:
        super().__init__(parent)
        self._context = context
        self._asked: _Asked | None = None
        self._shown: _Asked | None = None
        self._resting = 0
        self._patience = 0
        self._is_late = False

    def load(self, kind: str, query: ListQuery) -> None:
        """Fetch that list; the one that is shown already in one go, so that it never shrinks for a moment."""
        asked = (self._context.session.actor, kind, query)
        self._asked = asked
        self._stop_resting()
        if asked == self._shown:
            self._load_all(asked)
        else:
            self._patience = self._patience or self.startTimer(_LATE_MS)
            self._load_top(asked)

    def _load_top(self, asked: _Asked) -> None:
        actor, kind, query = asked
        people = self._context.people

        def fetch() -> _Top:
            return people.first_children(actor, query) if kind == "child" else people.first_guardians(actor, query)

        self._context.tasks.run(
            fetch, lambda top: self._take_top(asked, top), owner=self, lane="top", failed=self._on_failed
        )

    def _take_top(self, asked: _Asked, top: _Top) -> None:
        if asked != self._asked:
            return
        if top is not None:
            self._arrive()
            self._shown = asked
            self.top_came.emit(*asked[1:], top)
        if top is None:
            self._load_all(asked)
        elif not top.whole:
            self._resting = self.startTimer(_REST_MS if asked[2].typed else 0)

    def timerEvent(self, event: QTimerEvent) -> None:
        if event.timerId() == self._patience:
            self._end_patience()
            self._is_late = True
            self.late.emit(True)
            return
        # Nobody counts what the next letter makes less.
        self._stop_resting()
        if self._asked:
            self._load_all(self._asked)

    def _end_patience(self) -> None:
        if self._patience:
            self.killTimer(self._patience)
            self._patience = 0

    def _arrive(self) -> None:
        self._end_patience()
        if self._is_late:
            self._is_late = False
            self.late.emit(False)

    def _on_failed(self, error: Exception) -> None:
        self._arrive()
        self.failed.emit(error)

    def _stop_resting(self) -> None:
        if self._resting:
            self.killTimer(self._resting)
            self._resting = 0

    def _load_all(self, asked: _Asked) -> None:
        actor, kind, query = asked
        people = self._context.people
        fetch = people.child_ids if kind == "child" else people.guardian_ids
        self._context.tasks.run(
            lambda: fetch(actor, query),
            lambda ids: self._take_all(asked, ids),
            owner=self,
            lane="all",
            failed=self._on_failed,
        )

    def _take_all(self, asked: _Asked, ids: Sequence[int]) -> None:
        if asked != self._asked:
            return
        self._arrive()
        self._shown = asked
        self.all_came.emit(*asked[1:], ids)
