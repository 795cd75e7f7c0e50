"""The desk at work: what it shows of the worker, the database, other desks, and what closing it would mean."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from desktop import i18n
from desktop.desk.behind import Behind
from desktop.desk.closing import unsent_words
from desktop.desk.closing_dialog import Choice
from desktop.desk.place import DeskPlace
from desktop.desk.program import Program
from desktop.desk.worker_keeper import Stage
from desktop.domain.audience import parse_audience
from desktop.domain.notices import Channel, Draft, NoticeState, NoticeText
from desktop.services.clock import utc_now
from desktop.ui.main_window import MainWindow
from desktop.ui.widgets.bands import Band
from tests.desk.closing_answers import answered
from tests.desk.conftest import Open
from tests.desk.families import MAILS
from tests.stand_ins import HANG, ScriptedSmtp, scripted_smtp

LONG_MS = 20_000


def window(program: Program) -> MainWindow:
    assert program.window is not None
    return program.window


def bands(program: Program) -> list[str]:
    """The words of the bands that are seen."""
    return [band.accessibleName() for band in window(program).findChildren(Band) if band.isVisible()]


def says(program: Program, words: str) -> bool:
    return any(words in band for band in bands(program))


def runs(program: Program) -> bool:
    return program.running is not None and program.running.keeper.state.stage is Stage.RUNNING


def waiting(program: Program) -> int:
    assert program.running is not None
    return program.running.following.last.waiting


def strips(program: Program) -> list[str]:
    return [work.title for work in program.tasks.running_long]


def use_mail(school: Behind, server: ScriptedSmtp) -> None:
    hana = school.services.staff.actor_for("hana")
    for key, value in {
        "email.host": "127.0.0.1",
        "email.port": str(server.port),
        "email.security": "none",
        "email.from": "office@school.example",
        "notice.quiet_hours": "off",
        "notice.hold_minutes": "0",
    }.items():
        school.services.settings.set(hana, key, value)


def approved(school: Behind, title: str, **values: object) -> int:
    """A notice of Hana's to the whole school by email, which Ken approved."""
    services = school.services
    hana, ken = services.staff.actor_for("hana"), services.staff.actor_for("ken")
    notice = services.notices.create(hana, draft(title, **values))
    services.approvals.submit(hana, notice, services.notices.get(hana, notice).version)
    services.approvals.approve(ken, notice)
    return notice


def draft(title: str = "遠足の延期", **values: object) -> Draft:
    texts = {"ja": NoticeText(title, "雨のため延期します。")}
    return Draft("announcement", 1, texts, parse_audience(["school:H001"]), frozenset({Channel.EMAIL}), **values)  # type: ignore[arg-type]  # passed through


@contextmanager
def away(database: Path) -> Iterator[None]:
    """The database cannot be opened inside the block. It goes first and comes back last, never without its log."""
    beside = [file for file in database.parent.glob(f"{database.name}-*") if file.suffix != ".key"]
    aside = database.parent / "aside"
    aside.mkdir()
    for file in (database, *beside):
        file.rename(aside / file.name)
    database.mkdir()
    try:
        yield
    finally:
        database.rmdir()
        for file in (*beside, database):
            (aside / file.name).rename(file)
        aside.rmdir()


def test_the_desk_opens_on_today_with_the_worker_at_its_side(open_desk: Open, place: DeskPlace, qtbot: QtBot) -> None:
    program = open_desk(place, "hana")
    qtbot.waitUntil(lambda: window(program).current_key == "today", timeout=LONG_MS)
    qtbot.waitUntil(lambda: runs(program), timeout=LONG_MS)
    assert bands(program) == []
    assert program.desk.session.actor.label == "山田 花子"
    assert program.clock().tzname() == "JST"


def test_a_dead_worker_is_said_and_started_again_by_a_button(open_desk: Open, place: DeskPlace, qtbot: QtBot) -> None:
    program = open_desk(place, "hana")
    qtbot.waitUntil(lambda: runs(program), timeout=LONG_MS)
    assert program.running is not None
    keeper = program.running.keeper
    assert keeper.pid is not None
    os.kill(keeper.pid, signal.SIGKILL)
    qtbot.waitUntil(lambda: says(program, "Nothing is being sent at the moment."), timeout=LONG_MS)
    band = next(band for band in window(program).findChildren(Band) if band.isVisible())
    button = band.findChild(type(window(program).sidebar.emergency), options=Qt.FindChildOption.FindDirectChildrenOnly)
    assert button is not None
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: runs(program) and not bands(program), timeout=LONG_MS)


