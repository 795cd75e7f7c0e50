"""One worker for each data directory: it alone owns the journals that lie there."""

import os
import sys
from pathlib import Path
from types import TracebackType
from typing import Self

from desktop.domain.errors import UserError

if sys.platform == "win32":
    import msvcrt

    def _lock(handle: int) -> None:
        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def _lock(handle: int) -> None:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)


class DataDirLock:
    """Held while inside `with`; the system lets go of it when the process dies, however it dies."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._handle: int | None = None

    def __enter__(self) -> Self:
        """Raises UserError("worker.already_running")."""
        self._file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = os.open(self._file, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            _lock(handle)
        except OSError as error:
            os.close(handle)
            raise UserError("worker.already_running") from error
        self._handle = handle
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None
