"""Contacts of whom only an address is known, until somebody gives them their child (A4)."""

from dataclasses import dataclass

from desktop.domain.people import Contact


@dataclass(frozen=True, slots=True)
class WaitingRow:
    """One contact in one place: a class, a group, or the school alone.

    `given_name` is what the file said, maybe a child's name, maybe nothing; `name` what staff made of it since.
    `version` is the guardian's, for editing them.
    """

    id: int
    guardian_id: int
    name: str
    given_name: str
    contacts: tuple[Contact, ...]
    language: str
    school_id: int
    school: str
    year: int
    homeroom_id: int | None
    group_id: int | None
    place: str
    version: int

    @property
    def title(self) -> str:
        """The name, or else the first address."""
        return self.name or next((contact.address for contact in self.contacts), "")


@dataclass(frozen=True, slots=True)
class WaitingMatch:
    """A contact whose every address a guardian of a child in the same place has: most likely that guardian.

    Nobody is taken for another because of an address alone: a person says so.
    """

    waiting_id: int
    title: str
    place: str
    guardian: str
    child: str


@dataclass(frozen=True, slots=True)
class WaitingPlace:
    """How many wait in a place; `homeroom_id` and `group_id` None is the school alone."""

    school_id: int
    homeroom_id: int | None
    group_id: int | None
    place: str
    count: int
