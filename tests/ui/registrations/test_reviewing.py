"""A reviewer at work: the queue, one submission beside the roster, decisions by key, and the minute to think again."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QLabel, QWidget
from pytestqt.qtbot import QtBot
from shiboken6 import isValid
from sqlalchemy import select

from desktop.domain.accounts import Citizen
from desktop.domain.registrations import Refusal, Registration, RegistrationState
from desktop.domain.staff import Actor
from desktop.store.db import Store, Touched
from desktop.store.roster_keys import refresh_child_keys
from desktop.store.tables import Child, Consent, Homeroom, School
from desktop.ui.app_context import AppContext
from desktop.ui.context import Toast
from desktop.ui.registrations import reviewing as reviewing_module
from desktop.ui.registrations.ask_dialog import AskDialog
from desktop.ui.registrations.exact_dialog import ExactDialog
from desktop.ui.registrations.find_dialog import FindDialog
from desktop.ui.registrations.page import RegistrationsPage
from desktop.ui.registrations.reviewing import Reviewing
from desktop.ui.registrations.terms_dialog import TermsDialog
from desktop.ui.tasks import InlineTasks
from desktop.wording.reviews import questions
from tests.conftest import Clock
from tests.make import Make
from tests.review_office import GIVEN, SECRETS, Office
from tests.ui.office import announce, app_context, show_page

ALT = Qt.KeyboardModifier.AltModifier
UNKNOWN = replace(GIVEN, given_name="海", given_name_kana="ウミ", birth_date=date(2017, 9, 1))


@dataclass
class Desk:
    """A reviewer's window; 高橋 美咲 waits, whom the roster knows as 髙橋 美咲, and 高橋 海, whom it does not."""

    office: Office
    qtbot: QtBot
    tasks: InlineTasks
    folder: Path
    seen: list[Touched]
    known: Registration
    unknown: Registration

    def sit(self, actor: Actor | None = None) -> RegistrationsPage:
        office = self.office
        self.context: AppContext = app_context(
            office.store, self.tasks, actor or office.reviewer, office.clock, self.folder, secrets=SECRETS
        )
        context = self.context
        self.toasts: list[Toast] = []
        context.toasts.shown.connect(self.toasts.append)
        window = show_page(self.qtbot, context, "registrations", "clipboard-check", lambda: RegistrationsPage(context))
        page = window.page("registrations")
        assert isinstance(page, RegistrationsPage)
        self.page = page
        return page

    @property
    def reviewing(self) -> Reviewing:
        assert self.page.reviewing is not None
        return self.page.reviewing

    def press(self, key: Qt.Key) -> None:
        """A button that a key presses stays down for a moment before it acts."""
        self.qtbot.keyClick(self.page, key, ALT)
        buttons = self.page.findChildren(QAbstractButton)
        self.qtbot.waitUntil(lambda: not any(isValid(button) and button.isDown() for button in buttons))

    def shown(self) -> str:
        submission = self.reviewing.pane.submission
        return submission.registration.child.given_name if submission else ""

    def said(self, widget: QWidget | None = None) -> str:
        labels = (widget or self.page).findChildren(QLabel)
        return "\n".join(label.accessibleName() or label.text() for label in labels if label.isVisible())

    def announce(self) -> None:
        announce(self.context, self.seen)

    def state_of(self, citizen: Citizen) -> RegistrationState:
        return self.office.state(citizen)


@pytest.fixture
def desk(
    sqlite_store: Store, clock: Clock, make: Make, qtbot: QtBot, inline: InlineTasks, tmp_path: Path,
    seen: list[Touched],
) -> Desk:  # fmt: skip
    office = Office(sqlite_store, clock, make)
    known = office.submit(office.mother)
    clock.turn(hours=2)
    return Desk(office, qtbot, inline, tmp_path, seen, known, office.submit(office.father, UNKNOWN, "9"))


def test_what_waits_longest_is_shown_beside_the_roster_and_why_it_fits(desk: Desk) -> None:
    desk.sit()
    assert desk.shown() == "美咲"
    said = desk.said()
    for words in (
        "2 registrations wait",
        "高橋 美咲",
        "髙橋 美咲",
        "Name: The same, other char",
    ):
        assert words in said
    assert desk.reviewing.pane.sure.word == "Exact match, 95 of 100"
    desk.press(Qt.Key.Key_Down)
    assert desk.shown() == "海"
    assert desk.reviewing.pane.sure.word == "Not in the roster"
    assert not desk.reviewing.pane.bar.link.isVisible()


