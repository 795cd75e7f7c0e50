"""Administration in a real window: staff and their roles, schools, settings with a try, kinds of notices."""

import socket
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit
from pytestqt.qtbot import QtBot

from desktop.domain.notices import NoticeKindRow
from desktop.domain.staff import CITY, Actor, Grant, Role, Scope, ScopeKind, StaffRow
from desktop.services.setup import FirstStart, Setup
from desktop.store import audit
from desktop.store.db import Store
from desktop.ui.administration import state
from desktop.ui.administration.kinds_panel import KindDialog, KindsPanel
from desktop.ui.administration.page import AdministrationPage
from desktop.ui.administration.school_dialogs import ClassDialog, GroupDialog, SchoolDialog
from desktop.ui.administration.schools_panel import SchoolsPanel
from desktop.ui.administration.settings_panel import SettingsPanel
from desktop.ui.administration.staff_dialog import PasswordDialog, StaffDialog
from desktop.ui.administration.staff_panel import StaffPanel
from desktop.ui.app_context import AppContext
from desktop.ui.copies_dialog import CopiesDialog
from desktop.ui.main_window import MainWindow
from desktop.ui.tasks import InlineTasks
from desktop.ui.widgets.forms import FormField
from desktop.ui.widgets.pieces import ElidedLabel
from tests.conftest import NOON, Clock
from tests.make import Make
from tests.ui.conftest import Shot
from tests.ui.office import app_context, show_page

PASSWORD = "kawa no nagare"
HANAKO = "asa no coffee"


class City:
    """A city after its first start: Hanako keeps it, and nobody can approve yet."""

    def __init__(self, store: Store, clock: Clock, make: Make) -> None:
        self.hanako: Actor = Setup(store, clock).first_start(
            FirstStart("ひがし市", "ひがし小学校", "H001", "primary", "山田 花子", "yamada", HANAKO)
        )
        self.setup = Setup(store, clock)
        with store.write(make.principal()) as session:
            self.west = make.school(session, "H002", "にし中学校", "junior_high")
            self.room = make.homeroom(session, self.west, "1-1")
            audit.record(session, "added", "school")


@pytest.fixture
def city(sqlite_store: Store, clock: Clock, make: Make) -> City:
    return City(sqlite_store, clock, make)


@pytest.fixture
def context(city: City, sqlite_store: Store, inline: InlineTasks, clock: Clock, tmp_path: Path) -> AppContext:
    return app_context(sqlite_store, inline, city.hanako, clock, tmp_path)


@pytest.fixture
def window(qtbot: QtBot, context: AppContext) -> MainWindow:
    return show_page(qtbot, context, "administration", "cog", lambda: AdministrationPage(context))


@pytest.fixture
def page(window: MainWindow) -> AdministrationPage:
    found = window.page("administration")
    assert isinstance(found, AdministrationPage)
    return found


@pytest.fixture
def staff(page: AdministrationPage) -> StaffPanel:
    panel = page.panels["staff"]
    assert isinstance(panel, StaffPanel)
    return panel


@pytest.fixture
def schools(page: AdministrationPage) -> SchoolsPanel:
    page.show_target(tab="schools")
    panel = page.panels["schools"]
    assert isinstance(panel, SchoolsPanel)
    return panel


@pytest.fixture
def settings(page: AdministrationPage) -> SettingsPanel:
    page.show_target(tab="settings")
    panel = page.panels["settings"]
    assert isinstance(panel, SettingsPanel)
    return panel


def type_into(field: FormField, text: str) -> None:
    """Type as a person does, whatever the letters."""
    assert isinstance(field.editor, QLineEdit)
    field.editor.setText(text)
    field.editor.textEdited.emit(text)


def said(panel: StaffPanel | SchoolsPanel) -> str:
    QApplication.processEvents()
    return "\n".join(label.text() for label in panel.findChildren(QLabel) if label.isVisible())


