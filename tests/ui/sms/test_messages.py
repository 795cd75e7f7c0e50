"""The screen of messages: what came in, how it was read, what was answered, and what can be done about it."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel
from pytestqt.qtbot import QtBot
from sqlalchemy import select

from desktop.domain.errors import UserError
from desktop.domain.sms import Rule
from desktop.domain.sms_messages import Day, MessageQuery
from desktop.domain.staff import Role
from desktop.store.db import Store, Touched
from desktop.store.tables import Installation
from desktop.ui.app_context import AppContext
from desktop.ui.context import Toast
from desktop.ui.sms.answer_dialog import AnswerDialog, PracticeDialog
from desktop.ui.sms.chart import DaysChart, top_of
from desktop.ui.sms.correct_dialog import CorrectDialog
from desktop.ui.sms.days_panel import DaysPanel
from desktop.ui.sms.messages_panel import MessagesPanel
from desktop.ui.sms.page import SmsPage
from desktop.ui.sms.reason_dialogs import ReasonDialog, SettleDialog
from desktop.ui.tasks import InlineTasks
from desktop.wording import sms as words
from tests.conftest import Clock
from tests.make import Make
from tests.sms_town import AN, BINH, GOOD, ID_BINH, OTHER, SECRETS, SmsTown
from tests.ui.conftest import Shot
from tests.ui.office import announce, app_context, show_page

WRONG = f"TK Tran Thi Binh {ID_BINH} 1.2.1985"


@dataclass
class Office:
    """A city in which three texts came in: one made an account, one was wrong, one wanted the first one's ID."""

    town: SmsTown
    make: Make
    tasks: InlineTasks
    folder: Path
    qtbot: QtBot
    seen: list[Touched]

    def sit(self, *roles: Role, practice: bool = False) -> "Seat":
        with self.town.store.bookkeep() as session:
            actor = self.make.staff(session, *roles, name="Careful")
        made = app_context(self.town.store, self.tasks, actor, self.town.clock, self.folder, secrets=SECRETS)
        context = replace(made, practice=practice)
        window = show_page(self.qtbot, context, "sms", "message", lambda: SmsPage(context))
        page = window.page("sms")
        assert isinstance(page, SmsPage)
        context.navigator.requested.connect(window.go)
        said: list[str] = []
        context.toasts.shown.connect(lambda toast: said.append(toast.text))
        return Seat(self, context, page, said)


@dataclass
class Seat:
    office: Office
    context: AppContext
    page: SmsPage
    said: list[str]

    @property
    def panel(self) -> MessagesPanel:
        panel = self.page.panels["messages"]
        assert isinstance(panel, MessagesPanel)
        return panel

    def rows(self) -> list[tuple[str, str]]:
        model = self.panel.list.model
        return [(model.shown(at, 1), model.shown(at, 4)) for at in range(model.rowCount())]

    def choose(self, outcome: str) -> None:
        at = [shown for _sender, shown in self.rows()].index(outcome)
        self.panel.list.table.selectRow(at)

    def pane_words(self) -> str:
        QApplication.processEvents()  # what was laid out anew is shown
        return "\n".join(label.text() for label in self.panel.pane.findChildren(QLabel) if label.isVisible())

    def hear(self) -> None:
        """What others wrote meanwhile reaches the page."""
        announce(self.context, self.office.seen)


@pytest.fixture
def office(
    sqlite_store: Store, clock: Clock, make: Make, inline: InlineTasks, tmp_path: Path, qtbot: QtBot,
    seen: list[Touched],
) -> Office:  # fmt: skip
    town = SmsTown(sqlite_store, clock, make)
    town.set("contacts.sms", "Trung tâm hỗ trợ 1022")
    for sender, text in ((AN, GOOD), (BINH, WRONG), (BINH, GOOD)):
        town.texted(sender, text)
        clock.turn(minutes=1)
    return Office(town, make, inline, tmp_path, qtbot, seen)


def test_all_about_a_message_stands_beside_the_list_and_nothing_that_nobody_may_see(office: Office) -> None:
    seat = office.sit(Role.REVIEWER)
    assert seat.rows() == [(BINH, "ID taken"), (BINH, "Wrong syntax"), (AN, "Account made")]
    assert seat.page._header.sentence() == "1 message has to be looked at."
    seat.choose("Account made")
    shown = seat.pane_words()
    for said in (
        AN,
        "MobiFone · to 8188 · 1.500 đ",
        "Nguyen Van An",
        "•••••••••234",
        "neither the ID nor the phone had an account",
        "MK: •••• la tai khoan",
        "Unicode (UCS-2) · 143 characters · 3 parts",
        "Nobody here sees the password.",
        "The account that was made",
        "The password waits to be sent",
        "sent 1 message since Fri 20 Nov 2026 and paid 1.500 đ",
        "Trung tâm hỗ trợ 1022",
    ):
        assert said in shown
    assert seat.panel.pane.raw.accessibleDescription().endswith("4 Date of birth: 20/12/1990")
    assert office.town.words()[0][20:30] not in shown
    seat.choose("Wrong syntax")
    assert "What is wrong: No comma or semicolon between the fields." in seat.pane_words()


