"""A text that a member of staff writes, and a message that a practice phone sends."""

from PySide6.QtWidgets import QPlainTextEdit, QWidget

from desktop.domain.mobile_networks import mobile_sender
from desktop.domain.sms_alphabet import Measure, measure
from desktop.domain.sms_messages import MOST_PARTS, check_answer
from desktop.i18n import _, ngettext
from desktop.ui.form_dialog import FormDialog
from desktop.ui.sms.state import size_words
from desktop.ui.widgets.bands import NoteBox
from desktop.ui.widgets.forms import FormField, UnderstoodField
from desktop.wording import sms as words

_MOST_NAMED = 5
_EXAMPLE = "TK, Nguyen Van An, 205123456, 03.07.1990"
_EXAMPLE_PHONE = "0905 123 456"


class AnswerDialog(FormDialog):
    """Says as one types how the text will travel: alphabet, length, parts, and what makes it longer than it need be."""

    def __init__(self, phone: str, parent: QWidget | None) -> None:
        title = _("Answer {phone}").format(phone=phone) if phone else _("Write a text message")
        super().__init__(title, _("Send"), parent, width=600, height=460)
        self.phone = UnderstoodField(_("Mobile number"), _understood_phone, _("A Vietnamese one, written in any way"))
        self.phone.line.setText(phone)
        self.phone.setVisible(not phone)
        self.editor = QPlainTextEdit()
        self.editor.setTabChangesFocus(True)
        self.field = FormField(_("Text"), self.editor)
        self.body.addWidget(self.phone)
        self.body.addWidget(self.field, 1)
        self.editor.textChanged.connect(self._on_typed)
        self.phone.line.textChanged.connect(lambda _text: self._on_typed())
        self.begin_at(self.editor if phone else self.phone.line)
        self._check()

    def text(self) -> str:
        return self.editor.toPlainText().strip()

    def number(self) -> str:
        return mobile_sender(self.phone.text()) or ""

    def _on_typed(self) -> None:
        self.changed()
        self._check()

    def _check(self) -> None:
        size = measure(self.text())
        problem = check_answer(self.text(), size.parts)
        if not self.number():
            self.block(_("Enter a mobile number first"))
        elif problem:
            self.block(_PROBLEMS_OF[problem]())
        else:
            self.allow()
        if self.text():
            _show_size(self.field, self.text(), size)
        else:
            self.field.set_help(_("Without accents a part has room for 160 characters, with them for 70."))
            self.field.clear()


class PracticeDialog(FormDialog):
    """A message as from a citizen's phone, in a practice database."""

    def __init__(self, parent: QWidget | None) -> None:
        super().__init__(_("Practice message"), _("Let it come in"), parent, width=560, height=440)
        self.body.addWidget(NoteBox("info", _("This stands in for a citizen’s phone. Nothing leaves this computer.")))
        self.phone = UnderstoodField(
            _("Sender’s number"), _understood_phone, _("Any number; one that is no mobile is held")
        )
        self.phone.line.setText(_EXAMPLE_PHONE)
        self.editor = QPlainTextEdit(_EXAMPLE)
        self.editor.setTabChangesFocus(True)
        self.body.addWidget(self.phone)
        self.body.addWidget(FormField(_("Text"), self.editor, _("The form is TK, name, ID, date of birth.")), 1)
        self.begin_at(self.editor)
        self.phone.line.textChanged.connect(lambda _text: self._on_typed())
        self.editor.textChanged.connect(self._on_typed)

    def text(self) -> str:
        return self.editor.toPlainText()

    def _on_typed(self) -> None:
        self.changed()
        self.allow_unless("" if self.phone.text().strip() else _("Enter a number first"))


def _understood_phone(typed: str) -> str:
    number = mobile_sender(typed)
    if number is None:
        raise ValueError(_("This is no Vietnamese mobile number."))
    return number


_PROBLEMS_OF = {
    "empty": lambda: _("Write the text first"),
    "control": lambda: _("A character of it no phone can show"),
    "long": lambda: ngettext("At most {n} part", "At most {n} parts", MOST_PARTS).format(n=MOST_PARTS),
}


def _show_size(field: FormField, text: str, size: Measure) -> None:
    said = f"{_(words.ENCODINGS[size.encoding])} · {size_words(len(text), size.parts)}"
    letters = list(dict.fromkeys(letter for _at, letter in size.offenders if letter.isprintable()))
    if letters and size.parts > 1:
        named = " ".join(letters[:_MOST_NAMED]) + (" …" if len(letters) > _MOST_NAMED else "")
        field.show_warning(_("{size}. Longer because of: {letters}").format(size=said, letters=named))
    else:
        field.set_help(said)
        field.clear()
