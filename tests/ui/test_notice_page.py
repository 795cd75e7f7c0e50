"""One notice: approved at the same desk by somebody else, sent by the real worker, and what became of it."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QLabel, QWidget
from pytestqt.qtbot import QtBot

from desktop.domain.mail_replies import MAIL_REASONS
from desktop.domain.notices import NoticeState
from desktop.services.deliveries import Deliveries
from desktop.store.tables import Delivery
from desktop.ui import theme
from desktop.ui.dialogs import Question
from desktop.ui.notice import page as notice_page
from desktop.ui.notice.approval import ApprovalDialog
from desktop.ui.notice.state import ALL_CLASSES, Action
from desktop.ui.tasks import InlineTasks, Tasks
from desktop.ui.widgets.pieces import Button
from desktop.wording.deliveries import advice, stopped_words
from tests.conftest import Clock
from tests.ui.beyond import OFFICE_MAIL, TEACHER, WITHOUT, add_copies, add_staff, add_waiting
from tests.ui.conftest import Shot
from tests.ui.notice_office import PASSWORD, TITLE, Office, Stage


@pytest.fixture
def said_yes(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every question is answered with yes; what the buttons said."""
    asked: list[str] = []

    def confirm(parent: QWidget, title: str, text: str, button: str, *, dangerous: bool = False) -> bool:
        asked.append(Question(title, text, button, dangerous=dangerous).yes.words())
        return True

    monkeypatch.setattr(notice_page, "confirm", confirm)
    return asked


def show(qtbot: QtBot, office: Office, tasks: Tasks, notice_id: int, *, approve: bool = False) -> Stage:
    return office.stage(qtbot, office.context(tasks, approve=approve), "notice", notice_id=notice_id)


def press(stage: Stage, action: Action) -> None:
    button = stage.notice.button(action)
    assert button is not None
    button.click()
    stage.announce()


def dialog_of(stage: Stage) -> ApprovalDialog:
    press(stage, Action.APPROVE)
    return stage.notice.dialog


def sign_in(dialog: ApprovalDialog, login: str, password: str = PASSWORD) -> None:
    dialog.sign_in.login.setText(login)
    dialog.sign_in.password.setText(password)
    dialog.sign_in.button.click()


def texts(widget: QWidget) -> str:
    QApplication.processEvents()
    return "\n".join(label.text() for label in widget.findChildren(QLabel) if label.isVisible())


def cells(stage: Stage, column: int) -> list[str]:
    table = stage.notice.after.table
    model = table.model()
    return [str(model.index(at, column).data(Qt.ItemDataRole.AccessibleTextRole)) for at in range(model.rowCount())]


# Approval


def test_another_person_approves_at_the_same_desk_and_the_author_stays_signed_in(
    qtbot: QtBot, office: Office, inline: InlineTasks
) -> None:
    notice_id = office.submitted(office.context(inline))
    stage = show(qtbot, office, inline, notice_id)
    dialog = dialog_of(stage)
    assert dialog.sign_in.isVisible()
    assert not dialog.approve.isVisible()
    shown = texts(dialog)
    for said in (TITLE, "保護者の皆さまへ", "1 child is reached by no channel", "山田 花子"):
        assert said in shown

    sign_in(dialog, office.head_login)
    assert dialog.approve.words() == "Approve (20 children · 20 families)"
    assert "田中 一郎 decides" in texts(dialog)
    qtbot.keyClick(dialog.approve, Qt.Key.Key_Space)

    details = stage.context.notices.get(office.clerk, notice_id)
    assert (details.state, details.approver) == (NoticeState.APPROVED, "田中 一郎")
    assert stage.context.session.actor == office.clerk


def test_a_wrong_password_says_so_and_lets_one_try_again(qtbot: QtBot, office: Office, inline: InlineTasks) -> None:
    stage = show(qtbot, office, inline, office.submitted(office.context(inline)))
    dialog = dialog_of(stage)
    sign_in(dialog, office.head_login, "wrong")
    assert dialog.sign_in._password_field.message()
    assert not dialog.approve.isVisible()
    sign_in(dialog, office.head_login)
    assert dialog.approve.isVisible()
    dialog.reject()


