"""The list by name of whom a notice will reach."""

from typing import Literal

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QWidget

from desktop.domain.notices import Draft
from desktop.domain.reports import AudienceChild
from desktop.i18n import N_, _, ngettext
from desktop.ui.app_context import AppContext
from desktop.ui.cells import Cell, ChipCell, IconsCell, Mark
from desktop.ui.table import Column, RowsModel
from desktop.ui.table_view import Table
from desktop.ui.widgets.beside import fit
from desktop.ui.widgets.filters import SegmentedFilter
from desktop.ui.widgets.pieces import Button, Label, column, row

_PAGE = 500


def _channels(child: AudienceChild) -> Cell:
    marks = []
    if child.email:
        marks.append(Mark("email", ngettext("{n} mail", "{n} mails", child.email).format(n=child.email)))
    if child.line:
        marks.append(Mark("line", ngettext("{n} LINE", "{n} LINE", child.line).format(n=child.line)))
    return IconsCell(tuple(marks)) if marks else ChipCell("no_channel")


COLUMNS: tuple[Column[AudienceChild], ...] = (
    Column(N_("Homeroom"), text=lambda child: child.homeroom, width=80),
    Column(N_("Child"), text=lambda child: child.name, width=150),
    Column(N_("Reading"), text=lambda child: child.kana, width=150, tone="muted"),
    Column(N_("Guardians"), text=lambda child: ", ".join(child.guardians), stretch=True, tone="muted",
           tooltip=lambda child: ", ".join(child.guardians)),
    Column(N_("Reached by"), cell=_channels, width=130),
)  # fmt: skip


class AudienceList(QDialog):
    """Everybody a draft means, a page at a time, or those alone whom no working channel reaches."""

    def __init__(self, app: AppContext, draft: Draft, *, unreached: bool, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(_("Whom it is for"))
        self._context = app
        self._draft = draft
        self._rows: list[AudienceChild] = []
        self.filter = SegmentedFilter(_("Show"))
        self.filter.offer([("all", _("All")), ("unreached", _("Reached by no channel"))])
        self.filter.choose("unreached" if unreached else "all")
        self.filter.chosen.connect(lambda _key: self._load())
        self._model = RowsModel(COLUMNS, lambda child: child.child_id, self)
        self.table = Table(self._model, _("Whom it is for"))
        self._count = Label("", "muted minor")
        self.more = Button(_("Show more"), on_click=self._load_more)
        self.more.hide()
        close = Button(_("Close"), "primary", on_click=self.accept)
        head = row(Label(_("Whom it is for"), "cardTitle"), 16, self.filter, None)
        foot = row(self._count, self.more, None, close)
        self.setLayout(column(head, (self.table, 1), foot, margin=16, spacing=12))
        fit(self, 820, 600)
        self._load()

    def _load(self) -> None:
        self._rows = []
        self._fetch(None)

    def _load_more(self) -> None:
        self._fetch(self._rows[-1].child_id if self._rows else None)

    def _fetch(self, after: int | None) -> None:
        context, actor, draft = self._context, self._context.session.actor, self._draft
        only: Literal["all", "unreached"] = "unreached" if self.filter.key() == "unreached" else "all"
        context.tasks.run(
            lambda: context.audiences.children(actor, draft, only=only, limit=_PAGE, after=after),
            self._take,
            owner=self,
            lane="list",
        )

    def _take(self, rows: list[AudienceChild]) -> None:
        self._rows += rows
        self._model.show_rows(self._rows)
        number = len(self._rows)
        self._count.setText(ngettext("{n} child", "{n} children", number).format(n=number))
        self.more.setVisible(len(rows) == _PAGE)