def test_new_messages_appear_and_what_was_chosen_stays_chosen(office: Office) -> None:
    seat = office.sit(Role.HELPDESK)
    seat.choose("Wrong syntax")
    office.town.texted("0905999999", OTHER)
    seat.hear()
    office.qtbot.waitUntil(lambda: seat.rows()[0] == ("0905999999", "Account made"))
    detail = seat.panel.pane.detail
    assert detail is not None
    assert (detail.row.rule, seat.panel.list.current()) == (Rule.SYNTAX, detail.row.id)
    assert not any(button.isVisible() for button in (seat.panel.pane.bar.correct, seat.panel.pane.bar.block))


def test_a_message_that_is_named_elsewhere_is_found_whatever_the_list_shows(office: Office) -> None:
    for _twice in range(2):
        office.town.texted(BINH, OTHER)
    seat = office.sit(Role.HELPDESK)
    seat.choose("Duplicate")
    detail = seat.panel.pane.detail
    assert detail is not None
    seat.panel.list.filter._buttons["duplicate"].click()
    seat.panel.pane.message_asked.emit(detail.duplicate_of)
    assert (seat.panel.list.current(), len(seat.rows())) == (detail.duplicate_of, 5)
    seat.panel.list.filter._buttons["duplicate"].click()
    seat.context.navigator.go("sms", only="review")
    assert seat.rows() == [(BINH, "ID taken")]


def test_filters_days_and_words_narrow_the_list(office: Office, clock: Clock) -> None:
    seat = office.sit(Role.HELPDESK)
    listed = seat.panel.list
    assert listed.filter._buttons["syntax"].words() == "Wrong syntax\u20031"
    listed.filter._buttons["syntax"].click()
    assert seat.rows() == [(BINH, "Wrong syntax")]
    listed.filter._buttons["all"].click()
    listed.search.setText("048090001234")
    listed.search.returnPressed.emit()
    assert seat.rows() == [(BINH, "ID taken"), (AN, "Account made")]
    listed.search.setText("0333333333")
    listed.search.returnPressed.emit()
    assert seat.rows() == []
    assert listed._empty.isVisible()
    listed._clear.click()
    assert len(seat.rows()) == 3
    listed._set_days("yesterday")
    assert listed.query() == MessageQuery(first=date(2026, 11, 19), last=date(2026, 11, 19))


def test_a_message_is_corrected_and_what_will_happen_is_said_before(office: Office) -> None:
    seat = office.sit(Role.REVIEWER)
    seat.choose("Wrong syntax")
    seat.panel.pane.bar.correct.click()
    dialog = seat.panel.work.dialog
    assert isinstance(dialog, CorrectDialog)
    assert dialog.text() == WRONG
    assert dialog.note is not None
    assert dialog.note.accessibleName() == words.WILL[Rule.SYNTAX]
    dialog.editor.setPlainText(OTHER)
    assert not dialog.save.isEnabled()  # until it is known what will happen
    office.qtbot.waitUntil(dialog.save.isEnabled)
    assert dialog.note.accessibleName() == "An account will be made and its text sent."
    dialog.save.click()
    assert seat.said == ["Processed again: Account made"]
    assert not dialog.isVisible()
    assert seat.rows()[1] == (BINH, "Account made")
    assert "Corrected by staff. It came as: TK Tran Thi Binh" in seat.pane_words()
    assert not seat.panel.pane.bar.correct.isEnabled()


def test_a_text_by_hand_says_how_long_it_is_and_goes_out(office: Office) -> None:
    seat = office.sit(Role.HELPDESK)
    seat.panel.pane.bar.answer.click()
    dialog = seat.panel.work.dialog
    assert isinstance(dialog, AnswerDialog)
    assert not dialog.save.isEnabled()
    dialog.editor.setPlainText("Mời anh đến quầy số 3. " * 4)
    assert dialog.field.message() == "Unicode (UCS-2) · 91 characters · 2 parts. Longer because of: ờ đ ế ầ ố"
    dialog.editor.setPlainText("Moi anh den quay so 3.")
    assert dialog.field.message() == "GSM-7 · 22 characters · 1 part"
    dialog.save.click()
    assert seat.said == [f"The text to {BINH} is on its way"]
    assert "Written by hand, by Careful" in seat.pane_words()
    assert office.town.words()[-1] == "Moi anh den quay so 3."


