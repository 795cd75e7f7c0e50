"""The pane beside the text: whom it reaches, what was checked, how it will look."""

from collections.abc import Callable, Sequence

from PySide6.QtWidgets import QFrame, QGridLayout, QLayout, QStackedWidget, QTabBar, QWidget

from desktop.i18n import _, format_time
from desktop.ui.compose.previews import Previews
from desktop.ui.compose.state import Check, PartLine, SideView
from desktop.ui.states import state
from desktop.ui.theme import px
from desktop.ui.widgets.bands import NoteBox
from desktop.ui.widgets.marks import CoverageBar
from desktop.ui.widgets.pieces import (
    Button,
    ElidedLabel,
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
from desktop.ui.widgets.values import Stat, figure

_MOST_PARTS = 8


class ComposeSide(QFrame):
    """Everything about the notice that one does not write but sees."""

    def __init__(self, show_list: Callable[..., object]) -> None:
        super().__init__()
        self.setAccessibleName(_("Whom it reaches and how it looks"))
        self._children = Stat(_("Children"))
        self._families = Stat(_("Families"))
        self._mails = Stat(_("Mails"), icon="email")
        self._lines = Stat(_("LINE"), icon="line")
        self.list_all = Button(_("List"), "link", shortcut="Alt+L", on_click=lambda: show_list(unreached=False))
        self.unreached = NoteBox("warning", "", "email-off")
        self.list_unreached = self.unreached.add_link(_("List"), lambda: show_list(unreached=True))
        self.unreached.hide()
        self._problem = NoteBox("danger", "")
        self._problem.hide()
        self._parts = column(spacing=4)
        self._checks = column(spacing=6)
        title = Label(_("Before sending"), "bold")
        self._checks_box = widget_of(column(hline(), title, self._checks, spacing=6))
        self._checks_box.hide()
        self.setLayout(column((scroll(widget_of(self._content())), 1), spacing=0))

    def _content(self) -> QLayout:
        figures = QGridLayout()
        figures.setHorizontalSpacing(8)
        for at, stat in enumerate((self._children, self._families, self._mails, self._lines)):
            figures.addWidget(stat, 0, at)
            figures.setColumnStretch(at, 1)
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
            row(Label(_("Audience"), "bold"), None, self.list_all),
            figures,
            self.unreached,
            self._problem,
            self._parts,
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

    def show_side(self, view: SideView) -> None:
        for stat, value in zip((self._children, self._families, self._mails, self._lines), view.figures, strict=True):
            stat.show_value(value)
        self.unreached.set_words(view.unreached)
        self.unreached.setVisible(bool(view.unreached))
        clear_layout(self._parts)
        for part in view.parts[:_MOST_PARTS]:
            self._parts.addWidget(_part_row(part))

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


def _part_row(part: PartLine) -> QWidget:
    name = ElidedLabel(part.label, "minor")
    name.setFixedWidth(px(96))
    numbers = figure(part.numbers, "muted minor")
    numbers.setMinimumWidth(px(64))
    return widget_of(row(name, (CoverageBar(part.coverage), 1), numbers))
