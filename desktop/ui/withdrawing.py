"""Children who leave a school: the last day is asked, and there is a way back for ten minutes."""

from collections.abc import Sequence
from datetime import date

from PySide6.QtCore import QDate, QLocale, QObject, Signal
from PySide6.QtWidgets import QDateEdit, QWidget

from desktop.i18n import _, current_language, format_number, ngettext
from desktop.ui.app_context import AppContext
from desktop.ui.dialogs import Dialog
from desktop.ui.widgets.forms import FormField
from desktop.ui.widgets.pieces import Button, Label, column, row


class WithdrawDialog(Dialog):
    """The button names how many children leave."""

    chosen = Signal(date)

    def __init__(self, number: int, today: date, parent: QWidget | None = None) -> None:
        super().__init__(440, parent)
        title = ngettext("{n} child leaves the school", "{n} children leave the school", number)
        self.setWindowTitle(title.format(n=format_number(number)))
        self.day = QDateEdit(QDate(today.year, today.month, today.day))
        self.day.setAccessibleName(_("Last day at the school"))
        self.day.setCalendarPopup(True)
        self.day.setLocale(QLocale(current_language()))
        self.day.setDisplayFormat("yyyy/MM/dd" if current_language() == "ja" else "dd/MM/yyyy")
        text = _("From the next day on no notice reaches their families through this school. Nothing that was sent is "
                 "lost. You can undo this for 10 minutes.")  # fmt: skip
        field = FormField(_("Last day at the school"), self.day, text)
        words = ngettext("Withdraw {n} child", "Withdraw {n} children", number)
        self.go = Button(words.format(n=format_number(number)), "primary", on_click=self._choose)
        cancel = Button(_("Cancel"), "big", on_click=self.reject)
        heading = Label(self.windowTitle(), "cardTitle", wrap=True)
        self.setLayout(column(heading, field, 8, row(None, cancel, self.go), margin=24, spacing=16))

    def _choose(self) -> None:
        day = self.day.date()
        self.accept()
        self.chosen.emit(date(day.year(), day.month(), day.day()))


class Withdrawing(QObject):
    """Works for one page. `done` says which children left (True), or came back."""

    done = Signal(object, bool)

    def __init__(self, context: AppContext, page: QWidget) -> None:
        super().__init__(page)
        self._context = context
        self._page = page
        self.dialog: WithdrawDialog | None = None

    def ask(self, child_ids: Sequence[int], school_id: int | None) -> None:
        """Ask for the last day, then withdraw the children from the school, or from all that one may change."""
        ids = list(child_ids)
        self.dialog = WithdrawDialog(len(ids), self._context.session.today, self._page)
        self.dialog.chosen.connect(lambda day: self._withdraw(ids, day, school_id))
        self.dialog.open()

    def _withdraw(self, child_ids: list[int], day: date, school_id: int | None) -> None:
        context = self._context
        actor, number = context.session.actor, len(child_ids)
        words = ngettext("{n} child was withdrawn", "{n} children were withdrawn", number)
        said = words.format(n=format_number(number))

        def withdrawn(token: int) -> None:
            context.toasts.undoable(said, lambda: self._undo(token, child_ids))
            self.done.emit(child_ids, True)

        context.tasks.run(
            lambda: context.people.withdraw(actor, child_ids, day, school_id=school_id), withdrawn, owner=self
        )

    def _undo(self, token: int, child_ids: list[int]) -> None:
        context = self._context
        actor = context.session.actor

        def undone(_nothing: None) -> None:
            context.toasts.say(_("The children are at the school again"))
            self.done.emit(child_ids, False)

        context.tasks.run(lambda: context.people.undo(actor, token), undone, owner=self)
