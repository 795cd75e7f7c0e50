"""Pictures of the desk's pages, with their data, for where there is no screen."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from PySide6.QtCore import QEventLoop, QTimer
from PySide6.QtWidgets import QWidget

from desktop.ui.main_window import MainWindow
from desktop.ui.tasks import Tasks

WIDTH, HEIGHT = 1280, 800
_QUIET_MS = 400
_PATIENCE_MS = 15_000


@dataclass(frozen=True, slots=True)
class Visit:
    """A page to be taken a picture of, and what it shall show."""

    name: str
    page: str
    target: dict[str, object] = field(default_factory=dict)


def save_pictures(window: MainWindow, tasks: Tasks, folder: Path, visits: Sequence[Visit]) -> list[Path]:
    """Go to each page, wait until nothing more is loaded, and save what is seen; gives the files."""
    folder.mkdir(parents=True, exist_ok=True)
    window.resize(WIDTH, HEIGHT)
    saved = []
    for visit in visits:
        window.go(visit.page, dict(visit.target))
        settle(tasks)
        file = folder / f"{visit.name}.png"
        save_picture(window, file)
        saved.append(file)
    return saved


def save_picture(widget: QWidget, file: Path) -> None:
    """As PNG. Raises OSError."""
    if not widget.grab().save(str(file)):
        raise OSError(f"{file} cannot be written")


def settle(tasks: Tasks) -> None:
    """Wait until no work has run for a moment: pages ask one question after the other."""
    loop = QEventLoop()
    quiet = QTimer(interval=_QUIET_MS, singleShot=True)
    quiet.timeout.connect(loop.quit)
    most = QTimer(interval=_PATIENCE_MS, singleShot=True)
    most.timeout.connect(loop.quit)
    tasks.busy.connect(quiet.stop)
    tasks.idle.connect(quiet.start)
    if not tasks.is_busy:
        quiet.start()
    most.start()
    loop.exec()
    tasks.busy.disconnect(quiet.stop)
    tasks.idle.disconnect(quiet.start)