def add_second_person(staff: StaffPanel) -> None:
    staff.add()
    dialog = staff.dialog
    assert isinstance(dialog, StaffDialog)
    type_into(dialog.name, "佐藤 一郎")
    type_into(dialog.login, "satou")
    type_into(dialog.password, PASSWORD)
    dialog.save.click()


# Staff


def test_the_page_says_that_nobody_can_approve_until_somebody_can(
    page: AdministrationPage, staff: StaffPanel, context: AppContext
) -> None:
    assert page._header.sentence().startswith("Nobody can approve yet")
    add_second_person(staff)
    assert page._header.sentence() == "2 people work here."
    assert not context.staff.approver_missing()
    assert context.staff.sign_in("satou", PASSWORD).grants == (Grant(Role.APPROVER, CITY),)


def test_a_weak_password_and_missing_fields_keep_the_form_shut(staff: StaffPanel) -> None:
    staff.add()
    dialog = staff.dialog
    assert isinstance(dialog, StaffDialog)
    assert dialog.save.accessibleDescription() == "Still to fill in: Name"
    type_into(dialog.name, "佐藤")
    type_into(dialog.login, "satou")
    type_into(dialog.password, "satou")
    assert "at least 8" in dialog.password.message()
    assert not dialog.save.isEnabled()


def test_a_role_has_a_place_and_days(staff: StaffPanel, context: AppContext, city: City) -> None:
    add_second_person(staff)
    staff.table.select_id(next(row.id for row in context.staff.all(city.hanako) if row.login == "satou"))
    staff.edit()
    dialog = staff.dialog
    assert isinstance(dialog, StaffDialog)
    role = dialog.rows[0]
    role.role.choose("clerk")
    role.school.choose(city.west.id)
    role.school.picked.emit(city.west.id)
    role.part.choose(Scope(ScopeKind.HOMEROOM, city.west.id, city.room.id))
    role.to_day.setText("令和9年3月31日")
    role.to_day.textEdited.emit("")
    dialog.save.click()
    assert "Clerk, にし中学校 1-1 (until Wed 31 Mar 2027)" in said(staff)


def test_a_login_that_is_taken_is_said_in_the_form(staff: StaffPanel) -> None:
    add_second_person(staff)
    staff.add()
    dialog = staff.dialog
    assert isinstance(dialog, StaffDialog)
    type_into(dialog.name, "別人")
    type_into(dialog.login, "satou")
    type_into(dialog.password, PASSWORD)
    dialog.save.click()
    assert dialog.isVisible()
    assert dialog.band.accessibleName().startswith("The login satou is taken.")


def test_the_last_administrator_stays(staff: StaffPanel) -> None:
    staff.edit()
    dialog = staff.dialog
    assert isinstance(dialog, StaffDialog)
    dialog.rows[0].removed.emit()
    dialog.save.click()
    assert dialog.band.accessibleName().startswith("This is the last administrator")


def test_two_versions_of_somebody_are_offered(staff: StaffPanel, context: AppContext, city: City) -> None:
    staff.edit()
    dialog = staff.dialog
    assert isinstance(dialog, StaffDialog)
    member = dialog.member
    assert member is not None
    context.staff.rename(city.hanako, member.id, "山田 はな子", member.version)
    type_into(dialog.name, "山田 華子")
    dialog.save.click()
    assert not dialog.save.isEnabled()
    dialog.theirs_chosen.emit()
    assert dialog.typed().name == "山田 はな子"


def test_a_new_password_lets_somebody_in_who_was_locked_out(staff: StaffPanel, context: AppContext, city: City) -> None:
    add_second_person(staff)
    for _time in range(10):
        with pytest.raises(Exception, match=r"sign_in\."):
            context.staff.sign_in("satou", "wrong")
    staff.load()
    staff.table.select_id(next(row.id for row in context.staff.all(city.hanako) if row.login == "satou"))
    assert any("Locked until" in line.word for line in staff.model.rows)
    staff.set_password()
    dialog = staff.dialog
    assert isinstance(dialog, PasswordDialog)
    type_into(dialog.password, "yama no kaze")
    dialog.save.click()
    assert context.staff.sign_in("satou", "yama no kaze").label == "佐藤 一郎"


