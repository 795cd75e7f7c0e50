"""Asking a guardian to put something right."""

from collections.abc import Sequence

from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QMenu, QPlainTextEdit, QWidget

from desktop.domain.registrations import LONGEST_TEXT
from desktop.i18n import _
from desktop.ui.form_dialog import FormDialog
from desktop.ui.widgets.forms import FormField
from desktop.ui.widgets.pieces import Button, row, widget_of

LONGEST = 10 * LONGEST_TEXT


class AskDialog(FormDialog):
    """What is written here stands in the guardian's mail as it is. Ready sentences come in the guardian's language."""

    def __init__(self, child: str, reads: str, sentences: Sequence[tuple[str, str]], parent: QWidget | None) -> None:
        super().__init__(
            _("Ask the guardian of {child}").format(child=child), _("Send in a minute"), parent, height=440
        )
        self._sentences = sentences
        self.editor = QPlainTextEdit()
        self.editor.setTabChangesFocus(True)
        help_text = _("The guardian reads {language}. The text is sent as you write it, with a link to the form.")
        self.field = FormField(_("What is to be put right?"), self.editor, help_text.format(language=reads))
        self.ready = Button(_("Ready sentences…"), "", "list", shortcut="Alt+S", on_click=self._offer)
        self.body.addWidget(widget_of(row(self.ready, None)))
        self.body.addWidget(self.field, 1)
        self.editor.textChanged.connect(self._on_typed)
        self.begin_at(self.editor)
        self._check()

    def text(self) -> str:
        return self.editor.toPlainText().strip()

    def sentences(self) -> QMenu:
        menu = QMenu(self)
        for own, theirs in self._sentences:
            menu.addAction(own).triggered.connect(lambda _checked=False, theirs=theirs: self._take(theirs))
        return menu

    def _offer(self) -> None:
        menu = self.sentences()
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(self.ready.mapToGlobal(QPoint(0, self.ready.height())))

    def _take(self, sentence: str) -> None:
        self.editor.setPlainText("\n".join(filter(None, (self.text(), sentence))))
        self.editor.setFocus()

    def _on_typed(self) -> None:
        self.changed()
        self._check()

    def _check(self) -> None:
        if not self.text():
            self.block(_("Write a sentence first"))
        elif len(self.text()) > LONGEST:
            self.block(_("This is too long."))
        else:
            self.allow()