def test_who_wrote_it_cannot_approve_it(qtbot: QtBot, office: Office, inline: InlineTasks) -> None:
    context = office.context(inline)
    notice_id = context.notices.create(office.head, office.draft())
    context.approvals.submit(office.clerk, notice_id, 1)
    dialog = dialog_of(show(qtbot, office, inline, notice_id))
    sign_in(dialog, office.head_login)
    assert "cannot approve" in dialog.sign_in._password_field.message()
    assert not dialog.approve.isVisible()
    dialog.reject()


def test_an_approver_at_the_desk_needs_no_second_sign_in(qtbot: QtBot, office: Office, inline: InlineTasks) -> None:
    notice_id = office.submitted(office.context(inline))
    stage = show(qtbot, office, inline, notice_id, approve=True)
    dialog = dialog_of(stage)
    assert not dialog.sign_in.isVisible()
    dialog.at_once.setChecked(True)
    dialog.approve.click()
    assert stage.context.notices.get(office.head, notice_id).held is None


def test_it_is_sent_back_with_what_should_be_changed(qtbot: QtBot, office: Office, inline: InlineTasks) -> None:
    notice_id = office.submitted(office.context(inline))
    stage = show(qtbot, office, inline, notice_id, approve=True)
    dialog = dialog_of(stage)
    dialog.back.click()
    assert not dialog.with_reason.isEnabled()
    dialog.reason.setPlainText("日付が違います")
    dialog.with_reason.click()
    stage.announce()
    qtbot.waitUntil(lambda: stage.notice._header.sentence() == "Sent back: 日付が違います")


def test_an_emergency_can_go_out_alone_with_a_reason_and_waits_for_review(
    qtbot: QtBot, office: Office, inline: InlineTasks
) -> None:
    draft = office.draft("school:H001", title="臨時休校", kind="closure")
    context = office.context(inline)
    notice_id = context.notices.create(office.head, draft)
    context.approvals.submit(office.head, notice_id, 1)
    stage = show(qtbot, office, inline, notice_id, approve=True)
    assert stage.notice.emergency.isVisible()
    dialog = dialog_of(stage)
    dialog.alone.click()
    dialog.reason.setPlainText("川があふれそうです")
    dialog.with_reason.click()
    details = context.notices.get(office.head, notice_id)
    assert (details.state, details.solo_reason) == (NoticeState.APPROVED, "川があふれそうです")


def test_a_normal_notice_cannot_go_out_alone(qtbot: QtBot, office: Office, inline: InlineTasks) -> None:
    stage = show(qtbot, office, inline, office.submitted(office.context(inline)), approve=True)
    dialog = dialog_of(stage)
    assert not dialog.alone.isVisible()
    dialog.reject()


def test_a_notice_changed_meanwhile_is_not_approved_unseen(qtbot: QtBot, office: Office, inline: InlineTasks) -> None:
    context = office.context(inline)
    notice_id = office.submitted(context)
    stage = show(qtbot, office, inline, notice_id, approve=True)
    dialog = dialog_of(stage)
    version = context.notices.get(office.clerk, notice_id).version
    context.notices.save(office.clerk, notice_id, office.draft(title="other"), version)
    dialog.approve.click()
    assert dialog._problem.isVisible()
    assert context.notices.get(office.clerk, notice_id).state is NoticeState.DRAFT
    dialog.reject()


# Before it goes out


def test_an_approved_notice_can_be_taken_back(
    qtbot: QtBot, office: Office, inline: InlineTasks, said_yes: list[str]
) -> None:
    context = office.context(inline)
    notice_id = office.approved(context)
    stage = show(qtbot, office, inline, notice_id)
    press(stage, Action.CANCEL)
    assert said_yes == ["Cancel the notice"]
    assert context.notices.get(office.clerk, notice_id).state is NoticeState.CANCELLED


def test_copying_leads_to_a_new_draft(qtbot: QtBot, office: Office, inline: InlineTasks) -> None:
    stage = show(qtbot, office, inline, office.approved(office.context(inline)))
    press(stage, Action.COPY)
    assert stage.window.current_key == "compose"
    assert stage.compose.editor.subject.text() == TITLE


def test_a_held_notice_says_why_and_an_approver_releases_it(
    qtbot: QtBot, office: Office, inline: InlineTasks, clock: Clock, said_yes: list[str]
) -> None:
    context = office.context(inline)
    draft = replace(office.draft(), send_at=clock() + timedelta(minutes=5))
    notice_id = office.approved(context, draft)
    clock.turn(hours=1)  # nothing ran that could send
    office.send()
    stage = show(qtbot, office, inline, notice_id, approve=True)
    assert "Its time passed" in stage.notice._header.sentence()
    press(stage, Action.RELEASE)
    office.send()
    assert said_yes == ["Send it now"]
    assert context.notices.get(office.clerk, notice_id).state is NoticeState.DONE


