"""Who works here, and what each may do."""

from collections.abc import Sequence
from dataclasses import dataclass

from desktop.domain.errors import UserError
from desktop.domain.staff import Grant, Scope, StaffRow
from desktop.i18n import N_, _
from desktop.ui.administration import state
from desktop.ui.administration.panel import ListPanel
from desktop.ui.administration.staff_dialog import PasswordDialog, StaffDialog
from desktop.ui.administration.state import StaffLine
from desktop.ui.cells import ChipCell, TextCell
from desktop.ui.dialogs import confirm
from desktop.ui.form_dialog import Difference
from desktop.ui.table import Column, RowsModel
from desktop.ui.table_view import Table
from desktop.ui.tokens import ROW_COMFORTABLE
from desktop.ui.widgets.marks import Chip
from desktop.ui.widgets.pieces import Button, ElidedLabel, IconLabel, Item, Label, column, hline, row

_COLUMNS: tuple[Column[StaffLine], ...] = (
    Column(N_("Name"), cell=lambda line: TextCell(line.name), tooltip=lambda line: line.name, width=140),
    Column(N_("Login"), text=lambda line: line.login, width=104, tone="muted", optional=True),
    Column(N_("Roles"), text=lambda line: line.roles, tooltip=lambda line: line.roles.replace(_("; "), "\n"), width=160,
           stretch=True),
    Column(N_("State"), cell=lambda line: ChipCell(line.state, line.word), width=152),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Found:
    rows: list[StaffRow]
    places: dict[Scope, str]
    approver_missing: bool


class StaffPanel(ListPanel):
    """The list of staff, with what can be done to whoever is chosen."""

    def build(self) -> None:
        self._rows: dict[int, StaffRow] = {}
        self._places: dict[Scope, str] = {}
        self.model = RowsModel(_COLUMNS, lambda line: line.id, self)
        add = Button(_("Add somebody"), "primary", "person-plus", shortcut="Ctrl+N", on_click=self.add)
        self.lay_out(Table(self.model, _("Staff"), row_height=ROW_COMFORTABLE), add)

    def load(self) -> None:
        context = self.context
        actor = context.session.actor

        def fetch() -> _Found:
            places = state.scope_places(context.schools.all(actor), context.schools.trees(actor))
            return _Found(context.staff.all(actor), places, context.staff.approver_missing())

        self.run(fetch, self._show, "staff")

    def _show(self, found: _Found) -> None:
        self._rows = {row_.id: row_ for row_ in found.rows}
        self._places = found.places
        now = self.context.clock()
        self.model.show_rows([state.staff_line(each, found.places, now) for each in found.rows])
        self.show_list(state.staff_sentence(found.rows, found.approver_missing))

    def chosen(self) -> StaffRow | None:
        current = self.table.current_id()
        return self._rows.get(current) if isinstance(current, int) else None

    def details(self) -> Sequence[Item]:
        member = self.chosen()
        if member is None:
            return [Label(_("Choose somebody to see what they may do."), "muted", wrap=True)]
        now = self.context.clock()
        grants = [state.grant_words(grant, self._places, now.date()) for grant in member.grants]
        return [
            column(Label(member.name, "big", wrap=True), Label(member.login, "muted minor"), spacing=0),
            row(Chip(*state.staff_state(member, now)), None),
            *_reached_at(member),
            hline(),
            Label(_("Roles"), "bold"),
            *(Label(text, "minor", wrap=True) for text in grants or [_("no role")]),
            hline(),
            *(row(button, None) for button in self._buttons(member)),
        ]

    def _buttons(self, member: StaffRow) -> list[Button]:
        made = [
            Button(_("Edit name, email and roles…"), "", "edit", shortcut="Ctrl+E", on_click=self.edit),
            Button(_("New password…"), "", "key", on_click=self.set_password),
        ]
        if member.locked_until and member.locked_until > self.context.clock():
            made.append(Button(_("Let them try again"), "", "lock", on_click=self.unlock))
        if member.active:
            made.append(Button(_("Let them sign in no more…"), "danger", on_click=self.deactivate))
        else:
            made.append(Button(_("Let them sign in again"), on_click=self.reactivate))
        return made

    # Adding and changing

    def add(self) -> None:
        dialog = StaffDialog(None, self._places, self)
        dialog.save_asked.connect(lambda: self._add(dialog))
        self.open_dialog(dialog)

    def _add(self, dialog: StaffDialog) -> None:
        context, typed = self.context, dialog.typed()
        actor = context.session.actor
        self.save(
            dialog,
            lambda: context.staff.add(actor, typed.login, typed.name, typed.grants, typed.password, typed.email),
            _("{name} was added").format(name=typed.name),
        )

    def edit(self) -> None:
        member = self.chosen()
        if member is None:
            return
        dialog = StaffDialog(member, self._places, self)
        dialog.save_asked.connect(lambda: self._change(dialog))
        self.open_dialog(dialog)

    def _change(self, dialog: StaffDialog) -> None:
        context, typed, member = self.context, dialog.typed(), dialog.member
        actor = context.session.actor
        assert member is not None

        def work() -> None:
            version = member.version
            if typed.name != member.name:
                context.staff.rename(actor, member.id, typed.name, version)
                version += 1
            if typed.email != member.email:
                context.staff.set_email(actor, member.id, typed.email, version)
                version += 1
            if typed.grants != member.grants:
                context.staff.set_grants(actor, member.id, typed.grants, version)

        self.save(
            dialog,
            work,
            _("{name} was saved").format(name=typed.name),
            conflict=lambda error: self._offer_both(dialog, error),
        )

    def _offer_both(self, dialog: StaffDialog, error: UserError) -> None:
        context, member = self.context, dialog.member
        actor = context.session.actor
        assert member is not None

        def offer(rows: list[StaffRow]) -> None:
            theirs = next((each for each in rows if each.id == member.id), None)
            if theirs is None:
                dialog.show_error(error, context.clock().tzinfo)
                return
            mine = dialog.typed()
            dialog.theirs_chosen.connect(lambda: dialog.show_version(theirs))
            dialog.mine_chosen.connect(lambda: dialog.take_version(theirs))
            differences = [
                Difference(_("Name"), mine.name, theirs.name),
                Difference(_("Email"), mine.email, theirs.email),
                Difference(_("Roles"), self._grants_words(mine.grants), self._grants_words(theirs.grants)),
            ]
            different = [each for each in differences if each.mine != each.theirs]
            dialog.show_conflict(error, different, context.clock().tzinfo)

        context.tasks.run(lambda: context.staff.all(actor), offer, owner=dialog)

    def _grants_words(self, grants: tuple[Grant, ...]) -> str:
        today = self.context.clock().date()
        return "\n".join(state.grant_words(grant, self._places, today) for grant in grants)

    def set_password(self) -> None:
        member = self.chosen()
        if member is None:
            return
        dialog = PasswordDialog(member, self)
        context, actor = self.context, self.context.session.actor
        dialog.save_asked.connect(
            lambda: self.save(
                dialog,
                lambda: context.staff.set_password(actor, member.id, dialog.text()),
                _("{name} has a new password").format(name=member.name),
            )
        )
        self.open_dialog(dialog)

    def unlock(self) -> None:
        member = self.chosen()
        if member is not None:
            context, actor = self.context, self.context.session.actor
            text = _("{name} may try again").format(name=member.name)
            self.do(lambda: context.staff.unlock(actor, member.id), text)

    def deactivate(self) -> None:
        member = self.chosen()
        if member is None:
            return
        title = _("Let {name} sign in no more?").format(name=member.name)
        text = _("What they wrote and approved stays theirs. You can let them in again at any time.")
        if not confirm(self, title, text, _("Let {name} sign in no more").format(name=member.name), dangerous=True):
            return
        context, actor = self.context, self.context.session.actor
        done = _("{name} can sign in no more").format(name=member.name)
        self.do(lambda: context.staff.deactivate(actor, member.id, member.version), done)

    def reactivate(self) -> None:
        member = self.chosen()
        if member is not None:
            context, actor = self.context, self.context.session.actor
            done = _("{name} can sign in again").format(name=member.name)
            self.do(lambda: context.staff.reactivate(actor, member.id, member.version), done)


def _reached_at(member: StaffRow) -> list[Item]:
    """Their address, or that there is none, so that no notice to staff reaches them."""
    if member.email:
        return [row(IconLabel("email", "muted"), (ElidedLabel(member.email, "minor"), 1), spacing=6)]
    nothing = _("No email address: nothing for staff and no copy reaches them.")
    return [Label(nothing, "muted small", wrap=True)] if member.active else []
