"""Whom families turn to, by subject (A37-A39): registration and operation the city's office, a notice its school."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Subject(StrEnum):
    REGISTRATION = "registration"
    OPERATION = "operation"
    NOTICES = "notices"


@dataclass(frozen=True, slots=True)
class HelpContact:
    """`text` stands as staff typed it: name, telephone, hours. Several subjects share one that is the same."""

    subjects: tuple[Subject, ...]
    text: str


def help_contacts(typed: Mapping[Subject, str], school: str) -> tuple[HelpContact, ...]:
    """By subject; `school` (name and telephone) answers for its notices where nobody else is named.

    Whom to ask about operation is whom to ask about registration, unless somebody else is named. A subject that
    nobody answers for is left out.
    """
    registration = typed.get(Subject.REGISTRATION, "")
    texts = {
        Subject.REGISTRATION: registration,
        Subject.OPERATION: typed.get(Subject.OPERATION, "") or registration,
        Subject.NOTICES: typed.get(Subject.NOTICES, "") or school,
    }
    found: dict[str, list[Subject]] = {}
    for subject, text in texts.items():
        if text:
            found.setdefault(text, []).append(subject)
    return tuple(HelpContact(tuple(subjects), text) for text, subjects in found.items())
