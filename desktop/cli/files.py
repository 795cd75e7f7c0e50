"""Files that people name on the command line."""

from pathlib import Path

from desktop.domain.errors import UserError


def read_bytes(file: Path) -> bytes:
    """Raises UserError("file.unreadable")."""
    try:
        return file.read_bytes()
    except OSError as error:
        raise UserError("file.unreadable", file=str(file), reason=error.strerror or "") from error
