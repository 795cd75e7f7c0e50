"""Accounts by text message in a real window: who they are, how long they have, what staff do about them."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from desktop.domain.sms import Applicant, LockReason, Rule
from desktop.domain.sms_accounts import AccountDetail, Document
from desktop.domain.staff import Actor, Role
from desktop.store import audit, sms_accounts
from desktop.store.db import Store
from desktop.ui import theme
from desktop.ui.app_context import AppContext
from desktop.ui.context import Toast, Undo
from desktop.ui.form_dialog import FormDialog
from desktop.ui.main_window import MainWindow
from desktop.ui.sms.account_dialogs import MoveDialog, ReissueDialog, VerifyDialog
from desktop.ui.sms.accounts_panel import AccountsPanel
from desktop.ui.sms.conflict_dialog import MOVE, ConflictDialog
from desktop.ui.sms.page import SmsPage
from desktop.ui.sms.reason_dialogs import ReasonDialog
from desktop.ui.tasks import InlineTasks
from tests.conftest import Clock
from tests.make import Make
from tests.sms_office import SmsOffice
from tests.sms_town import AN, BINH, GOOD, OTHER, SECRETS, SmsTown
from tests.ui.conftest import Shot
from tests.ui.office import app_context, show_page

NEW_PHONE = "0912000111"


@dataclass
class Desk:
    """The tab, whoever sits there, and the citizens who text."""

    panel: AccountsPanel
    context: AppContext
    town: SmsTown
    office: SmsOffice

    def shown(self) -> list[list[str]]:
        model = self.panel.list.model
        return [[model.shown(at, column) for column in range(5)] for at in range(model.rowCount())]

    def in_view(self) -> AccountDetail:
        assert self.panel.pane.detail is not None
        return self.panel.pane.detail

    def open(self, kind: type[FormDialog], press: QWidget) -> FormDialog:
        press.click()  # type: ignore[attr-defined]  # a button
        dialog = self.panel.work.dialog
        assert isinstance(dialog, kind)
        return dialog

    def sent(self) -> None:
        """The worker's gateway takes every text that waits."""
        with self.town.store.bookkeep() as session:
            for account_id in self.panel.list.model.ids:
                held = sms_accounts.require(session, account_id)
                sms_accounts.note_sent(session, account_id, held.issue)
        self.panel.load()
        self.panel._pace.now()


@pytest.fixture
def town(sqlite_store: Store, clock: Clock, make: Make) -> SmsTown:
    town = SmsTown(sqlite_store, clock, make)
    assert town.texted(AN, GOOD) == Rule.ACCOUNT
    return town


def sit_down(role: Role, town: SmsTown, make: Make, inline: InlineTasks, clock: Clock, folder: Path) -> AppContext:
    with town.store.bookkeep() as session:
        actor = make.staff(session, role, name="Lan")
    return app_context(town.store, inline, actor, clock, folder, secrets=SECRETS)


def open_tab(qtbot: QtBot, context: AppContext) -> AccountsPanel:
    window: MainWindow = show_page(qtbot, context, "sms", "message", lambda: SmsPage(context))
    window.go("sms", {"tab": "accounts"})
    page = window.page("sms")
    assert isinstance(page, SmsPage)
    panel = page.panel()
    assert isinstance(panel, AccountsPanel)
    return panel


@pytest.fixture
def desk(town: SmsTown, qtbot: QtBot, make: Make, inline: InlineTasks, clock: Clock, tmp_path: Path) -> Desk:
    context = sit_down(Role.REVIEWER, town, make, inline, clock, tmp_path)
    return Desk(open_tab(qtbot, context), context, town, SmsOffice(town.store, SECRETS, make))


@pytest.fixture
def toasts(desk: Desk) -> list[Toast]:
    said: list[Toast] = []
    desk.context.toasts.shown.connect(said.append)
    return said


def test_the_time_that_is_left_goes_on_without_fetching(desk: Desk, clock: Clock) -> None:
    assert desk.shown() == [["Nguyen Van An", AN, "Text not sent yet", "", ""]]
    desk.sent()
    clock.turn(hours=26)
    desk.panel.tell_time()
    (row,) = desk.shown()
    assert row[2:4] == ["Not logged in yet", "1 day 22 h"]
    assert desk.panel.pane.left.text() == "1 day 22 h"
    assert "Until the next re-issue 1 day 22 h." in desk.panel.pane.track.accessibleName()
    clock.turn(hours=45, minutes=59, seconds=30)
    desk.panel.tell_time()
    assert desk.shown()[0][3] == "0 h 1 min"
    clock.turn(minutes=1)
    desk.panel.tell_time()
    assert desk.shown()[0][2] == "Time is over"