def test_somebodys_address_is_kept_and_a_wrong_one_is_said(staff: StaffPanel, context: AppContext, city: City) -> None:
    assert "No email address" in said(staff)
    staff.edit()
    dialog = staff.dialog
    assert isinstance(dialog, StaffDialog)
    type_into(dialog.email, "no-at-sign")
    assert not dialog.save.isEnabled()
    assert "no mail address" in dialog.email.message()
    type_into(dialog.email, "hanako@city.example")
    dialog.save.click()
    assert [row.email for row in context.staff.all(city.hanako)] == ["hanako@city.example"]
    assert "No email address" not in said(staff)


# Schools


def test_a_school_and_the_city_keep_copies_at_several_addresses(
    schools: SchoolsPanel, context: AppContext, city: City
) -> None:
    addresses = ("one@school.example", "two@school.example")
    for school in (city.west.id, None):
        schools.edit_copies(school)
        dialog = schools.dialog
        assert isinstance(dialog, CopiesDialog)
        dialog.edit.setPlainText("\n".join(addresses))
        dialog.save.click()
        assert context.copies.addresses(city.hanako, school) == addresses
    schools.table.select_id(city.west.id)
    QApplication.processEvents()
    shown = [label.whole() for label in schools.findChildren(ElidedLabel) if label.isVisible() and "@" in label.whole()]
    assert shown == list(addresses)


def test_a_school_a_class_and_a_club_are_added(schools: SchoolsPanel, context: AppContext, city: City) -> None:
    schools.add()
    dialog = schools.dialog
    assert isinstance(dialog, SchoolDialog)
    assert not dialog.save.isEnabled()
    type_into(dialog.fields["name"], "みなみ小学校")
    type_into(dialog.fields["code"], "H003")
    dialog.save.click()
    added = next(row for row in context.schools.all(city.hanako) if row.code == "H003")
    schools.table.select_id(added.id)
    for ask, kind, name in ((schools.add_class, ClassDialog, "1"), (schools.add_group, GroupDialog, "サッカー部")):
        ask()
        form = schools.dialog
        assert isinstance(form, kind)
        type_into(form.field, name)
        form.save.click()
    text = said(schools)
    assert "1-1" in text
    assert "サッカー部" in text


def test_a_wrong_mail_address_of_a_school_is_said_at_its_field(schools: SchoolsPanel) -> None:
    schools.edit()
    dialog = schools.dialog
    assert isinstance(dialog, SchoolDialog)
    type_into(dialog.fields["email"], "no-at-sign")
    assert "no mail address" in dialog.fields["email"].message()
    assert not dialog.save.isEnabled()


# Settings


def test_settings_are_saved_and_the_button_says_how_many(settings: SettingsPanel, context: AppContext) -> None:
    assert settings.save_button.accessibleDescription() == "Nothing has been changed"
    type_into(settings.fields["email.host"], "mail.city.example")
    type_into(settings.fields["email.port"], "465")
    assert settings.save_button.words() == "Save 2 changes"
    settings.save_button.click()
    assert context.settings.get("email.host") == "mail.city.example"
    assert context.settings.get("email.port") == "465"
    assert settings.save_button.words() == "Save"


def test_what_cannot_be_a_value_is_said_at_its_field(settings: SettingsPanel) -> None:
    type_into(settings.fields["email.port"], "many")
    assert settings.fields["email.port"].message().startswith("This cannot be read")
    assert settings.save_button.accessibleDescription() == "Please correct: Port of the mail server"
    settings.forget_button.click()  # or closing the window would ask
    assert settings.fields["email.port"].message() == "Normally: 587"


