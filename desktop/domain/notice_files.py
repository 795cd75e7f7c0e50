"""A notice written as a TOML file: what it says, or everything that is wrong with it."""

import tomllib
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import Any, TypeVar

from desktop.domain.audience import CITY_OFFICE, EVERYWHERE, Audience, Part, PartKind, parse_part
from desktop.domain.errors import UserError
from desktop.domain.notices import Channel, CopyTo, Draft, NoticeText, Urgency

_Item = TypeVar("_Item")

_KEYS = {"kind", "urgency", "school", "channels", "send_at", "useless_after", "text", "audience", "copies"}


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong: where (`audience.include[2]`), a code, and what stands there if that helps."""

    path: str
    code: str
    value: str = ""


@dataclass(frozen=True, slots=True)
class Known:
    """What a file may refer to: kinds of notices, languages, and schools by their public code."""

    kinds: Collection[str]
    languages: Collection[str]
    schools: Mapping[str, int]


def read_notice_file(content: bytes, zone: tzinfo, known: Known) -> Draft:
    """Read a notice. Times without an offset are the city's.

    Raises UserError: "notice_file.encoding", "notice_file.toml" (reason) or "notice_file.problems" (problems, each a
    Problem: all of them at once).
    """
    reader = _Reader(_parsed(content), zone, known)
    draft = reader.draft()
    if reader.problems:
        raise UserError("notice_file.problems", problems=tuple(reader.problems))
    return draft


def read_time(text: str, zone: tzinfo) -> datetime:
    """Read `2026-12-01T08:00` or `2026-12-01 08:00`, the city's time unless an offset is given.

    Raises UserError("time.syntax") or ("time.does_not_exist").
    """
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        raise UserError("time.syntax", time=text) from None
    if not exists(moment, zone):
        raise UserError("time.does_not_exist", time=text)
    return _in_zone(moment, zone)


def exists(moment: datetime, zone: tzinfo) -> bool:
    """Whether the city's clocks show this moment: where they are put forward, an hour of the year is missing.

    The first and last hours of all time are none of UTC, and so do not exist either.
    """
    try:
        there_and_back = _in_zone(moment, zone).astimezone(zone)
    except OverflowError:
        return False
    return moment.tzinfo is not None or there_and_back.replace(tzinfo=None) == moment


def _in_zone(moment: datetime, zone: tzinfo) -> datetime:
    return (moment if moment.tzinfo is not None else moment.replace(tzinfo=zone)).astimezone(UTC)


def _parsed(content: bytes) -> dict[str, Any]:
    try:
        return tomllib.loads(content.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise UserError("notice_file.encoding") from None
    except tomllib.TOMLDecodeError as error:
        raise UserError("notice_file.toml", reason=str(error)) from None


class _Reader:
    """Takes the values one by one and collects what is wrong instead of stopping at the first."""

    def __init__(self, table: dict[str, Any], zone: tzinfo, known: Known) -> None:
        self._table = table
        self._zone = zone
        self._known = known
        self.problems: list[Problem] = []

    def draft(self) -> Draft:
        for key in self._table.keys() - _KEYS:
            self._wrong(key, "unknown_key")
        return Draft(
            kind=self._one_of("kind", self._known.kinds, required=True),
            school_id=self._known.schools.get(self._one_of("school", self._known.schools)),
            texts=self._texts(),
            audience=self._audience(),
            channels=self._channels(),
            urgency=self._urgency(),
            send_at=self._time("send_at"),
            useless_after=self._time("useless_after"),
            copies=self._copies(),
        )

    def _wrong(self, path: str, code: str, value: object = "") -> None:
        self.problems.append(Problem(path, code, str(value)))

    def _one_of(self, key: str, allowed: Collection[str], *, required: bool = False) -> str:
        value = self._table.get(key)
        if value is None:
            if required:
                self._wrong(key, "missing")
            return ""
        if not isinstance(value, str):
            self._wrong(key, "not_text")
            return ""
        if value not in allowed:
            self._wrong(key, "not_known", value)
        return value

    def _urgency(self) -> Urgency | None:
        value = self._one_of("urgency", list(Urgency))
        return Urgency(value) if value in list(Urgency) else None

    def _channels(self) -> frozenset[Channel]:
        if "channels" not in self._table:
            return frozenset(Channel)
        if self._table["channels"] == []:
            self._wrong("channels", "empty")
        return frozenset(self._list("channels", self._table["channels"], self._channel))

    def _channel(self, path: str, text: str) -> Channel | None:
        if text in list(Channel):
            return Channel(text)
        self._wrong(path, "not_known", text)
        return None

    def _copies(self) -> frozenset[CopyTo]:
        """Who keeps a copy: everybody who can, unless the file says who; an empty list is nobody."""
        if "copies" not in self._table:
            return frozenset(CopyTo)
        return frozenset(self._list("copies", self._table["copies"], self._copy))

    def _copy(self, path: str, text: str) -> CopyTo | None:
        if text in list(CopyTo):
            return CopyTo(text)
        self._wrong(path, "not_known", text)
        return None

    def _texts(self) -> dict[str, NoticeText]:
        if self._table.get("text", {}) == {}:
            self._wrong("text", "missing")
        return {language: self._text(language, value) for language, value in self._inner("text").items()}

    def _text(self, language: str, value: object) -> NoticeText:
        path = f"text.{language}"
        if language not in self._known.languages:
            self._wrong(path, "not_known", language)
        if not isinstance(value, dict):
            self._wrong(path, "not_table")
            return NoticeText("", "")
        for key in value.keys() - {"title", "body"}:
            self._wrong(f"{path}.{key}", "unknown_key")
        return NoticeText(
            self._string(f"{path}.title", value.get("title")), self._string(f"{path}.body", value.get("body"))
        )

    def _string(self, path: str, value: object) -> str:
        if isinstance(value, str):
            return value
        self._wrong(path, "missing" if value is None else "not_text")
        return ""

    def _audience(self) -> Audience:
        table = self._inner("audience")
        for key in table.keys() - {"include", "exclude"}:
            self._wrong(f"audience.{key}", "unknown_key")
        parts = {key: self._list(f"audience.{key}", table.get(key, []), self._part) for key in ("include", "exclude")}
        return Audience(tuple(parts["include"]), tuple(parts["exclude"]))

    def _part(self, path: str, text: str) -> Part | None:
        try:
            part = parse_part(text)
        except UserError:
            self._wrong(path, "not_a_part", text)
            return None
        is_wide = part.kind is PartKind.STAFF and part.school in {CITY_OFFICE, EVERYWHERE}
        if part.school and part.school not in self._known.schools and not is_wide:
            self._wrong(path, "no_school", part.school)
        return part

    def _inner(self, key: str) -> dict[str, Any]:
        value = self._table.get(key, {})
        if isinstance(value, dict):
            return value
        self._wrong(key, "not_table")
        return {}

    def _list(self, path: str, values: object, read: Callable[[str, str], _Item | None]) -> list[_Item]:
        """The texts of a list, each read by `read`, repeated ones once."""
        if not isinstance(values, list):
            self._wrong(path, "not_list")
            return []
        found = []
        for number, text in enumerate(values):
            if isinstance(text, str):
                found.append(read(f"{path}[{number}]", text))
            else:
                self._wrong(f"{path}[{number}]", "not_text")
        return list(dict.fromkeys(item for item in found if item is not None))

    def _time(self, key: str) -> datetime | None:
        value = self._table.get(key)
        if value is None:
            return None
        if not isinstance(value, datetime):
            self._wrong(key, "not_time")
            return None
        if not exists(value, self._zone):
            self._wrong(key, "does_not_exist", value.isoformat())
            return None
        return _in_zone(value, self._zone)