def test_while_the_database_is_away_a_band_says_since_when_and_goes_by_itself(
    open_desk: Open, place: DeskPlace, qtbot: QtBot
) -> None:
    program = open_desk(place, "hana")
    qtbot.waitUntil(lambda: runs(program), timeout=LONG_MS)
    window(program).go("notices")
    with away(place.paths.database):
        qtbot.keyClick(window(program), Qt.Key.Key_F5)
        qtbot.waitUntil(lambda: says(program, "Not connected to the database since"), timeout=LONG_MS)
        assert len(bands(program)) == 1
    qtbot.waitUntil(lambda: not bands(program), timeout=LONG_MS)
    assert not QApplication.activeModalWidget()


def test_what_another_process_writes_is_seen_without_reloading(
    open_desk: Open, place: DeskPlace, behind: Behind, qtbot: QtBot
) -> None:
    program = open_desk(place, "hana")
    window(program).go("notices")
    qtbot.waitUntil(lambda: window(program).page("notices") is not None, timeout=LONG_MS)
    ken = behind.services.staff.actor_for("ken")
    behind.services.notices.create(ken, draft("保護者会のお知らせ"))
    page = window(program).page("notices")
    assert page is not None
    qtbot.waitUntil(lambda: "保護者会のお知らせ" in [row.title for row in page._rows], timeout=LONG_MS)  # type: ignore[attr-defined]


def test_two_desks_on_one_file_share_one_worker_and_see_each_other(
    open_desk: Open, place: DeskPlace, school: Behind, qtbot: QtBot
) -> None:
    first, second = open_desk(place, "hana"), open_desk(place, "ken")
    assert first.running is not None
    assert second.running is not None
    keepers = (first.running.keeper, second.running.keeper)
    both = {Stage.RUNNING, Stage.ELSEWHERE}
    qtbot.waitUntil(lambda: {keeper.state.stage for keeper in keepers} == both, timeout=LONG_MS)
    assert bands(first) == bands(second) == []
    window(second).go("notices")
    hana = first.desk.session.actor
    notice = first.running.context.notices.create(hana, draft())
    first.running.context.approvals.submit(hana, notice, 1)
    qtbot.waitUntil(lambda: waiting(second) == 1, timeout=LONG_MS)
    page = window(second).page("notices")
    assert page is not None
    qtbot.waitUntil(lambda: [row.title for row in page._rows] == ["遠足の延期"], timeout=LONG_MS)  # type: ignore[attr-defined]


def test_a_notice_that_waits_for_somebody_stands_in_their_badge(
    open_desk: Open, place: DeskPlace, school: Behind, qtbot: QtBot
) -> None:
    hana = school.services.staff.actor_for("hana")
    program = open_desk(place, "ken")
    notice = school.services.notices.create(hana, draft())
    school.services.approvals.submit(hana, notice, school.services.notices.get(hana, notice).version)
    qtbot.waitUntil(lambda: waiting(program) == 1, timeout=LONG_MS)
    school.services.approvals.approve(school.services.staff.actor_for("ken"), notice)
    qtbot.waitUntil(lambda: waiting(program) == 0, timeout=LONG_MS)


def test_nobody_else_to_approve_is_said_on_every_page_until_there_is_somebody(
    open_desk: Open, place: DeskPlace, behind: Behind, qtbot: QtBot
) -> None:
    staff = behind.services.staff
    hana = staff.actor_for("hana")
    ken = next(row for row in staff.all(hana) if row.login == "ken")
    staff.deactivate(hana, ken.id, ken.version)
    program = open_desk(place, "hana")
    qtbot.waitUntil(lambda: says(program, "Sending a notice takes two people."), timeout=LONG_MS)
    ken = next(row for row in staff.all(hana) if row.login == "ken")
    staff.reactivate(hana, ken.id, ken.version)
    qtbot.waitUntil(lambda: not bands(program), timeout=LONG_MS)


