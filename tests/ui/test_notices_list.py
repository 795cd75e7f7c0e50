"""The list of notices: found, opened, copied, deleted; and what an empty one says."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QLabel, QMenu
from pytestqt.qtbot import QtBot

from desktop.domain.notices import NoticeState
from desktop.domain.staff import Role
from desktop.store import audit
from desktop.ui.notices import page as notices_page
from desktop.ui.tasks import InlineTasks
from desktop.ui.widgets.empty import EmptyState
from tests.make import Make
from tests.ui.notice_office import CLASSES, TITLE, Office, Stage


@pytest.fixture
def stage(qtbot: QtBot, office: Office, inline: InlineTasks) -> Stage:
    """One sent, one waiting for approval, one draft."""
    context = office.context(inline)
    office.approved(context)
    office.send()
    office.submitted(context, office.draft("grade:H001/3", title="修学旅行の集金について"))
    context.notices.create(office.clerk, office.draft(CLASSES[2], title="サッカー部 練習中止"))
    return office.stage(qtbot, context, "notices")


def titles(stage: Stage) -> list[str]:
    return [line.title for line in stage.notices._model.rows]


def select(stage: Stage, title: str) -> None:
    line = next(line for line in stage.notices._model.rows if line.title == title)
    stage.notices.table.select_id(line.id)


def menu(stage: Stage) -> QMenu:
    made = QMenu(stage.notices)
    stage.notices._fill_menu(made)
    return made


def test_the_newest_stands_first_with_its_state_and_how_far_it_got(stage: Stage) -> None:
    lines = stage.notices._model.rows
    assert [(line.title, line.state, line.numbers) for line in lines] == [
        ("サッカー部 練習中止", "draft", "–"),
        ("修学旅行の集金について", "submitted", "–"),
        (TITLE, "done", "28 / 29"),
    ]
    assert stage.notices._header.sentence() == "1 notice waits for approval."


def test_filters_and_words_narrow_the_list(stage: Stage) -> None:
    stage.notices.filter.choose("submitted")
    stage.notices.filter.chosen.emit("submitted")
    assert titles(stage) == ["修学旅行の集金について"]
    stage.notices.filter.choose("all")
    stage.notices.filter.chosen.emit("all")
    stage.notices.search.setText("サッカー 中止")
    stage.notices.search.searched.emit("サッカー 中止")
    assert titles(stage) == ["サッカー部 練習中止"]


def test_typing_in_the_list_searches(qtbot: QtBot, stage: Stage) -> None:
    stage.notices.table.setFocus()
    qtbot.keyClicks(stage.notices.table, "zz")
    stage.notices.search.searched.emit("zz")
    assert titles(stage) == []
    empty = stage.notices.table.findChild(EmptyState)
    assert isinstance(empty, EmptyState)
    assert "No such notice" in [label.text() for label in empty.findChildren(QLabel)]


def test_enter_opens_a_notice_and_a_draft_for_writing_on(qtbot: QtBot, stage: Stage) -> None:
    select(stage, TITLE)
    qtbot.keyClick(stage.notices.table, Qt.Key.Key_Return)
    assert stage.window.current_key == "notice"
    stage.window.go("notices", {})
    select(stage, "サッカー部 練習中止")
    qtbot.keyClick(stage.notices.table, Qt.Key.Key_Return)
    assert stage.window.current_key == "compose"
    assert stage.compose.editor.subject.text() == "サッカー部 練習中止"


def test_the_row_menu_copies_and_deletes(stage: Stage, office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notices_page, "confirm", lambda *_words, **_kind: True)
    select(stage, "サッカー部 練習中止")
    actions = {action.text(): action for action in menu(stage).actions()}
    assert list(actions) == ["Open", "Edit", "Copy into a new draft", "Delete the draft"]
    actions["Delete the draft"].trigger()
    assert "サッカー部 練習中止" not in titles(stage)
    select(stage, TITLE)
    sent = {action.text(): action for action in menu(stage).actions()}
    assert list(sent) == ["Open", "Copy into a new draft"]
    sent["Copy into a new draft"].trigger()
    assert stage.window.current_key == "compose"


def test_it_follows_what_others_write(qtbot: QtBot, stage: Stage, office: Office) -> None:
    stage.context.notices.create(office.clerk, office.draft(title="あとから"))
    stage.announce()
    qtbot.waitUntil(lambda: "あとから" in titles(stage))


def test_an_empty_list_says_what_is_missing_and_offers_it(qtbot: QtBot, office: Office, inline: InlineTasks) -> None:
    stage = office.stage(qtbot, office.context(inline), "notices")
    QApplication.processEvents()
    shown = [label.text() for label in stage.notices.findChildren(QLabel) if label.isVisible()]
    for words in (
        "There are no notices yet",
        "The roster is imported",
        "20 children · 20 guardians",
        "Somebody can approve",
    ):
        assert words in shown
    stage.notices._first.click()
    assert stage.window.current_key == "compose"


def test_somebody_who_may_only_look_is_offered_nothing_to_write(
    qtbot: QtBot, office: Office, inline: InlineTasks, make: Make
) -> None:
    with office.store.write(make.principal()) as session:
        looker = make.staff(session, Role.HELPDESK, name="窓口")
        audit.record(session, "added", "staff")
    context = office.context(inline, looker)
    office.submitted(context)
    stage = office.stage(qtbot, context, "notices")
    assert not stage.notices.write.isVisible()
    select(stage, TITLE)
    assert [action.text() for action in menu(stage).actions()] == ["Open"]
    assert context.notices.rows(looker)[0].state is NoticeState.SUBMITTED
