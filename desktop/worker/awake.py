"""Keeping the computer from falling asleep while something is to be sent, by the means of its system.

Where there are none, or the system does not allow it, nothing happens: what is late is sent when it wakes.
"""

import logging
import subprocess
import sys
from types import TracebackType
from typing import Self

from desktop.i18n import _
from desktop.worker.moments import boot_seconds

log = logging.getLogger(__name__)

AGAIN_S = 60.0
"""Before another try where the system did not let us."""
_LAST_WORDS_S = 2.0
_CONTINUOUS, _SYSTEM_REQUIRED = 0x80000000, 0x00000001


class Awake:
    """Used by one thread, with `with`: at the end the computer may sleep again, also if this process is killed."""

    def __init__(self) -> None:
        self._holder: subprocess.Popen[bytes] | None = None
        self._not_before = 0.0
        self._is_kept = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.keep(False)

    def keep(self, wanted: bool) -> None:
        """Say whether the computer is needed; may be said as often as one likes."""
        if sys.platform == "win32":
            self._keep_windows(wanted)
        elif wanted:
            self._hold()
        else:
            self._let_go()

    def _hold(self) -> None:
        """The holder waits for the end of its input, which comes with the end of this process at the latest."""
        if (self._holder is not None and self._holder.poll() is None) or boot_seconds() < self._not_before:
            return
        self._let_go()
        self._not_before = boot_seconds() + AGAIN_S
        try:
            self._holder = subprocess.Popen(  # noqa: S603  fixed words
                _command(), stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
            )
        except OSError as error:
            log.info("the computer cannot be kept awake: %s", error.strerror)

    def _let_go(self) -> None:
        holder, self._holder = self._holder, None
        self._not_before = 0.0
        if holder is None:
            return
        assert holder.stdin is not None
        holder.stdin.close()
        try:
            holder.wait(_LAST_WORDS_S)
        except subprocess.TimeoutExpired:
            holder.kill()
            holder.wait()

    def _keep_windows(self, wanted: bool) -> None:
        """Windows remembers it for this thread, and forgets it with the process."""
        if sys.platform == "win32" and wanted != self._is_kept:
            import ctypes  # noqa: PLC0415  Windows only

            flags = _CONTINUOUS | _SYSTEM_REQUIRED if wanted else _CONTINUOUS
            ctypes.windll.kernel32.SetThreadExecutionState(flags)
            self._is_kept = wanted


def _command() -> list[str]:
    if sys.platform == "darwin":
        return ["caffeinate", "-i", "cat"]
    why = _("Notices to families are about to go out.")
    return ["systemd-inhibit", "--what=sleep:idle", "--mode=block", "--who=Renraku", f"--why={why}", "cat"]
