"""Finds the parts of the system that Renraku needs and pip cannot bring, and has their Debian packages installed.

`system_packages.py run` looks for what the program needs, `test` also for what its tests need. As root it installs what
is missing; otherwise it prints the command and goes on. It needs nothing but Python, because it runs before all else.
"""

import ctypes
import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

FONT_PLACES = ("/usr/share/fonts", "/usr/local/share/fonts", "~/.fonts", "~/.local/share/fonts")


@dataclass(frozen=True)
class Part:
    """Something that may be missing: tests ask for it by `name`, Debian has it in `package`."""

    name: str
    package: str
    is_there: Callable[[], bool]


def library(soname: str) -> Callable[[], bool]:
    def loads() -> bool:
        try:
            ctypes.CDLL(soname)
        except OSError:
            return False
        return True

    return loads


def program(name: str) -> Callable[[], bool]:
    return lambda: shutil.which(name) is not None


def module(name: str) -> Callable[[], bool]:
    return lambda: importlib.util.find_spec(name) is not None


def file(path: str) -> Callable[[], bool]:
    return lambda: Path(path).exists()


def timezones() -> bool:
    try:
        ZoneInfo("Asia/Tokyo")
    except ZoneInfoNotFoundError:
        return False
    return True


def japanese_font() -> bool:
    fc_list = shutil.which("fc-list")
    if fc_list:
        listed = subprocess.run([fc_list, ":lang=ja", "family"], capture_output=True, text=True, check=False)
        return bool(listed.stdout.strip())
    return any(next(Path(place).expanduser().rglob("*CJK*"), None) for place in FONT_PLACES)


QT_LIBRARIES = {
    "libEGL.so.1": "libegl1",
    "libGL.so.1": "libgl1",
    "libX11-xcb.so.1": "libx11-xcb1",
    "libdbus-1.so.3": "libdbus-1-3",
    "libfontconfig.so.1": "libfontconfig1",
    "libfreetype.so.6": "libfreetype6",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libgssapi_krb5.so.2": "libgssapi-krb5-2",
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-image.so.0": "libxcb-image0",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-randr.so.0": "libxcb-randr0",
    "libxcb-render-util.so.0": "libxcb-render-util0",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxcb-sync.so.1": "libxcb-sync1",
    "libxcb-xfixes.so.0": "libxcb-xfixes0",
    "libxcb-xkb.so.1": "libxcb-xkb1",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
    "libxkbcommon.so.0": "libxkbcommon0",
}
FOR_RUN = (
    Part("venv", "python3-venv", module("ensurepip")),
    *(Part("qt", package, library(soname)) for soname, package in QT_LIBRARIES.items()),
    Part("fonts", "fonts-noto-cjk", japanese_font),
    Part("timezones", "tzdata", timezones),
)
FOR_TEST = (
    *FOR_RUN,
    Part("chromium", "chromium", program("chromium")),
    Part("kannel", "kannel", file("/usr/sbin/bearerbox")),
    Part("kannel", "kannel-extras", file("/usr/lib/kannel/test/fakesmsc")),
)
POSTFIX = "postfix"
"""Has the mail programs that the benchmarks compare with. It is unpacked where they run, never installed."""

PARTS = {"run": FOR_RUN, "test": FOR_TEST}


def missing(parts: Sequence[Part]) -> list[Part]:
    """On Linux alone: elsewhere Qt brings its libraries and the system its fonts."""
    return [part for part in parts if not part.is_there()] if sys.platform.startswith("linux") else []


def missing_for_test(name: str) -> list[str]:
    """The packages without which the part of this name does not work here."""
    known = [part for part in FOR_TEST if part.name == name]
    if not known:
        raise LookupError(f"installer/system_packages.py knows no part called {name!r}")
    return [part.package for part in missing(known)]


def provide(parts: Sequence[Part], *, as_root: bool) -> list[Part]:
    """Install what is missing or print how; returns what is missing still."""
    lacking = missing(parts)
    if lacking and as_root and shutil.which("apt-get"):
        print(f"Installing {', '.join(_packages(lacking))} …", file=sys.stderr)
        _install(_packages(lacking))
        lacking = missing(lacking)
    if lacking:
        _tell(_packages(lacking))
    return lacking


def _install(packages: Sequence[str]) -> None:
    _apt("update")
    command = ("install", "-y", "--no-install-recommends")
    if not _apt(*command, *packages):
        for package in packages:  # one that apt does not know makes it refuse them all
            _apt(*command, package)


def fetch(package: str, folder: Path) -> bool:
    """Put a package's file into a folder, without installing it; false where it is not to be had."""
    if not shutil.which("apt-get"):
        return False
    if not _apt("download", package, folder=folder):
        _apt("update")
        _apt("download", package, folder=folder)
    return any(folder.glob(f"{package}_*.deb"))


def _apt(*arguments: str, folder: Path | None = None) -> bool:
    done = subprocess.run(
        ["apt-get", "-q", *arguments],  # noqa: S607 - root's own PATH
        env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        cwd=folder,
        check=False,
    )
    return done.returncode == 0


def _packages(parts: Sequence[Part]) -> list[str]:
    return sorted({part.package for part in parts})


def _tell(packages: Sequence[str]) -> None:
    names = " ".join(packages)
    if shutil.which("apt-get"):
        print("Some parts of the system are missing. To install them:", file=sys.stderr)
        print(f"    sudo apt-get install --no-install-recommends {names}", file=sys.stderr)
    else:
        print("Some parts of the system are missing. Debian calls them, your system may differ:", file=sys.stderr)
        print(f"    {names}", file=sys.stderr)


def main(arguments: list[str]) -> int:
    if len(arguments) != 1 or arguments[0] not in PARTS:
        print("usage: system_packages.py run|test", file=sys.stderr)
        return 2
    provide(PARTS[arguments[0]], as_root=sys.platform.startswith("linux") and os.geteuid() == 0)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
