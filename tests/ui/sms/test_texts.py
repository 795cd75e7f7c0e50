"""Texts, trial units and costs of accounts by text message, in a real window."""

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QLabel
from pytestqt.qtbot import QtBot

from desktop.domain.sms import Template
from desktop.domain.sms_pilots import PilotForm
from desktop.domain.sms_texts import Changed
from desktop.domain.staff import Actor, Role
from desktop.settings import SETTINGS
from desktop.store.db import Store
from desktop.ui import theme
from desktop.ui.app_context import AppContext
from desktop.ui.context import Toast
from desktop.ui.main_window import MainWindow
from desktop.ui.sms.ledger_panel import LedgerPanel
from desktop.ui.sms.page import SmsPage
from desktop.ui.sms.pilots_panel import PilotsPanel
from desktop.ui.sms.text_card import TextCard
from desktop.ui.sms.texts_panel import TextsPanel
from desktop.ui.sms.unit_dialog import UnitDialog
from desktop.ui.tabbed_page import TabPanel
from desktop.ui.tasks import InlineTasks
from desktop.ui.widgets.pieces import Button
from tests.conftest import Clock
from tests.make import Make
from tests.sms_town import AN, BINH, GOOD, SECRETS, SmsTown
from tests.ui.conftest import Shot
from tests.ui.office import app_context, show_page

ACCOUNT = SETTINGS["sms.reply_account"].default
SHORT = ACCOUNT.replace("đ", "d")


@pytest.fixture
def town(sqlite_store: Store, clock: Clock, make: Make) -> SmsTown:
    return SmsTown(sqlite_store, clock, make)


@pytest.fixture
def admin(town: SmsTown, make: Make) -> Actor:
    with town.store.bookkeep() as session:
        return make.staff(session, Role.ADMINISTRATOR)


@pytest.fixture
def context(town: SmsTown, admin: Actor, inline: InlineTasks, clock: Clock, tmp_path: Path) -> AppContext:
    return app_context(town.store, inline, admin, clock, tmp_path, secrets=SECRETS)


@pytest.fixture
def window(qtbot: QtBot, context: AppContext) -> MainWindow:
    return show_page(qtbot, context, "sms", "message", lambda: SmsPage(context))


def open_tab(window: MainWindow, tab: str) -> TabPanel:
    window.go("sms", {"tab": tab})
    page = window.page("sms")
    assert isinstance(page, SmsPage)
    panel = page.panel()
    assert panel is not None
    return panel


@pytest.fixture
def texts(window: MainWindow) -> TextsPanel:
    panel = open_tab(window, "texts")
    assert isinstance(panel, TextsPanel)
    return panel


@pytest.fixture
def account(texts: TextsPanel) -> TextCard:
    return texts.cards[Template.ACCOUNT]


def test_the_one_letter_is_pointed_out_and_replaced_only_when_asked(texts: TextsPanel, account: TextCard) -> None:
    assert account.wording() == ACCOUNT
    assert account.measure.text() == "Unicode (UCS-2) · 143 of 201 characters · 3 parts"
    assert "“đ” is not in the short alphabet" in account.note.accessibleName()
    assert "3 parts instead of 1 part" in account.note.accessibleName()
    assert "TK: 0905123456, MK: ••••••••••" in account.shown.text()
    assert account.replace_button.words() == "Replace “đ” by “d”"
    assert account.exact_button.isHidden()

    account.replace_button.click()
    assert account.wording() == SHORT
    assert account.measure.text() == "GSM-7 · 143 of 160 characters · 1 part"
    assert account.note.isHidden()
    assert texts.save_button.words() == "Save 1 change"

    account.exact_button.click()
    assert account.wording() == ACCOUNT
    assert texts.save_button.accessibleDescription() == "Nothing has been changed"


def test_a_text_without_its_places_cannot_be_saved(texts: TextsPanel, account: TextCard) -> None:
    account.editor.setPlainText("TK: {0}. Cam on!")
    assert account.field.message().startswith("{1} is missing")
    assert not texts.save_button.isEnabled()
    texts.forget_button.click()  # or closing the window would ask
    assert account.wording() == ACCOUNT


def test_what_somebody_else_saved_meanwhile_is_shown_beside_ones_own(
    texts: TextsPanel, account: TextCard, context: AppContext, admin: Actor
) -> None:
    account.replace_button.click()
    theirs = "TK {0} MK {1}"
    context.sms_steering.save_texts(admin, [Changed(Template.ACCOUNT, ACCOUNT, theirs)])
    texts.save_button.click()
    assert texts.band.isVisible()
    assert theirs in account.theirs_note.accessibleName()
    texts.save_button.click()
    assert context.settings.get("sms.reply_account") == SHORT
    assert not texts.unsaved()


@pytest.fixture
def pilots(window: MainWindow) -> PilotsPanel:
    panel = open_tab(window, "pilots")
    assert isinstance(panel, PilotsPanel)
    return panel


