"""What can be done with contacts that wait for their child: look at them, give them to a child, edit, remove."""

from collections.abc import Callable, Mapping, Sequence

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from desktop.domain.errors import UserError
from desktop.domain.people import ChildRow, GuardianForm, ListQuery
from desktop.domain.staff import Verb
from desktop.domain.waiting_contacts import WaitingRow
from desktop.i18n import _, format_number, ngettext
from desktop.ui.app_context import AppContext
from desktop.ui.checked_dialog import follow, offer_both, save
from desktop.ui.errors import words_for
from desktop.ui.pace import Pace
from desktop.ui.rosters import forms, state
from desktop.ui.rosters.details import DetailsPane
from desktop.ui.rosters.give_dialog import GiveDialog
from desktop.ui.rosters.guardian_dialog import GuardianDialog
from desktop.ui.rosters.places import WaitingNode
from desktop.ui.rosters.waiting_pane import WaitingPane

_EVERY_MS = 50
_PAGE = 200


class Waiting(QObject):
    """Works for the rosters page, beside the lists of children and guardians."""

    changed = Signal()
    """Somebody waits no more, or waits again: the tree and its numbers are old."""
    failed = Signal(object)

    def __init__(self, context: AppContext, details: DetailsPane, page: QWidget) -> None:
        super().__init__(page)
        self._context = context
        self._details = details
        self._page = page
        self._node: WaitingNode | None = None
        self._next: int | None = None
        self._shown: tuple[int, ...] | None = None
        self.dialog: GuardianDialog | GiveDialog | None = None
        may_edit = context.session.may_somewhere(Verb.EDIT_ROSTER)
        self.pane = WaitingPane(context.tasks, self._fetch, may_edit=may_edit)
        self._query = Pace(self._load, self, _EVERY_MS)
        self.pane.asked.connect(self._query.now)
        self.pane.selection_changed.connect(self._show_details)
        self.pane.opened.connect(lambda waiting_id: self.give([waiting_id]) if may_edit else details.setFocus())
        self.pane.give_asked.connect(self.give)
        self.pane.remove_asked.connect(self.remove)
        details.give_asked.connect(lambda waiting_id: self.give([waiting_id]))
        details.edit_waiting_asked.connect(self.edit)
        details.remove_waiting_asked.connect(lambda waiting_id: self.remove([waiting_id]))

    def look_at(self, node: WaitingNode) -> None:
        self._node = node
        self._query.now()

    def find(self, guardian_id: int, use: Callable[[WaitingRow], object]) -> None:
        """Find out where that guardian waits, if anywhere; the row is selected in the list that is looked at next."""
        context, actor = self._context, self._context.session.actor

        def fetch() -> WaitingRow | None:
            contacts = context.people.guardian(actor, guardian_id).contacts
            typed = next((contact.address for contact in contacts if contact.address), "")
            ids = context.waiting.ids(actor, ListQuery(typed=typed))
            rows = context.waiting.rows(actor, ids[:_PAGE])
            return next((each for each in rows if each.guardian_id == guardian_id), None)

        def found(row: WaitingRow | None) -> None:
            if row is not None:
                self._next = row.id
                use(row)

        context.tasks.run(fetch, found, owner=self, lane="find", failed=self.failed.emit)

    # Fetching and showing

    def _load(self) -> None:
        node, context = self._node, self._context
        if node is None:
            return
        actor, query = context.session.actor, self.pane.query(node)
        context.tasks.run(
            lambda: context.waiting.ids(actor, query), self._show, owner=self, lane="waiting", failed=self.failed.emit
        )

    def _fetch(self, ids: Sequence[int]) -> Mapping[int, WaitingRow]:
        return {each.id: each for each in self._context.waiting.rows(self._context.session.actor, ids)}

    def _show(self, ids: list[int]) -> None:
        self.pane.show_ids(ids)
        if self._next is not None:
            self.pane.table.select_id(self._next)
        self._next = None
        self._shown = None
        self._show_details()

    def _show_details(self) -> None:
        ids = tuple(self.pane.selected())
        if not self.pane.isVisible() or ids == self._shown:
            return
        self._shown = ids
        if not ids:
            self._details.show_nothing()
            return
        self._with_rows(ids[:_PAGE], lambda rows: self._show_rows(rows, len(ids)))

    def _show_rows(self, rows: Sequence[WaitingRow], total: int) -> None:
        if len(rows) == 1 == total:
            self._details.show_waiting(state.waiting_view(rows[0]))
        elif rows:
            self._details.show_many(state.many_waiting(rows, total))

    def _with_rows(self, ids: Sequence[int], use: Callable[[Sequence[WaitingRow]], None]) -> None:
        context, actor = self._context, self._context.session.actor
        context.tasks.run(
            lambda: context.waiting.rows(actor, ids), use, owner=self, lane="details",
            failed=lambda error: self._details.show_failure(words_for(error)),
        )  # fmt: skip

    # Giving to a child

    def give(self, waiting_ids: Sequence[int]) -> None:
        """Ask for the child, then make the contacts its guardians."""
        ids = list(waiting_ids)
        if ids:
            self._with_rows(ids[:_PAGE], lambda rows: self._ask_child(ids, rows) if rows else None)

    def _ask_child(self, ids: list[int], rows: Sequence[WaitingRow]) -> None:
        dialog = GiveDialog(self._context, rows, self._page)
        dialog.chosen.connect(lambda child, relationship: self.give_to(ids, rows[0].title, child, relationship))
        self.dialog = dialog
        dialog.open()

    def give_to(self, ids: list[int], name: str, child: ChildRow, relationship: str) -> None:
        context = self._context
        actor, number = context.session.actor, len(ids)
        said = _("{name} is a guardian of {child} now").format(name=name, child=child.name)
        if number > 1:
            words = ngettext(
                "{n} contact is a guardian of {child} now", "{n} contacts are guardians of {child} now", number
            )
            said = words.format(n=format_number(number), child=child.name)
        self._change(ids, lambda: context.waiting.give(actor, ids, child.id, relationship), said)

    def remove(self, waiting_ids: Sequence[int]) -> None:
        """Take them away; it can be undone for ten minutes."""
        context, ids = self._context, list(waiting_ids)
        if not ids:
            return
        actor, number = context.session.actor, len(ids)
        words = ngettext("{n} contact was removed", "{n} contacts were removed", number)
        self._change(ids, lambda: context.waiting.remove(actor, ids), words.format(n=format_number(number)))

    def _change(self, ids: list[int], work: Callable[[], int], said: str) -> None:
        self._next = self.pane.after(ids)

        def done(token: int) -> None:
            self._context.toasts.undoable(said, lambda: self._undo(token, len(ids)))
            self.changed.emit()

        self._context.tasks.run(work, done, owner=self)

    def _undo(self, token: int, number: int) -> None:
        context = self._context
        actor = context.session.actor
        words = ngettext("{n} contact waits again", "{n} contacts wait again", number).format(n=format_number(number))

        def undone(_nothing: None) -> None:
            context.toasts.say(words)
            self.changed.emit()

        context.tasks.run(lambda: context.people.undo(actor, token), undone, owner=self)

    # Editing

    def edit(self, waiting_id: int) -> None:
        context, actor = self._context, self._context.session.actor

        def fetch() -> tuple[WaitingRow, GuardianForm] | None:
            rows = context.waiting.rows(actor, [waiting_id])
            return (rows[0], self._form(rows[0])) if rows else None

        context.tasks.run(fetch, lambda found: self._open(*found) if found else None, owner=self)

    def _form(self, row: WaitingRow) -> GuardianForm:
        """Off the GUI thread."""
        context = self._context
        details = context.people.guardian(context.session.actor, row.guardian_id)
        return forms.guardian_form(details, "", do_not_contact=False)

    def _open(self, row: WaitingRow, form: GuardianForm) -> None:
        context = self._context
        dialog = GuardianDialog(form, "", self._page)
        dialog.save_asked.connect(lambda: self._save(dialog, row))
        self.dialog = dialog
        dialog.open()
        follow(context, dialog, context.waiting.check)

    def _save(self, dialog: GuardianDialog, row: WaitingRow) -> None:
        context = self._context
        actor, form = context.session.actor, dialog.form()
        name = f"{form.family_name} {form.given_name}".strip() or row.title
        self._next = row.id

        def conflict(error: UserError) -> None:
            offer_both(context, dialog, error, lambda: self._form(row), forms.guardian_differences)

        save(
            context,
            dialog,
            lambda: context.waiting.save(actor, row.id, form),
            _("{name} was saved").format(name=name),
            lambda _guardian_id: self.changed.emit(),
            conflict,
        )