def test_a_key_links_the_next_opens_and_a_minute_long_it_can_be_undone(desk: Desk) -> None:
    desk.sit()
    desk.press(Qt.Key.Key_L)
    assert desk.shown() == "海"
    assert "高橋 美咲 is linked to the child of the roster" in desk.said(desk.reviewing.deciding.band)
    assert "takes effect in 60 seconds" in desk.said(desk.reviewing.deciding.band)
    desk.press(Qt.Key.Key_U)
    assert desk.shown() == "美咲"
    assert not desk.reviewing.deciding.band.isVisible()
    assert desk.office.minute() == 0
    desk.press(Qt.Key.Key_L)
    assert desk.office.minute() == 1
    assert desk.state_of(desk.office.mother) is RegistrationState.ACCEPTED


def test_the_second_reviewer_reads_who_decided_and_no_key_meets_another_child(desk: Desk) -> None:
    desk.sit(desk.office.second)
    desk.office.reviews.refuse(desk.office.reviewer, desk.known.id, desk.known.version, Refusal.OTHER)
    desk.seen.clear()
    desk.press(Qt.Key.Key_L)
    assert "検 査子 has decided about this already" in desk.toasts[-1].text
    assert desk.shown() == "美咲"
    assert "検 査子 did not accept this" in desk.reviewing.pane.bar.reason()
    desk.press(Qt.Key.Key_L)
    assert desk.office.waiting() == [desk.unknown.id]
    desk.press(Qt.Key.Key_Down)
    assert desk.shown() == "海"


def test_it_follows_what_happens_elsewhere(desk: Desk) -> None:
    desk.sit()
    desk.seen.clear()
    desk.office.reviews.refuse(desk.office.second, desk.known.id, desk.known.version, Refusal.TWICE)
    desk.announce()
    desk.qtbot.waitUntil(lambda: "二 番 did not accept this" in desk.reviewing.pane.bar.reason())
    assert "1 registration waits" in desk.said()


