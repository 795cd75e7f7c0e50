"""What senders put into their texts to harm the screen that shows them."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QTextDocument
from PySide6.QtWidgets import QLabel, QWidget
from pytestqt.qtbot import QtBot

from desktop.domain.sms_accounts import AccountQuery
from desktop.domain.sms_messages import MessageQuery
from desktop.services.sms_accounts import SmsAccounts
from desktop.services.sms_conflicts import SmsConflicts
from desktop.store.db import Store
from desktop.ui.sms.account_pane import AccountPane
from desktop.ui.sms.conflict_dialog import ConflictDialog
from desktop.ui.sms.message_list import message_columns
from desktop.ui.sms.message_pane import MessagePane
from tests.conftest import Clock
from tests.hostile.test_sms_texts import NAMES, Desk, phone
from tests.make import Make
from tests.sms_town import SECRETS
from tests.ui.conftest import tokyo_noon

LONG = "<b>" + "ắ\u202e1 😀" * 400


@pytest.fixture
def desk(sqlite_store: Store, clock: Clock, make: Make) -> Desk:
    desk = Desk(sqlite_store, clock, make)
    for number, name in enumerate(NAMES.values()):
        desk.town.texted(phone(number), f"TK;{name};{205_000_000 + number};3.7.1990")
    desk.town.texted(phone(100), LONG)
    desk.town.texted("<img src=x>", "xin\nchao")
    desk.messages.answer(desk.boss, phone(1), "<b>Xin</b> & chao", message_id=1)
    return desk


def test_a_text_is_shown_and_never_carried_out(qtbot: QtBot, desk: Desk) -> None:
    pane = MessagePane(may_steer=True)
    qtbot.addWidget(pane)
    pane.resize(496, 900)
    pane.show()
    for detail in desk.seen():
        pane.show_message(detail, tokyo_noon())
        assert shows_only_text(pane)


def test_a_name_is_shown_and_never_carried_out(qtbot: QtBot, desk: Desk, clock: Clock) -> None:
    accounts, conflicts = SmsAccounts(desk.store, SECRETS, clock), SmsConflicts(desk.store, SECRETS, clock)
    desk.town.texted(phone(50), f"TK;{NAMES['html']};205000000;3.7.1990")
    pane = AccountPane(may_steer=True)
    qtbot.addWidget(pane)
    pane.resize(496, 900)
    pane.show()
    for account_id in accounts.ids(desk.boss, AccountQuery()):
        pane.show_account(accounts.account(desk.boss, account_id), tokyo_noon())
        assert shows_only_text(pane)
    found = conflicts.conflict(desk.boss, conflicts.all(desk.boss)[0].review_id)
    both = ConflictDialog(found, ("12:00", "12:00"), None, may_steer=False)
    qtbot.addWidget(both)
    assert shows_only_text(both)


def test_a_text_is_one_line_of_the_list(desk: Desk) -> None:
    rows = desk.messages.rows(desk.boss, desk.messages.ids(desk.boss, MessageQuery()))
    for column in message_columns(tokyo_noon):
        words = [column.words(row) for row in rows]
        assert all(word.isprintable() for word in words)


def shows_only_text(widget: QWidget) -> bool:
    labels = widget.findChildren(QLabel)
    return (
        not widget.grab().isNull()
        and all(label.textFormat() is Qt.TextFormat.PlainText for label in labels if "<" in label.text())
        and not any(is_carried_out(each.toolTip()) for each in [widget, *widget.findChildren(QWidget)])
    )


def is_carried_out(tip: str) -> bool:
    """Whether Qt would make a picture or bold letters of it."""
    document = QTextDocument()
    document.setHtml(tip)
    return "<" in tip and (not tip.startswith("<qt>") or "\ufffc" in document.toPlainText())
