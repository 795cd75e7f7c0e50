"""Where this computer keeps Renraku's files."""

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Paths:
    """The local files of one installation, all in one directory that only its owner may read."""

    data_dir: Path

    @property
    def database(self) -> Path:
        """The embedded database; a shared one stands elsewhere and this file does not exist."""
        return self.data_dir / "renraku.sqlite"

    @property
    def drafts(self) -> Path:
        """What was typed and not yet saved, one file a draft."""
        return self.data_dir / "drafts"

    @property
    def journal(self) -> Path:
        """What the worker's mail connections were doing, one file a connection."""
        return self.data_dir / "journal"

    @property
    def logs(self) -> Path:
        return self.data_dir / "logs"

    @property
    def lock(self) -> Path:
        """Held by the one worker that sends from here."""
        return self.data_dir / "worker.lock"

    def make(self) -> None:
        """Create what is missing; safe to call at every start."""
        for directory in (self.data_dir, self.drafts, self.journal, self.logs):
            directory.mkdir(mode=0o700, parents=True, exist_ok=True)


def default_paths() -> Paths:
    return Paths(default_data_dir())


def practice_paths() -> Paths:
    """Beside the real files, never among them."""
    real = default_data_dir()
    return Paths(real.with_name(f"{real.name}-practice"))


def default_data_dir(
    platform: str = sys.platform, environ: Mapping[str, str] = os.environ, home: Path | None = None
) -> Path:
    """The place that the platform sets aside for an application's own files."""
    home = home or Path.home()
    if platform == "win32":
        return Path(environ.get("LOCALAPPDATA") or home / "AppData" / "Local") / "Renraku"
    if platform == "darwin":
        return home / "Library" / "Application Support" / "Renraku"

    given = Path(environ.get("XDG_DATA_HOME", ""))
    base = given if given.is_absolute() else home / ".local" / "share"  # XDG: a relative path is to be ignored
    return base / "renraku"
