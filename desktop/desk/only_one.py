"""One desk for each data directory: whoever starts a second one gets the first."""

import hashlib
import logging
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QLockFile, QObject

if TYPE_CHECKING:
    from PySide6.QtNetwork import QLocalServer

log = logging.getLogger(__name__)

_ANSWER_MS = 2000


class OnlyOne(QObject):
    """The lock on a data directory's desk, and the way to call the desk that holds it.

    The lock goes by the process, so that one that was killed keeps nobody out.
    """

    def __init__(self, folder: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        digest = hashlib.sha256(str(folder.resolve()).encode()).hexdigest()
        self._name = f"renraku-{digest[:24]}"
        self._lock = QLockFile(str(folder / "desk.lock"))
        self._lock.setStaleLockTime(0)
        self._server: QLocalServer | None = None

    def is_ours(self) -> bool:
        """Take the place if nobody has it."""
        return self._lock.tryLock(0)

    def call(self) -> bool:
        """Ask the desk that is open to show its window. False: it does not answer."""
        from PySide6.QtNetwork import QLocalSocket  # noqa: PLC0415 - a start that is alone needs no network

        socket = QLocalSocket()
        socket.connectToServer(self._name)
        answered = socket.waitForConnected(_ANSWER_MS)
        socket.disconnectFromServer()
        return answered

    def listen(self, on_call: Callable[[], object]) -> None:
        """From now on `on_call` is called when somebody starts another desk here."""
        from PySide6.QtNetwork import QLocalServer  # noqa: PLC0415 - when the window stands

        QLocalServer.removeServer(self._name)  # what a killed desk left; the lock says that it is gone
        server = QLocalServer(self)
        server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)

        def on_connection() -> None:
            while (socket := server.nextPendingConnection()) is not None:
                socket.disconnected.connect(socket.deleteLater)
                socket.disconnectFromServer()
                on_call()

        server.newConnection.connect(on_connection)
        if not server.listen(self._name):
            log.warning("a second start cannot call this desk: %s", server.errorString())
        self._server = server

    def leave(self) -> None:
        if self._server is not None:
            self._server.close()
        self._lock.unlock()
