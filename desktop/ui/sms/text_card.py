"""One text that citizens get: its wording, how it looks on the phone, and how it travels."""

from PySide6.QtCore import Signal
from PySide6.QtGui import QSyntaxHighlighter, QTextCharFormat, QTextDocument
from PySide6.QtWidgets import QFrame, QPlainTextEdit

from desktop.domain.sms import Template
from desktop.domain.sms_texts import Changed, SmsText, plain, preview, problem
from desktop.i18n import _
from desktop.ui.sms import steering_words as words
from desktop.ui.theme import colour, px, theme
from desktop.ui.widgets.bands import NoteBox
from desktop.ui.widgets.forms import FormField
from desktop.ui.widgets.pieces import Button, ElidedLabel, Label, column, quiet_box, row
from desktop.wording.sms import TEMPLATES, TEXT_PROBLEMS, WHEN_SENT

_EDITOR_LINES = 3


class TextCard(QFrame):
    """It never changes the wording by itself: the reader may replace letters, and take the city's own text back."""

    changed = Signal()

    def __init__(self, template: Template) -> None:
        super().__init__()
        self.setObjectName("card")
        self.template = template
        self._saved = SmsText(template, "", "")
        self._theirs = ""
        name = _(TEMPLATES[template])
        self.editor = QPlainTextEdit()
        self.editor.setTabChangesFocus(True)
        self._marks = _Offenders(self.editor.document())
        self.field = FormField(_("Wording"), self.editor, words.places_words(template))
        self.editor.setAccessibleName(name)
        self.measure = Label("", "minor")
        self.shown = Label("", "minor", wrap=True)
        self.note = NoteBox("warning", "")
        self.replace_button = Button("", on_click=lambda: self._type(plain(self.wording())))
        self.exact_button = Button(_("Back to the exact text"), on_click=lambda: self._type(self._saved.default))
        self.theirs_note = NoteBox("info", "")
        self.theirs_note.add_link(_("Take this one"), lambda: self._type(self._theirs))
        self.theirs_note.hide()
        head = row((ElidedLabel(name, "cardTitle"), 1), self.measure)
        box = quiet_box(Label(_("On the phone, filled in"), "muted small"), self.shown)
        buttons = row(self.replace_button, self.exact_button, None)
        when = Label(_(WHEN_SENT[template]), "muted minor", wrap=True)
        items = (head, when, self.theirs_note, self.field, box, self.note, buttons)
        self.setLayout(column(*items, margin=(20, 16, 20, 16), spacing=8))
        self.editor.textChanged.connect(self._on_typed)
        theme.changed.connect(self._fit)
        self._fit()

    def show_text(self, text: SmsText) -> None:
        """As it is saved."""
        self._saved = text
        self.theirs_note.hide()
        self._type(text.wording)
        self._on_typed()

    def show_theirs(self, text: SmsText) -> None:
        """Somebody else saved another one meanwhile: both are seen, and saving again takes what stands here."""
        if text.wording != self._saved.wording:
            self._theirs = text.wording
            self.theirs_note.set_words(_("Saved by somebody else meanwhile: {text}").format(text=text.wording))
            self.theirs_note.show()
            self._saved = text

    def wording(self) -> str:
        return self.editor.toPlainText().strip()

    def is_changed(self) -> bool:
        return self.wording() != self._saved.wording

    def change(self) -> Changed:
        return Changed(self.template, self._saved.wording, self.wording())

    def problem(self) -> str:
        code = problem(self.template, self.wording())
        return _(TEXT_PROBLEMS[code]).format() if code else ""

    def parts(self) -> int:
        return preview(self.wording()).measure.parts

    def _type(self, wording: str) -> None:
        """As if it were typed, so that Ctrl+Z takes it back."""
        if wording == self.editor.toPlainText():
            return
        cursor = self.editor.textCursor()
        cursor.select(cursor.SelectionType.Document)
        cursor.insertText(wording)

    def _on_typed(self) -> None:
        wording = self.wording()
        found = preview(wording)
        self.shown.setText(found.text)
        self.measure.setText(words.measure_words(found.measure))
        self.measure.set_role("warning minor" if found.measure.parts > 1 else "muted minor")
        said = words.warning(wording)
        self.note.set_words(said)
        self.note.setVisible(bool(said))
        replacing = words.replacing_words(wording)
        self.replace_button.set_words(replacing)
        self.replace_button.setVisible(bool(replacing))
        self.exact_button.setVisible(wording != self._saved.default)
        if wrong := self.problem():
            self.field.show_error(wrong)
        else:
            self.field.clear()
        self.changed.emit()

    def _fit(self) -> None:
        self.editor.setFixedHeight(self.editor.fontMetrics().lineSpacing() * _EDITOR_LINES + px(16))
        self._marks.rehighlight()


class _Offenders(QSyntaxHighlighter):
    """Letters outside the short alphabet stand on a tint, underlined."""

    def __init__(self, document: QTextDocument) -> None:
        super().__init__(document)

    def highlightBlock(self, text: str) -> None:
        marked = QTextCharFormat()
        marked.setBackground(colour("warning_t"))
        marked.setForeground(colour("warning"))
        marked.setFontUnderline(True)
        for letter in set(words.offending(text)):
            at = text.find(letter)
            while at >= 0:
                self.setFormat(len(text[:at].encode("utf-16-le")) // 2, len(letter.encode("utf-16-le")) // 2, marked)
                at = text.find(letter, at + 1)
