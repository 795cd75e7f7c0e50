"""Where the desk works, known before anything that needs SQLAlchemy is imported."""

from dataclasses import dataclass
from pathlib import Path

from desktop.paths import Paths


@dataclass(frozen=True, slots=True)
class DeskPlace:
    """The local files and the database's address, as the command line names them."""

    paths: Paths
    url: str

    @property
    def is_embedded(self) -> bool:
        return self.url.startswith("sqlite")

    @property
    def settings_file(self) -> Path:
        """What this desk remembers for itself: language, window, the school last looked at."""
        return self.paths.data_dir / "desk.ini"

    def looks_like_practice(self) -> bool:
        """Whether a practice database's key stands here: a guess until the database itself has answered."""
        file = Path(self.url.removeprefix("sqlite:///")) if self.is_embedded else self.paths.database
        return file.with_name(f"{file.name}.key").exists()
