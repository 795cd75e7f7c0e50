"""Writing a notice: by keyboard, with real services, to the moment approval is asked for."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from desktop.domain.audience import Part, PartKind
from desktop.domain.notices import Channel, CopyTo, NoticeKindRow, NoticeState, NoticeText
from desktop.store import audit
from desktop.ui import theme
from desktop.ui.audience_list import AudienceList
from desktop.ui.compose.checks import checks, mentions, nearest
from desktop.ui.compose.conflict import ConflictDialog
from desktop.ui.compose.local_drafts import LocalDraft, LocalDrafts
from desktop.ui.compose.page import ComposePage
from desktop.ui.compose.picker import AudiencePicker
from desktop.ui.compose.schedule import schedule_note
from desktop.ui.compose.state import Form, count_words, useless_after
from desktop.ui.context import Toast
from desktop.ui.tasks import InlineTasks
from desktop.ui.widgets.pieces import Button
from tests.make import Make
from tests.ui.beyond import OFFICE_MAIL, PTA, add_copies, add_list, add_staff, add_waiting
from tests.ui.conftest import Shot
from tests.ui.notice_office import BODY, CLASSES, TITLE, VIETNAMESE, Office, Stage

TOKYO = ZoneInfo("Asia/Tokyo")
NOW = datetime(2026, 11, 20, 12, 0, tzinfo=TOKYO)


@pytest.fixture
def stage(qtbot: QtBot, office: Office, inline: InlineTasks) -> Stage:
    return office.stage(qtbot, office.context(inline), "compose", new=True)


def write(stage: Stage, *parts: str) -> ComposePage:
    """Fill the page in as a person would, and look at once instead of after the pause."""
    page = stage.compose
    page.editor.subject.setText(TITLE)
    page.editor.subject.textEdited.emit(TITLE)
    page.editor.body.setPlainText(BODY)
    for text in parts:
        kind, _colon, ref = text.partition(":")
        school, _slash, name = ref.partition("/")
        page.editor.add_part(Part(PartKind(kind), school, name), name, exclude=False)
    look(page)
    return page


def look(page: ComposePage) -> None:
    page._ask_look()


def shortcut(qtbot: QtBot, stage: Stage, key: Qt.Key, modifier: Qt.KeyboardModifier) -> None:
    """Press keys as the keyboard does: to the window, which knows the shortcuts."""
    stage.window.activateWindow()
    qtbot.waitUntil(stage.window.isActiveWindow)
    qtbot.keyClick(stage.window.windowHandle(), key, modifier)


def reason(page: ComposePage) -> str:
    return page.submit_button.accessibleDescription()


# The whole way


def test_by_keyboard_alone_one_writes_chooses_a_class_and_asks_for_approval(qtbot: QtBot, stage: Stage) -> None:
    page = stage.compose
    page.editor.subject.setFocus()
    qtbot.keyClicks(page.editor.subject, "Sports day")
    qtbot.keyClick(page.editor.subject, Qt.Key.Key_Tab)
    assert stage.window.focusWidget() is page.editor.body
    qtbot.keyClicks(page.editor.body, "It rains.")
    shortcut(qtbot, stage, Qt.Key.Key_A, Qt.KeyboardModifier.AltModifier)
    qtbot.waitUntil(lambda: page.choosing.picker is not None)
    picker = page.choosing.picker
    assert isinstance(picker, AudiencePicker)
    qtbot.keyClicks(picker.search, "3-1")
    qtbot.keyClick(picker.search, Qt.Key.Key_Return)
    qtbot.keyClick(picker, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: page.submit_button.words() == "Ask for approval (12 families)")

    page.editor.body.setFocus()
    shortcut(qtbot, stage, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)

    qtbot.waitUntil(lambda: stage.window.current_key == "notice")
    rows = stage.context.notices.rows(stage.context.session.actor)
    assert [(row.title, row.state, row.children) for row in rows] == [("Sports day", NoticeState.SUBMITTED, 12)]
    assert "\n" not in stage.context.notices.get(stage.context.session.actor, rows[0].id).draft.texts["ja"].body


def test_tab_leaves_the_text_and_shift_tab_returns(qtbot: QtBot, stage: Stage) -> None:
    body = stage.compose.editor.body
    body.setFocus()
    qtbot.keyClick(body, Qt.Key.Key_Tab)
    assert stage.window.focusWidget() is stage.compose.editor.add
    assert body.toPlainText() == ""


# What stands beside the text


def test_the_pane_counts_children_families_and_messages(stage: Stage) -> None:
    page = write(stage, *CLASSES)
    words = " ".join(each.accessibleName() for each in page.side.findChildren(QWidget))
    for said in ("Children 20", "Families 20", "Mails 20", "LINE 9"):
        assert said in words
    assert page.side.numbers.unreached.isVisible()


def test_a_child_left_out_is_not_counted(stage: Stage) -> None:
    page = write(stage, "homeroom:H001/3-1")
    child = stage.context.people.find(stage.context.session.actor, "青木")[0]
    page.editor.add_part(Part(PartKind.CHILD, ref=str(child[1])), child[2], exclude=True)
    look(page)
    assert page.submit_button.words() == "Ask for approval (11 families)"
    assert [tag.excluded for tag in page.editor.audience.tags()] == [False, True]


def test_the_list_by_name_shows_everybody_or_those_whom_nothing_reaches(
    qtbot: QtBot, office: Office, inline: InlineTasks
) -> None:
    context = office.context(inline)
    behind = QWidget()
    qtbot.addWidget(behind)
    dialog = AudienceList(context, office.draft(), unreached=True, parent=behind)
    model = dialog.table.model()
    assert [model.index(at, 1).data() for at in range(model.rowCount())] == ["髙橋 美咲"]
    dialog.filter.choose("children")
    dialog.filter.chosen.emit("children")
    assert model.rowCount() == 20


def test_the_previews_are_made_by_the_code_that_sends(stage: Stage) -> None:
    page = write(stage, "homeroom:H001/3-1")
    assert page._look is not None
    shown = page._look.previews
    assert shown is not None
    assert shown.line_head == f"【東小学校】【お知らせ】\n{TITLE}"
    assert shown.line_text == BODY
    assert shown.mail.subject == f"【東小学校】【お知らせ】{TITLE}"
    assert shown.mail.sender == "東小学校 <renraku@city.example>"
    assert shown.mail.body.startswith(BODY)
    assert shown.plain.body.startswith(BODY)


def test_a_language_without_a_text_says_who_reads_it_and_what_they_get(stage: Stage) -> None:
    page = write(stage, "homeroom:H001/3-1")
    assert page.editor._fallback.whole() == "Vietnamese: 1 family get it in Japanese"
    page.editor.choose_language("vi")
    assert page.editor.subject.text() == ""
    page.editor.subject.setText(VIETNAMESE.title)
    page.editor.subject.textEdited.emit(VIETNAMESE.title)
    assert "title or text missing" in page.editor.tabs.tabToolTip(2)
    page.editor.body.setPlainText(VIETNAMESE.body)
    look(page)
    assert page.editor._fallback.whole() == ""
    assert "written" in page.editor.tabs.tabToolTip(2)
    page.editor.choose_language("ja")
    assert page.editor.subject.text() == TITLE


# The button


def test_the_button_says_why_it_does_not_work(stage: Stage) -> None:
    page = stage.compose
    look(page)
    assert not page.submit_button.isEnabled()
    assert reason(page)
    write(stage)
    assert reason(page) == "The audience means nobody."
    page = write(stage, "homeroom:H001/3-1")
    assert page.submit_button.isEnabled()
    assert reason(page) == ""


def test_children_whom_nothing_reaches_cannot_be_written_to(stage: Stage) -> None:
    child = stage.context.people.find(stage.context.session.actor, "髙橋")[0]
    page = write(stage)
    page.editor.add_part(Part(PartKind.CHILD, ref=str(child[1])), child[2], exclude=False)
    look(page)
    assert reason(page) == "None of the 1 recipients can be reached this way."


def test_a_text_too_long_for_line_is_counted_as_line_counts(stage: Stage) -> None:
    page = write(stage, "homeroom:H001/3-1")
    page.editor.body.setPlainText("🍎" * 2500)
    look(page)
    assert "too long for LINE" in reason(page)
    assert "in LINE 5," in page.editor._body_field.message()
    page.editor.channels.picked.emit([Channel.EMAIL])
    look(page)
    assert reason(page) == ""


def test_an_audience_of_another_school_is_refused_in_words(office: Office, stage: Stage, make: Make) -> None:
    with office.store.write(make.principal()) as session:
        other = make.school(session, "H002", "西中学校", "junior_high")
        make.homeroom(session, other, "1-1")
        audit.record(session, "added", "school")
    page = write(stage, "homeroom:H002/1-1")
    assert not page.submit_button.isEnabled()
    assert "Your roles do not include writing to" in reason(page)


def test_where_nobody_else_can_approve_the_page_says_so(qtbot: QtBot, office: Office, inline: InlineTasks) -> None:
    stage = office.stage(qtbot, office.context(inline, approve=True), "compose", new=True)
    page = write(stage, "homeroom:H001/3-1")
    assert page.no_approver.isVisible()
    clerk = office.stage(qtbot, office.context(inline), "compose", new=True)
    assert not write(clerk, "homeroom:H001/3-1").no_approver.isVisible()


# Kinds and times


def test_the_kind_says_until_when_it_is_of_use_unless_somebody_says_otherwise(stage: Stage) -> None:
    page = stage.compose
    assert page.editor.form.useless_after is None
    page.editor.kind.picked.emit("closure")
    assert page.editor.form.useless_after == NOW + timedelta(hours=12)
    assert page.editor.until.isVisible()
    chosen = NOW + timedelta(hours=2)
    page.editor.until.set_moment(chosen)
    page.editor.kind.picked.emit("suspicious_person")
    assert page.editor.form.useless_after == chosen


def test_the_emergency_button_begins_with_an_urgent_kind(qtbot: QtBot, office: Office, inline: InlineTasks) -> None:
    stage = office.stage(qtbot, office.context(inline), "compose", emergency=True)
    assert stage.compose.editor.form.kind == "closure"
    assert "also at night" in stage.compose._header.sentence()


def test_scheduling_says_that_this_computer_must_be_on(stage: Stage) -> None:
    page = write(stage, "homeroom:H001/3-1")
    page.editor.at_time.setChecked(True)
    page.editor.at.set_moment(NOW.replace(day=21, hour=8))
    look(page)
    assert page.editor._schedule_note.isVisible()
    assert "at 8:00 it must be on" in page.editor._schedule_note.accessibleName()
    assert page.editor.form.send_at == NOW.replace(day=21, hour=8)
    page.editor.at_once.setChecked(True)
    look(page)
    assert not page.editor._schedule_note.isVisible()
    assert page.editor.form.send_at is None


@pytest.mark.parametrize(
    ("seen", "kind", "words"),
    [
        (None, "warning", "Nothing is running"),
        (NOW - timedelta(hours=1), "warning", "last seen 11:00"),
        (NOW - timedelta(seconds=10), "info", ""),
    ],
)
def test_on_a_shared_database_a_schedule_is_worth_what_the_sending_service_is(
    seen: datetime | None, kind: str, words: str
) -> None:
    at = NOW + timedelta(hours=3)
    found = schedule_note(at, seen, NOW, sends_here=False, practice=False)
    assert found[0] == kind
    assert words in found[1]
    assert bool(words) == bool(found[1])


def test_useless_after_falls_on_full_five_minutes() -> None:
    kind = NoticeKindRow("closure", {}, urgent=True, useless_after_hours=12)
    assert useless_after(kind, None, NOW.replace(minute=1)) == NOW + timedelta(hours=12, minutes=5)
    assert useless_after(kind, NOW + timedelta(hours=1), NOW) == NOW + timedelta(hours=13)
    assert useless_after(replace(kind, useless_after_hours=None), None, NOW) is None


# Drafts


def test_what_is_typed_is_in_a_file_within_five_seconds(stage: Stage, office: Office) -> None:
    page = write(stage, "homeroom:H001/3-1")
    assert page.keeper._timer.isActive()
    assert page.keeper._timer.interval() <= 5000
    page.keeper.keep_soon()
    kept = LocalDrafts(office.folder / "drafts").of(office.clerk.staff_id)
    assert [(draft.form.title, draft.form.include) for draft in kept] == [(TITLE, page.editor.form.include)]
    assert all(path.stat().st_mode & 0o077 == 0 for path in (office.folder / "drafts").iterdir())


def test_after_a_crash_the_draft_is_offered_again(qtbot: QtBot, office: Office, inline: InlineTasks) -> None:
    first = office.stage(qtbot, office.context(inline), "compose", new=True)
    write(first, "homeroom:H001/3-1").keeper.keep_soon()
    again = office.stage(qtbot, office.context(inline), "compose", new=True)  # the first never closed
    page = again.compose
    assert page.left_over.isVisible()
    assert TITLE in page.left_over.accessibleName()
    page.left_over.write_on.click()
    assert page.editor.subject.text() == TITLE
    assert page.editor.body.toPlainText() == BODY
    page.save_button.click()
    assert [row.title for row in again.context.notices.rows(office.clerk)] == [TITLE]
    assert LocalDrafts(office.folder / "drafts").of(office.clerk.staff_id) == []


def test_a_discarded_draft_can_be_brought_back(qtbot: QtBot, office: Office, inline: InlineTasks) -> None:
    drafts = LocalDrafts(office.folder / "drafts")
    form = Form(kind="other", school_id=office.school_id, texts={"ja": NoticeText("x", "")})
    drafts.write(LocalDraft("one", office.clerk.staff_id, NOW, form))
    stage = office.stage(qtbot, office.context(inline), "compose", new=True)
    toasts: list[Toast] = []
    stage.context.toasts.shown.connect(toasts.append)
    stage.compose.left_over.discard.click()
    assert drafts.of(office.clerk.staff_id) == []
    assert toasts[0].open is not None
    toasts[0].open()
    assert [draft.form for draft in drafts.of(office.clerk.staff_id)] == [form]


def test_nobody_is_offered_somebody_elses_draft(qtbot: QtBot, office: Office, inline: InlineTasks) -> None:
    form = Form(kind="other", texts={"ja": NoticeText("x", "")})
    LocalDrafts(office.folder / "drafts").write(LocalDraft("one", office.head.staff_id, NOW, form))
    stage = office.stage(qtbot, office.context(inline), "compose", new=True)
    assert not stage.compose.left_over.isVisible()


def test_a_draft_file_tells_everything_and_a_broken_one_is_left_alone(tmp_path: Path) -> None:
    drafts = LocalDrafts(tmp_path)
    form = Form(
        kind="closure",
        school_id=3,
        channels=frozenset({Channel.EMAIL}),
        texts={"ja": NoticeText("件名", "本文\n二行")},
        include=(Part(PartKind.HOMEROOM, "H001", "3-1"),),
        exclude=(Part(PartKind.CHILD, ref="7"),),
        send_at=NOW,
        useless_after=NOW + timedelta(hours=3),
        useless_by_hand=True,
        notice_id=4,
        version=2,
        labels={"child:7": "青木 陽菜"},
    )
    drafts.write(LocalDraft("one", 1, NOW, form))
    (tmp_path / "two.json").write_text("{", encoding="utf-8")
    assert [draft.form for draft in drafts.of(1)] == [form]
    assert (tmp_path / "two.json").exists()


def test_leaving_the_page_keeps_what_was_typed(stage: Stage, office: Office) -> None:
    write(stage, "homeroom:H001/3-1")
    stage.window.go("notices", {})
    assert len(LocalDrafts(office.folder / "drafts").of(office.clerk.staff_id)) == 1


def test_closing_saves_the_draft_for_everybody(stage: Stage, office: Office) -> None:
    page = write(stage, "homeroom:H001/3-1")
    page.close_button.click()
    assert stage.window.current_key == "notices"
    assert [row.state for row in stage.context.notices.rows(office.clerk)] == [NoticeState.DRAFT]
    assert LocalDrafts(office.folder / "drafts").of(office.clerk.staff_id) == []


def test_a_lost_race_shows_both_versions_and_mine_can_be_kept(
    qtbot: QtBot, office: Office, inline: InlineTasks
) -> None:
    context = office.context(inline)
    notice_id = context.notices.create(office.clerk, office.draft())
    stage = office.stage(qtbot, context, "compose", notice_id=notice_id)
    page = stage.compose
    context.notices.save(office.head, notice_id, office.draft(title="theirs"), 1)
    page.editor.subject.setText("mine")
    page.editor.subject.textEdited.emit("mine")

    page.save_button.click()

    dialog = page.saver.dialog
    assert isinstance(dialog, ConflictDialog)
    shown = " ".join(label.text() for label in dialog.findChildren(QWidget) if hasattr(label, "text"))
    assert "theirs" in shown
    assert "mine" in shown
    assert page.elsewhere.isVisible()
    dialog.mine.click()
    assert [row.title for row in context.notices.rows(office.clerk)] == ["mine"]
    assert not page.elsewhere.isVisible()


def test_or_theirs(qtbot: QtBot, office: Office, inline: InlineTasks) -> None:
    context = office.context(inline)
    notice_id = context.notices.create(office.clerk, office.draft())
    page = office.stage(qtbot, context, "compose", notice_id=notice_id).compose
    context.notices.save(office.head, notice_id, office.draft(title="theirs"), 1)
    page.editor.subject.setText("mine")
    page.editor.subject.textEdited.emit("mine")
    page.save_button.click()
    assert page.saver.dialog is not None
    page.saver.dialog.theirs.click()
    assert page.editor.subject.text() == "theirs"
    assert [row.title for row in context.notices.rows(office.clerk)] == ["theirs"]


def test_a_change_takes_the_approval_back_and_the_page_says_so_before(
    qtbot: QtBot, office: Office, inline: InlineTasks
) -> None:
    context = office.context(inline)
    notice_id = context.notices.create(office.clerk, office.draft())
    context.approvals.submit(office.clerk, notice_id, 1)
    page = office.stage(qtbot, context, "compose", notice_id=notice_id).compose
    assert page._header.sentence().startswith("Any change takes the approval back")
    page.editor.subject.setText("other")
    page.editor.subject.textEdited.emit("other")
    page.save_button.click()
    assert context.notices.get(office.clerk, notice_id).state is NoticeState.DRAFT


def test_a_notice_that_has_gone_out_is_not_written_on(qtbot: QtBot, office: Office, inline: InlineTasks) -> None:
    context = office.context(inline)
    notice_id = office.approved(context)
    office.send()
    stage = office.stage(qtbot, context, "compose", notice_id=notice_id)
    assert stage.window.current_key == "notice"


def test_children_chosen_in_the_roster_come_by_name(qtbot: QtBot, office: Office, inline: InlineTasks) -> None:
    context = office.context(inline)
    found = context.people.find(office.clerk, "石田")[0]
    page = office.stage(qtbot, context, "compose", include=[f"child:{found[1]}"]).compose
    assert [tag.text for tag in page.editor.audience.tags()] == ["石田 蓮"]


# The picker


def test_the_picker_finds_classes_and_children_and_marks_what_is_in(qtbot: QtBot, stage: Stage) -> None:
    page = write(stage, "homeroom:H001/3-1")
    page.editor.add.click()
    picker = page.choosing.picker
    assert picker is not None
    states = {pick.label: pick.side for pick in picker._model.rows}
    assert states["3-1"] == "in"
    assert states["3-2"] == ""
    picker.search.setText("石田")
    picker.search.returnPressed.emit()
    picker._on_searched("石田")
    assert "石田 蓮" in [pick.label for pick in picker._model.rows]
    picker._pick(next(pick.key for pick in picker._model.rows if pick.label == "石田 蓮"))
    assert [tag.text for tag in page.editor.audience.tags()] == ["3-1", "石田 蓮"]
    picker.reject()


def test_a_part_that_is_left_out_leaves_the_other_side(stage: Stage) -> None:
    page = write(stage, "homeroom:H001/3-1")
    part = page.editor.form.include[0]
    page.editor.add_part(part, "3-1", exclude=True)
    assert not page.editor.form.include
    assert list(page.editor.form.exclude) == [part]
    page.editor.audience.removed.emit(str(part))
    assert not page.editor.form.exclude


# Checks before sending


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("11月21日（土）", [(11, 21, 5)]),
        ("11月30日(月)と1日（火）", [(11, 30, 0), (12, 1, 1)]),
        ("明日11月21日（土）、24日（火）", [(11, 21, 5), (11, 24, 1)]),
        ("thứ 7 ngày 21/11", [(11, 21, 5)]),
        ("21/11 (CN)", [(11, 21, 6)]),
        ("on Saturday 21 November", [(11, 21, 5)]),
        ("3日（水）", []),
        ("11月21日", []),
    ],
)
def test_days_with_their_weekdays_are_found_in_three_languages(text: str, found: list[tuple[int, int, int]]) -> None:
    assert [(m.month, m.day, m.weekday) for m in mentions(text)] == found


def test_a_wrong_weekday_is_said_first() -> None:
    form = Form(texts={"ja": NoticeText("", "11月21日（日）と11月24日（火）")})
    found = checks(form, None, (), NOW)
    assert (found[0].state, found[0].text) == ("warning", "The weekday is wrong: it is Sat 21 Nov")


def test_the_turn_of_the_year_is_near() -> None:
    assert nearest(1, 8, date(2026, 12, 20)) == date(2027, 1, 8)
    assert nearest(2, 30, date(2026, 12, 20)) is None


def test_characters_are_counted_for_line_only_where_line_is_used() -> None:
    form = Form(texts={"ja": NoticeText("件名", "本文です")}, channels=frozenset({Channel.EMAIL}))
    assert count_words(form, "ja", {"ja": 30}) == ("4 characters", False)
    both = replace(form, channels=frozenset(Channel))
    assert count_words(both, "ja", {"ja": 5001})[1]


# Staff, saved lists, copies


def test_staff_and_saved_lists_are_offered_beside_classes(qtbot: QtBot, office: Office, stage: Stage) -> None:
    add_staff(office, stage.context)
    add_list(office, stage.context)
    page = write(stage, "homeroom:H001/3-1")
    page.editor.add.click()
    picker = page.choosing.picker
    assert isinstance(picker, AudiencePicker)
    offered = {pick.label: pick.detail for pick in picker._model.rows}
    assert offered[PTA] == "Saved list"
    assert offered["Staff of 東小学校"] == "Staff"
    qtbot.keyClicks(picker.search, "staff of")
    qtbot.keyClick(picker.search, Qt.Key.Key_Return)
    picker.accept()
    look(page)
    assert [item.text for item in page.editor.audience.tags()] == ["3-1", "Staff of 東小学校"]
    assert page.submit_button.words() == "Ask for approval (12 families and 4 others)"


def test_each_kind_of_people_is_counted_apart(office: Office, stage: Stage, tmp_path: Path) -> None:
    add_staff(office, stage.context)
    add_copies(office, stage.context)
    add_waiting(office, stage.context, tmp_path)
    page = write(stage, *CLASSES, "staff:H001")
    words = " ".join(each.accessibleName() for each in page.side.findChildren(QWidget))
    for said in ("Children 20", "Guardians 20", "Waiting for a child 3", "Staff 4", "Copies 1"):
        assert said in words
    assert "1 member of staff has no address" in page.side.numbers.unreached.accessibleName()


def test_a_notice_to_staff_alone_can_be_asked_for(office: Office, stage: Stage) -> None:
    add_staff(office, stage.context)
    page = write(stage, "staff:H001")
    assert page.submit_button.words() == "Ask for approval (4 members of staff)"
    page.submit_button.click()
    assert stage.window.current_key == "notice"


def test_copies_are_chosen_in_a_row_that_says_where_they_go(office: Office, stage: Stage) -> None:
    add_copies(office, stage.context)
    page = write(stage, "homeroom:H001/3-1")
    row = page.editor.copies
    assert row.chosen() == frozenset(CopyTo)
    assert OFFICE_MAIL in row.boxes[CopyTo.SCHOOL].toolTip()
    assert row.boxes[CopyTo.APPROVER].toolTip() == "Whoever approves it, if their address is known"
    assert row._hint.text() == "No address is known yet for: Author"
    assert not row.boxes[CopyTo.AUTHOR].isChecked()
    assert not row.boxes[CopyTo.AUTHOR].isEnabled()
    row.boxes[CopyTo.SCHOOL].click()
    page.save_button.click()
    assert page.editor.form.notice_id is not None
    saved = stage.context.notices.get(office.clerk, page.editor.form.notice_id).draft
    assert saved.copies == {CopyTo.AUTHOR, CopyTo.APPROVER}


def test_the_schools_addresses_are_changed_from_where_they_are_missed(office: Office, stage: Stage) -> None:
    page = write(stage, "homeroom:H001/3-1")
    box = page.editor.copies.boxes[CopyTo.SCHOOL]
    assert not box.isChecked()
    page.editor.copies.addresses.click()
    dialog = page.choosing.copies
    assert dialog is not None
    dialog.edit.setPlainText("office@school.example, wrong")
    assert not dialog.save.isEnabled()
    assert dialog.field.message() == "Not a mail address: wrong"
    dialog.edit.setPlainText("office@school.example\nhead@school.example")
    dialog.save.click()
    assert stage.context.copies.addresses(office.clerk, office.school_id) == (
        "office@school.example", "head@school.example",
    )  # fmt: skip
    assert "head@school.example" in box.toolTip()
    assert box.isChecked()


def test_what_is_left_unfinished_keeps_its_copies(tmp_path: Path) -> None:
    drafts = LocalDrafts(tmp_path)
    form = Form(texts={"ja": NoticeText("件名", "本文")}, copies=frozenset({CopyTo.SCHOOL}))
    drafts.write(LocalDraft(LocalDrafts.new_key(), 1, NOW, form))
    assert drafts.of(1)[0].form.copies == {CopyTo.SCHOOL}


# For eyes


@pytest.mark.parametrize("language", ["ja", "vi", "en"])
@pytest.mark.parametrize("size", [theme.BODY_PT, 21])
def test_the_page_fits_the_smallest_window_in_every_language_and_at_double_size(
    qtbot: QtBot, office: Office, inline: InlineTasks, speak: Callable[[str], None], shot: Shot,
    language: str, size: float,
) -> None:  # fmt: skip
    speak(language)
    theme.theme.set_body_size(size)
    stage = office.stage(qtbot, office.context(inline), "compose", new=True)
    page = write(stage, *CLASSES)
    QApplication.processEvents()
    assert (stage.window.width(), stage.window.height()) == (1280, 800)
    assert page.minimumSizeHint().width() <= page.width()
    for button in (page.submit_button, page.save_button, page.close_button):
        right = button.mapTo(stage.window, button.rect().topRight()).x()
        assert right < 1280
        assert button.width() >= button.minimumSizeHint().width()
    shot(stage.window, f"compose-{language}-{round(size)}")


def test_everything_one_can_reach_has_a_name(stage: Stage) -> None:
    page = stage.compose
    unnamed = [
        type(each).__name__
        for each in page.findChildren(QWidget)
        if each.focusPolicy() & Qt.FocusPolicy.TabFocus and each.isVisible() and not each.accessibleName()
        and not (isinstance(each, Button) and each.text()) and not getattr(each, "text", lambda: "")()
    ]  # fmt: skip
    assert unnamed == []