def test_a_number_is_blocked_and_that_is_undone(office: Office) -> None:
    seat = office.sit(Role.REVIEWER)
    toasts: list[Toast] = []
    seat.context.toasts.shown.connect(toasts.append)
    seat.panel.pane.bar.block.click()
    dialog = seat.panel.work.dialog
    assert isinstance(dialog, ReasonDialog)
    assert not dialog.save.isEnabled()
    dialog.field.line.setText("A machine")
    dialog.save.click()
    assert "This number is blocked: A machine" in seat.pane_words()
    assert toasts[-1].open is not None
    toasts[-1].open()
    assert "This number is blocked" not in seat.pane_words()


def test_what_had_to_be_looked_at_is_settled(office: Office) -> None:
    seat = office.sit(Role.REVIEWER)
    detail = seat.panel.pane.detail
    assert detail is not None
    assert "Identity conflict" in seat.pane_words()
    seat.panel.pane.settle_asked.emit(detail.reviews[0])
    dialog = seat.panel.work.dialog
    assert isinstance(dialog, SettleDialog)
    dialog.editor.setPlainText("Brothers; both came to the desk")
    dialog.save.click()
    assert "Identity conflict" not in seat.pane_words()
    assert seat.page._header.sentence() == "Nothing has to be looked at."


def test_a_day_and_a_kind_of_the_bars_open_the_list(office: Office) -> None:
    seat = office.sit(Role.HELPDESK)
    seat.page.show_target(tab="days")
    panel = seat.page.panels["days"]
    assert isinstance(panel, DaysPanel)
    assert panel.made.accessibleName() == "Accounts made 1"
    assert panel.words.text() == "Fri 20 Nov 2026: 3 messages, Account made 1, Wrong syntax 1, ID taken 1"
    QTest.keyClick(panel.chart, Qt.Key.Key_Up)
    QTest.keyClick(panel.chart, Qt.Key.Key_Up)
    assert panel.chart.accessibleDescription() == "Fri 20 Nov 2026: Wrong syntax 1"
    QTest.keyClick(panel.chart, Qt.Key.Key_Return)
    assert seat.page.panel() is seat.panel
    assert seat.rows() == [(BINH, "Wrong syntax")]
    assert seat.panel.list.query() == MessageQuery("syntax", first=date(2026, 11, 20), last=date(2026, 11, 20))
    seat.page.show_target(tab="days")
    QTest.mouseClick(panel.chart, Qt.MouseButton.LeftButton, pos=QPoint(panel.chart.width() - 20, 20))
    assert len(seat.rows()) == 3


def test_the_scale_of_the_bars_is_round_and_keys_stay_within_it(qtbot: QtBot) -> None:
    assert [top_of(most) for most in (0, 4, 5, 21, 999, 100_001)] == [4, 4, 8, 24, 1200, 120_000]
    chart = DaysChart()
    qtbot.addWidget(chart)
    chart.show_days([Day(date(2026, 11, day), {Rule.ACCOUNT: day}) for day in (1, 2, 3)])
    for key, at in ((Qt.Key.Key_Right, 2), (Qt.Key.Key_Home, 0), (Qt.Key.Key_Left, 0), (Qt.Key.Key_End, 2)):
        QTest.keyClick(chart, key)
        assert chart.at == at


def test_one_practises_with_messages_of_ones_own(office: Office) -> None:
    with office.town.store.bookkeep() as session:
        session.scalars(select(Installation)).one().practice = True
    seat = office.sit(Role.HELPDESK, practice=True)
    seat.panel.practise.click()
    dialog = seat.panel.work.dialog
    assert isinstance(dialog, PracticeDialog)
    dialog.phone.line.setText("0933 333 333")
    dialog.save.click()
    assert seat.said == ["The message has come in"]
    assert seat.rows()[0] == ("0933333333", "Not processed yet")


def test_a_database_that_is_away_leaves_what_is_shown(
    office: Office, monkeypatch: pytest.MonkeyPatch, errors: list[Exception]
) -> None:
    seat = office.sit(Role.HELPDESK)
    away = UserError("database.unavailable")

    def refuse(*_arguments: object) -> None:
        raise away

    monkeypatch.setattr(office.town.store, "read", refuse)
    seat.panel._pace.now()
    assert seat.page.band.isVisible()
    assert len(seat.rows()) == 3
    assert errors == []


def test_it_is_read_in_three_languages_and_with_large_type(
    office: Office, reader: str, shot: Shot, speak: Callable[[str], None]
) -> None:
    office.town.texted("0983210456", "xin chào 🙏\n\x00 \u202eabc, " + "rất dài " * 40)
    seat = office.sit(Role.REVIEWER)
    for outcome in range(4):
        seat.panel.list.table.selectRow(outcome)
        assert seat.panel.pane.raw.height() > 0
    shot(seat.page, f"sms-messages-{reader}")
