"""Changing one's own password."""

from PySide6.QtWidgets import QLineEdit, QWidget

from desktop.domain import passwords
from desktop.i18n import _
from desktop.ui.app_context import AppContext
from desktop.ui.form_dialog import FormDialog
from desktop.ui.widgets.forms import FormField
from desktop.wording.people import field_problem


class OwnPasswordDialog(FormDialog):
    """Asks for the present password, and twice for the new one."""

    def __init__(self, context: AppContext, parent: QWidget | None = None) -> None:
        super().__init__(_("Change my password"), _("Change the password"), parent, width=480, height=460)
        self._context = context
        self.present, self.present_text = _secret(_("Present password"))
        self.new, self.new_text = _secret(_("New password"), _("At least 8 characters."))
        self.again, self.again_text = _secret(_("New password once more"))
        for field, editor in (
            (self.present, self.present_text),
            (self.new, self.new_text),
            (self.again, self.again_text),
        ):
            editor.textEdited.connect(self._on_edited)
            self.body.addWidget(field)
        self.begin_at(self.present_text)
        self.save_asked.connect(self._save)
        self._show()

    def _on_edited(self, _text: str) -> None:
        self.changed()
        self._show()

    def _show(self) -> None:
        new, again = self.new_text.text(), self.again_text.text()
        code = passwords.problem_with(new, "") if new else None
        for field in (self.new, self.again):
            field.clear()
        if code:
            self.new.show_error(field_problem(code))
        elif new:
            self.new.show_understood(_("This password will do."))
        if again and again != new:
            self.again.show_error(_("The two passwords differ."))
        self._decide(complete=bool(self.present_text.text() and new and again), good=not code and again == new)

    def _decide(self, *, complete: bool, good: bool) -> None:
        if not complete:
            self.block(_("Fill in all three fields"))
        elif good:
            self.allow()
        else:
            self.block(_("Please correct: {fields}").format(fields=_("New password")))

    def _save(self) -> None:
        self.working()
        staff, actor = self._context.staff, self._context.session.actor
        present, new = self.present_text.text(), self.new_text.text()
        self._context.tasks.run(
            lambda: staff.change_own_password(actor, present, new), self._on_saved, owner=self, failed=self.show_error
        )

    def _on_saved(self, _nothing: None) -> None:
        self.saved()
        self._context.toasts.say(_("Your password is changed"))


def _secret(label: str, help_text: str = "") -> tuple[FormField, QLineEdit]:
    editor = QLineEdit()
    editor.setEchoMode(QLineEdit.EchoMode.Password)
    return FormField(label, editor, help_text), editor
