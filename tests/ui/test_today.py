"""The first page of the day: what waits, what is going out, what is planned."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from desktop.domain.reports import Today, Waiting
from desktop.services.deliveries import Deliveries
from desktop.ui import theme
from desktop.ui.tasks import InlineTasks
from desktop.ui.today.state import view, worker_warning
from tests.conftest import NOON, Clock
from tests.ui.beyond import add_staff, add_waiting
from tests.ui.conftest import Shot, tokyo_noon
from tests.ui.notice_office import Office, Stage

NOTHING = Today((), (), (), None, NOON, approver_missing=False)


def waiting(stage: Stage) -> list[str]:
    return [line.title for line in stage.today._waiting_model.rows]


def test_it_says_what_waits_for_me(qtbot: QtBot, office: Office, inline: InlineTasks) -> None:
    context = office.context(inline, approve=True)
    office.approved(context)
    office.send()
    office.submitted(context, office.draft("grade:H001/3", title="修学旅行の集金について"))
    stage = office.stage(qtbot, context, "today")
    assert waiting(stage) == ["1 notice waits for your approval", "1 message could not be sent"]
    assert "1 notice waits for approval." in stage.today._header.sentence()


def test_enter_opens_what_waits(qtbot: QtBot, office: Office, inline: InlineTasks) -> None:
    context = office.context(inline, approve=True)
    office.submitted(context)
    stage = office.stage(qtbot, context, "today")
    stage.today.waiting.setFocus()
    stage.today.waiting.selectRow(0)
    qtbot.keyClick(stage.today.waiting, Qt.Key.Key_Return)
    assert stage.window.current_key == "notice"
    assert "asked for approval" in stage.notice._header.sentence()


def test_several_that_wait_lead_to_the_list_of_them(qtbot: QtBot, office: Office, inline: InlineTasks) -> None:
    context = office.context(inline, approve=True)
    office.submitted(context)
    office.submitted(context, office.draft(title="もう一つ"))
    stage = office.stage(qtbot, context, "today")
    stage.today.waiting.opened.emit("approve")
    assert stage.window.current_key == "notices"
    assert stage.notices.filter.key() == "submitted"


def test_what_is_going_out_is_seen_moving(qtbot: QtBot, office: Office, inline: InlineTasks) -> None:
    context = office.context(inline)
    notice_id = office.approved(context)
    Deliveries(office.store, office.clock).begin_due()
    stage = office.stage(qtbot, context, "today")
    card = stage.today._sending[notice_id]
    assert [row._numbers.text() for row in card._rows] == ["0 / 20", "0 / 9"]
    assert stage.today._tick.isActive()
    office.send()
    stage.today._load()
    QApplication.processEvents()
    assert stage.today._sending == {}
    assert not stage.today._tick.isActive()
    assert stage.today.classes.isVisible()


def test_a_hidden_page_does_not_ask_each_second(qtbot: QtBot, office: Office, inline: InlineTasks) -> None:
    context = office.context(inline)
    office.approved(context)
    Deliveries(office.store, office.clock).begin_due()
    stage = office.stage(qtbot, context, "today")
    stage.window.go("notices", {})
    assert not stage.today._tick.isActive()


def test_what_is_planned_today_stands_there_with_its_time(
    qtbot: QtBot, office: Office, inline: InlineTasks, clock: Clock
) -> None:
    context = office.context(inline)
    office.approved(context, replace(office.draft(), send_at=clock() + timedelta(hours=3)))
    stage = office.stage(qtbot, context, "today")
    assert [(line.when, line.title, line.state) for line in stage.today._planned_model.rows] == [
        ("15:00", "遠足の延期", "scheduled")
    ]
    assert not stage.today._warning.isVisible()  # of its own worker the desk tells by itself


def test_coverage_of_the_latest_by_class(qtbot: QtBot, office: Office, inline: InlineTasks) -> None:
    context = office.context(inline)
    office.approved(context)
    office.send()
    stage = office.stage(qtbot, context, "today")
    card = stage.today.classes._card
    assert card is not None
    assert [(line.label, line.numbers, line.unreached) for line in card.classes] == [
        ("3-1", "10 / 12", 1),
        ("3-2", "8 / 8", 0),
    ]


def test_it_reloads_when_something_was_written(qtbot: QtBot, office: Office, inline: InlineTasks) -> None:
    context = office.context(inline, approve=True)
    stage = office.stage(qtbot, context, "today")
    assert "1 notice waits for your approval" not in waiting(stage)
    office.submitted(context)
    stage.announce()
    qtbot.waitUntil(lambda: "1 notice waits for your approval" in waiting(stage))


def test_contacts_that_wait_lead_to_the_roster(
    qtbot: QtBot, office: Office, inline: InlineTasks, tmp_path: Path
) -> None:
    context = office.context(inline)
    add_waiting(office, context, tmp_path)
    stage = office.stage(qtbot, context, "today")
    asked: list[tuple[str, dict[str, object]]] = []
    context.navigator.requested.connect(lambda key, target: asked.append((key, target)))
    assert "3 contacts wait for a child" in waiting(stage)
    stage.today.waiting.opened.emit("waiting_contacts")
    assert asked[-1] == ("rosters", {"only": "waiting"})


def test_staff_stand_beside_families_while_it_goes_out(qtbot: QtBot, office: Office, inline: InlineTasks) -> None:
    context = office.context(inline)
    add_staff(office, context)
    notice_id = office.approved(context, office.draft("homeroom:H001/3-1", "staff:H001"))
    Deliveries(office.store, office.clock).begin_due()
    stage = office.stage(qtbot, context, "today")
    card = stage.today._sending[notice_id]
    assert [row._name.text() for row in card._rows] == ["Email", "LINE", "Staff"]
    assert card._rows[2]._numbers.text() == "1 / 4", "one of them has no address"


def test_mails_to_staff_that_are_lost_lead_to_them() -> None:
    lost = Waiting("staff_lost", 2, ("A",), NOON, ("notice", 7))
    copies = Waiting("copies_lost", 1, ("A",), NOON, ("notice", 7))
    shown = view(Today((lost, copies), (), (), None, NOON, approver_missing=False), tokyo_noon(), sends_here=True)
    assert [line.title for line in shown.waiting] == [
        "2 messages to staff did not get through", "1 copy was not sent",
    ]  # fmt: skip
    assert [line.target["only"] for line in shown.waiting] == ["staff", "copies"]


def test_a_quiet_day_says_so() -> None:
    shown = view(NOTHING, tokyo_noon(), sends_here=True)
    assert shown.sentence == "Nothing waits for you."
    assert shown.warning == ""


def test_a_channel_that_stands_still_is_worded() -> None:
    stopped = Waiting("channel_stopped", 1, ("email:auth_refused",), NOON, ("administration", None))
    shown = view(Today((stopped,), (), (), None, NOON, approver_missing=False), tokyo_noon(), sends_here=True)
    line = shown.waiting[0]
    assert line.title == "1 way of sending stands still"
    assert line.detail == "Email: The mail server refuses our user name or password."
    assert line.page == "administration"


def test_what_waits_about_sms_accounts_is_worded_and_leads_there() -> None:
    still = Waiting("sms_stopped", 7, ("no_balance",), NOON, ("sms", None))
    cases = Waiting("sms_reviews", 2, ("conflict", "unchanged"), NOON, ("sms", None))
    shown = view(Today((still, cases), (), (), None, NOON, approver_missing=False), tokyo_noon(), sends_here=True)
    assert [(line.title, line.detail, line.target) for line in shown.waiting] == [
        ("7 texts to citizens wait: the SMS gateway stands still", "no money is left at the gateway", {}),
        (
            "SMS accounts: 2 cases need a look",
            "Identity conflict · Locked: the password was never changed",
            {"only": "review"},
        ),
    ]


def test_a_kind_that_this_page_does_not_know_is_still_shown() -> None:
    odd = Waiting("odd", 2, ("x",), None, ("notices", None))
    shown = view(Today((odd,), (), (), None, NOON, approver_missing=False), tokyo_noon(), sends_here=True)
    assert shown.waiting[0].title == "2 things need a look"


def test_whoever_sends_is_missed_after_two_minutes() -> None:
    now = tokyo_noon()
    assert worker_warning(now - timedelta(seconds=90), now, sends_here=False) == ""
    assert "last seen 11:00" in worker_warning(now - timedelta(hours=1), now, sends_here=False)
    assert worker_warning(None, now, sends_here=True) == ""


@pytest.mark.parametrize("language", ["ja", "vi", "en"])
@pytest.mark.parametrize("size", [theme.BODY_PT, 21])
def test_the_page_fits_the_smallest_window_in_every_language_and_at_double_size(
    qtbot: QtBot, office: Office, inline: InlineTasks, speak: Callable[[str], None], shot: Shot,
    language: str, size: float,
) -> None:  # fmt: skip
    speak(language)
    theme.theme.set_body_size(size)
    context = office.context(inline, approve=True)
    office.approved(context)
    office.send()
    office.submitted(context, office.draft(title="修学旅行の集金について"))
    office.approved(context, office.draft("school:H001", title="臨時休校（大雨）", kind="closure"))
    Deliveries(office.store, office.clock).begin_due()
    stage = office.stage(qtbot, context, "today")
    QApplication.processEvents()
    assert stage.today.minimumSizeHint().width() <= stage.today.width()
    shot(stage.window, f"today-{language}-{round(size)}")
