"""Starting the desk: one application for the process, its signals, its log."""

import logging
import signal
import sys
from pathlib import Path
from types import FrameType

from PySide6.QtCore import QEventLoop, QMessageLogContext, Qt, QTimer, QtMsgType, qInstallMessageHandler
from PySide6.QtWidgets import QApplication

from desktop.desk import quick_start
from desktop.desk.only_one import OnlyOne
from desktop.desk.place import DeskPlace
from desktop.desk.program import Program
from desktop.domain.errors import UserError
from desktop.ui import theme

log = logging.getLogger(__name__)


def make_application() -> QApplication:
    """The one of this process, dressed."""
    found = QApplication.instance()
    app = found if isinstance(found, QApplication) else QApplication(["renraku"])
    app.setApplicationName("renraku")
    app.setApplicationDisplayName("Renraku")
    theme.apply(app)
    return app


def make_program(app: QApplication, place: DeskPlace, sign_in_as: str = "") -> Program:
    quick_start.hold()
    program = Program(app, place, sign_in_as)
    program.opened.connect(quick_start.over, Qt.ConnectionType.SingleShotConnection)
    return program


def run_desk(place: DeskPlace, sign_in_as: str = "") -> int:
    """Open the desk and stay until it is closed."""
    qInstallMessageHandler(log_message)
    app = make_application()
    only = OnlyOne(place.paths.data_dir)
    if not only.is_ours():
        return _call_the_other(only)
    program = make_program(app, place, sign_in_as)
    program.opened.connect(lambda: only.listen(program.come_to_the_front), Qt.ConnectionType.SingleShotConnection)
    program.ended.connect(app.quit)
    hook, sys.excepthook = sys.excepthook, program.on_bug
    listen_to_signals(app)
    try:
        program.show()
        return app.exec()
    finally:
        sys.excepthook = hook
        program.shut()
        only.leave()


def _call_the_other(only: OnlyOne) -> int:
    """The desk that is open shows its window, and this one is not needed."""
    if not only.call():
        raise UserError("desk.already_open")
    return 0


def log_message(kind: QtMsgType, _context: QMessageLogContext, said: str) -> None:
    """What Qt says goes to the log: nobody reads a desk's stderr."""
    level = {QtMsgType.QtCriticalMsg: logging.ERROR, QtMsgType.QtFatalMsg: logging.CRITICAL}
    log.log(level.get(kind, logging.INFO), "Qt: %s", said)


def listen_to_signals(app: QApplication) -> None:
    """Ctrl+C and the service manager end the desk like its window does, but ask nobody."""

    def on_signal(_number: int, _frame: FrameType | None) -> None:
        app.exit(0)

    for name in ("SIGINT", "SIGTERM", "SIGHUP"):  # the last where the system has it: a session that ends
        if (number := getattr(signal, name, None)) is not None:
            signal.signal(number, on_signal)
    # Python hears of signals between two of its own steps only.
    steps = QTimer(app, interval=500)
    steps.timeout.connect(lambda: None)
    steps.start()


def picture_desk(place: DeskPlace, sign_in_as: str, folder: Path) -> list[Path]:
    """Open the desk, save pictures of its pages, close it."""
    from desktop.ui.pictures import save_pictures  # noqa: PLC0415 - only the demonstration needs it

    before = qInstallMessageHandler(log_message)
    app = make_application()
    program = make_program(app, place, sign_in_as)
    try:
        loop = QEventLoop()
        program.seated.connect(loop.quit)
        program.opened.connect(lambda: None if program.running else loop.quit())
        program.show()
        loop.exec()
        if program.window is None or program.running is None:
            raise UserError("database.not_initialised")
        return save_pictures(program.window, program.tasks, folder, program.running.sights())
    finally:
        program.shut()
        qInstallMessageHandler(before)