# While and after it goes out


@pytest.fixture
def sent(qtbot: QtBot, office: Office, inline: InlineTasks) -> Stage:
    notice_id = office.approved(office.context(inline))
    office.send()
    return show(qtbot, office, inline, notice_id)


def test_the_page_shows_each_channel_each_class_and_each_child(sent: Stage) -> None:
    after = sent.notice.after
    assert [stat.accessibleName() for stat in after._channels] == ["Email 19 / 20 messages", "LINE 9 / 9 messages"]
    rows = {line.label: line.numbers for line in after._class_model.rows}
    assert rows == {"All": "18 / 20", "3-1": "10 / 12", "3-2": "8 / 8"}
    assert cells(sent, 1)[:3] == ["青木 陽菜", "青木 陽菜", "石田 蓮"]
    states = dict(zip(cells(sent, 1), cells(sent, 3), strict=True))
    assert states["上田 結衣"] == "Not sent"
    assert states["髙橋 美咲"] == "No address"
    assert states["大野 湊"] == "Sent"


def test_a_row_says_in_plain_words_what_happened_and_what_to_do(sent: Stage) -> None:
    table = sent.notice.after.table
    table.selectRow(cells(sent, 1).index("上田 結衣"))
    shown = texts(sent.notice.after.panel)
    assert "There is no such mailbox." in shown
    assert "Ask the family for their address" in shown
    table.selectRow(cells(sent, 1).index("髙橋 美咲"))
    assert "Hand it over on paper" in texts(sent.notice.after.panel)


def test_filters_carry_their_numbers_and_narrow_the_list(sent: Stage) -> None:
    after = sent.notice.after
    assert after._filters == ["all", "failed", "unreached"]
    after.filter.choose("failed")
    after.filter.chosen.emit("failed")
    assert cells(sent, 1) == ["上田 結衣"]
    after.filter.choose("all")
    after.search.setText("石田")
    after.search.searched.emit("石田")
    assert cells(sent, 1) == ["石田 蓮"]


def test_a_class_narrows_the_list(sent: Stage) -> None:
    after = sent.notice.after
    key = next(line.key for line in after._class_model.rows if line.label == "3-2")
    after.classes.select_id(key)
    assert len(cells(sent, 1)) == 8
    after.classes.select_id(ALL_CLASSES)
    assert len(cells(sent, 1)) == 21


def test_the_order_is_sqls(sent: Stage) -> None:
    sent.notice.after.table.sort_asked.emit("state", False)
    assert cells(sent, 1)[0] in {"上田 結衣", "髙橋 美咲"}


def test_what_needs_attention_stands_there_with_what_to_do(sent: Stage) -> None:
    box = sent.notice.after._attention
    assert [(line.words, line.button) for line in box._shown or ()] == [
        ("No address 1", "Show them"),
        ("Not sent 1", "Send again"),
    ]
    sent.notice.after._on_attention("unreached")
    assert cells(sent, 1) == ["髙橋 美咲"]


def test_only_what_failed_is_sent_again(sent: Stage, office: Office, said_yes: list[str]) -> None:
    press(sent, Action.RESEND)
    assert said_yes == ["Send 1 again"]
    before = sent.context.reports.status(office.clerk, 1)["deliveries"]
    assert before["email"]["accepted"] == 19
    office.send()
    assert sent.context.reports.status(office.clerk, 1)["deliveries"] == before | {
        "email": {"accepted": 19, "failed": 1}
    }


def test_whoever_sees_it_stops_it_and_an_approver_lets_it_go_on(
    qtbot: QtBot, office: Office, inline: InlineTasks
) -> None:
    context = office.context(inline)
    notice_id = office.approved(context)
    _begin(office)
    stage = show(qtbot, office, inline, notice_id)
    assert stage.notice._header.sentence() == "Sending began 12:00; it goes to 20 families."
    assert stage.notice._tick.isActive()
    press(stage, Action.STOP)
    qtbot.waitUntil(lambda: stage.notice.button(Action.STOP) is None)
    assert stage.notice.button(Action.RESUME) is None
    assert not stage.notice._tick.isActive()
    assert stage.notice._header.sentence() == "Stopped: 29 messages have not gone out."

    head = show(qtbot, office, inline, notice_id, approve=True)
    press(head, Action.RESUME)
    assert context.notices.get(office.clerk, notice_id).state is NoticeState.SENDING


