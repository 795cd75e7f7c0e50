"""Settings: their values, defaults, and who changes them."""

import pytest
from sqlalchemy import select

from desktop.domain.errors import UserError
from desktop.domain.staff import Role
from desktop.services.settings import SettingsService
from desktop.settings import SETTINGS
from desktop.store import audit
from desktop.store.db import Store
from desktop.store.tables import AuditEvent
from tests.conftest import Clock
from tests.make import Make


@pytest.fixture
def settings(store: Store, clock: Clock, make: Make) -> SettingsService:
    with store.write(make.principal()) as session:
        make.installation(session)
        audit.record(session, "founded", "installation")
    return SettingsService(store, clock)


def test_what_is_set_is_there(settings: SettingsService, make: Make) -> None:
    assert settings.get("email.port") == "587"
    settings.set(make.principal(), "email.port", "25")
    settings.set(make.principal(), "line.enabled", "on")
    settings.set(make.principal(), "city.name", " みどり市 ")
    assert (settings.get("email.port"), settings.get("line.enabled"), settings.get("city.name")) == (
        "25",
        "on",
        "みどり市",
    )
    assert settings.all()["email.port"] == 25
    assert settings.all()["line.enabled"] is True


def test_all_settings_are_listed_with_their_defaults(settings: SettingsService, make: Make) -> None:
    settings.set(make.principal(), "notice.hold_minutes", "10")
    lines = {key: (value, default, label) for key, value, default, label in settings.list()}
    assert set(lines) == {key for key in SETTINGS if not key.startswith("sms.") and key != "contacts.sms"} | {
        "sms.enabled"
    }
    assert lines["notice.hold_minutes"] == ("10", "3", "Minutes in which an approved notice can be taken back")


def test_what_accounts_by_sms_need_is_listed_once_they_are_switched_on(settings: SettingsService, make: Make) -> None:
    assert settings.get("sms.fee") == "1500"  # by name it is there all the same
    settings.set(make.principal(), "sms.enabled", "on")
    assert {line[0] for line in settings.list()} == set(SETTINGS)


def test_practice_has_its_own_defaults(store: Store, clock: Clock, make: Make) -> None:
    with store.write(make.principal()) as session:
        make.installation(session, practice=True)
        audit.record(session, "founded", "installation")
    assert SettingsService(store, clock).get("notice.hold_minutes") == "0"


@pytest.mark.parametrize(
    ("key", "text", "code"),
    [
        ("email.port", "many", "settings.invalid"),
        ("city.timezone", "Mars/Olympus", "settings.invalid"),
        ("email.prot", "25", "settings.unknown"),
    ],
)
def test_what_makes_no_sense_is_refused(settings: SettingsService, make: Make, key: str, text: str, code: str) -> None:
    with pytest.raises(UserError, match=code):
        settings.set(make.principal(), key, text)


def test_an_unknown_setting_has_no_value(settings: SettingsService) -> None:
    with pytest.raises(UserError, match=r"settings\.unknown"):
        settings.get("email.prot")


def test_only_an_administrator_of_the_city_sets(settings: SettingsService, store: Store, make: Make) -> None:
    with store.write(make.principal()) as session:
        school = make.school(session)
        clerk = make.staff(session, Role.CLERK)
        local = make.staff(session, Role.ADMINISTRATOR, school=school)
        audit.record(session, "added", "staff")
    for actor in (clerk, local):
        with pytest.raises(UserError, match="forbidden"):
            settings.set(actor, "email.port", "25")


def test_the_event_names_the_setting_and_not_its_value(settings: SettingsService, store: Store, make: Make) -> None:
    settings.set(make.principal(), "email.user", "geheim")
    with store.read() as session:
        event = session.scalars(select(AuditEvent).order_by(AuditEvent.id.desc()).limit(1)).one()
    assert (event.verb, event.subject, event.details) == ("changed", "setting", {"key": "email.user"})