def test_filters_lead_to_those_who_wait_on_their_last_day(desk: Desk, clock: Clock) -> None:
    desk.town.texted(BINH, OTHER)
    desk.panel.load()
    desk.panel._pace.now()
    desk.sent()
    clock.turn(hours=50)
    desk.panel.list.look_for(only="day3", typed="Trần")
    desk.panel._pace.now()
    assert [row[0] for row in desk.shown()] == ["Tran Thi Binh"]
    desk.panel.list.look_for(only="locked")
    desk.panel._pace.now()
    assert desk.shown() == []
    assert desk.panel.pane.detail is None


def test_an_account_is_opened_from_elsewhere_whatever_the_list_shows(desk: Desk) -> None:
    desk.town.texted(BINH, OTHER)
    desk.panel._pace.now()
    binh, an = desk.panel.list.model.ids
    desk.panel.list.look_for(only="locked")
    desk.panel._pace.now()
    window = desk.panel.window()
    assert isinstance(window, MainWindow)
    for account_id in (an, binh, an):
        window.go("sms", {"tab": "accounts", "account_id": account_id})
        assert desk.in_view().row.id == desk.panel.list.current() == account_id
    desk.panel.list.table.select_id(binh)
    assert desk.in_view().row.id == binh
    desk.panel.load()
    desk.panel._pace.now()
    assert desk.panel.list.current() == binh


def test_verifying_wants_a_place_and_can_be_undone(desk: Desk, toasts: list[Toast]) -> None:
    dialog = desk.open(VerifyDialog, desk.panel.pane.bar.verify)
    assert isinstance(dialog, VerifyDialog)
    assert not dialog.save.isEnabled()
    dialog.fields.place.line.setText("Quầy 3")
    dialog.fields.changed.emit()
    dialog.save.click()
    detail = desk.in_view()
    assert detail.verified is not None
    assert (detail.verified.document, detail.verified.by) == (Document.CCCD, "Lan")
    assert desk.shown()[0][4] == "Verified"
    undo = toasts[-1].open
    assert isinstance(undo, Undo)
    undo()
    assert desk.shown()[0][4] == ""
    again = desk.open(VerifyDialog, desk.panel.pane.bar.verify)
    assert isinstance(again, VerifyDialog)
    again.reject()


def test_a_move_understands_any_writing_and_says_whose_a_number_is(desk: Desk) -> None:
    desk.town.texted(BINH, OTHER)
    dialog = desk.open(MoveDialog, desk.panel.pane.bar.move_phone)
    assert isinstance(dialog, MoveDialog)
    dialog.fields.place.line.setText("Quầy 1")
    dialog.phone.line.setText("+84 905 123 457")
    assert not dialog.save.isEnabled()
    assert "Tran Thi Binh" in dialog.phone.editor.accessibleDescription()
    dialog.phone.line.setText("+84-912.000.111")
    assert dialog.phone.editor.accessibleDescription() == "0912 000 111 is free"
    dialog.save.click()
    detail = desk.in_view()
    assert (detail.row.phone, detail.issue) == (NEW_PHONE, 2)
    assert detail.verified is not None


def test_somebody_who_was_quicker_is_named_and_nothing_is_sent(desk: Desk, make: Make) -> None:
    detail = desk.in_view()
    dialog = desk.open(ReissueDialog, desk.panel.pane.bar.reissue)
    with desk.town.store.bookkeep() as session:
        minh = make.staff(session, Role.REVIEWER, name="Minh")
    desk.context.sms_accounts.lock(minh, detail.row.id, detail.seen, "Nghi ngờ")
    dialog.save.click()
    assert dialog.isVisible()
    assert "Minh" in dialog.band.accessibleName()
    dialog.reject()
    assert len(desk.town.replies()) == 1


def test_locking_wants_a_reason_and_unlocking_texts_a_new_password(desk: Desk) -> None:
    bar = desk.panel.pane.bar
    dialog = desk.open(ReasonDialog, bar.lock)
    assert isinstance(dialog, ReasonDialog)
    assert not dialog.save.isEnabled()
    dialog.field.line.setText("Mất máy")
    dialog.save.click()
    assert desk.shown()[0][2] == "Locked"
    assert not bar.reissue.isEnabled()
    assert "unlock it" in bar.reissue.accessibleDescription()
    desk.open(FormDialog, bar.lock).save.click()
    assert desk.shown()[0][2] == "Text not sent yet"
    assert [phone for phone, _template in desk.town.replies()] == [AN, AN]


