"""What can be done to the people of the rosters: add, edit, move, remove, export. It opens the dialogs and saves."""

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QFileDialog, QWidget

from desktop.domain.errors import UserError
from desktop.domain.people import ChildDetails, ChildForm, GuardianForm, Node
from desktop.i18n import _, format_number, ngettext
from desktop.ui.app_context import AppContext
from desktop.ui.checked_dialog import follow, offer_both, save
from desktop.ui.dialogs import confirm
from desktop.ui.form_dialog import FormDialog
from desktop.ui.long_work import Ending, Progress
from desktop.ui.rosters import forms
from desktop.ui.rosters.child_dialog import ChildDialog
from desktop.ui.rosters.forms import Choices
from desktop.ui.rosters.guardian_dialog import GuardianDialog
from desktop.ui.rosters.move_dialog import MoveDialog
from desktop.ui.rosters.state import home


class Editing(QObject):
    """Works for one page. `done` says that something was written, with the child or guardian to show."""

    done = Signal(str, int)

    def __init__(self, context: AppContext, page: QWidget) -> None:
        super().__init__(page)
        self._context = context
        self._page = page
        self.dialog: FormDialog | MoveDialog | None = None

    # Children

    def add_child(self, node: Node) -> None:
        self._with_choices(
            node, lambda offered: self._open_child(ChildForm("", "", homeroom_id=node.homeroom_id), offered)
        )

    def edit_child(self, child_id: int, node: Node) -> None:
        context = self._context
        actor = context.session.actor

        def fetch() -> tuple[ChildForm, Choices]:
            details = context.people.child(actor, child_id)
            return self._child_form(details, node)

        context.tasks.run(fetch, lambda found: self._open_child(*found), owner=self)

    def _child_form(self, details: ChildDetails, node: Node) -> tuple[ChildForm, Choices]:
        """Off the GUI thread: the child with the classes of its school and year."""
        here = home(details, node)
        place = Node(here.school_id, here.year) if here else node
        offered = self._choices(place)
        form = forms.child_form(
            details, offered, here.homeroom_id if here else None, here.student_number if here else ""
        )
        return form, offered

    def _open_child(self, form: ChildForm, offered: Choices) -> None:
        context = self._context
        dialog = ChildDialog(form, offered, context.session.today, self._page)
        dialog.save_asked.connect(lambda: self._save_child(dialog))
        self._open(dialog)
        follow(context, dialog, context.people.check_child)

    def _save_child(self, dialog: ChildDialog) -> None:
        context = self._context
        actor, form = context.session.actor, dialog.form()
        save(
            context,
            dialog,
            lambda: context.people.save_child(actor, form),
            _saved_words(form),
            lambda child_id: self.done.emit("child", child_id),
            None if form.id is None else lambda error: self._offer_both_children(dialog, form, error),
        )

    def _offer_both_children(self, dialog: ChildDialog, mine: ChildForm, error: UserError) -> None:
        context = self._context
        actor, child_id = context.session.actor, mine.id
        assert child_id is not None
        node = Node(dialog.offered.school_of(mine.homeroom_id))
        offer_both(
            context,
            dialog,
            error,
            lambda: self._child_form(context.people.child(actor, child_id), node)[0],
            lambda ours, theirs: forms.child_differences(ours, theirs, dialog.offered),
        )

    # Guardians

    def add_guardian(self, child_id: int, child: str) -> None:
        self._open_guardian(GuardianForm(child.partition(" ")[0]), child_id, child)

    def edit_guardian(self, child_id: int, guardian_id: int) -> None:
        """`child_id` is the child through whom the guardian is seen, or 0."""
        self._context.tasks.run(
            lambda: self._guardian_form(child_id, guardian_id),
            lambda found: self._open_guardian(*found),
            owner=self,
        )

    def _guardian_form(self, child_id: int, guardian_id: int) -> tuple[GuardianForm, int, str]:
        """Off the GUI thread. Without a child, the first one of the guardian's stands for the family."""
        context = self._context
        actor = context.session.actor
        details = context.people.guardian(actor, guardian_id)
        through = child_id or next((found for found, _name, _room in details.children), 0)
        child = context.people.child(actor, through) if through else None
        members = child.guardians if child else ()
        link = next((member for member in members if member.guardian_id == guardian_id), None)
        form = forms.guardian_form(details, link.relationship if link else "", bool(link and link.do_not_contact))
        return form, through, f"{child.family_name} {child.given_name}".strip() if child else ""

    def _open_guardian(self, form: GuardianForm, child_id: int, child: str) -> None:
        context = self._context
        dialog = GuardianDialog(form, child, self._page)
        dialog.save_asked.connect(lambda: self._save_guardian(dialog, child_id))
        self._open(dialog)
        follow(context, dialog, context.people.check_guardian)

    def _save_guardian(self, dialog: GuardianDialog, child_id: int) -> None:
        context = self._context
        actor, form = context.session.actor, dialog.form()
        save(
            context,
            dialog,
            lambda: context.people.save_guardian(actor, child_id, form),
            _saved_words(form),
            lambda guardian_id: self.done.emit("guardian", guardian_id),
            None if form.id is None else lambda error: self._offer_both_guardians(dialog, form, child_id, error),
        )

    def _offer_both_guardians(
        self, dialog: GuardianDialog, mine: GuardianForm, child_id: int, error: UserError
    ) -> None:
        guardian_id = mine.id
        assert guardian_id is not None
        offer_both(
            self._context,
            dialog,
            error,
            lambda: self._guardian_form(child_id, guardian_id)[0],
            forms.guardian_differences,
        )

    def remove_guardian(self, guardianship_id: int, name: str, child: str) -> None:
        """Take a guardian from a child; asked, for there is no way back but typing."""
        title = _("Remove {name} from {child}’s family?").format(name=name, child=child)
        text = _("They get no more notices about this child. Other children of theirs stay as they are.")
        if not confirm(self._page, title, text, _("Remove {name}").format(name=name), dangerous=True):
            return
        context = self._context
        actor = context.session.actor

        def removed(_nothing: None) -> None:
            context.toasts.say(_("{name} was removed").format(name=name))
            self.done.emit("", 0)

        context.tasks.run(
            lambda: context.people.remove_guardianship(actor, guardianship_id),
            removed,
            owner=self,
        )

    def release(self, contact_id: int) -> None:
        """Use a contact point again that was stopped."""
        context = self._context
        actor = context.session.actor

        def released(_nothing: None) -> None:
            context.toasts.say(_("Notices are sent there again"))
            self.done.emit("", 0)

        context.tasks.run(lambda: context.people.release_contact(actor, contact_id), released, owner=self)

    # Many at once

    def move(self, child_ids: Sequence[int], node: Node) -> None:
        """Ask for the class, then put the children into it."""
        self._with_choices(node, lambda offered: self._open_move(list(child_ids), offered))

    def _open_move(self, child_ids: list[int], offered: Choices) -> None:
        dialog = MoveDialog(len(child_ids), offered, self._page)
        dialog.chosen.connect(lambda room: self.move_into(child_ids, room, offered.room(room)))
        self.dialog = dialog
        dialog.open()

    def move_into(self, child_ids: list[int], homeroom_id: int, label: str) -> None:
        """Put the children into a class; it can be undone for ten minutes."""
        context = self._context
        actor, number = context.session.actor, len(child_ids)
        words = ngettext("{n} child is now in {room}", "{n} children are now in {room}", number)
        said = words.format(n=format_number(number), room=label)

        def moved(token: int | None) -> None:
            if token is None:
                context.toasts.say(_("They are in that class already"))
                return
            context.toasts.undoable(said, lambda: self._undo(token))
            self.done.emit("", 0)

        context.tasks.run(lambda: context.people.move(actor, child_ids, homeroom_id), moved, owner=self)

    def _undo(self, token: int) -> None:
        context = self._context
        actor = context.session.actor

        def undone(_nothing: None) -> None:
            context.toasts.say(_("The children are back in their classes"))
            self.done.emit("", 0)

        context.tasks.run(
            lambda: context.people.undo(actor, token),
            undone,
            owner=self,
        )

    def export(self, school_code: str, name: str) -> None:
        """Ask where to, then save the roster as a file."""
        kinds = f"{_('Excel workbook')} (*.xlsx);;CSV (*.csv);;OneRoster (*.zip)"
        suggested = str(Path.home() / f"{name}.xlsx")
        chosen, _kind = QFileDialog.getSaveFileName(self._page, _("Save the roster as"), suggested, kinds)
        if chosen:
            self.export_to(Path(chosen), school_code)

    def export_to(self, path: Path, school_code: str) -> None:
        context = self._context
        actor = context.session.actor

        def work(_progress: Progress) -> int:
            return context.rosters.export(actor, path, school=school_code)

        def ending(rows: int) -> Ending:
            text = ngettext("{n} child was saved in {file}", "{n} children were saved in {file}", rows)
            return Ending(text.format(n=format_number(rows), file=path.name))

        title = _("Saving the roster in {file}").format(file=path.name)
        context.tasks.run_long(work, title, owner=self, ending=ending, cancellable=False)

    # Common

    def _with_choices(self, node: Node, use: Callable[[Choices], None]) -> None:
        self._context.tasks.run(lambda: self._choices(node), use, owner=self, lane="choices")

    def _choices(self, node: Node) -> Choices:
        """The classes and groups of a node's school and year; of every school where there is none."""
        context = self._context
        actor = context.session.actor
        if node.school_id is not None:
            return forms.choices([context.schools.tree(actor, node.school_id, node.year)])
        return forms.choices(context.schools.trees(actor, node.year))

    def _open(self, dialog: FormDialog) -> None:
        self.dialog = dialog
        dialog.open()


def _saved_words(form: ChildForm | GuardianForm) -> str:
    name = f"{form.family_name} {form.given_name}".strip()
    return (_("{name} was added") if form.id is None else _("{name} was saved")).format(name=name)
