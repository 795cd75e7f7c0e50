"""The pieces of a notice's page."""

from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QTabBar, QWidget

from desktop.domain.notices import NoticeText
from desktop.i18n import LANGUAGES, _, format_number, ngettext
from desktop.ui.notice.recipients import RecipientDetail
from desktop.ui.notice.state import Attention, ChannelCard
from desktop.ui.notice_view import OtherLine
from desktop.ui.theme import px, theme
from desktop.ui.widgets.marks import Chip, legend_items
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
from desktop.ui.widgets.tags import FlowLayout
from desktop.ui.widgets.values import ProgressLine


class ChannelStat(QWidget):
    """One channel: how many of how many, the bar, and while it runs the rate and what is left."""

    def __init__(self) -> None:
        super().__init__()
        self._icon = IconLabel("email", "muted")
        self._name = Label("", "muted small")
        self._value = Label("", "big")
        self._after = Label("", "muted minor")
        self._bar = ProgressLine()
        self._note = ElidedLabel("", "muted small")
        self.setLayout(
            column(
                row(self._icon, self._name, (self._note, 1), spacing=6),
                row(self._value, self._after, (self._bar, 1), spacing=6),
                spacing=2,
            )
        )
        self._note.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)

    def show_card(self, card: ChannelCard) -> None:
        self._icon.show_icon(card.icon, "muted")
        self._name.setText(card.name)
        self._value.setText(card.value)
        self._after.setText(card.after)
        self._bar.show_progress(card.done, card.total, card.bar)
        self._note.set_role(f"{card.note_tone} small")
        self._note.set_whole(card.note)
        words = f"{card.name} {card.value} {card.after} {card.note}".strip()
        self._bar.setAccessibleName(words)
        self.setAccessibleName(words)


class AttentionBox(QWidget):
    """What a person should do something about, each with its button."""

    def __init__(self, on_action: Callable[[str], object]) -> None:
        super().__init__()
        self._on_action = on_action
        self._title = Label("", "bold")
        self._lines = column(spacing=2)
        self.setLayout(column(self._title, self._lines, margin=(16, 12, 16, 12), spacing=4))
        self._shown: Sequence[Attention] | None = None

    def show_lines(self, lines: Sequence[Attention]) -> None:
        if lines == self._shown:
            return
        self._shown = lines
        clear_layout(self._lines)
        self._title.setText(_("Needs attention") if lines else _("Nothing needs attention"))
        for line in lines:
            button = Button(line.button, "link", on_click=partial(self._on_action, line.key))
            button.setAccessibleDescription(line.words)
            self._lines.addLayout(row((Label(line.words, "minor", wrap=True), 1), button))


class LegendColumn(QWidget):
    """The colours of the bars, once a page."""

    def __init__(self) -> None:
        super().__init__()
        pairs = legend_items(("bar1", "bar2", "bar3", "danger", "track"))
        self.setLayout(column(*(row(swatch, label, None) for swatch, label in pairs), margin=(16, 8, 16, 8), spacing=4))


class OthersRow(QWidget):
    """Those who are counted apart from families, each behind a link that lists them."""

    def __init__(self, on_chosen: Callable[[str], object]) -> None:
        super().__init__()
        self._on_chosen = on_chosen
        self._flow = FlowLayout(16)
        self.setLayout(self._flow)
        policy = self.sizePolicy()
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self._shown: Sequence[OtherLine] | None = None

    def show_lines(self, lines: Sequence[OtherLine]) -> None:
        self.setVisible(bool(lines))
        if lines == self._shown:
            return
        self._shown = lines
        clear_layout(self._flow)
        for line in lines:
            link = Button(line.words, "link", line.icon, on_click=partial(self._on_chosen, line.key))
            self._flow.addWidget(link)
            if line.lost:
                words = ngettext("{n} not reached", "{n} not reached", line.lost).format(n=format_number(line.lost))
                link.setAccessibleDescription(words)
                link.set_words(f"{line.words} ({words})")
                link.show_icon("alert", "warning")


class RecipientPanel(QFrame):
    """What became of one child's notice, channel by channel, and what to do now."""

    def __init__(self, open_child: Callable[[], object]) -> None:
        super().__init__()
        self.setObjectName("quiet")
        self._title = Label("", "bold")
        self._subtitle = ElidedLabel("", "muted minor")
        self._lines = column(spacing=4)
        self.open_child = Button(_("Open in the roster"), "link", on_click=open_child)
        head = row(self._title, (self._subtitle, 1), self.open_child, spacing=12)
        self.setLayout(column(head, self._lines, margin=(12, 8, 12, 8), spacing=4))
        self.hide()

    def show_detail(self, detail: RecipientDetail | None) -> None:
        self.setVisible(detail is not None)
        if detail is None:
            return
        self._title.setText(detail.title)
        self._subtitle.set_whole(detail.subtitle)
        self.open_child.set_words(detail.link)
        self.open_child.setVisible(bool(detail.link))
        clear_layout(self._lines)
        for line in detail.channels:
            words = Label(line.text, "minor", wrap=True)
            words.setAccessibleName(f"{line.name}: {line.text}")
            when = Label(line.when, "muted small")
            chip = Chip(line.state)
            chip.setMinimumWidth(chip.sizeHint().width())
            self._lines.addLayout(row(IconLabel(line.icon, "muted", words=line.name), chip, (words, 1), when))


class TextTabs(QWidget):
    """The texts of a notice, a tab for each language it is written in."""

    def __init__(self) -> None:
        super().__init__()
        self._texts: dict[str, NoticeText] = {}
        self._codes: list[str] = []
        self.tabs = QTabBar()
        self.tabs.setDrawBase(False)
        self.tabs.setExpanding(False)
        self.tabs.setAccessibleName(_("Languages"))
        self._title = Label("", "cardTitle", wrap=True)
        self._body = Label("", wrap=True)
        for label in (self._title, self._body):
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._body.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        words = scroll(widget_of(column(self._title, self._body, None, margin=(0, 8, 0, 0))))
        self.setLayout(column(self.tabs, hline(), (words, 1), spacing=4))
        self.tabs.currentChanged.connect(self._show)
        self._measure()
        theme.changed.connect(self._measure)

    def show_texts(self, texts: dict[str, NoticeText], order: Sequence[str]) -> None:
        if texts == self._texts and list(order) == self._codes:
            return
        self._texts, self._codes = texts, list(order)
        self.tabs.blockSignals(True)
        while self.tabs.count():
            self.tabs.removeTab(0)
        for code in self._codes:
            self.tabs.addTab(LANGUAGES.get(code, code))
        self.tabs.blockSignals(False)
        self._show(0)

    def _show(self, at: int) -> None:
        text = self._texts[self._codes[at]] if 0 <= at < len(self._codes) else NoticeText("", "")
        self._title.setText(text.title)
        self._body.setText(text.body)

    def _measure(self) -> None:
        self.setMinimumHeight(px(160))
