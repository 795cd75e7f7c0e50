"""The desk on a database that was copied: what it says, and how an administrator lets it send again."""

import shutil

import pytest
from pytestqt.qtbot import QtBot

from desktop.desk.bands import Bands
from desktop.desk.behind import Behind
from desktop.desk.place import DeskPlace
from desktop.domain.notices import Urgency
from desktop.domain.sending_release import Choice
from desktop.ui.release_dialog import ReleaseDialog
from desktop.ui.widgets.pieces import Button
from tests.desk.conftest import Open
from tests.desk.test_desk import LONG_MS, approved, says, window


@pytest.fixture
def copied(school: Behind, place: DeskPlace) -> tuple[Behind, int]:
    """With an urgent notice that is due; the file stands where it was, but it is another file."""
    for key in ("notice.quiet_hours", "notice.hold_minutes"):
        school.services.settings.set(school.services.staff.actor_for("hana"), key, "off" if "quiet" in key else "0")
    notice = approved(school, "Closed today", urgency=Urgency.URGENT)
    file = place.paths.database
    shutil.copy(file, file.with_suffix(".copy"))
    file.with_suffix(".copy").replace(file)
    return school, notice


def test_an_administrator_looks_decides_and_releases(
    open_desk: Open, place: DeskPlace, copied: tuple[Behind, int], qtbot: QtBot
) -> None:
    school, notice = copied
    program = open_desk(place, "hana")
    qtbot.waitUntil(lambda: says(program, "restored, copied or moved"), timeout=LONG_MS)
    shown: list[ReleaseDialog] = []
    found = window(program).findChild(Bands)
    assert found is not None
    found.release_shown.connect(shown.append)
    next(button for button in window(program).findChildren(Button) if button.words() == "Look and release…").click()
    qtbot.waitUntil(lambda: bool(shown), timeout=LONG_MS)
    dialog = shown[0]
    assert not dialog.save.isEnabled()  # nobody has said yet what becomes of the urgent one
    dialog.choices[notice][Choice.HOLD].setChecked(True)
    dialog.save.click()
    qtbot.waitUntil(lambda: not says(program, "restored, copied or moved"), timeout=LONG_MS)
    standing = school.services.release.standing()
    assert (standing.may_send, standing.epoch) == (True, 2)
    assert school.services.notices.get(school.services.staff.actor_for("hana"), notice).state == "stopped"


def test_others_are_told_whom_to_ask(
    open_desk: Open, place: DeskPlace, copied: tuple[Behind, int], qtbot: QtBot
) -> None:
    program = open_desk(place, "ken")
    qtbot.waitUntil(lambda: says(program, "山田 花子 can look"), timeout=LONG_MS)
    assert not [each for each in window(program).findChildren(Button) if each.words() == "Look and release…"]
