"""The trial: which units take part, whose numbers are on their lists, and which numbers are not listened to (B14)."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QWidget

from desktop.domain.errors import UserError
from desktop.domain.sms_pilots import Block, PilotForm, PilotUnit, Trial
from desktop.domain.staff import Verb
from desktop.i18n import N_, _, format_exact, format_number, format_when
from desktop.ui.checked_dialog import refuse, save
from desktop.ui.errors import words_for
from desktop.ui.sms import steering_words as words
from desktop.ui.sms.unit_dialog import UnitDialog
from desktop.ui.tabbed_page import TabPanel
from desktop.ui.table import Column, RowsModel
from desktop.ui.table_view import Table
from desktop.ui.theme import px, theme
from desktop.ui.widgets.empty import EmptyState
from desktop.ui.widgets.forms import SearchField
from desktop.ui.widgets.pieces import Button, IconLabel, Label, column, hline, row, scroll

_UNITS: tuple[Column[PilotUnit], ...] = (
    Column(N_("Trial unit"), text=lambda unit: unit.name, tooltip=lambda unit: unit.name, width=240, stretch=True),
    Column(N_("Phone numbers"), text=lambda unit: format_number(unit.phones), width=140, number=True),
)


class PilotsPanel(TabPanel):
    """Who gets an account at present stands above, with the one button that changes it."""

    def build(self) -> None:
        self._trial = Trial(False, (), 0)
        self.dialog: UnitDialog | None = None
        self.state_icon = IconLabel("info", "info", 20)
        self.state = Label("", "bold", wrap=True)
        self.switch_button = Button("", "big", on_click=self.switch)
        self.add_button = Button(_("Add a trial unit"), "primary", "plus", shortcut="Ctrl+N", on_click=self.add)
        self.search = SearchField(_("Is a number on a list?"), "Ctrl+F")
        self.found = Label("", "muted minor", wrap=True)
        self.found.hide()
        self.edit_button = Button(_("Change…"), "", "edit", shortcut="Alt+E", on_click=self.edit)
        self.remove_button = Button(_("Remove"), "", "trash", shortcut="Alt+R", on_click=self.remove)
        self.units = RowsModel(_UNITS, lambda unit: unit.id, self)
        self.table = Table(self.units, _("Trial units"))
        self.table.set_empty(_no_units())
        self.blocks = RowsModel(self._block_columns(), lambda block: block.phone, self)
        self.block_table = Table(self.blocks, _("Blocked numbers"))
        self.block_table.set_empty(_no_blocks())
        self.unblock_button = Button(_("Unblock"), "", "check", shortcut="Alt+U", on_click=self.unblock)
        self._lay_out()
        self._connect()
        self._show_buttons()

    def _lay_out(self) -> None:
        state = row(self.state_icon, (self.state, 1), self.switch_button, margin=(16, 12, 16, 12), spacing=12)
        tools = row((self.search, 1), self.edit_button, self.remove_button, margin=(16, 8, 16, 0))
        said = row((self.found, 1), margin=(16, 0, 16, 0))
        heading = row(Label(_("Blocked numbers"), "cardTitle"), None, self.unblock_button, margin=(16, 8, 16, 0))
        parts = (state, hline(), tools, said, (self.table, 3), hline(), heading)
        self.setLayout(column(scroll(column(*parts, (self.block_table, 2), spacing=8))))
        self.setFocusProxy(self.table)
        self.table.setFocus()  # whoever comes to this tab does not stand on the switch
        theme.changed.connect(self._measure)
        self._measure()

    def _connect(self) -> None:
        self.search.searched.connect(self.look_up)
        self.table.opened.connect(lambda _id: self.edit())
        self.table.selected.connect(self._show_buttons)
        self.table.set_row_menu(self._fill_menu)
        self.block_table.selected.connect(self._show_buttons)

    def _block_columns(self) -> tuple[Column[Block], ...]:
        def when(block: Block) -> str:
            now = self.context.clock()
            return format_when(block.at.astimezone(now.tzinfo), now)

        def exact(block: Block) -> str:
            return format_exact(block.at.astimezone(self.context.clock().tzinfo))

        return (
            Column(N_("Phone number"), text=lambda block: block.phone, width=140),
            Column(
                N_("Reason"),
                text=lambda block: block.reason,
                tooltip=lambda block: block.reason,
                width=200,
                stretch=True,
            ),
            Column(N_("By"), text=lambda block: block.by or "–", width=140, tone="muted", optional=True),
            Column(N_("Since"), text=when, tooltip=exact, width=160, tone="muted"),
        )

    def page_actions(self) -> list[QWidget]:
        return [self.add_button]

    def focus_search(self) -> bool:
        self.search.setFocus()
        return True

    # Showing

    def load(self) -> None:
        actor, steering = self.context.session.actor, self.context.sms_steering
        self.run(
            lambda: (steering.trial(actor), steering.blocks(actor)), lambda found: self._show(*found), lane="trial"
        )

    def _show(self, trial: Trial, blocks: tuple[Block, ...]) -> None:
        self._trial = trial
        said = words.trial_words(trial)
        tone = ("warning" if not trial.phones else "info") if trial.is_on else "success"
        self.state.setText(said)
        self.state_icon.show_icon("alert" if tone == "warning" else "info", tone)
        self.switch_button.set_words(words.switch_words(trial))
        self.switch_button.setEnabled(trial.is_on or trial.phones > 0)
        self.switch_button.setToolTip("" if self.switch_button.isEnabled() else _("Add a unit with numbers first"))
        self.units.show_rows(trial.units)
        if trial.units and not self.table.selected_ids():
            self.table.selectRow(0)
        self.blocks.show_rows(blocks)
        self.sentence_changed.emit(_("The trial is on.") if trial.is_on else _("No trial is on."))
        self._show_buttons()

    def _show_buttons(self) -> None:
        chosen = self._unit() is not None
        self.edit_button.setEnabled(chosen)
        self.remove_button.setEnabled(chosen)
        may_unblock = self.context.session.may(Verb.STEER_SMS)
        self.unblock_button.setEnabled(may_unblock and bool(self.block_table.selected_ids()))

    def look_up(self, typed: str) -> None:
        """On whose list a number stands, however it is written."""
        self.found.setVisible(bool(typed))
        if not typed:
            return
        actor, steering = self.context.session.actor, self.context.sms_steering
        self.context.tasks.run(
            lambda: steering.units_with(actor, typed),
            lambda units: self.found.setText(words.found_words(typed, units)),
            owner=self,
            lane="look up",
            failed=self._on_not_found,
        )

    def _on_not_found(self, error: Exception) -> None:
        if isinstance(error, UserError):
            self.found.setText(str(words_for(error)))
        else:
            self.context.tasks.report(self, error)

    def _unit(self) -> PilotUnit | None:
        ids = self.table.selected_ids()
        return next((unit for unit in self._trial.units if ids and unit.id == ids[0]), None)

    def _fill_menu(self, menu: QMenu) -> None:
        for text, work in ((_("Change…"), self.edit), (_("Remove"), self.remove)):
            action = QAction(text, menu)
            action.triggered.connect(work)
            menu.addAction(action)

    def _measure(self) -> None:
        self.table.setMinimumHeight(px(160))
        self.block_table.setMinimumHeight(px(120))

    # Doing

    def switch(self) -> None:
        actor, steering, was_on = self.context.session.actor, self.context.sms_steering, self._trial.is_on

        def done(_nothing: object) -> None:
            said = _("Everybody gets an account now") if was_on else _("Only numbers on a list get an account now")
            self.context.toasts.undoable(said, lambda: self._do(lambda: steering.switch_trial(actor, was_on)))
            self.load()

        self.context.tasks.run(lambda: steering.switch_trial(actor, not was_on), done, owner=self)

    def add(self) -> None:
        self._open(PilotForm("", ()))

    def edit(self) -> None:
        unit, actor, steering = self._unit(), self.context.session.actor, self.context.sms_steering
        if unit is not None:
            self.context.tasks.run(
                lambda: PilotForm(unit.name, steering.phones(actor, unit.id), unit.id, unit.version),
                self._open,
                owner=self,
                lane="unit",
            )

    def remove(self) -> None:
        unit, actor, steering = self._unit(), self.context.session.actor, self.context.sms_steering
        if unit is None:
            return

        def done(kept: PilotForm) -> None:
            said = _("{name} was removed, with {numbers}").format(
                name=kept.name, numbers=words.numbers_words(len(kept.phones))
            )
            self.context.toasts.undoable(said, lambda: self._do(lambda: steering.save_unit(actor, kept)))
            self.load()

        self.context.tasks.run(lambda: steering.remove_unit(actor, unit.id), done, owner=self)

    def unblock(self) -> None:
        actor, messages = self.context.session.actor, self.context.sms_messages
        phone = next((str(each) for each in self.block_table.selected_ids()), "")
        if phone:
            self.do(lambda: messages.unblock(actor, phone), _("{phone} is listened to again").format(phone=phone))

    def _open(self, form: PilotForm) -> None:
        dialog = UnitDialog(form, self, lambda path: self._read(dialog, path))
        dialog.save_asked.connect(lambda: self._save(dialog))
        self.dialog = dialog
        dialog.open()

    def _read(self, dialog: UnitDialog, path: Path) -> None:
        steering = self.context.sms_steering
        self.context.tasks.run(
            lambda: steering.read_file(path),
            dialog.add_read,
            owner=dialog,
            lane="file",
            failed=lambda error: refuse(self.context, dialog, error),
        )

    def _save(self, dialog: UnitDialog) -> None:
        actor, steering, form = self.context.session.actor, self.context.sms_steering, dialog.form()
        said = _("{name} was saved, with {numbers}").format(
            name=form.name, numbers=words.numbers_words(len(form.phones))
        )
        save(
            self.context,
            dialog,
            lambda: steering.save_unit(actor, form),
            said,
            lambda _id: self.load(),
            lambda error: self._offer_both(dialog, error),
        )

    def _offer_both(self, dialog: UnitDialog, error: UserError) -> None:
        """Somebody else changed the unit meanwhile: one of the two is taken, and nothing that was pasted is lost."""
        actor, steering, mine = self.context.session.actor, self.context.sms_steering, dialog.form()

        def theirs() -> PilotForm | None:
            unit = next((unit for unit in steering.trial(actor).units if unit.id == mine.id), None)
            return PilotForm(unit.name, steering.phones(actor, unit.id), unit.id, unit.version) if unit else None

        def offer(found: PilotForm | None) -> None:
            if found is None:
                refuse(self.context, dialog, UserError("not_found"))
            else:
                dialog.offer_theirs(found, error, self.context.clock().tzinfo)

        self.context.tasks.run(theirs, offer, owner=dialog)

    def _do(self, work: Callable[[], object]) -> None:
        self.context.tasks.run(work, lambda _done: self.load(), owner=self)


def _no_units() -> EmptyState:
    return EmptyState(
        "people",
        _("No trial unit yet"),
        _("For a trial, add a unit with the phone numbers of those who shall get an account before everybody may."),
    )


def _no_blocks() -> EmptyState:
    return EmptyState("message", _("No number is blocked"), _("A number is blocked from one of its messages."))
