"""Renewing a school's registration code: how many letters are out, and how long they stay good."""

from collections.abc import Callable

from PySide6.QtWidgets import QSpinBox, QWidget

from desktop.domain.registration_codes import MOST_OLD_VALID_DAYS, OLD_VALID_DAYS, CodeStatus
from desktop.i18n import _
from desktop.ui.app_context import AppContext
from desktop.ui.checked_dialog import save
from desktop.ui.form_dialog import FormDialog
from desktop.ui.letters import state
from desktop.ui.widgets.forms import FormField
from desktop.ui.widgets.pieces import Label


class RenewDialog(FormDialog):
    """It never shows a code."""

    def __init__(self, school: str, status: CodeStatus, context: AppContext, parent: QWidget) -> None:
        title = _("Renew the code of {school}").format(school=school)
        super().__init__(title, _("Renew the code"), parent, width=520, height=400)
        self._today = context.session.today
        self.days = QSpinBox()
        self.days.setRange(0, MOST_OLD_VALID_DAYS)
        self.days.setValue(OLD_VALID_DAYS)
        self.field = FormField(_("Days for which the old code stays valid"), self.days)
        self.words = Label(" ".join([state.renew_words(status), *_older(status, context)]), wrap=True)
        self.body.addWidget(self.words)
        self.body.addWidget(self.field)
        self.days.valueChanged.connect(self._show)
        self.begin_at(self.days)
        self._show(OLD_VALID_DAYS)

    def _show(self, days: int) -> None:
        words = state.until_words(days, self._today)
        if days:
            self.field.set_help(words)
            self.field.clear()
        else:
            self.field.show_warning(words)


def _older(status: CodeStatus, context: AppContext) -> list[str]:
    return state.code_words(status, context.clock())[1:] if status.old_until is not None else []


def renew_code(
    context: AppContext, school_id: int, school: str, page: QWidget,
    opened: Callable[[RenewDialog], object], done: Callable[[CodeStatus], object],
) -> None:  # fmt: skip
    """Fetch what is known of the code, show it, and renew it when that is wanted."""
    actor, codes = context.session.actor, context.registration_codes

    def show(status: CodeStatus) -> None:
        dialog = RenewDialog(school, status, context, page)
        dialog.save_asked.connect(lambda: store(dialog))
        opened(dialog)
        dialog.open()

    def store(dialog: RenewDialog) -> None:
        days = dialog.days.value()
        said = _("The code was renewed. Letters that you print from now on carry it.")
        save(context, dialog, lambda: codes.renew(actor, school_id, days), said, done)

    context.tasks.run(lambda: codes.status(actor, school_id), show, owner=page, lane="code")