def _begin(office: Office) -> None:
    """What the worker does first: make the messages, send none yet."""
    Deliveries(office.store, office.clock).begin_due()


def test_a_page_that_is_not_seen_does_not_ask(qtbot: QtBot, office: Office, inline: InlineTasks) -> None:
    notice_id = office.approved(office.context(inline))
    _begin(office)
    stage = show(qtbot, office, inline, notice_id)
    stage.window.go("notices", {})
    assert not stage.notice._tick.isActive()


def test_progress_moves_while_the_worker_sends(qtbot: QtBot, office: Office, inline: InlineTasks) -> None:
    notice_id = office.approved(office.context(inline))
    _begin(office)
    stage = show(qtbot, office, inline, notice_id)
    assert stage.notice.after._channels[0].accessibleName().startswith("Email 0 / 20 messages")
    office.send()
    stage.notice._load_progress()
    assert stage.notice.after._channels[0].accessibleName().startswith("Email 19 / 20 messages")
    stage.announce()
    qtbot.waitUntil(lambda: stage.notice._header.sentence().startswith("Sent to 20 families"))


# Words


@pytest.mark.parametrize("reason", MAIL_REASONS)
def test_every_reason_of_a_mail_server_has_words_and_a_next_step(reason: str) -> None:
    for words in (advice("email", "failed", reason), stopped_words("email", reason)):
        assert words.reason
        assert words.next_step
        assert "_" not in words.reason


def test_an_unknown_reason_is_shown_as_it_is() -> None:
    assert advice("email", "failed", "martian").reason == "It could not be sent. (martian)"


# For eyes


@pytest.mark.parametrize("language", ["ja", "vi", "en"])
@pytest.mark.parametrize("size", [theme.BODY_PT, 21])
def test_the_page_fits_the_smallest_window_in_every_language_and_at_double_size(
    sent: Stage, qtbot: QtBot, office: Office, inline: InlineTasks, speak: Callable[[str], None], shot: Shot,
    language: str, size: float,
) -> None:  # fmt: skip
    speak(language)
    theme.theme.set_body_size(size)
    stage = show(qtbot, office, inline, 1)
    stage.notice.after.table.selectRow(2)
    QApplication.processEvents()
    assert stage.notice.minimumSizeHint().width() <= stage.notice.width()
    shot(stage.window, f"notice-{language}-{round(size)}")


def test_the_list_takes_300_000_recipients(sent: Stage) -> None:
    after = sent.notice.after
    after.show_ids(range(1, 300_001), {"all": 300_000})
    after.table.scrollToBottom()
    QApplication.processEvents()
    assert after.table.model().rowCount() == 300_000
    assert any("300,000" in button.words() for button in after.filter.findChildren(Button))


# Staff, copies, contacts that wait for a child


@pytest.fixture
def sent_to_all(qtbot: QtBot, office: Office, inline: InlineTasks, tmp_path: Path) -> Stage:
    """A notice to a class, its waiting contacts and the staff, with copies."""
    context = office.context(inline)
    add_staff(office, context)
    add_copies(office, context)
    add_waiting(office, context, tmp_path)
    notice_id = office.approved(context, office.draft("homeroom:H001/3-1", "staff:H001"))
    office.send()
    return show(qtbot, office, inline, notice_id)


def test_staff_copies_and_waiting_contacts_are_counted_apart_from_families(sent_to_all: Stage) -> None:
    page = sent_to_all.notice
    assert "12 families · 2 contacts waiting for a child · 4 members of staff" in page._header.sentence()
    links = [each.words() for each in page.after.others.findChildren(Button)]
    assert links == ["Waiting for a child 2 / 2", "Staff 3 / 4 (1 not reached)", "Copies 3 / 3"]
    assert page.after._filters == ["all", "failed", "unreached", "waiting", "staff", "copies"]
    assert "1 member of staff not reached" in texts(page.after._attention)


def test_a_link_lists_them_with_what_became_of_each(sent_to_all: Stage) -> None:
    after = sent_to_all.notice.after
    after.others.findChildren(Button)[1].click()
    assert after.only == "staff"
    assert dict(zip(cells(sent_to_all, 1), cells(sent_to_all, 3), strict=True))[WITHOUT] == "No address"
    assert set(cells(sent_to_all, 2)) == {"Staff"}
    after.table.selectRow(cells(sent_to_all, 1).index(WITHOUT))
    assert "under Staff" in texts(after.panel)
    assert not after.panel.open_child.isVisible()


