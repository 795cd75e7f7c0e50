"""A clock that only goes forward and counts the time in which the computer slept: for leases and useful times."""

import time

_BOOT = getattr(time, "CLOCK_BOOTTIME", None)


def boot_seconds() -> float:
    """Seconds since some moment. Linux's own monotonic clock stands still in sleep; Windows' and macOS's do not."""
    return time.monotonic() if _BOOT is None else time.clock_gettime(_BOOT)
