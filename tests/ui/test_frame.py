"""The window around the pages, by keyboard and by eye."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import ClassVar

import pytest
from PySide6.QtCore import QSettings, Qt
from PySide6.QtWidgets import QApplication, QLineEdit, QVBoxLayout
from pytestqt.qtbot import QtBot

from desktop.domain.errors import UserError
from desktop.domain.staff import Actor, ActorKind, Grant, Role, Verb, school_scope
from desktop.i18n import N_
from desktop.ui import theme
from desktop.ui.context import Desk, Toast
from desktop.ui.dialogs import Question
from desktop.ui.errors import ErrorDialog, Reporter, details_of
from desktop.ui.finder import Command, Finding, matching
from desktop.ui.icons import pixmap
from desktop.ui.long_work import Ending, LongWork
from desktop.ui.main_window import MainWindow
from desktop.ui.page import Page, PageSpec
from desktop.ui.states import STATES
from desktop.ui.style_sheet import SHAPES
from desktop.ui.tokens import DARK, LIGHT, Tokens
from desktop.ui.widgets.bands import Band
from desktop.ui.widgets.headers import PageHeader
from desktop.ui.widgets.pieces import Button
from desktop.ui.widgets.strip import WorkLine, time_left_words
from tests.ui.conftest import SCHOOLS, Shot

CLERK = Actor(ActorKind.STAFF, "中村 次郎", staff_id=2, grants=(Grant(Role.CLERK, school_scope(1)),))


class SamplePage(Page):
    """A page that counts its reloads."""

    tables: ClassVar[frozenset[str]] = frozenset({"children"})
    title = N_("Rosters")

    def __init__(self, app: Desk) -> None:
        super().__init__(app)
        self.reloads = 0
        self.targets: list[dict[str, object]] = []
        self.field = QLineEdit()
        layout = QVBoxLayout(self)
        layout.addWidget(PageHeader("Rosters", "412 children, 598 guardians.", Button("Import", "primary", "download")))
        layout.addWidget(self.field)
        layout.addStretch(1)

    def reload(self) -> None:
        self.reloads += 1

    def show_target(self, **target: object) -> None:
        self.targets.append(target)


@pytest.fixture
def made() -> list[str]:
    """Which pages have been made, in order."""
    return []


@pytest.fixture
def window(qtbot: QtBot, desk: Desk, made: list[str]) -> MainWindow:
    return open_window(qtbot, desk, made)


def open_window(qtbot: QtBot, desk: Desk, made: list[str], settings: QSettings | None = None) -> MainWindow:
    def spec(key: str, title: str, icon: str, verb: Verb | None = None, under: str = "") -> PageSpec:
        def make() -> Page:
            made.append(key)
            return SamplePage(desk)

        return PageSpec(key, title, icon, make, (verb,) if verb else (), under)

    specs = (
        spec("today", "Today", "calendar"),
        spec("notices", "Notices", "megaphone"),
        spec("rosters", "Rosters", "people", Verb.SEE_ROSTER),
        spec("administration", "Administration", "cog", Verb.CHANGE_SETTINGS),
        spec("compose", "Write a notice", "edit", under="notices"),
    )
    window = MainWindow(desk, specs, practice=True, settings=settings)
    qtbot.addWidget(window)
    window.show()
    qtbot.waitUntil(lambda: window.current_key == "today")
    return window


def sample(window: MainWindow, key: str) -> SamplePage:
    page = window.page(key)
    assert isinstance(page, SamplePage)
    return page


def test_a_page_is_made_when_it_is_first_visited(window: MainWindow, made: list[str]) -> None:
    assert made == ["today"]
    window.go("rosters")
    window.go("today")
    window.go("rosters")
    assert made == ["today", "rosters"]


def test_ctrl_and_a_number_switch_pages(qtbot: QtBot, window: MainWindow) -> None:
    qtbot.keyClick(window, Qt.Key.Key_3, Qt.KeyboardModifier.ControlModifier)
    assert window.current_key == "rosters"
    qtbot.keyClick(window, Qt.Key.Key_Left, Qt.KeyboardModifier.AltModifier)
    assert window.current_key == "today"


def test_the_sidebar_is_one_tab_stop_and_opens_by_enter(qtbot: QtBot, window: MainWindow) -> None:
    nav = window.sidebar.nav
    nav.setFocus()
    qtbot.keyClick(nav, Qt.Key.Key_Down)
    assert window.current_key == "today"
    qtbot.keyClick(nav, Qt.Key.Key_Return)
    assert window.current_key == "notices"


def test_another_screen_is_reached_by_its_name_and_told_what_to_show(window: MainWindow, desk: Desk) -> None:
    desk.navigator.go("compose", notice_id=12)
    assert sample(window, "compose").targets == [{"notice_id": 12}]
    assert window.sidebar.nav.currentItem().text() == "Notices"


def test_a_page_in_view_reloads_at_once_and_a_hidden_one_when_it_is_shown(window: MainWindow, desk: Desk) -> None:
    window.go("rosters")
    rosters, today = sample(window, "rosters"), sample(window, "today")
    before = (rosters.reloads, today.reloads)
    desk.changes.announce(frozenset({"children"}), frozenset({1}))
    assert (rosters.reloads, today.reloads) == (before[0] + 1, before[1])
    window.go("today")
    assert today.reloads == before[1] + 1


def test_what_was_written_elsewhere_or_for_another_school_reloads_nothing(window: MainWindow, desk: Desk) -> None:
    today = sample(window, "today")
    before = today.reloads
    desk.changes.announce(frozenset({"settings"}))
    desk.changes.announce(frozenset({"children"}), frozenset({2}))
    assert today.reloads == before


def test_f5_reloads(qtbot: QtBot, window: MainWindow) -> None:
    before = sample(window, "today").reloads
    qtbot.keyClick(window, Qt.Key.Key_F5)
    assert sample(window, "today").reloads == before + 1


def test_looking_at_another_school_reloads_the_page(window: MainWindow, desk: Desk) -> None:
    before = sample(window, "today").reloads
    desk.session.look_at(2)
    assert sample(window, "today").reloads == before + 1
    assert "西中学校" in window.top.school.words()


def test_roles_decide_what_the_sidebar_lists(window: MainWindow, desk: Desk) -> None:
    def listed() -> list[str]:
        return [window.sidebar.nav.item(at).text() for at in range(window.sidebar.nav.count())]

    assert "Administration" in listed()
    desk.session.sign_in(CLERK, SCHOOLS[:1])
    assert listed() == ["Today", "Notices", "Rosters"]


def test_whoever_signs_in_next_sees_nothing_of_what_was_open(window: MainWindow, desk: Desk, made: list[str]) -> None:
    window.go("rosters")
    desk.session.sign_in(CLERK, SCHOOLS[:1])
    assert window.current_key == "today"
    assert window.page("rosters") is None
    desk.session.sign_out()
    assert window.page("today") is None


def test_a_badge_is_shown_and_read_aloud(window: MainWindow) -> None:
    window.set_badge("notices", 2)
    item = window.sidebar.nav.item(1)
    assert item.data(Qt.ItemDataRole.AccessibleTextRole) == "Notices, 2 waiting"


def test_the_emergency_button_is_on_every_page_and_has_a_shortcut(qtbot: QtBot, window: MainWindow) -> None:
    both = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
    with qtbot.waitSignal(window.emergency_asked):
        qtbot.keyClick(window, Qt.Key.Key_E, both)
    with qtbot.waitSignal(window.emergency_asked):
        qtbot.mouseClick(window.sidebar.emergency, Qt.MouseButton.LeftButton)


def test_ctrl_k_finds_a_command_and_runs_it(qtbot: QtBot, window: MainWindow) -> None:
    window.activateWindow()
    qtbot.keyClick(window, Qt.Key.Key_K, Qt.KeyboardModifier.ControlModifier)
    qtbot.keyClicks(window.top.finder, "rost")
    qtbot.keyClick(window.top.finder, Qt.Key.Key_Return)
    assert window.current_key == "rosters"
    assert window.top.finder.text() == ""


def test_ctrl_k_finds_people_through_its_provider(qtbot: QtBot, window: MainWindow) -> None:
    opened: list[str] = []

    def find(typed: str) -> Sequence[Finding]:
        return [Finding("青木 陽菜", "3-1", "person", lambda: opened.append(typed))]

    window.set_finder(find)
    window.top.finder.start()
    qtbot.keyClicks(window.top.finder, "aoki")
    qtbot.keyClick(window.top.finder, Qt.Key.Key_Return)
    assert opened == ["aoki"]


def test_commands_are_found_by_any_of_their_words_whatever_the_width_or_case() -> None:
    commands = [Command("Recent actions", print), Command("Import a roster", print), Command("お知らせを書く", print)]
    assert [c.title for c in matching(commands, "ＲＯＳＴ imp")] == ["Import a roster"]
    assert [c.title for c in matching(commands, "知らせ")] == ["お知らせを書く"]


def test_every_shortcut_is_used_once_and_is_no_single_letter(window: MainWindow) -> None:
    keys = [command.shortcut for command in window.commands() if command.shortcut]
    assert len(keys) == len(set(keys))
    assert all("+" in key or key.startswith("F") for key in keys)


def test_bands_stand_in_the_order_of_their_weight(window: MainWindow) -> None:
    window.show_band("approver", Band("warning", "Nobody can approve yet."))
    window.show_band("line_down", Band("warning", "Not connected since 10:42."))
    window.show_band("line_down", Band("warning", "Not connected since 10:43."))
    QApplication.processEvents()
    shown = sorted((band for band in window.findChildren(Band) if band.isVisible()), key=lambda band: band.y())
    assert [band.accessibleName() for band in shown] == ["Not connected since 10:43.", "Nobody can approve yet."]


def test_a_quiet_message_stays_until_the_next_action_and_undoes(qtbot: QtBot, window: MainWindow, desk: Desk) -> None:
    undone: list[bool] = []
    desk.toasts.undoable("Moved to 3-2", lambda: undone.append(True))
    line = window.strip.toast
    assert line.text() == "Moved to 3-2"
    undo = next(button for button in line.findChildren(Button) if button.words() == "Undo")
    qtbot.mouseClick(undo, Qt.MouseButton.LeftButton)
    assert undone == [True]
    assert not line.isVisible()
    desk.toasts.say("Saved")
    window.go("notices")
    assert not line.isVisible()
    desk.toasts.show(Toast("Read me", sticky=True))
    window.go("today")
    assert line.text() == "Read me"


def test_what_was_done_can_be_undone_once_from_the_recent_actions(
    qtbot: QtBot, window: MainWindow, desk: Desk, shot: Shot
) -> None:
    undone: list[str] = []
    desk.toasts.undoable("Moved to 3-2", lambda: undone.append("move"))
    desk.toasts.undoable("Mail address changed", lambda: undone.append("mail"))
    window.recent.open_beside(window.sidebar.recent)
    buttons = window.recent.findChildren(Button)
    shot(window, "recent-in-window")
    assert [button.accessibleDescription() for button in buttons] == ["Mail address changed", "Moved to 3-2"]
    qtbot.mouseClick(buttons[1], Qt.MouseButton.LeftButton)
    assert undone == ["move"]
    window.recent.open_beside(window.sidebar.recent)
    left = [button for button in window.recent.findChildren(Button) if button.isVisible()]
    assert [button.accessibleDescription() for button in left] == ["Mail address changed"]
    window.recent.hide()


def test_long_work_ends_in_a_message_with_a_link(window: MainWindow, desk: Desk) -> None:
    work = LongWork("Importing")
    desk.tasks.follow(work)
    work.step(40, 100)
    work.finish(Ending("100 children imported", "Show them"))
    assert window.strip.toast.text() == "100 children imported"


def test_a_failure_of_long_work_stays_until_it_is_read(window: MainWindow, desk: Desk, qapp: QApplication) -> None:
    work = LongWork("Importing")
    desk.tasks.follow(work)
    work.fail(UserError("database.busy"))
    window.go("notices")
    qapp.processEvents()
    assert any("busy" in label.whole() for label in window.strip.findChildren(type(window.strip.toast._text)))


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.2, "about 1 second left"),
        (42.4, "about 42 seconds left"),
        (61, "about 1 minute left"),
        (340, "about 6 minutes left"),
    ],
)
def test_time_left_is_said_no_more_exactly_than_it_is_known(seconds: float, words: str) -> None:
    assert time_left_words(seconds) == words


def test_the_window_closes_only_when_its_guard_lets_it(window: MainWindow) -> None:
    window.set_close_guard(lambda: False)
    assert not window.close()
    window.set_close_guard(lambda: True)
    assert window.close()


def test_the_window_comes_back_as_it_was_left(
    qtbot: QtBot, desk: Desk, made: list[str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = str(tmp_path_factory.mktemp("settings") / "desk.ini")
    first = open_window(qtbot, desk, made, QSettings(path, QSettings.Format.IniFormat))
    first.resize(800, 650)
    first.close()
    second = open_window(qtbot, desk, made, QSettings(path, QSettings.Format.IniFormat))
    assert (second.width(), second.height()) == (800, 650)


def test_a_wide_action_waits_for_a_second_thought(qtbot: QtBot) -> None:
    question = Question("Withdraw?", "68 families have it already.", "Withdraw from 68 families", dangerous=True)
    qtbot.addWidget(question)
    question.show()
    assert question.no.isDefault()
    assert question.yes.words() == "Withdraw from 68 families"


def test_a_bug_opens_one_dialog_whose_details_name_no_person(
    qtbot: QtBot, window: MainWindow, caplog: pytest.LogCaptureFixture
) -> None:
    reporter = Reporter(lambda: window)
    try:
        raise ValueError("parent@family.example")  # noqa: TRY301 - an error with a traceback
    except ValueError as error:
        reporter.report(window, error)
        reporter.report(window, error)
        details = details_of(error)
    assert len([dialog for dialog in window.findChildren(ErrorDialog) if dialog.isVisible()]) == 1
    assert "family.example" not in details
    assert "ValueError" in details
    assert reporter.dialog is not None
    reporter.dialog.copy_button.click()
    assert QApplication.clipboard().text() == details
    reporter.dialog.close()
    assert [record.levelname for record in caplog.records] == ["ERROR", "ERROR"]


def test_what_a_person_can_put_right_is_worded_with_the_next_step(window: MainWindow) -> None:
    reporter = Reporter(lambda: window)
    reporter.report(window, UserError("database.busy"))
    assert reporter.dialog is not None
    assert "Try again" in reporter.dialog.accessibleDescription()
    assert not reporter.dialog.copy_button.isVisible()
    reporter.dialog.close()


def test_every_button_and_field_of_the_window_has_a_name(window: MainWindow) -> None:
    window.set_connection("Connected", well=True)
    nameless = [b for b in window.findChildren(Button) if b.isVisible() and not b.accessibleName()]
    assert not nameless
    assert window.top.finder.accessibleName()


def test_icons_follow_the_palette(qapp: QApplication) -> None:
    light = pixmap("check", "text", 32).toImage()
    theme.apply(qapp, Qt.ColorScheme.Dark)
    assert pixmap("check", "text", 32).toImage() != light


def test_every_state_has_its_icon_and_its_colours() -> None:
    for state in STATES.values():
        assert not pixmap(state.icon, state.tone).isNull()
        assert state.word
        if state.loud:
            assert theme.colour(f"{state.tone}_t").isValid()


@pytest.mark.parametrize(("shade", "tokens"), [("light", LIGHT), ("dark", DARK)])
def test_the_style_sheets_shapes_have_the_palettes_colours(shade: str, tokens: Tokens) -> None:
    assert tokens.muted in (SHAPES / f"{shade}-down.svg").read_text()
    assert tokens.accent in (SHAPES / f"{shade}-check-on.svg").read_text()
    assert tokens.border in (SHAPES / f"{shade}-radio-off.svg").read_text()


@pytest.mark.parametrize("tokens", [LIGHT, DARK])
def test_text_can_be_read_on_every_ground_it_stands_on(tokens: Tokens) -> None:
    for tone in ("success", "info", "warning", "danger"):
        for ground in (tokens.surface, tokens.sel, getattr(tokens, f"{tone}_t")):
            assert contrast(getattr(tokens, tone), ground) >= 4.5
    for tone in (tokens.text, tokens.muted):
        for ground in (tokens.surface, tokens.window, tokens.sel):
            assert contrast(tone, ground) >= 4.5
    assert contrast(tokens.on_accent, tokens.accent) >= 4.5
    assert contrast(tokens.on_danger, tokens.danger) >= 4.5
    assert contrast(tokens.border, tokens.window) >= 3
    assert contrast(tokens.border, tokens.surface) >= 3


def contrast(one: str, other: str) -> float:
    """WCAG 2's contrast ratio."""

    def light(colour: str) -> float:
        parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    brighter, darker = sorted((light(one), light(other)), reverse=True)
    return (brighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("language", ["ja", "en", "vi"])
@pytest.mark.parametrize("size", [1.0, 2.0])
def test_nothing_of_the_frame_is_cut_off(
    qtbot: QtBot, desk: Desk, made: list[str], shot: Shot, speak: Callable[[str], None], language: str, size: float
) -> None:
    speak(language)
    theme.theme.set_body_size(theme.BODY_PT * size)
    window = open_window(qtbot, desk, made)
    window.resize(1280, 800)
    window.set_badge("notices", 12)
    window.set_connection("接続中", well=True)
    shot(window, f"frame-{language}-{size:.0f}")
    assert window.width() == 1280
    for button in (window.sidebar.emergency, window.sidebar.recent):
        needed = button.fontMetrics().horizontalAdvance(button.text()) + button.iconSize().width()
        assert needed <= button.width()


def test_long_work_is_still_shown_when_the_window_is_made_anew(qtbot: QtBot, desk: Desk, made: list[str]) -> None:
    work = LongWork("Importing")
    desk.tasks.follow(work)
    window = open_window(qtbot, desk, made)
    assert [line.work for line in window.strip.findChildren(WorkLine)] == [work]
    work.finish(Ending("100 children imported"))
    assert window.strip.toast.text() == "100 children imported"


def test_moments_in_errors_are_told_in_the_citys_zone(window: MainWindow, desk: Desk) -> None:
    reporter = Reporter(lambda: window, lambda: desk.clock().tzinfo)
    changed = datetime(2026, 11, 20, 1, 42, tzinfo=UTC)
    reporter.report(window, UserError("changed_elsewhere", who="佐藤", when=changed))
    assert reporter.dialog is not None
    assert "10:42" in reporter.dialog.accessibleName()
    reporter.dialog.close()
