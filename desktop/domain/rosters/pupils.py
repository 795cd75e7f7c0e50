"""Which known child a row means: by its code or sourced id at the school, else by reading and birth date, and never by
its number."""

from collections import defaultdict
from collections.abc import Collection, Iterable

from desktop.domain.names import match_key
from desktop.domain.rosters.known import KnownPupil
from desktop.domain.rosters.rows import ChildEntry

Key = tuple[object, ...]


class MatchError(Exception):
    """A row that means nobody for certain: `code` is child.ambiguous or child.code_of_another."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Pupils:
    """The children of one school. `codes_in_file` keeps a child whose code the file gives to its own row."""

    def __init__(self, pupils: Iterable[KnownPupil], codes_in_file: Collection[str]) -> None:
        self._codes_in_file = codes_in_file
        self._by_code: dict[str, KnownPupil] = {}
        self._by_source: dict[str, KnownPupil] = {}
        self._by_kana: dict[Key, list[KnownPupil]] = defaultdict(list)
        self._by_name: dict[Key, list[KnownPupil]] = defaultdict(list)
        for pupil in pupils:
            if pupil.code:
                self._by_code[pupil.code] = pupil
            self._by_source.update(dict.fromkeys(pupil.sourced_ids, pupil))
            if kana := _kana(pupil):
                self._by_kana[kana, pupil.birth_date].append(pupil)
            self._by_name[_name(pupil), pupil.birth_date].append(pupil)

    def find(self, entry: ChildEntry) -> KnownPupil | None:
        """The child, or None for a new one. Raises MatchError."""
        if entry.code and (found := self._by_code.get(entry.code)):
            if _is_somebody_else(found, entry):
                raise MatchError("child.code_of_another")
            return found
        if entry.sourced_id and (found := self._by_source.get(entry.sourced_id)):
            return found
        if not self._by_name:
            return None
        kana = _kana(entry)
        alike = self._by_kana[kana, entry.birth_date] if kana else []
        alike = alike or [
            pupil for pupil in self._by_name[_name(entry), entry.birth_date] if not (kana and _kana(pupil))
        ]
        free = [pupil for pupil in alike if not self._has_another_code(pupil, entry)]
        if len(free) > 1:
            free = [pupil for pupil in free if _name(pupil) == _name(entry)]
        if len(free) > 1:
            raise MatchError("child.ambiguous")
        return free[0] if free else None

    def _has_another_code(self, pupil: KnownPupil, entry: ChildEntry) -> bool:
        return bool(entry.code) and bool(pupil.code) and pupil.code in self._codes_in_file


def _is_somebody_else(pupil: KnownPupil, entry: ChildEntry) -> bool:
    """A code that schools gave away again: neither birth date nor name is that of the child that had it."""
    if not (pupil.birth_date and entry.birth_date) or pupil.birth_date == entry.birth_date:
        return False
    same_kana = bool(_kana(pupil)) and _kana(pupil) == _kana(entry)
    return not same_kana and _name(pupil) != _name(entry)


def _kana(child: KnownPupil | ChildEntry) -> str:
    return match_key(child.family_name_kana + child.given_name_kana)


def _name(child: KnownPupil | ChildEntry) -> str:
    return match_key(child.family_name + child.given_name)
