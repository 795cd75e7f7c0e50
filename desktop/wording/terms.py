"""The terms of use by version and language: a city puts its own files there, each new text a new version (A12)."""

from functools import cache
from pathlib import Path

from desktop.domain.people import FieldProblem
from desktop.i18n import DEFAULT_LANGUAGE, current_language

_FOLDER = Path(__file__).resolve().parents[2] / "resources" / "portal" / "terms"


NOT_ACCEPTED = FieldProblem("terms_version", "terms.not_accepted")


@cache
def versions() -> tuple[str, ...]:
    """Oldest first; a version is called after its month or day."""
    return tuple(sorted(folder.name for folder in _FOLDER.iterdir() if folder.is_dir()))


def newest() -> str:
    return versions()[-1]


def text(version: str, city: str) -> list[tuple[str, str]]:
    """Its paragraphs in the reader's language, as ("h2" or "p", text)."""
    return [(kind, line.replace("{city}", city)) for kind, line in _read(version, current_language())]


@cache
def _read(version: str, language: str) -> tuple[tuple[str, str], ...]:
    file = _FOLDER / version / f"{language}.txt"
    if not file.exists():
        file = _FOLDER / version / f"{DEFAULT_LANGUAGE}.txt"
    blocks = (" ".join(block.split()) for block in file.read_text(encoding="utf-8").split("\n\n"))
    return tuple(("h2", block[2:]) if block.startswith("# ") else ("p", block) for block in blocks if block)
