"""The addresses of a school, or of the city, that keep a copy (控え) of every notice that it sends."""

from collections.abc import Callable

from PySide6.QtWidgets import QPlainTextEdit, QWidget

from desktop.domain.mail import AddressError, check_address
from desktop.i18n import _, format_number, ngettext
from desktop.ui.app_context import AppContext
from desktop.ui.checked_dialog import save
from desktop.ui.form_dialog import FormDialog
from desktop.ui.theme import px
from desktop.ui.widgets.forms import FormField


class CopiesDialog(FormDialog):
    """One address a line. `typed` are those that stand there; a wrong one keeps the form shut."""

    def __init__(self, sender: str, addresses: tuple[str, ...], parent: QWidget | None = None) -> None:
        super().__init__(_("Addresses for copies: {sender}").format(sender=sender), _("Save"), parent, height=380)
        self.edit = QPlainTextEdit("\n".join(addresses))
        self.edit.setTabChangesFocus(True)
        self.edit.setMinimumHeight(px(120))
        help_text = _("One address a line. Each gets a copy of every notice of this sender that asks for copies.")
        self.field = FormField(_("Addresses"), self.edit, help_text)
        self.body.addWidget(self.field)
        self.begin_at(self.edit)
        self.edit.textChanged.connect(self._on_changed)
        self._show()
        self._dirty = False

    def typed(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(self.edit.toPlainText().replace(",", " ").replace("、", " ").split()))

    def _on_changed(self) -> None:
        self.changed()
        self._show()

    def _show(self) -> None:
        addresses = self.typed()
        wrong = [each for each in addresses if not _is_address(each)]
        if wrong:
            self.field.show_error(_("Not a mail address: {addresses}").format(addresses=_(", ").join(wrong[:3])))
            self.block(_("Please correct: {fields}").format(fields=_("Addresses")))
            return
        number = len(addresses)
        said = ngettext("{n} address", "{n} addresses", number).format(n=format_number(number))
        if addresses:
            self.field.show_understood(said)
        else:
            self.field.clear()
        self.allow()


def edit_copies(
    context: AppContext,
    school_id: int | None,
    sender: str,
    page: QWidget,
    opened: Callable[[CopiesDialog], object],
    done: Callable[[], object],
) -> None:
    """Fetch the addresses of a school, or of the city (None), show them, and save what is changed."""
    actor = context.session.actor

    def show(addresses: tuple[str, ...]) -> None:
        dialog = CopiesDialog(sender, addresses, page)
        dialog.save_asked.connect(lambda: store(dialog))
        opened(dialog)
        dialog.open()

    def store(dialog: CopiesDialog) -> None:
        typed = dialog.typed()
        save(
            context,
            dialog,
            lambda: context.copies.set_addresses(actor, school_id, typed),
            _("The addresses for copies were saved"),
            lambda _nothing: done(),
        )

    context.tasks.run(lambda: context.copies.addresses(actor, school_id), show, owner=page, lane="copies")


def _is_address(text: str) -> bool:
    try:
        check_address(text)
    except AddressError:
        return False
    return True
