"""All notices: written, waiting, going out, sent."""

from typing import ClassVar

from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QMenu, QWidget

from desktop.domain.people import Node
from desktop.domain.reports import NoticeRow
from desktop.domain.staff import Verb
from desktop.i18n import N_, _, ngettext
from desktop.ui.app_context import AppContext
from desktop.ui.dialogs import confirm
from desktop.ui.notices.columns import COLUMNS, MINOR_COLUMNS
from desktop.ui.notices.state import FILTERS, NoticeLine, view
from desktop.ui.pace import Pace
from desktop.ui.page import Page
from desktop.ui.saved_lists import SavedListsDialog
from desktop.ui.table import RowsModel
from desktop.ui.table_view import Table
from desktop.ui.theme import px, theme
from desktop.ui.tokens import ROW_COMFORTABLE
from desktop.ui.widgets.beside import is_narrow
from desktop.ui.widgets.empty import EmptyState, Step
from desktop.ui.widgets.filters import SegmentedFilter
from desktop.ui.widgets.forms import SearchField
from desktop.ui.widgets.headers import PageHeader
from desktop.ui.widgets.pieces import Button, card, column, hline, row, widget_of


class NoticesPage(Page):
    """The list of notices. Enter opens one; a draft opens for writing on."""

    title: ClassVar[str] = N_("Notices")
    tables: ClassVar[frozenset[str]] = frozenset({"notices", "submissions", "approvals", "deliveries"})

    def __init__(self, app: AppContext, parent: QWidget | None = None) -> None:
        super().__init__(app, parent)
        self._context = app
        self._pace = Pace(self._load, self)
        self._rows: list[NoticeRow] = []
        self._build()

    # What the frame asks

    def reload(self) -> None:
        self._pace.ask()

    def show_target(self, **target: object) -> None:
        """`only`: one of the filters."""
        only = target.get("only")
        if isinstance(only, str) and only in FILTERS:
            self.filter.choose(only)
            self.refresh()

    def focus_search(self) -> bool:
        self.search.setFocus()
        return True

    # Building

    def _build(self) -> None:
        may_write = self._context.session.may_somewhere(Verb.WRITE_NOTICE)
        self._header = PageHeader(self.heading())
        self.write = Button(_("Write a notice"), "primary", "plus", shortcut="Ctrl+N", on_click=self._write)
        self.lists = Button(_("Saved lists…"), "big", "folder", shortcut="Alt+S", on_click=self._open_lists)
        for button in (self.lists, self.write):
            button.setVisible(may_write)
            self._header.add_action(button)
        self.filter = SegmentedFilter(_("Show"), wrap=True)
        self.filter.offer([(key, _(words)) for key, (words, _states) in FILTERS.items()])
        self.filter.chosen.connect(lambda _key: self._pace.now())
        self.search = SearchField(_("Title, class or author"))
        self.search.searched.connect(lambda _typed: self._show_lines())
        self._model = RowsModel(COLUMNS, lambda line: line.id, self)
        self.table = Table(self._model, _("Notices"), row_height=ROW_COMFORTABLE)
        self.table.opened.connect(self._open)
        self.table.typed.connect(self.search.take)
        self.search.down_pressed.connect(self.table.setFocus)
        self.table.set_row_menu(self._fill_menu)
        self._model.modelReset.connect(self._measure)  # Qt shows hidden columns again
        self._first = Button(_("Write the first notice"), "primary", "plus", on_click=self._write)
        self._first.setVisible(may_write)
        self._empty = EmptyState("megaphone", "", "", self._first)
        self.table.set_empty(self._empty)
        bar = row((self.filter, 1), self.search, margin=(8, 6, 8, 6))
        self._card = card(widget_of(bar), hline(), (self.table, 1), margin=1, spacing=0)
        body = column((self._card, 1), margin=(16, 0, 16, 16))
        self.setLayout(column(self._header, (widget_of(body), 1), spacing=0))
        self.setFocusProxy(self.table)
        self._measure()
        theme.changed.connect(self._measure)

    def _measure(self) -> None:
        self.search.setFixedWidth(px(200))
        for at, each in enumerate(COLUMNS):
            self.table.setColumnHidden(at, each.title in MINOR_COLUMNS and is_narrow(self))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._measure()

    # Showing

    def _load(self) -> None:
        context = self._context
        actor, school = context.session.actor, context.session.school_id
        states = FILTERS[self.filter.key()][1]
        context.tasks.run(
            lambda: context.notices.rows(actor, states=states, school_id=school), self._show, owner=self, lane="rows"
        )

    def _show(self, rows: list[NoticeRow]) -> None:
        self._rows = rows
        if not rows and self.filter.key() == "all":
            self._ask_what_is_missing()
        self._show_lines()

    def _show_lines(self) -> None:
        shown = view(self._rows, self.search.text(), self._context.clock())
        self._header.set_sentence(shown.sentence)
        self._model.show_rows(shown.lines)
        if not shown.lines and (self._rows or self.filter.key() != "all"):
            self._empty.set_words(_("No such notice"), _("Choose another filter, or clear what you are looking for."))
            self._empty.show_steps(())
            self._first.hide()

    def _ask_what_is_missing(self) -> None:
        context = self._context
        actor, school = context.session.actor, context.session.school_id

        def ask() -> tuple[tuple[int, int, int], bool]:
            return context.people.counts(actor, Node(school_id=school)), context.staff.approver_missing()

        context.tasks.run(ask, lambda found: self._show_steps(*found), owner=self, lane="steps")

    def _show_steps(self, counts: tuple[int, int, int], approver_missing: bool) -> None:
        children, guardians, _unreached = counts
        self._empty.set_words(
            _("There are no notices yet"), _("What is written, what was sent and what families confirmed stands here.")
        )
        self._first.setVisible(self._context.session.may_somewhere(Verb.WRITE_NOTICE))
        go = self._context.navigator.go
        self._empty.show_steps(
            (
                Step(
                    _("The roster is imported") if children else _("Import the roster"),
                    ngettext("{n} child", "{n} children", children).format(n=children)
                    + " · "
                    + ngettext("{n} guardian", "{n} guardians", guardians).format(n=guardians)
                    if children
                    else _("Notices go to the families that the roster names."),
                    bool(children),
                    "" if children else _("Import…"),
                    lambda: go("rosters"),
                ),
                Step(
                    _("Add somebody who approves") if approver_missing else _("Somebody can approve"),
                    _("Sending a notice takes two people."),
                    not approver_missing,
                    _("Add staff…") if approver_missing else "",
                    lambda: go("administration"),
                ),
                Step(
                    _("Write the first notice"),
                    _("One person can write a draft. When it is to be sent, ask for approval."),
                    False,
                ),
            )
        )

    # What can be done

    def _line(self, notice_id: object) -> NoticeLine | None:
        return next((line for line in self._model.rows if line.id == notice_id), None)

    def _open_lists(self) -> None:
        self.lists_dialog = SavedListsDialog(self._context, None, self)
        self.lists_dialog.open()

    def _write(self) -> None:
        self._context.navigator.go("compose", new=True)

    def _open(self, notice_id: object) -> None:
        line = self._line(notice_id)
        if line is None:
            return
        page = "compose" if line.deletable and self._context.session.may_somewhere(Verb.WRITE_NOTICE) else "notice"
        self._context.navigator.go(page, notice_id=line.id)

    def _fill_menu(self, menu: QMenu) -> None:
        line = self._line(self.table.current_id())
        if line is None:
            return
        go = self._context.navigator.go
        menu.addAction(_("Open"), lambda: go("notice", notice_id=line.id))
        if not self._context.session.may_somewhere(Verb.WRITE_NOTICE):
            return
        if line.editable:
            menu.addAction(_("Edit"), lambda: go("compose", notice_id=line.id))
        menu.addAction(_("Copy into a new draft"), lambda: self._copy(line.id))
        if line.deletable:
            menu.addAction(_("Delete the draft"), lambda: self._delete(line))

    def _copy(self, notice_id: int) -> None:
        context = self._context
        actor = context.session.actor
        context.tasks.run(
            lambda: context.notices.copy(actor, notice_id),
            lambda made: context.navigator.go("compose", notice_id=made),
            owner=self,
        )

    def _delete(self, line: NoticeLine) -> None:
        context = self._context
        actor = context.session.actor
        title = _("Delete “{title}”?").format(title=line.title)
        text = _("The draft is removed for everybody. There is no way back.")
        if not confirm(self, title, text, _("Delete the draft"), dangerous=True):
            return
        context.tasks.run(
            lambda: context.notices.delete_draft(actor, line.id),
            lambda _nothing: self._deleted(line.title),
            owner=self,
        )

    def _deleted(self, title: str) -> None:
        self._context.toasts.say(_("“{title}” was deleted").format(title=title))
        self._pace.now()
