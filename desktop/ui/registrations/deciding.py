"""What a reviewer decides, and the minute in which it can be taken back."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import QElapsedTimer, QObject, QTimer, Signal

from desktop.domain.errors import UserError
from desktop.domain.registrations import TAKE_BACK
from desktop.i18n import _, format_number, ngettext
from desktop.ui.app_context import AppContext
from desktop.ui.errors import words_for
from desktop.ui.widgets.bands import Band

UNDO = "Alt+U"
_TICK_MS = 1000


class Deciding(QObject):
    """Carries a decision to the service, says in a band what was decided, and takes it back on demand."""

    decided = Signal()
    undone = Signal(object)
    """The ids that wait again."""
    refused = Signal()
    """It could not be done: somebody was quicker, or it is too late. The page shows how things stand."""

    def __init__(self, context: AppContext, parent: QObject) -> None:
        super().__init__(parent)
        self._context = context
        self._ids: Sequence[int] = ()
        self._said = ""
        self._since = QElapsedTimer()
        self._tick = QTimer(self, interval=_TICK_MS)
        self._tick.timeout.connect(self._count_down)
        self.busy = False
        self.band = Band("success", "")
        self.undo_button = self.band.add_button(_("Undo"), self.undo, "undo")
        self.undo_button.setShortcut(UNDO)
        self.undo_button.setToolTip(UNDO)
        self.band.hide()

    def decide(self, work: Callable[[], object], ids: Sequence[int], said: str) -> None:
        """Do it in the background, once: a second key press while it is done does nothing."""
        if self.busy:
            return
        self.busy = True
        self._context.tasks.run(work, lambda _done: self._show(ids, said), owner=self, failed=self._on_failed)

    def decide_many(self, work: Callable[[], list[int]]) -> None:
        """The same for many, of which `work` says which were decided."""
        if self.busy:
            return
        self.busy = True
        self._context.tasks.run(work, self._show_many, owner=self, failed=self._on_failed)

    def undo(self) -> None:
        """Put what was decided last into the queue again."""
        context, actor, ids = self._context, self._context.session.actor, self._ids
        if not ids:
            return
        self._end()

        def work() -> list[int]:
            back, late = [], None
            for id_ in ids:
                try:
                    context.reviews.undo(actor, id_)
                    back.append(id_)
                except UserError as error:
                    late = error
            if late is not None and not back:
                raise late
            return back

        context.tasks.run(work, self._on_undone, owner=self, failed=self._on_failed)

    def _show_many(self, ids: list[int]) -> None:
        said = ngettext("{n} child is linked", "{n} children are linked", len(ids))
        self._show(ids, said.format(n=format_number(len(ids))))

    def _show(self, ids: Sequence[int], said: str) -> None:
        self.busy = False
        self._ids, self._said = ids, said
        self._since.start()
        self.band.set_kind("success")
        self.undo_button.setVisible(bool(ids))
        self.band.set_side_note(UNDO if ids else "")
        self.band.show()
        self._tick.start()
        self._count_down()
        self.decided.emit()

    def _count_down(self) -> None:
        left = round(TAKE_BACK.total_seconds() - self._since.elapsed() / 1000)
        if left <= 0 or not self._ids:
            self._end()
            return
        effect = ngettext(
            "It takes effect in {n} second, and then the family is told.",
            "It takes effect in {n} seconds, and then the family is told.",
            left,
        )
        self.band.set_words(self._said, effect.format(n=left))

    def _end(self) -> None:
        self._ids = ()
        self._tick.stop()
        self.band.hide()

    def _on_undone(self, ids: list[int]) -> None:
        said = ngettext("{n} decision was taken back", "{n} decisions were taken back", len(ids))
        self._context.toasts.say(said.format(n=format_number(len(ids))))
        self.undone.emit(ids)

    def _on_failed(self, error: Exception) -> None:
        self.busy = False
        if isinstance(error, UserError):
            self._context.toasts.warn(words_for(error, self._context.clock().tzinfo))
            self.refused.emit()
        else:
            self._context.tasks.report(self, error)
