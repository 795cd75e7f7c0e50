"""Whom a notice means, in numbers and part by part."""

from collections.abc import Callable

from PySide6.QtWidgets import QWidget

from desktop.domain.notices import Channel
from desktop.domain.reports import AudiencePreview, PartCount
from desktop.i18n import _, format_number, ngettext
from desktop.ui.cells import Coverage
from desktop.ui.theme import px
from desktop.ui.widgets.bands import NoteBox
from desktop.ui.widgets.marks import CoverageBar
from desktop.ui.widgets.pieces import Button, ElidedLabel, Label, clear_layout, column, row, widget_of
from desktop.ui.widgets.tags import FlowLayout
from desktop.ui.widgets.values import Stat, figure

_MOST_PARTS = 8


class AudienceNumbers(QWidget):
    """Children, families, messages; who is reached in each part; the list by name behind a button."""

    def __init__(self, show_list: Callable[..., object]) -> None:
        super().__init__()
        self._stats = {
            "children": Stat(_("Children")),
            "families": Stat(_("Families")),
            "email": Stat(_("Mails"), icon="email"),
            "line": Stat(_("LINE"), icon="line"),
        }
        flow = FlowLayout(24)
        for stat in self._stats.values():
            flow.addWidget(stat)
        figures = QWidget()
        figures.setLayout(flow)
        self.list_button = Button(_("List"), "link", on_click=lambda: show_list(unreached=False))
        self._unreached = NoteBox("warning", "", "email-off")
        self._unreached.add_link(_("List"), lambda: show_list(unreached=True))
        self._unreached.hide()
        self._parts = column(spacing=4)
        head = row(Label(_("Audience"), "bold"), None, self.list_button)
        self.setLayout(column(head, figures, self._unreached, self._parts))

    def show_preview(self, preview: AudiencePreview) -> None:
        count = preview.count
        self._stats["children"].show_value(format_number(count.children))
        self._stats["families"].show_value(format_number(count.families))
        for channel in Channel:
            messages = count.messages.get(channel)
            self._stats[channel.value].show_value("–" if messages is None else format_number(messages))
        said = ngettext("{n} child is reached by no channel", "{n} children are reached by no channel", count.unreached)
        self._unreached.set_words(said.format(n=format_number(count.unreached)))
        self._unreached.setVisible(count.unreached > 0)
        clear_layout(self._parts)
        for part in preview.parts[:_MOST_PARTS]:
            self._parts.addWidget(_part_row(part))


def _part_row(part: PartCount) -> QWidget:
    name = ElidedLabel(part.label, "minor")
    name.setFixedWidth(px(96))
    bar = CoverageBar(Coverage(accepted=part.reached, none=part.children - part.reached))
    numbers = figure(f"{format_number(part.reached)} / {format_number(part.children)}", "muted minor")
    numbers.setMinimumWidth(px(64))
    return widget_of(row(name, (bar, 1), numbers))