def test_a_mail_server_that_is_not_there_is_said_with_what_to_do(settings: SettingsPanel, context: AppContext) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
    type_into(settings.fields["email.host"], "127.0.0.1")
    type_into(settings.fields["email.port"], str(port))
    type_into(settings.fields["email.from"], "school@city.example")
    assert not settings.check_buttons["email"].isEnabled()
    settings.save_button.click()
    settings.check("email")
    assert f"Nothing answers at 127.0.0.1, port {port}." in settings.notes["email"].accessibleName()


def test_leaving_with_unsaved_settings_is_said(page: AdministrationPage, settings: SettingsPanel) -> None:
    assert page.unsaved() == ""
    type_into(settings.fields["city.name"], "にし市")
    assert page.unsaved() == "Settings that you changed have not been saved."
    settings.forget_button.click()
    assert page.unsaved() == ""
    assert settings.value("city.name") == "ひがし市"


# Kinds of notices


def test_a_kind_of_notice_is_added(page: AdministrationPage, context: AppContext) -> None:
    page.show_target(tab="kinds")
    panel = page.panels["kinds"]
    assert isinstance(panel, KindsPanel)
    before = len(panel.model.rows)
    panel.add()
    dialog = panel.dialog
    assert isinstance(dialog, KindDialog)
    type_into(dialog.names["en"], "Sports day")
    type_into(dialog.code_field, "Sports Day")
    assert "beginning with a letter" in dialog.code_field.message()
    type_into(dialog.code_field, "sports_day")
    type_into(dialog.hours, "24")
    dialog.save.click()
    assert len(panel.model.rows) == before + 1
    assert "sports_day" in {kind.code for kind in context.notices.kinds()}


# Who sees what, and by keyboard


def test_tabs_are_for_those_who_may(
    qtbot: QtBot, city: City, sqlite_store: Store, inline: InlineTasks, clock: Clock, tmp_path: Path, make: Make
) -> None:
    with sqlite_store.write(make.principal()) as session:
        clerk = make.staff(session, Role.CLERK)
        audit.record(session, "added", "staff")
    context = app_context(sqlite_store, inline, clerk, clock, tmp_path)
    page = AdministrationPage(context)
    qtbot.addWidget(page)
    assert page.panels == {}


def test_staff_by_keyboard(qtbot: QtBot, window: MainWindow, staff: StaffPanel) -> None:
    staff.table.setFocus()
    qtbot.keyClick(staff.table, Qt.Key.Key_Return)
    dialog = staff.dialog
    assert isinstance(dialog, StaffDialog)
    qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    assert not dialog.isVisible()


# Pure


def test_a_role_that_has_ended_says_so() -> None:
    today = NOON.date()
    ended = Grant(Role.CLERK, CITY, None, today.replace(year=2025))
    assert state.grant_words(ended, {}, today).endswith("(ended on Thu 20 Nov 2025)")
    gone = Grant(Role.CLERK, Scope(ScopeKind.SCHOOL, 9))
    assert "a place that is gone" in state.grant_words(gone, {}, today)


def test_staff_without_a_password_are_seen() -> None:
    row = StaffRow(1, "a", "A", True, (), 1, None, False)
    assert state.staff_state(row, NOON) == ("warning", "No password yet")


def test_kinds_without_an_hour_last_as_long_as_the_notice_says() -> None:
    assert state.useless_words(NoticeKindRow("a", {"en": "A"}, False, None)) == "when the notice says"


# Pictures


def test_pictures(reader: str, qtbot: QtBot, context: AppContext, shot: Shot) -> None:
    window = show_page(qtbot, context, "administration", "cog", lambda: AdministrationPage(context))
    page = window.page("administration")
    assert isinstance(page, AdministrationPage)
    for tab in [each.key for each in page.all_tabs]:
        page.show_target(tab=tab)
        shot(window, f"administration-{tab}-{reader}")
    page.show_target(tab="staff")
    panel = page.panels["staff"]
    assert isinstance(panel, StaffPanel)
    panel.add()
    assert panel.dialog is not None
    shot(panel.dialog, f"administration-add-{reader}")
    assert (window.width(), window.height()) == (1280, 800)
