"""What every test of the desk can ask for: the dressed application, a desk without services, pictures of widgets."""

import os
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from desktop import i18n
from desktop.domain.staff import CITY, Actor, ActorKind, Grant, Role
from desktop.ui import theme
from desktop.ui.context import Changes, Desk, SchoolChoice, Session
from desktop.ui.tasks import InlineTasks, Tasks
from tests.conftest import NOON
from tests.ui.notice_office import office, office_template  # noqa: F401  fixtures
from tests.widgets import PatientBot, clear_away

Shot = Callable[[QWidget, str], Path | None]
SCHOOLS = (SchoolChoice(1, "東小学校"), SchoolChoice(2, "西中学校"), SchoolChoice(None, "市全体"))
HANAKO = Actor(
    ActorKind.STAFF, "山田 花子", staff_id=1, grants=(Grant(Role.ADMINISTRATOR, CITY), Grant(Role.APPROVER, CITY))
)


def tokyo_noon() -> datetime:
    return NOON.astimezone(ZoneInfo("Asia/Tokyo"))


@pytest.fixture(scope="session")
def qapp_args() -> list[str]:
    return ["renraku"]


@pytest.fixture
def qtbot(qapp: QApplication, request: pytest.FixtureRequest) -> QtBot:
    return PatientBot(request)


@pytest.fixture(autouse=True)
def _dressed(qapp: QApplication) -> Iterator[None]:
    """Every test begins in light, at the normal size."""
    theme.apply(qapp, Qt.ColorScheme.Light)
    yield
    clear_away()
    if theme.theme.scale > 1.2 or theme.theme.dark:
        theme.apply(qapp, Qt.ColorScheme.Light)
        theme.theme.set_body_size(theme.BODY_PT)


@pytest.fixture
def errors() -> list[Exception]:
    """What came to the common report."""
    return []


@pytest.fixture
def inline(errors: list[Exception], qapp: QApplication) -> InlineTasks:
    def report(_owner: QObject, error: Exception) -> None:
        errors.append(error)

    return InlineTasks(report)


@pytest.fixture
def tasks(errors: list[Exception], qapp: QApplication) -> Iterator[Tasks]:
    """Real threads."""
    made = Tasks(lambda _owner, error: errors.append(error))
    yield made
    assert made.close()


@pytest.fixture
def desk(inline: InlineTasks) -> Desk:
    """A desk at which Hanako is signed in, with work done at once."""
    session = Session(tokyo_noon)
    session.sign_in(HANAKO, SCHOOLS, school_id=1)
    return Desk(inline, Changes(), session, tokyo_noon)


@pytest.fixture(scope="session")
def shot() -> Shot:
    """Save a picture of a widget to $RENRAKU_SHOTS, if that is set: for eyes, not for comparing."""

    def save(widget: QWidget, name: str) -> Path | None:
        QApplication.processEvents()
        picture = widget.grab()
        assert not picture.isNull()
        folder = os.environ.get("RENRAKU_SHOTS")
        if not folder:
            return None
        path = Path(folder) / f"{name}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        assert picture.save(str(path))
        return path

    return save


@pytest.fixture
def speak() -> Iterator[Callable[[str], None]]:
    """Switch the language for one test."""
    yield i18n.set_language
    i18n.set_language("en")


@pytest.fixture(params=[("ja", 1.0), ("vi", 2.0), ("en", 1.0)], ids=["ja", "vi-large", "en"])
def reader(request: pytest.FixtureRequest, speak: Callable[[str], None]) -> Iterator[str]:
    """A reader of each language, one of them with large type; the name that a picture for them gets."""
    language, scale = request.param
    speak(language)
    theme.theme.set_body_size(theme.BODY_PT * scale)
    yield f"{language}-{round(scale * 100)}"
    theme.theme.set_body_size(theme.BODY_PT)
