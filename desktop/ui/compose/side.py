"""The pane beside the text: whom it reaches, what was checked, how it will look."""

from collections.abc import Callable, Sequence

from PySide6.QtWidgets import QFrame, QLayout, QStackedWidget, QTabBar

from desktop.i18n import _, format_time
from desktop.ui.audience_numbers import AudienceNumbers
from desktop.ui.compose.previews import Previews
from desktop.ui.compose.state import Check
from desktop.ui.states import state
from desktop.ui.widgets.bands import NoteBox
from desktop.ui.widgets.pieces import (
    IconLabel,
    Label,
    clear_layout,
    column,
    hline,
    row,
    scroll,
    widget_of,
)
from desktop.ui.widgets.preview import LineBubble, MailPreview


class ComposeSide(QFrame):
    """Everything about the notice that one does not write but sees."""

    def __init__(self, show_list: Callable[..., object]) -> None:
        super().__init__()
        self.setAccessibleName(_("Whom it reaches and how it looks"))
        self.numbers = AudienceNumbers(show_list, shortcut="Alt+L")
        self._problem = NoteBox("danger", "")
        self._problem.hide()
        self._checks = column(spacing=6)
        title = Label(_("Before sending"), "bold")
        self._checks_box = widget_of(column(hline(), title, self._checks, spacing=6))
        self._checks_box.hide()
        self.setLayout(column((scroll(widget_of(self._content())), 1), spacing=0))

    def _content(self) -> QLayout:
        self.tabs = QTabBar()
        self.tabs.setDrawBase(False)
        self.tabs.setExpanding(False)
        self.tabs.setAccessibleName(_("Preview"))
        for name in (_("LINE"), _("Mail"), _("Feature phone")):
            self.tabs.addTab(name)
        self._bubble = LineBubble("")
        self._mail, self._plain = MailPreview(), MailPreview()
        self._stack = QStackedWidget()
        for widget in (self._bubble, self._mail, self._plain):
            self._stack.addWidget(widget_of(column(widget, None)))
        self.tabs.currentChanged.connect(self._stack.setCurrentIndex)
        self._nothing = Label(_("What you write is shown here as families will see it."), "muted minor", wrap=True)
        return column(
            self._problem,
            self.numbers,
            self._checks_box,
            hline(),
            row(Label(_("How it looks"), "bold"), None, self.tabs),
            self._nothing,
            self._stack,
            None,
            margin=16,
            spacing=8,
        )

    def show_sender(self, name: str) -> None:
        """Whose LINE account speaks."""
        self._bubble.set_sender(name)

    def show_problem(self, words: str) -> None:
        self._problem.set_words(words)
        self._problem.setVisible(bool(words))

    def show_checks(self, checks: Sequence[Check]) -> None:
        clear_layout(self._checks)
        self._checks_box.setVisible(bool(checks))
        for check in checks:
            look = state(check.state)
            words = Label(check.text, "minor", wrap=True)
            words.setAccessibleName(f"{look.word}: {check.text}")
            self._checks.addLayout(row(IconLabel(look.icon, look.tone), (words, 1)))

    def show_previews(self, shown: Previews | None) -> None:
        self._nothing.setVisible(shown is None)
        self._stack.setVisible(shown is not None)
        if shown is None:
            return
        self._bubble.show_notice(shown.line_head, shown.line_text, "", format_time(shown.time))
        self._mail.show_mail(shown.mail.sender, shown.mail.subject, shown.mail.body)
        self._plain.show_mail(shown.plain.sender, shown.plain.subject, shown.plain.body)
