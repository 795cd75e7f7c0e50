"""Parts of the program that a city may leave switched off: accounts by text message."""

from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from desktop.desk.behind import Behind
from desktop.desk.place import DeskPlace
from desktop.desk.program import Program
from desktop.ui.administration.page import AdministrationPage
from desktop.ui.administration.settings_panel import SettingsPanel
from desktop.ui.widgets.forms import Choice
from tests.desk.conftest import Open
from tests.desk.test_desk import LONG_MS, window


def places(program: Program) -> list[str]:
    nav = window(program).sidebar.nav
    return [nav.item(at).text() for at in range(nav.count())]


def commands(program: Program) -> list[str]:
    return [command.title for command in window(program).commands()]


def cards(panel: SettingsPanel) -> list[str]:
    return [label.text() for label in panel.findChildren(QLabel) if label.property("role") == "cardTitle"]


def switch(behind: Behind, value: str) -> None:
    """At another desk."""
    behind.services.settings.set(behind.services.staff.actor_for("hana"), "sms.enabled", value)


def test_accounts_by_sms_come_and_go_with_their_setting(
    open_desk: Open, place: DeskPlace, behind: Behind, qtbot: QtBot
) -> None:
    program = open_desk(place, "hana")
    assert "SMS accounts" not in places(program) + commands(program)
    switch(behind, "on")
    qtbot.waitUntil(lambda: "SMS accounts" in places(program), timeout=LONG_MS)
    assert "SMS accounts" in commands(program)
    window(program).go("sms")
    assert window(program).current_key == "sms"
    switch(behind, "off")
    qtbot.waitUntil(lambda: "SMS accounts" not in places(program), timeout=LONG_MS)
    assert "SMS accounts" not in commands(program)
    assert window(program).current_key == "today"


def test_a_city_without_them_has_one_switch_and_nothing_else_of_them(
    open_desk: Open, place: DeskPlace, qtbot: QtBot
) -> None:
    program = open_desk(place, "hana")
    window(program).go("administration", {"tab": "settings"})
    page = window(program).page("administration")
    assert isinstance(page, AdministrationPage)
    panel = page.panels["settings"]
    assert isinstance(panel, SettingsPanel)
    qtbot.waitUntil(lambda: bool(panel.fields), timeout=LONG_MS)
    assert [key for key in panel.fields if "sms" in key] == ["sms.enabled"]
    assert cards(panel)[-1] == "More parts of this program"

    switch = panel.fields["sms.enabled"].editor
    assert isinstance(switch, Choice)
    switch.choose("on")
    switch.picked.emit("on")
    panel.save_button.click()
    qtbot.waitUntil(lambda: {"sms.gateway", "contacts.sms"} <= set(panel.fields), timeout=LONG_MS)
    qtbot.waitUntil(lambda: "SMS accounts" in places(program), timeout=LONG_MS)
    assert [key for key in panel.fields if "reply_" in key or "pilot" in key] == []
