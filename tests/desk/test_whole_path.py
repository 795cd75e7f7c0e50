"""The main job from end to end: a first start, a roster in, a notice out by mail and LINE, and what became of it.

A real window, a real database, the real worker as the desk's child, a mail server with STARTTLS and a password, and
LINE as documented.
"""

import base64
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit
from pytestqt.qtbot import QtBot
from shiboken6 import isValid

from desktop.desk.place import DeskPlace
from desktop.desk.program import Program
from desktop.desk.worker_keeper import Stage
from desktop.domain.notices import NoticeState
from desktop.ui.compose.page import ComposePage
from desktop.ui.compose.picker import AudiencePicker
from desktop.ui.main_window import MainWindow
from desktop.ui.notice.page import NoticePage
from desktop.ui.notice.state import Action
from desktop.ui.page import Page
from desktop.ui.roster_import.page import CHECK as LOOKED
from desktop.ui.roster_import.page import COLUMNS, DONE, RosterImportPage
from desktop.ui.sign_in.first_start import FirstStartView
from tests.desk.conftest import FORM, Open
from tests.desk.families import LINES, MAILS, write_roster
from tests.stand_ins import LineServer, ScriptedSmtp, SmtpScript, make_certificates

LONG_MS = 20_000
MAIL_PASSWORD = "sent by the school"