def test_copies_stand_with_their_addresses(sent_to_all: Stage) -> None:
    after = sent_to_all.notice.after
    after._on_others("copies")
    assert OFFICE_MAIL in cells(sent_to_all, 1)
    assert set(cells(sent_to_all, 2)) == {"A copy"}
    assert set(cells(sent_to_all, 3)) == {"Sent"}


def test_a_waiting_contact_leads_to_the_roster(sent_to_all: Stage) -> None:
    asked: list[tuple[str, dict[str, object]]] = []
    sent_to_all.context.navigator.requested.connect(lambda key, target: asked.append((key, target)))
    after = sent_to_all.notice.after
    after._on_others("waiting")
    after.table.selectRow(0)
    after.panel.open_child.click()
    assert asked[0][0] == "rosters"
    assert isinstance(asked[0][1]["waiting_of"], int)


def test_a_notice_to_staff_alone_says_nothing_of_families(qtbot: QtBot, office: Office, inline: InlineTasks) -> None:
    context = office.context(inline)
    add_staff(office, context)
    notice_id = office.approved(context, office.draft("staff:H001"))
    office.send()
    stage = show(qtbot, office, inline, notice_id)
    assert stage.notice._header.sentence().startswith("Sent to 4 members of staff, finished")
    assert not stage.notice.after._family_figures.isVisible()
    assert not stage.notice.after._rule.isVisible()
    assert stage.notice.after._channels[0].accessibleName() == "Email 3 / 3 messages"
    assert TEACHER in cells(stage, 1)


def test_what_goes_to_staff_moves_while_it_goes_out(qtbot: QtBot, office: Office, inline: InlineTasks) -> None:
    context = office.context(inline)
    add_staff(office, context)
    notice_id = office.approved(context, office.draft("staff:H001"))
    _begin(office)
    stage = show(qtbot, office, inline, notice_id, approve=True)
    assert [each.accessibleName() for each in stage.notice.after._channels] == ["Email 0 / 3 messages Beginning…"]
    office.send()
    stage.notice._load_progress()
    assert stage.notice.after._channels[0].accessibleName().startswith("Email 3 / 3 messages")


def test_families_are_done_and_copies_are_not(qtbot: QtBot, office: Office, inline: InlineTasks) -> None:
    context = office.context(inline)
    add_copies(office, context)
    notice_id = office.approved(context)
    _begin(office)
    with office.store.bookkeep() as session:
        session.query(Delivery).filter_by(kind="family").update({"state": "accepted"})
    stage = show(qtbot, office, inline, notice_id)
    names = [each.accessibleName() for each in stage.notice.after._channels]
    assert names == ["Email 20 / 20 messages 1 to others is left", "LINE 9 / 9 messages Finished"]
    press(stage, Action.STOP)
    qtbot.waitUntil(lambda: stage.notice._header.sentence() == "Stopped: 1 message has not gone out.")


def test_mails_that_may_have_come_twice_are_told(qtbot: QtBot, office: Office, inline: InlineTasks) -> None:
    context = office.context(inline)
    notice_id = office.approved(context)
    office.send()
    stage = show(qtbot, office, inline, notice_id)
    assert not stage.notice.after._again.isVisible()
    with office.store.bookkeep() as session:
        twice = session.query(Delivery).filter_by(state="accepted", channel="email").limit(3).all()
        for each in twice:
            each.in_doubt_count = 1
    stage.notice._load()
    assert stage.notice.after._again.isVisible()
    assert stage.notice.after._again.text() == (
        "3 mails were sent again because nobody knew whether they had arrived. They may have come twice."
    )


def test_who_approves_sees_staff_in_the_button_and_who_keeps_a_copy(
    qtbot: QtBot, office: Office, inline: InlineTasks
) -> None:
    context = office.context(inline)
    add_staff(office, context)
    dialog = dialog_of(show(qtbot, office, inline, office.submitted(context, office.draft("staff:H001"))))
    sign_in(dialog, office.head_login)
    assert dialog.approve.words() == "Approve (4 members of staff)"
    assert "Author · Approver · The school’s addresses" in texts(dialog)