def add_unit(pilots: PilotsPanel, name: str, numbers: str) -> UnitDialog:
    pilots.add_button.click()
    dialog = pilots.dialog
    assert dialog is not None
    dialog.name.line.setText(name)
    dialog.editor.setPlainText(numbers)
    return dialog


def test_a_list_is_read_before_it_is_saved_and_the_switch_says_what_it_does_in_numbers(
    pilots: PilotsPanel, context: AppContext, admin: Actor, tmp_path: Path
) -> None:
    assert not pilots.switch_button.isEnabled()
    dialog = add_unit(pilots, "Phòng Nội vụ", "Nguyễn An, 0905 123 456\n+84905123456\n02363822123")
    assert dialog.numbers.message() == "1 number understood, 1 stands there twice, 1 line not understood"
    assert "Line 3: 02363822123 (no Vietnamese mobile number)" in dialog.problems.accessibleName()
    (tmp_path / "list.csv").write_text("Tên,Số\nBình,0905123457\nLan,12\n", encoding="utf-8")
    dialog.add_read(context.sms_steering.read_file(tmp_path / "list.csv"))
    assert "In the file: 1 number understood, 1 line not understood" in dialog.problems.accessibleName()
    dialog.save.click()
    assert pilots.switch_button.words() == "Give accounts to 2 numbers only"
    pilots.switch_button.click()
    assert pilots.state.text().startswith("Only the 2 numbers of the trial units get an account")
    pilots.look_up("84 905.123.457")
    assert pilots.found.text() == "84 905.123.457 is on the list of: Phòng Nội vụ"
    assert context.sms_steering.trial(admin).is_on


def test_a_unit_that_was_removed_comes_back(pilots: PilotsPanel, context: AppContext, admin: Actor) -> None:
    shown: list[Toast] = []
    context.toasts.shown.connect(shown.append)
    add_unit(pilots, "Phòng Nội vụ", "0905123456").save.click()
    pilots.table.select_id(context.sms_steering.trial(admin).units[0].id)
    pilots.remove_button.click()
    assert context.sms_steering.trial(admin).units == ()
    undo = shown[-1].open
    assert undo is not None
    undo()
    assert context.sms_steering.trial(admin).phones == 1


def test_a_list_that_somebody_else_changed_meanwhile_is_put_beside_ones_own(
    pilots: PilotsPanel, context: AppContext, admin: Actor
) -> None:
    unit = context.sms_steering.save_unit(admin, PilotForm("Phòng Nội vụ", (AN,)))
    pilots.load()
    pilots.edit_button.click()
    dialog = pilots.dialog
    assert dialog is not None
    dialog.editor.appendPlainText(BINH)
    context.sms_steering.save_unit(admin, PilotForm("Phòng Tư pháp", (AN, "0905123458"), unit, 1))
    dialog.save.click()
    shown = [label.text() for label in dialog.findChildren(QLabel)]
    assert "2 numbers, of which 1 stands here only" in shown
    assert "Phòng Tư pháp" in shown
    next(button for button in dialog.findChildren(Button) if button.words() == "Keep mine").click()
    dialog.save.click()
    assert context.sms_steering.phones(admin, unit) == (AN, BINH)


def test_the_ledger_is_told_by_month_and_network_and_saved(
    town: SmsTown, window: MainWindow, context: AppContext, tmp_path: Path
) -> None:
    town.texted(AN, GOOD)
    panel = open_tab(window, "ledger")
    assert isinstance(panel, LedgerPanel)
    assert panel.paid.findChildren(QLabel)[-2].text() == "1.500 đ"
    assert [row.network for row in panel.networks.rows] == ["mobifone"]
    assert len(panel.months.rows) == 24
    panel.export_to(tmp_path / "costs.csv")
    assert "MobiFone,1,1500" in (tmp_path / "costs.csv").read_text(encoding="utf-8-sig")


def test_they_are_read_in_three_languages_in_the_dark_and_with_large_type(
    town: SmsTown, window: MainWindow, context: AppContext, admin: Actor, shot: Shot, reader: str
) -> None:
    context.sms_steering.save_unit(admin, PilotForm("Phòng Nội vụ", (AN, BINH)))
    context.sms_steering.save_unit(admin, PilotForm("Ủy ban nhân dân quận Hải Châu", (AN,)))
    context.sms_messages.block(admin, "0981234567", "A machine that texts all night")
    town.texted(AN, GOOD)
    for tab in ("texts", "pilots", "ledger"):
        panel = open_tab(window, tab)
        shot(window, f"sms-{tab}-{reader}")
        assert panel.width() <= window.width()
    theme.apply(QApplication.instance(), Qt.ColorScheme.Dark)  # type: ignore[arg-type]  # it is the application
    shot(window, f"sms-ledger-{reader}-dark")
