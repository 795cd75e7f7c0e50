"""What is being written, kept on this computer: a crash or a lost line loses at most the last few seconds."""

import json
import logging
import os
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

from desktop.domain.audience import Part, parse_part
from desktop.domain.errors import UserError
from desktop.domain.notices import Channel, CopyTo, NoticeText, Urgency
from desktop.ui.compose.state import Form

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class LocalDraft:
    """A draft in a file. `staff_id` is whose it is: nobody else at this computer is offered it."""

    key: str
    staff_id: int | None
    saved_at: datetime
    form: Form


class LocalDrafts:
    """The drafts in one folder, a file each."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @staticmethod
    def new_key() -> str:
        return uuid4().hex

    def write(self, draft: LocalDraft) -> None:
        """Replace the file as a whole, so that a crash leaves the old one or the new one."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = self._path(draft.key)
        beside = path.with_suffix(f".{uuid4().hex}.tmp")
        handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(_to_json(draft), file, ensure_ascii=False)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)

    def remove(self, key: str) -> None:
        self._path(key).unlink(missing_ok=True)

    def of(self, staff_id: int | None) -> list[LocalDraft]:
        """What somebody left unfinished, the newest first. A file that cannot be read is left alone."""
        found = [draft for path in self._folder.glob("*.json") if (draft := self._read(path))]
        mine = [draft for draft in found if draft.staff_id == staff_id and not draft.form.blank]
        return sorted(mine, key=lambda draft: draft.saved_at, reverse=True)

    def _path(self, key: str) -> Path:
        return self._folder / f"{key}.json"

    def _read(self, path: Path) -> LocalDraft | None:
        try:
            return _from_json(path.stem, json.loads(path.read_text(encoding="utf-8")))
        except (OSError, ValueError, KeyError, TypeError, AttributeError, UserError):
            log.warning("a draft file cannot be read")
            return None


def _to_json(draft: LocalDraft) -> dict[str, Any]:
    form = draft.form
    return {
        "staff_id": draft.staff_id,
        "saved_at": draft.saved_at.isoformat(),
        "kind": form.kind,
        "school_id": form.school_id,
        "channels": sorted(form.channels),
        "texts": {code: [text.title, text.body] for code, text in form.texts.items()},
        "include": [str(part) for part in form.include],
        "exclude": [str(part) for part in form.exclude],
        "urgency": form.urgency,
        "send_at": _moment_text(form.send_at),
        "useless_after": _moment_text(form.useless_after),
        "useless_by_hand": form.useless_by_hand,
        "copies": sorted(form.copies),
        "notice_id": form.notice_id,
        "version": form.version,
        "labels": dict(form.labels),
    }


def _from_json(key: str, data: dict[str, Any]) -> LocalDraft:
    form = Form(
        kind=data["kind"],
        school_id=data["school_id"],
        channels=frozenset(Channel(name) for name in data["channels"]),
        texts={code: NoticeText(title, body) for code, (title, body) in data["texts"].items()},
        include=_parts(data["include"]),
        exclude=_parts(data["exclude"]),
        urgency=Urgency(data["urgency"]) if data["urgency"] else None,
        send_at=_moment(data["send_at"]),
        useless_after=_moment(data["useless_after"]),
        useless_by_hand=data["useless_by_hand"],
        copies=frozenset(CopyTo(name) for name in data.get("copies", CopyTo)),
        notice_id=data["notice_id"],
        version=data["version"],
        labels=data["labels"],
    )
    return LocalDraft(key, data["staff_id"], datetime.fromisoformat(data["saved_at"]), form)


def _parts(texts: list[str]) -> tuple[Part, ...]:
    return tuple(parse_part(text) for text in texts)


def _moment_text(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
