"""Texts, trial units and costs of accounts by text message, in a real window."""

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from desktop.domain.sms import Template
from desktop.domain.sms_texts import Changed
from desktop.domain.staff import Actor, Role
from desktop.settings import SETTINGS
from desktop.store.db import Store
from desktop.ui import theme
from desktop.ui.app_context import AppContext
from desktop.ui.main_window import MainWindow
from desktop.ui.sms.page import SmsPage
from desktop.ui.sms.panel import SmsPanel
from desktop.ui.sms.text_card import TextCard
from desktop.ui.sms.texts_panel import TextsPanel
from desktop.ui.tasks import InlineTasks
from tests.conftest import Clock
from tests.make import Make
from tests.sms_town import SECRETS, SmsTown
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


def open_tab(window: MainWindow, tab: str) -> SmsPanel:
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


@pytest.mark.parametrize("tab", ["texts"])
def test_pictures(window: MainWindow, qtbot: QtBot, shot: Shot, tab: str, reader: str) -> None:
    open_tab(window, tab)
    assert shot(window, f"sms-{tab}-{reader}") is None or reader
    theme.apply(QApplication.instance(), Qt.ColorScheme.Dark)  # type: ignore[arg-type]  # it is the application
    shot(window, f"sms-{tab}-{reader}-dark")