def test_two_sides_are_compared_and_the_account_moves_to_the_new_phone(desk: Desk) -> None:
    desk.town.texted(NEW_PHONE, GOOD.replace("An", "Binh"))
    desk.panel._pace.now()
    detail = desk.in_view()
    desk.panel.work.compare(detail.reviews[0].id)
    dialog = desk.panel.work.dialog
    assert isinstance(dialog, ConflictDialog)
    spoken = {label.accessibleName() for label in dialog.sides.findChildren(QWidget)}
    assert {"Name: different", "ID: the same", "Phone: different", "Date of birth: the same"} <= spoken
    dialog.decide.choose(MOVE)
    dialog.check.place.line.setText("Quầy 2")
    dialog.check.changed.emit()
    assert dialog.save.words() == "Move to 0912 000 111"
    dialog.save.click()
    assert desk.shown()[0][1] == NEW_PHONE
    assert desk.town.reviews() == []


def test_whoever_only_helps_sees_all_and_decides_nothing(
    town: SmsTown, qtbot: QtBot, make: Make, inline: InlineTasks, clock: Clock, tmp_path: Path
) -> None:
    panel = open_tab(qtbot, sit_down(Role.HELPDESK, town, make, inline, clock, tmp_path))
    assert panel.pane.detail is not None
    assert not panel.pane.bar.isVisible()


@pytest.fixture
def crowd(desk: Desk, clock: Clock, make: Make) -> Actor:
    """One of each kind."""
    town, office = desk.town, desk.office
    names = ("Trần Thị Mai", "Le Van Hung", "Pham Quoc Bao", "Hoang Thi Nga", "Vo Minh Tri", "Dang Van Son", "Bui Hoa")
    made = [
        office.texted(f"09876543{at:02}", Applicant(name, name, f"2011111{at:02}", date(1985, 2, 1 + at)))
        for at, name in enumerate(names)
    ]
    desk.sent()
    clock.turn(hours=30)
    for account_id in made[:2]:
        office.issue_anew(account_id)
    clock.turn(hours=26)
    for _again in range(3):
        office.issue_anew(made[2])
    clock.turn(hours=13)
    with town.store.write(make.principal()) as session:
        sms_accounts.lock(session, made[3], LockReason.UNCHANGED)
        sms_accounts.set_own(session, sms_accounts.lock_row(session, made[4]), "x")
        audit.record(session, "made", "world")
    town.texted(NEW_PHONE, GOOD.replace("An", "Ân"))
    town.texted("0977000111", "TK,Do Van Loc,048090009999,1.2.1985")
    with town.store.bookkeep() as session:
        return make.staff(session, Role.REVIEWER, name="Minh")


def settle() -> None:
    """Texts that wrap take their height in a few rounds."""
    for _round in range(5):
        QApplication.processEvents()


def test_pictures(reader: str, desk: Desk, crowd: Actor, shot: Shot) -> None:
    panel, window = desk.panel, desk.panel.window()
    panel._pace.now()
    for account_id in panel.list.model.ids:
        detail = desk.context.sms_accounts.account(crowd, account_id)
        if detail.row.name in {"Trần Thị Mai", "Nguyen Van An", "Hoang Thi Nga"}:
            panel.show_target(account_id=account_id)
            settle()
            shot(window, f"sms-accounts-{detail.row.name.split()[-1]}-{reader}")
    panel.list.look_for(only="waiting")
    panel._pace.now()
    theme.apply(QApplication.instance(), Qt.ColorScheme.Dark)  # type: ignore[arg-type]  # there is one
    settle()
    shot(window, f"sms-accounts-dark-{reader}")
    (row,) = [each for each in desk.context.sms_conflicts.all(crowd) if each.other_phone]
    panel.work.compare(row.review_id)
    dialog = panel.work.dialog
    assert isinstance(dialog, ConflictDialog)
    shot(dialog, f"sms-conflict-{reader}")
    dialog.reject()
    for name, button in (("verify", panel.pane.bar.verify), ("move", panel.pane.bar.move_phone)):
        button.click()
        opened = panel.work.dialog
        assert opened is not None
        shot(opened, f"sms-{name}-{reader}")
        opened.reject()