def test_closing_names_what_would_not_go_out(open_desk: Open, place: DeskPlace, school: Behind, qtbot: QtBot) -> None:
    approved(school, "遠足の延期", send_at=utc_now() + timedelta(days=3))
    program = open_desk(place, "hana")
    qtbot.waitUntil(lambda: bool(program.running and "遠足" in program.running.kept_back()), timeout=LONG_MS)
    asked = answered(Choice.KEEP)
    assert not window(program).close()
    assert "1 notice has not gone out yet (“遠足の延期” " in asked[0]
    assert "They go out only while Renraku runs on this computer." in asked[0]
    assert not asked[0].startswith("Renraku can finish")


def test_who_may_not_see_a_notice_is_told_their_number_alone(place: DeskPlace, school: Behind) -> None:
    approved(school, "遠足の延期", send_at=utc_now() + timedelta(days=3))
    outgoing = school.services.watch.outgoing(None)
    assert (outgoing.seen, outgoing.others) == ((), 1)
    said = unsent_words(outgoing.seen, outgoing.others, utc_now())
    assert said.startswith("1 notice has not gone out yet.")
    assert "遠足" not in said


def test_a_notice_on_its_way_stands_in_the_strip_and_can_be_stopped_there(
    open_desk: Open, place: DeskPlace, school: Behind, qtbot: QtBot
) -> None:
    with scripted_smtp(replies={"BODY": HANG}) as server:
        use_mail(school, server)
        program = open_desk(place, "hana")
        notice = approved(school, "遠足の延期")
        qtbot.waitUntil(lambda: strips(program) == ["Sending “遠足の延期”"], timeout=LONG_MS)
        assert program.running is not None
        assert "“遠足の延期” is being sent:" in program.running.kept_back()
        program.tasks.running_long[0].cancel()
        qtbot.waitUntil(lambda: strips(program) == [], timeout=LONG_MS)
        hana = school.services.staff.actor_for("hana")
        assert school.services.notices.get(hana, notice).state is NoticeState.STOPPED
        qtbot.waitUntil(lambda: window(program).strip.toast.text() == "Sending “遠足の延期”: stopped.", timeout=LONG_MS)


def test_the_end_of_a_notice_is_a_quiet_message_with_a_link_to_it(
    open_desk: Open, place: DeskPlace, school: Behind, qtbot: QtBot
) -> None:
    with scripted_smtp(recipients={"murakami@mail.example": "550 5.1.1 User unknown"}) as server:
        use_mail(school, server)
        program = open_desk(place, "hana")
        approved(school, "遠足の延期")
        ending = "“遠足の延期”: 4 messages were sent. 1 was not."
        qtbot.waitUntil(lambda: window(program).strip.toast.text() == ending, timeout=LONG_MS)
        assert sorted(server.addresses) == sorted(MAILS)


def test_ctrl_k_finds_people_classes_and_notices(
    open_desk: Open, place: DeskPlace, school: Behind, qtbot: QtBot
) -> None:
    school.services.notices.create(school.services.staff.actor_for("hana"), draft())
    program = open_desk(place, "hana")
    assert program.running is not None
    find = program.running.find
    assert ("井上 海", "person") in [(found.title, found.icon) for found in find("いのうえ")]
    assert "3-2" in [found.title for found in find("3-2")]
    assert [found.title for found in find("えんそく")] == []
    assert [found.title for found in find("遠足")] == ["遠足の延期"]
    find("遠足")[0].run()
    qtbot.waitUntil(lambda: window(program).current_key == "notice", timeout=LONG_MS)


def test_the_emergency_button_opens_the_page_for_writing(open_desk: Open, place: DeskPlace, qtbot: QtBot) -> None:
    program = open_desk(place, "hana")
    qtbot.mouseClick(window(program).sidebar.emergency, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: window(program).current_key == "compose", timeout=LONG_MS)


def test_another_language_makes_another_window_with_the_same_page(
    open_desk: Open, place: DeskPlace, qtbot: QtBot
) -> None:
    program = open_desk(place, "hana")
    window(program).go("rosters")
    before = window(program)
    program.change_language("vi")
    assert window(program) is not before
    qtbot.waitUntil(lambda: window(program).current_key == "rosters", timeout=LONG_MS)
    assert i18n.current_language() == "vi"
    assert Program(QApplication.instance(), place).settings.value("language") == "vi"  # type: ignore[arg-type]
