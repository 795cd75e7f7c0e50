"""Whom a notice means, in numbers and part by part, on every screen that asks."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtWidgets import QWidget

from desktop.domain.reports import AudienceCount, AudiencePreview, CopyAddress, PartCount
from desktop.i18n import _, format_number, ngettext
from desktop.ui.cells import Coverage
from desktop.ui.theme import px
from desktop.ui.widgets.bands import NoteBox
from desktop.ui.widgets.marks import CoverageBar
from desktop.ui.widgets.pieces import Button, ElidedLabel, IconLabel, Label, column, refill, row, widget_of
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
        self._others = column(spacing=2)
        self._parts = column(spacing=4)
        head = row(Label(_("Audience"), "bold"), None, self.list_all)
        figures = flow(*self._stats.values(), spacing=24)
        self.setLayout(column(head, figures, self._others, self.unreached, self._parts))

    def show_preview(self, preview: AudiencePreview | None) -> None:
        """None: it is being counted."""
        values = _values(preview) if preview else {}
        for key, stat in self._stats.items():
            stat.show_value(values.get(key, _UNKNOWN))
        refill(self._others, *(_other_row(each) for each in (others(preview) if preview else ())))
        unreached = unreached_words(preview.count) if preview else ""
        self.unreached.set_words(unreached)
        self.unreached.setVisible(bool(unreached))
        refill(self._parts, *(_part_row(part) for part in (preview.parts[:_MOST_PARTS] if preview else ())))


@dataclass(frozen=True, slots=True)
class OtherLine:
    """People who are counted apart: who they are, how many, and a word about it."""

    icon: str
    name: str
    number: str
    note: str = ""
    help: str = ""


def others(preview: AudiencePreview) -> tuple[OtherLine, ...]:
    """Guardians, then those who are no family of a child and those who only keep a copy, where there are any."""
    count = preview.count
    wanted = [each for each in preview.copies if each.address]
    lines = [
        (count.guardians, OtherLine("people", _("Guardians"), format_number(count.guardians))),
        (count.waiting, OtherLine("person-clock", _("Waiting for a child"), format_number(count.waiting))),
        (count.staff, OtherLine("person-circle", _("Staff"), format_number(count.staff), mails_words(count))),
        (count.copies, OtherLine("copy", _("Copies"), format_number(count.copies), help=addresses_words(wanted))),
    ]
    return tuple(line for number, line in lines if number)


def mails_words(count: AudienceCount) -> str:
    """How many mails staff get of their own: those who are also parents have theirs already."""
    number = count.staff_messages
    return ngettext("{n} mail", "{n} mails", number).format(n=format_number(number))


def addresses_words(copies: Sequence[CopyAddress]) -> str:
    return "\n".join(f"{each.name} <{each.address}>" if each.name else each.address for each in copies)


def unreached_words(count: AudienceCount) -> str:
    """Who gets nothing, each kind of people apart; empty where everybody is reached."""
    children = ngettext("{n} child is reached by no channel", "{n} children are reached by no channel", count.unreached)
    waiting = ngettext(
        "{n} waiting contact has no working address",
        "{n} waiting contacts have no working address",
        count.waiting_unreached,
    )
    staff = ngettext(
        "{n} member of staff has no address", "{n} members of staff have no address", count.staff_unreached
    )
    found = ((count.unreached, children), (count.waiting_unreached, waiting), (count.staff_unreached, staff))
    return "\n".join(words.format(n=format_number(number)) for number, words in found if number)


def _other_row(line: OtherLine) -> QWidget:
    made = widget_of(
        row(
            IconLabel(line.icon, "muted"),
            Label(line.name, "minor"),
            (ElidedLabel(line.note, "muted small"), 1),
            figure(line.number, "minor"),
        )
    )
    made.setAccessibleName(f"{line.name} {line.number}")
    made.setToolTip(line.help)
    return made


def _values(preview: AudiencePreview) -> dict[str, str]:
    count = preview.count
    messages = {channel.value: number for channel, number in count.messages.items()}
    found = {"children": count.children, "families": count.families, **messages}
    return {key: format_number(number) for key, number in found.items()}


def _part_row(part: PartCount) -> QWidget:
    name = ElidedLabel(part.label, "minor")
    if not part.children and (part.staff or part.waiting):
        return widget_of(row((name, 1), figure(format_number(part.staff + part.waiting), "muted minor")))
    name.setFixedWidth(px(96))
    bar = CoverageBar(Coverage(accepted=part.reached, none=part.children - part.reached))
    numbers = figure(f"{format_number(part.reached)} / {format_number(part.children)}", "muted minor")
    numbers.setMinimumWidth(px(64))
    return widget_of(row(name, (bar, 1), numbers))
