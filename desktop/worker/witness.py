"""What this data directory last knew of a database, so that one put back to an older state is noticed.

A file beside the journals, written after each sign of life of the worker: a database that knows less than it does was
restored, however that was done. What a worker did in the few seconds since its last sign of life is not in it.
"""

import json
import logging
from pathlib import Path

from desktop.domain.sending_release import Witness

log = logging.getLogger(__name__)


def _file(journals: Path) -> Path:
    return journals.with_name(f"{journals.name}-known.json")


def read(journals: Path, installation: str) -> Witness | None:
    """None where no worker of this directory has ever sent from this installation."""
    found = _all(journals).get(installation)
    match found:
        case {"worker": str(worker), "beats": int(beats), "epoch": int(epoch)}:
            return Witness(worker, beats, epoch)
    return None


def write(journals: Path, installation: str, witness: Witness) -> None:
    """What cannot be written is known a little less well; that keeps nothing from going out."""
    known = {"worker": witness.worker, "beats": witness.beats, "epoch": witness.epoch}
    file = _file(journals)
    fresh = file.with_suffix(".new")
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        fresh.write_text(json.dumps(_all(journals) | {installation: known}), encoding="ascii")
        fresh.replace(file)
    except OSError as error:
        log.warning("what is known of the database cannot be kept: %s", error.strerror)


def _all(journals: Path) -> dict[str, object]:
    try:
        found = json.loads(_file(journals).read_text(encoding="ascii"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
