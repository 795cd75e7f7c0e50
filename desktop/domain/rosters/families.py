"""Who a row's guardians are, and what the file changes about them.

A guardian is one person with another of the file or of the database where the system that wrote the file gives both one
id; or where the name is the same and either they are of the same child, or a mail address, telephone number or LINE id
is the same too. An address alone never merges people.
The first row that speaks of a guardian wins; what later rows say differently is warned of.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import count

from desktop.domain.names import match_key
from desktop.domain.rosters.changes import Changes, NewGuardianship
from desktop.domain.rosters.differences import Remarks
from desktop.domain.rosters.known import Base, Known, KnownGuardian, KnownGuardianship
from desktop.domain.rosters.rows import GuardianEntry
from desktop.domain.rosters.settling import settle

NAME_FIELDS = ("family_name", "given_name", "family_name_kana", "given_name_kana")
FIELDS = (*NAME_FIELDS, "language")
CONTACTS = {"email": "email", "phone": "phone", "line": "line_user_id"}
"""Kinds of contact points, and the fields of an entry that hold them."""
DEFAULT_LANGUAGE = "ja"


@dataclass(slots=True)
class _Person:
    """A guardian while the file is read: as they stand, and what this file has said of them so far."""

    id: int
    values: dict[str, str]
    contacts: list[tuple[int | None, str, str]]
    bases: dict[int, Base]
    said: dict[str, str] = field(default_factory=dict)
    key: str = ""
    speaks: dict[int, dict[str, object]] = field(default_factory=dict)

    def addresses(self, kind: str) -> list[str]:
        return [address for _, known, address in self.contacts if known == kind]

    def __post_init__(self) -> None:
        self.rename()

    def rename(self) -> None:
        self.key = match_key(self.values["family_name"] + self.values["given_name"])

    def is_called(self, key: str, school_id: int) -> bool:
        """By the present name, or by that of the last import, which staff may have put right since."""
        if key == self.key:
            return True
        base = self.bases.get(school_id, {})
        former = str(base.get("family_name", "")) + str(base.get("given_name", ""))
        return bool(former) and key == match_key(former)


class Families:
    def __init__(self, known: Known, changes: Changes) -> None:
        self._changes = changes
        self._next = count(-1, -1)
        self._people = {guardian.id: _person(guardian) for guardian in known.guardians}
        self._links: dict[int, list[KnownGuardianship]] = defaultdict(list)
        for child, links in known.guardianships.items():
            self._links[child] = [link for link in links if link.guardian_id in self._people]
        self._schools = set(known.guardian_schools)
        self._by_source = dict(known.guardian_sources)
        self._by_contact: dict[tuple[str, str, str], int] = {}
        for person in self._people.values():
            self._index(person)

    def take(
        self, entry: GuardianEntry, child_id: int, school_id: int, base: Base | None, remarks: Remarks
    ) -> tuple[str, ...]:
        """Plan what this entry changes for a child; the targets that change. `base` is the child's."""
        key = entry_key(entry)
        person = self._find(entry, key, child_id, school_id)
        if not self._is_linked(person, child_id) and _was_removed(key, base):
            remarks.warn("family_name", "guardian.removed_by_staff")
            return ()
        if person is None:
            person = self._add(entry)
            changed = ["family_name"]
        else:
            changed = [
                *self._fields(person, entry, school_id, remarks),
                *self._contacts(person, entry, school_id, remarks),
            ]
        changed += self._link(person, entry, child_id, base, remarks)
        self._remember(person, school_id)
        if entry.sourced_id and (school_id, entry.sourced_id) not in self._by_source:
            self._by_source[school_id, entry.sourced_id] = person.id
            self._changes.guardian_sources.append((school_id, entry.sourced_id, person.id))
        if (school_id, person.id) not in self._schools:
            self._schools.add((school_id, person.id))
            self._changes.guardian_schools.add((school_id, person.id))
            self._changes.touched_guardians.add(person.id)
        if changed:
            self._changes.touched_guardians.add(person.id)
        return _targets(entry.position, tuple(changed))

    def finish(self) -> None:
        """Plan to remember what the file said, where that is news."""
        for person in self._people.values():
            for school_id, said in person.speaks.items():
                if said != person.bases.get(school_id):
                    self._changes.bases.append(("guardian", person.id, school_id, said))

    def _find(self, entry: GuardianEntry, key: str, child_id: int, school_id: int) -> _Person | None:
        source = self._by_source.get((school_id, entry.sourced_id)) if entry.sourced_id else None
        if source in self._people:
            return self._people[source]
        for link in self._links[child_id]:
            person = self._people[link.guardian_id]
            if not person.is_called(key, school_id):
                continue
            if entry.given_name or link.position == entry.position or _shares_contact(entry, person):
                return person
        for kind, address in _contacts_of(entry):
            if found := self._by_contact.get((key, kind, address)):
                return self._people[found]
        return None

    def _is_linked(self, person: _Person | None, child_id: int) -> bool:
        return person is not None and any(link.guardian_id == person.id for link in self._links[child_id])

    def _add(self, entry: GuardianEntry) -> _Person:
        values = {name: getattr(entry, name) for name in NAME_FIELDS}
        values["language"] = entry.language or DEFAULT_LANGUAGE
        person = _Person(next(self._next), values, [], {}, said={name: text for name, text in values.items() if text})
        if not entry.language:
            del person.said["language"]  # a later row may still say it
        self._people[person.id] = person
        self._changes.guardians.append((person.id, entry))
        for kind, address in _contacts_of(entry):
            self._add_contact(person, kind, address)
        return person

    def _fields(self, person: _Person, entry: GuardianEntry, school_id: int, remarks: Remarks) -> Iterator[str]:
        base = person.bases.get(school_id)
        for name in FIELDS:
            value = getattr(entry, name)
            if not value or not self._first_says(person, name, value, remarks):
                continue
            settled = settle(base, name, person.values[name], value)
            differs = settled.differs and person.id > 0
            if differs and not remarks.file_wins(name, person.values[name], value):
                continue
            if differs or settled.take or (person.id < 0 and value != person.values[name]):
                person.values[name] = value
                person.rename()
                self._changes.guardians_changed.setdefault(person.id, {})[name] = value
                yield name

    def _contacts(self, person: _Person, entry: GuardianEntry, school_id: int, remarks: Remarks) -> Iterator[str]:
        base = person.bases.get(school_id)
        for kind, said in _contacts_of(entry):
            target = CONTACTS[kind]
            if not self._first_says(person, kind, said, remarks, target):
                continue
            addresses = person.addresses(kind)
            former = base.get(kind) if base else None
            if said in addresses:
                continue
            if former and former in addresses:
                self._change_contact(person, kind, str(former), said)
                yield target
            elif not addresses and former != said:
                self._add_contact(person, kind, said)
                yield target
            elif remarks.file_wins(target, ", ".join(addresses), said):
                if addresses:
                    self._change_contact(person, kind, addresses[0], said)
                else:
                    self._add_contact(person, kind, said)
                yield target

    def _first_says(self, person: _Person, name: str, value: str, remarks: Remarks, target: str = "") -> bool:
        first = person.said.setdefault(name, value)
        if first != value:
            remarks.warn(target or name, "guardian.disagrees")
        return first == value

    def _add_contact(self, person: _Person, kind: str, address: str) -> None:
        person.contacts.append((None, kind, address))
        person.said.setdefault(kind, address)
        self._changes.contacts.append((person.id, kind, address))
        self._index(person)

    def _change_contact(self, person: _Person, kind: str, former: str, said: str) -> None:
        at = next(i for i, (_, known, address) in enumerate(person.contacts) if (known, address) == (kind, former))
        contact_id = person.contacts[at][0]
        if contact_id is not None:
            self._changes.contacts_changed.append((contact_id, kind, said))
        person.contacts[at] = (contact_id, kind, said)
        self._index(person)

    def _link(
        self, person: _Person, entry: GuardianEntry, child_id: int, base: Base | None, remarks: Remarks
    ) -> Iterator[str]:
        links = self._links[child_id]
        link = next((link for link in links if link.guardian_id == person.id), None)
        if link is None:
            taken = {known.position for known in links}
            position = entry.position if entry.position not in taken else max(taken) + 1
            links.append(KnownGuardianship(0, person.id, entry.relationship, position))
            self._changes.guardianships.append(NewGuardianship(child_id, person.id, entry.relationship, position))
            yield "relationship"
            return
        settled = settle(base, f"relationship{entry.position}", link.relationship, entry.relationship)
        if (settled.take and link.id) or (
            settled.differs and remarks.file_wins("relationship", link.relationship, entry.relationship)
        ):
            self._changes.relationships.append((link.id, entry.relationship))
            yield "relationship"

    def _remember(self, person: _Person, school_id: int) -> None:
        former = person.bases.get(school_id, {"language": DEFAULT_LANGUAGE} if person.id < 0 else {})
        person.speaks[school_id] = {**former, **person.said}

    def _index(self, person: _Person) -> None:
        for _, kind, address in person.contacts:
            self._by_contact.setdefault((person.key, kind, address), person.id)


@lru_cache(maxsize=1024)
def _targets(position: int, names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(f"guardian{position}_{name}" for name in names)


def entry_key(entry: GuardianEntry) -> str:
    return match_key(entry.family_name + entry.given_name)


def _was_removed(key: str, base: Base | None) -> bool:
    """The last import gave the child this guardian; that it has none such now is somebody's decision."""
    former = base.get("guardians") if base else None
    return isinstance(former, list) and key in former


def _person(guardian: KnownGuardian) -> _Person:
    return _Person(
        guardian.id,
        {name: getattr(guardian, name) for name in FIELDS},
        [(contact.id, contact.kind, contact.address) for contact in guardian.contacts],
        dict(guardian.bases),
    )


def _contacts_of(entry: GuardianEntry) -> Iterator[tuple[str, str]]:
    for kind, name in CONTACTS.items():
        if address := getattr(entry, name):
            yield kind, address


def _shares_contact(entry: GuardianEntry, person: _Person) -> bool:
    return any(address in person.addresses(kind) for kind, address in _contacts_of(entry))