def test_whoever_is_there_already_is_not_added_twice_without_a_question(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def no(_parent: QWidget, title: str, *_words: str, **_kind: object) -> bool:
        asked.append(title)
        return False

    monkeypatch.setattr(reviewing_module, "confirm", no)
    desk.sit()
    desk.press(Qt.Key.Key_A)
    assert asked == ["Is 高橋 美咲 another child?"]
    desk.press(Qt.Key.Key_Down)
    desk.press(Qt.Key.Key_A)
    assert desk.office.waiting() == [desk.known.id]


def test_nobody_decides_about_their_own_family(desk: Desk) -> None:
    with desk.office.store.bookkeep() as session:
        guardian = desk.office.make.guardian(session, session.get_one(Child, desk.office.child)).id
    desk.sit(replace(desk.office.reviewer, guardian_id=guardian))
    bar = desk.reviewing.pane.bar
    assert "own family" in bar.reason()
    assert not any(button.isEnabled() for button in (bar.link, bar.new, bar.refuse, bar.ask))
    desk.press(Qt.Key.Key_L)
    assert len(desk.office.waiting()) == 2


def test_a_refusal_names_its_reason_and_a_question_is_in_the_guardians_language(desk: Desk) -> None:
    with desk.office.store.bookkeep() as session:
        mai = desk.office.citizen(session, "mai", "Trần", "vi")
    desk.office.submit(mai, replace(GIVEN, given_name="Mai"), "3")
    desk.sit()
    reasons = desk.reviewing.pane.bar.refusals().actions()
    assert [action.text()[:2] for action in reasons] == ["&1", "&2", "&3", "&4", "&5"]
    reasons[2].trigger()
    assert desk.shown() == "海"
    desk.press(Qt.Key.Key_Down)
    desk.press(Qt.Key.Key_Q)
    dialog = desk.reviewing.dialog
    assert isinstance(dialog, AskDialog)
    assert not dialog.save.isEnabled()
    dialog.sentences().actions()[0].trigger()
    assert dialog.text() == questions("vi")[0][1]
    dialog.save.click()
    desk.office.minute()
    assert desk.state_of(mai) is RegistrationState.ASKED_BACK
    assert desk.state_of(desk.office.mother) is RegistrationState.REFUSED


def test_exact_matches_are_linked_together_after_a_look_at_the_list(desk: Desk) -> None:
    desk.sit()
    desk.press(Qt.Key.Key_X)
    dialog = desk.reviewing.dialog
    assert isinstance(dialog, ExactDialog)
    assert [box.text()[:5] for box in dialog.boxes] == ["高橋 美咲"]
    dialog.boxes[0].setChecked(False)
    assert not dialog.yes.isEnabled()
    dialog.all.click()
    assert dialog.yes.words() == "Link 1 child"
    dialog.yes.click()
    assert desk.office.waiting() == [desk.unknown.id]
    desk.reviewing.deciding.undo_button.click()
    assert len(desk.office.waiting()) == 2


@pytest.mark.parametrize(
    ("narrow", "left"),
    [
        (lambda queue: queue.search.setText("ウミ"), ["海"]),
        (lambda queue: queue.search.setText("father"), ["海"]),
        (lambda queue: queue.search.setText("nobody"), []),
    ],
    ids=["reading", "guardian", "none"],
)
def test_what_is_typed_narrows_the_queue(desk: Desk, narrow: Callable[[object], None], left: list[str]) -> None:
    page = desk.sit()
    queue = desk.reviewing.queue
    narrow(queue)
    queue.search.searched.emit(queue.search.text())
    assert [desk.shown()] == (left or [""])
    if not left:
        assert "No such registration" in desk.said(page)
        queue.show_all()
        assert desk.shown() == "美咲"


def test_a_child_that_was_not_offered_is_found_in_the_roster_and_linked(desk: Desk) -> None:
    with desk.office.store.bookkeep() as session:
        room = session.get_one(Homeroom, desk.office.room)
        nickname = desk.office.make.child(session, room, "別府", "三郎", kana=("ベップ", "サブロウ")).id
        refresh_child_keys(session, [nickname], date(2026, 11, 20))
    desk.sit()
    desk.press(Qt.Key.Key_Down)
    desk.press(Qt.Key.Key_F)
    dialog = desk.reviewing.dialog
    assert isinstance(dialog, FindDialog)
    dialog.search.setText("べっぷ")
    dialog.search.searched.emit("べっぷ")
    assert [child.id for child in dialog._model.rows] == [nickname]
    dialog.compare.click()
    desk.qtbot.waitUntil(lambda: "別府 三郎" in desk.said())
    desk.reviewing.pane.bar.link.click()
    desk.office.minute()
    family = desk.office.people.child(desk.office.make.principal(), nickname).guardians
    assert [member.name for member in family] == ["高橋 father"]


def test_the_next_one_opens_also_where_the_list_came_anew_before_the_answer(desk: Desk) -> None:
    with desk.office.store.bookkeep() as session:
        mai = desk.office.citizen(session, "mai", "Trần", "vi")
    desk.office.submit(mai, replace(UNKNOWN, given_name="An"), "3")
    desk.sit()
    desk.office.reviews.link(desk.office.reviewer, desk.known.id, desk.known.version, desk.office.child)
    desk.reviewing.load()
    assert desk.shown() == "美咲"
    desk.reviewing.deciding.decided.emit()
    assert desk.shown() == "海"


def test_another_school_has_another_queue(desk: Desk) -> None:
    office = desk.office
    with office.store.bookkeep() as session:
        elsewhere = session.scalars(select(School).where(School.code == "H002")).one().id
    desk.sit(office.make.principal())
    assert desk.shown() == "美咲"
    desk.context.session.look_at(elsewhere)
    desk.qtbot.waitUntil(lambda: desk.shown() == "")
    desk.context.session.look_at(office.school)
    desk.qtbot.waitUntil(lambda: desk.shown() == "美咲")


def test_to_which_terms_a_guardian_agreed_is_read_word_for_word(desk: Desk) -> None:
    with desk.office.store.bookkeep() as session:
        agreed = desk.office.clock()
        session.add(Consent(account_id=desk.office.mother.account_id, terms_version="2026-11", consented_at=agreed))
    desk.sit()
    (link,) = [
        button for button in desk.reviewing.pane.findChildren(QAbstractButton) if button.text().startswith("Version")
    ]
    assert link.text() == "Version 2026-11, agreed 14:00"
    link.click()
    dialog = desk.reviewing.dialog
    assert isinstance(dialog, TermsDialog)
    assert "What it is used for" in desk.said(dialog)
