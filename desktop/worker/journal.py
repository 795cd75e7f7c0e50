"""What each mail connection was doing, in files that outlive a killed worker (DESIGN "Sending" 6).

A worker has a folder named after it, a connection's thread a file in it: `claim <token>` when a claim is taken up,
`begin <id>` before the final dot of a mail can leave, `end <id> <code>` after the reply. Written without a buffer: what
has been written survives the process, though not the loss of the machine.
"""

import logging
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

from desktop.domain.claims import JournalFindings
from desktop.domain.errors import UserError

log = logging.getLogger(__name__)


class JournalError(Exception):
    """Nothing can be written down, so nothing may be sent: most likely the disk is full."""


class SlotJournal:
    """One thread's file. `may_begin` is asked before a mail is begun, and raises to stop it there."""

    def __init__(self, file: Path, may_begin: Callable[[int], None]) -> None:
        """Raises UserError("worker.no_journal")."""
        try:
            file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        except OSError as error:
            raise UserError("worker.no_journal") from error
        self._may_begin = may_begin
        self._unwritten = ""

    def claim(self, token: str, *, settled: bool) -> None:
        """A claim is taken up; `settled` says that all before it stands in the database and can be forgotten.

        Raises JournalError.
        """
        if settled:
            self._cut(0)
            self._unwritten = ""
        self._write(f"{self._unwritten}claim {token}\n")

    def begin(self, delivery_id: int) -> None:
        """Raises JournalError, and whatever `may_begin` does; then this mail has not been begun."""
        self._may_begin(delivery_id)
        self._write(f"{self._unwritten}begin {delivery_id}\n")

    def end(self, delivery_id: int, code: int) -> None:
        """It is written with what comes next, or before the connection waits for its server."""
        self._unwritten += f"end {delivery_id} {code}\n"

    def flush(self) -> None:
        """What cannot be written any more is known all the same; only a death before it is settled makes a doubt."""
        if not self._unwritten:
            return
        try:
            self._write(self._unwritten)
        except JournalError as error:
            log.warning("an outcome is not in the journal yet: %s", error)

    def _write(self, lines: str) -> None:
        """All of them or nothing: half a line would swallow the next one."""
        data = lines.encode("ascii")
        try:
            written = os.write(self._handle, data)
        except OSError as error:
            raise JournalError(error.strerror) from error
        if written < len(data):
            self._cut(os.fstat(self._handle).st_size - written)
            raise JournalError("the disk is full")
        self._unwritten = ""

    def _cut(self, length: int) -> None:
        try:
            os.ftruncate(self._handle, length)
        except OSError as error:
            raise JournalError(error.strerror) from error

    def close(self) -> None:
        self.flush()
        os.close(self._handle)


def findings(folder: Path, own_uuid: str) -> Iterator[JournalFindings]:
    """What the workers before this one left behind in the data directory, one by one."""
    for left in sorted(folder.iterdir()) if folder.is_dir() else ():
        if left.is_dir() and left.name != own_uuid:
            yield _read(left)


def forget(folder: Path, worker_uuid: str) -> None:
    """A worker's journals are settled: its leases are gone."""
    shutil.rmtree(folder / worker_uuid, ignore_errors=True)


def _read(folder: Path) -> JournalFindings:
    begun: set[tuple[str, int]] = set()
    ended: dict[tuple[str, int], int] = {}
    for file in sorted(folder.iterdir()):
        token = ""
        for line in file.read_text(encoding="ascii", errors="replace").splitlines():
            match line.split():
                case ["claim", claimed]:
                    token = claimed
                case ["begin", number] if number.isdigit():
                    begun.add((token, int(number)))
                case ["end", number, code] if number.isdigit() and code.isdigit():
                    begun.discard((token, int(number)))
                    ended[token, int(number)] = int(code)
                case _:
                    log.warning("a journal breaks off")
    return JournalFindings(folder.name, frozenset(begun), ended)
