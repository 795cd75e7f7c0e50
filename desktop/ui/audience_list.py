"""The list by name of whom a notice will reach."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QWidget

from desktop.domain.notices import Draft
from desktop.domain.reports import AudienceChild, AudienceOther
from desktop.i18n import N_, _, format_number, ngettext
from desktop.ui.app_context import AppContext
from desktop.ui.cells import Cell, ChipCell, IconsCell, Mark
from desktop.ui.notice_view import children_words, with_others
from desktop.ui.table import Column, RowsModel
from desktop.ui.table_view import Table
from desktop.ui.widgets.beside import fit
from desktop.ui.widgets.filters import SegmentedFilter
from desktop.ui.widgets.pieces import Button, Label, column, row

_PAGE = 500
_KINDS = {"waiting": N_("Waiting for a child"), "staff": N_("Staff")}


@dataclass(frozen=True, slots=True)
class MeantLine:
    """A child, a member of staff, or a contact that waits for its child. Without `marks` nothing reaches them."""

    key: tuple[str, int]
    place: str
    name: str
    kana: str
    role: str
    marks: tuple[Mark, ...]


def child_line(child: AudienceChild) -> MeantLine:
    marks = []
    if child.email:
        marks.append(Mark("email", ngettext("{n} mail", "{n} mails", child.email).format(n=child.email)))
    if child.line:
        marks.append(Mark("line", ngettext("{n} LINE", "{n} LINE", child.line).format(n=child.line)))
    guardians = ", ".join(child.guardians)
    return MeantLine(("child", child.child_id), child.homeroom, child.name, child.kana, guardians, tuple(marks))


def other_line(other: AudienceOther) -> MeantLine:
    marks = (Mark("email", _("Email")),) if other.reached else ()
    return MeantLine((other.kind, other.id), other.place, other.name, "", _(_KINDS[other.kind]), marks)


def _reached(line: MeantLine) -> Cell:
    return IconsCell(line.marks) if line.marks else ChipCell("no_channel")


COLUMNS: tuple[Column[MeantLine], ...] = (
    Column(N_("Homeroom"), text=lambda line: line.place, tooltip=lambda line: line.place, width=120),
    Column(N_("Name"), text=lambda line: line.name, tooltip=lambda line: line.name, width=190),
    Column(N_("Reading"), text=lambda line: line.kana, width=140, tone="muted", optional=True),
    Column(N_("Guardians or role"), text=lambda line: line.role, stretch=True, tone="muted",
           tooltip=lambda line: line.role),
    Column(N_("Reached by"), cell=_reached, width=130),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Found:
    lines: list[MeantLine]
    more_after: int | None
    others: bool


class AudienceList(QDialog):
    """Everybody a draft means, a page at a time, or those alone whom no working channel reaches."""

    def __init__(self, app: AppContext, draft: Draft, *, unreached: bool, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(_("Whom it is for"))
        self._context = app
        self._draft = draft
        self._lines: list[MeantLine] = []
        self._after: int | None = None
        self.filter = SegmentedFilter(_("Show"))
        self._others: bool | None = None
        self._offer_filters("unreached" if unreached else "children", others=False)
        self.filter.chosen.connect(lambda _key: self._load())
        self._model = RowsModel(COLUMNS, lambda line: line.key, self)
        self.table = Table(self._model, _("Whom it is for"))
        self._count = Label("", "muted minor")
        self.more = Button(_("Show more"), on_click=self._fetch)
        self.more.hide()
        close = Button(_("Close"), "primary", on_click=self.accept)
        head = row(Label(_("Whom it is for"), "cardTitle"), 16, self.filter, None)
        foot = row(self._count, self.more, None, close)
        self.setLayout(column(head, (self.table, 1), foot, margin=16, spacing=12))
        fit(self, 860, 600)
        self._load()

    def _offer_filters(self, chosen: str, *, others: bool) -> None:
        """Others only where there are any."""
        if others == self._others:
            return
        self._others = others
        beside = [("others", _("Staff and others"))] if others else []
        first = _("Children") if others else _("All")
        self.filter.offer([("children", first), *beside, ("unreached", _("Reached by no channel"))])
        self.filter.choose(chosen)

    def _load(self) -> None:
        self._lines, self._after = [], None
        self._fetch()

    def _fetch(self) -> None:
        key, after = self.filter.key(), self._after
        self._context.tasks.run(lambda: self._page(key, after), self._take, owner=self, lane="list")

    def _page(self, key: str, after: int | None) -> _Found:
        """Off the GUI thread. Those who are no children come first, for they are few."""
        context, actor, draft = self._context, self._context.session.actor, self._draft
        only: Literal["all", "unreached"] = "unreached" if key == "unreached" else "all"
        lines: list[MeantLine] = []
        if key != "children" and after is None:
            lines += [other_line(each) for each in context.audiences.others(actor, draft, only=only, limit=_PAGE)]
        others = bool(lines) or bool(context.audiences.others(actor, draft, limit=1))
        if key == "others":
            return _Found(lines, None, others)
        children = context.audiences.children(actor, draft, only=only, limit=_PAGE, after=after)
        lines += [child_line(child) for child in children]
        return _Found(lines, children[-1].child_id if len(children) == _PAGE else None, others)

    def _take(self, found: _Found) -> None:
        self._offer_filters(self.filter.key(), others=found.others or self.filter.key() == "others")
        self._lines += found.lines
        self._after = found.more_after
        self._model.show_rows(self._lines)
        self._count.setText(counted(self._lines))
        self.more.setVisible(found.more_after is not None)


def counted(lines: Sequence[MeantLine]) -> str:
    """How many are listed, each kind of people apart."""
    kinds = [line.key[0] for line in lines]
    children, waiting, staff = (kinds.count(kind) for kind in ("child", "waiting", "staff"))
    said = with_others(children_words(children) if children else "", waiting=waiting, staff=staff)
    return said or format_number(0)
