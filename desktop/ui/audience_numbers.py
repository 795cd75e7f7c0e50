"""Whom a notice means, in numbers and part by part, on every screen that asks."""

from collections.abc import Callable

from PySide6.QtWidgets import QWidget

from desktop.domain.reports import AudiencePreview, PartCount
from desktop.i18n import _, format_number, ngettext
from desktop.ui.cells import Coverage
from desktop.ui.theme import px
from desktop.ui.widgets.bands import NoteBox
from desktop.ui.widgets.marks import CoverageBar
from desktop.ui.widgets.pieces import Button, ElidedLabel, Label, column, refill, row, widget_of
from desktop.ui.widgets.tags import flow
from desktop.ui.widgets.values import Stat, figure

_MOST_PARTS = 8
_UNKNOWN = "–"


class AudienceNumbers(QWidget):
    """Children, families, messages; who is reached in each part; the list by name behind a button."""

    def __init__(self, show_list: Callable[..., object], *, shortcut: str = "") -> None:
        super().__init__()
        self._stats = {
            "children": Stat(_("Children")),
            "families": Stat(_("Families")),
            "email": Stat(_("Mails"), icon="email"),
            "line": Stat(_("LINE"), icon="line"),
        }
        self.list_all = Button(_("List"), "link", shortcut=shortcut, on_click=lambda: show_list(unreached=False))
        self.unreached = NoteBox("warning", "", "email-off")
        self.list_unreached = self.unreached.add_link(_("List"), lambda: show_list(unreached=True))
        self.unreached.hide()
        self._parts = column(spacing=4)
        head = row(Label(_("Audience"), "bold"), None, self.list_all)
        self.setLayout(column(head, flow(*self._stats.values(), spacing=24), self.unreached, self._parts))

    def show_preview(self, preview: AudiencePreview | None) -> None:
        """None: it is being counted."""
        values = _values(preview) if preview else {}
        for key, stat in self._stats.items():
            stat.show_value(values.get(key, _UNKNOWN))
        unreached = preview.count.unreached if preview else 0
        said = ngettext("{n} child is reached by no channel", "{n} children are reached by no channel", unreached)
        self.unreached.set_words(said.format(n=format_number(unreached)))
        self.unreached.setVisible(unreached > 0)
        refill(self._parts, *(_part_row(part) for part in (preview.parts[:_MOST_PARTS] if preview else ())))


def _values(preview: AudiencePreview) -> dict[str, str]:
    count = preview.count
    messages = {channel.value: number for channel, number in count.messages.items()}
    found = {"children": count.children, "families": count.families, **messages}
    return {key: format_number(number) for key, number in found.items()}


def _part_row(part: PartCount) -> QWidget:
    name = ElidedLabel(part.label, "minor")
    name.setFixedWidth(px(96))
    bar = CoverageBar(Coverage(accepted=part.reached, none=part.children - part.reached))
    numbers = figure(f"{format_number(part.reached)} / {format_number(part.children)}", "muted minor")
    numbers.setMinimumWidth(px(64))
    return widget_of(row(name, (bar, 1), numbers))