def test_from_the_first_start_to_every_family(
    open_desk: Open, empty_place: DeskPlace, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificates = make_certificates(tmp_path)
    script = SmtpScript(tls=certificates, user="school", password=MAIL_PASSWORD)
    with ScriptedSmtp(script) as mail, LineServer() as line:
        monkeypatch.setenv("SSL_CERT_FILE", str(certificates.ca_file))
        monkeypatch.setenv("RENRAKU_SECRET_EMAIL_PASSWORD", MAIL_PASSWORD)
        monkeypatch.setenv("RENRAKU_SECRET_LINE_CHANNEL_ACCESS_TOKEN", line.token)
        monkeypatch.setenv("RENRAKU_SECRET_DATA_KEY", base64.b64encode(bytes(32)).decode())

        program = open_desk(empty_place)
        set_up(program, qtbot)
        use_servers(program, mail, line)
        import_roster(program, qtbot, write_roster(tmp_path / "3年生.csv"))
        notice_id = write_notice(program, qtbot)
        approve(program, qtbot)

        assert program.running is not None
        actor, notices = program.desk.session.actor, program.running.context.notices
        qtbot.waitUntil(lambda: notices.get(actor, notice_id).state is NoticeState.DONE, timeout=LONG_MS)
        assert sorted(mail.addresses) == MAILS
        assert dict(line.got) == LINES
        assert [command for command in mail.commands if command.startswith(("STARTTLS", "AUTH"))]
        read_page(program, qtbot)


def window(program: Program) -> MainWindow:
    assert program.window is not None
    return program.window


def page(program: Program, key: str) -> Page:
    found = window(program).page(key)
    assert found is not None
    return found


def type_into(line: QLineEdit, text: str) -> None:
    """As an input method does: the whole at once."""
    line.setText(text)
    line.textEdited.emit(text)


def set_up(program: Program, qtbot: QtBot) -> None:
    """City, school, Hana, and Ken who approves. Hana is signed in then, and a worker runs."""
    view = window(program).findChild(FirstStartView)
    assert isinstance(view, FirstStartView)
    typed = {
        "city": FORM.city, "school_name": FORM.school_name, "school_code": FORM.school_code,
        "admin_name": FORM.admin_name, "admin_login": FORM.admin_login, "admin_password": FORM.admin_password,
        "admin_repeat": FORM.admin_password, "approver_name": FORM.approver_name,
        "approver_login": FORM.approver_login, "approver_password": FORM.approver_password,
    }  # fmt: skip
    for name, text in typed.items():
        editor = view.fields[name].editor
        assert isinstance(editor, QLineEdit)
        type_into(editor, text or "")
    with qtbot.waitSignal(program.seated, timeout=LONG_MS):
        for step in range(4):
            qtbot.waitUntil(lambda step=step: view.step == step and view.next.isEnabled(), timeout=LONG_MS)  # type: ignore[misc]  # a default binds the step
            view.advance()
    assert program.running is not None
    keeper = program.running.keeper
    qtbot.waitUntil(lambda: keeper.state.stage is Stage.RUNNING, timeout=LONG_MS)
    assert program.desk.session.actor.label == FORM.admin_name


def use_servers(program: Program, mail: ScriptedSmtp, line: LineServer) -> None:
    assert program.running is not None
    settings, actor = program.running.context.settings, program.desk.session.actor
    for key, value in {
        "email.host": "127.0.0.1",
        "email.port": str(mail.port),
        "email.security": "starttls",
        "email.user": "school",
        "email.from": "office@school.example",
        "line.enabled": "on",
        "line.api_url": line.url,
        "notice.quiet_hours": "off",
        "notice.hold_minutes": "0",
    }.items():
        settings.set(actor, key, value)


def import_roster(program: Program, qtbot: QtBot, file: Path) -> None:
    """By the import's own steps: file, columns, what changes, done."""
    window(program).go("roster_import", {"new": True})
    wizard = page(program, "roster_import")
    assert isinstance(wizard, RosterImportPage)
    qtbot.waitUntil(lambda: wizard.columns.school.value() == "H001", timeout=LONG_MS)
    wizard.read(file)
    for step in (COLUMNS, LOOKED):
        qtbot.waitUntil(lambda step=step: wizard.step == step and wizard.next.isEnabled(), timeout=LONG_MS)  # type: ignore[misc]  # a default binds the step
        qtbot.mouseClick(wizard.next, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: wizard.step == DONE and wizard._result is not None, timeout=LONG_MS)
    assert wizard._result is not None
    assert (wizard._result.imported, wizard._result.held) == (6, ())


def write_notice(program: Program, qtbot: QtBot) -> int:
    """In two languages, to both third classes and the football club; approval is asked for."""
    window(program).go("compose", {"new": True})
    compose = page(program, "compose")
    assert isinstance(compose, ComposePage)
    qtbot.waitUntil(lambda: compose._facts is not None, timeout=LONG_MS)
    type_into(compose.editor.subject, "遠足の延期")
    compose.editor.body.setPlainText("明日の遠足は、雨のため来週に延期します。")
    qtbot.mouseClick(compose.editor.add, Qt.MouseButton.LeftButton)
    picker = compose.choosing.picker
    assert isinstance(picker, AudiencePicker)
    for place in ("3-1", "3-2", "サッカー部"):
        type_into(picker.search, place)
        picker.search.searched.emit(place)
        qtbot.waitUntil(lambda place=place: place in first_of(picker), timeout=LONG_MS)  # type: ignore[misc]  # a default binds the place
        qtbot.keyClick(picker.search, Qt.Key.Key_Return)
    qtbot.keyClick(picker, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: compose.submit_button.words() == "Ask for approval (4 families)", timeout=LONG_MS)
    qtbot.mouseClick(compose.submit_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: window(program).current_key == "notice", timeout=LONG_MS)
    assert program.running is not None
    (row,) = program.running.context.notices.rows(program.desk.session.actor)
    return row.id


def first_of(picker: AudiencePicker) -> str:
    rows = picker._model.rows
    return rows[0].label if rows else ""


def approve(program: Program, qtbot: QtBot) -> None:
    """Ken signs in inside the dialog; Hana stays at the desk."""
    notice = page(program, "notice")
    assert isinstance(notice, NoticePage)
    qtbot.waitUntil(lambda: notice.button(Action.APPROVE) is not None, timeout=LONG_MS)
    button = notice.button(Action.APPROVE)
    assert button is not None
    button.click()
    dialog = notice.dialog
    type_into(dialog.sign_in.login, FORM.approver_login)
    type_into(dialog.sign_in.password, FORM.approver_password)
    dialog.sign_in.button.click()
    qtbot.waitUntil(lambda: dialog.approve.words() == "Approve (5 children · 4 families)", timeout=LONG_MS)
    qtbot.waitUntil(dialog.approve.isVisible, timeout=LONG_MS)
    dialog.approve.click()
    qtbot.waitUntil(lambda: not isValid(dialog) or dialog.isHidden(), timeout=LONG_MS)
    assert program.desk.session.actor.label == FORM.admin_name


def read_page(program: Program, qtbot: QtBot) -> None:
    """Each family by each channel, as it is read on the notice's page."""
    notice = page(program, "notice")
    assert isinstance(notice, NoticePage)
    table = notice.after.table

    def lines() -> list[list[str]]:
        model = table.model()
        return [
            [str(model.index(at, column).data(Qt.ItemDataRole.AccessibleTextRole)) for column in range(5)]
            for at in range(model.rowCount())
        ]

    def all_sent() -> bool:
        found = lines()
        return len(found) == 6 and all("Sent" in (line[3], line[4]) for line in found)

    qtbot.waitUntil(all_sent, timeout=LONG_MS)
    told = {line[2]: (line[3], line[4]) for line in lines()}
    assert told["青木 恵"] == ("Sent", "Sent")
    assert told["岡本 典子"][1] == "Sent"
    assert "村上 茂" not in told
