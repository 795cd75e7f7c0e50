"""What the dialogs of the rosters hold while they are filled in. Pure: texts in, forms and reasons out."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date

from desktop.domain.names import katakana, trimmed
from desktop.domain.people import (
    ChildDetails,
    ChildForm,
    Contact,
    ContactForm,
    FieldProblem,
    GuardianDetails,
    GuardianForm,
    Sex,
)
from desktop.domain.schools import SchoolTree
from desktop.i18n import N_, _
from desktop.ui.form_dialog import Difference
from desktop.ui.rosters import typed, words
from desktop.ui.rosters.places import room_words

CHILD_FIELDS: Mapping[str, str] = {
    "family_name": N_("Family name"),
    "given_name": N_("Given name"),
    "family_name_kana": N_("Family name (kana)"),
    "given_name_kana": N_("Given name (kana)"),
    "birth_date": N_("Birth date"),
    "sex": N_("Sex"),
    "homeroom_id": N_("Class"),
    "student_number": N_("Student number"),
    "child_code": N_("Child’s code"),
    "group_ids": N_("Clubs and groups"),
}
GUARDIAN_FIELDS: Mapping[str, str] = {
    "family_name": N_("Family name"),
    "given_name": N_("Given name"),
    "family_name_kana": N_("Family name (kana)"),
    "given_name_kana": N_("Given name (kana)"),
    "relationship": N_("Relationship"),
    "language": N_("Reads notices in"),
    "do_not_contact": N_("Send nothing to this guardian"),
    "contacts": N_("Contacts"),
}


@dataclass(frozen=True, slots=True)
class Room:
    """A class that a child may be put into."""

    id: int
    school_id: int
    label: str


@dataclass(frozen=True, slots=True)
class Choices:
    """What a child's form offers: classes in order, and the groups of each school."""

    rooms: tuple[Room, ...] = ()
    groups: Mapping[int, tuple[tuple[int, str], ...]] | None = None

    def school_of(self, homeroom_id: object) -> int | None:
        return next((room.school_id for room in self.rooms if room.id == homeroom_id), None)

    def room(self, homeroom_id: object) -> str:
        return next((room.label for room in self.rooms if room.id == homeroom_id), "")

    def groups_of(self, school_id: int | None) -> tuple[tuple[int, str], ...]:
        return (self.groups or {}).get(school_id or 0, ())


def choices(trees: Iterable[SchoolTree]) -> Choices:
    listed = list(trees)
    many = len({tree.school.id for tree in listed}) > 1
    rooms = [
        Room(
            room.id, tree.school.id, f"{tree.school.name}\u3000{room_words(room, grade)}" if many
            else room_words(room, grade),
        )
        for tree in listed for grade in tree.grades for room in grade.homerooms
    ]  # fmt: skip
    groups = {tree.school.id: tuple((group.id, group.name) for group in tree.groups) for tree in listed}
    return Choices(tuple(rooms), groups)


def child_form(details: ChildDetails, offered: Choices, homeroom_id: int | None, number: str) -> ChildForm:
    """What stands in the database, as a form; `homeroom_id` and `number` are of the class in view."""
    known = {name: group_id for group_id, name in offered.groups_of(offered.school_of(homeroom_id))}
    return ChildForm(
        family_name=details.family_name,
        given_name=details.given_name,
        family_name_kana=details.family_name_kana,
        given_name_kana=details.given_name_kana,
        sex=details.sex,
        birth_date=details.birth_date,
        homeroom_id=homeroom_id,
        student_number=number,
        child_code=details.child_code,
        group_ids=frozenset(known[name] for name in details.groups if name in known),
        id=details.id,
        version=details.version,
    )


def read_child(texts: Mapping[str, str], form: ChildForm, *, sex: Sex) -> ChildForm:
    """`form` with what was typed. Fields that cannot be read keep out: `unread` names them."""
    return replace(
        form,
        family_name=trimmed(texts["family_name"]),
        given_name=trimmed(texts["given_name"]),
        family_name_kana=_kana(texts["family_name_kana"]),
        given_name_kana=_kana(texts["given_name_kana"]),
        birth_date=_day(texts["birth_date"]),
        sex=sex,
        student_number=trimmed(texts["student_number"]),
        child_code=trimmed(texts["child_code"]),
    )


def unread(texts: Mapping[str, str], today: date) -> list[FieldProblem]:
    """What was typed and cannot be understood."""
    problems = unread_kana(texts)
    if texts["birth_date"].strip():
        try:
            typed.birth_date(texts["birth_date"], today)
        except ValueError:
            problems.append(FieldProblem("birth_date", "date.unreadable"))
    return problems


def unread_kana(texts: Mapping[str, str]) -> list[FieldProblem]:
    found = (_unread_kana(name, texts[name]) for name in ("family_name_kana", "given_name_kana"))
    return [problem for problem in found if problem]


def _unread_kana(name: str, text: str) -> FieldProblem | None:
    if not text.strip():
        return None
    try:
        typed.kana(text)
    except ValueError:
        return FieldProblem(name, "kana")
    return None


def _kana(text: str) -> str:
    return " ".join(katakana(trimmed(text)).split())


def _day(text: str) -> date | None:
    try:
        return typed.read_day(text) if text.strip() else None
    except ValueError:
        return None


def shown_day(day: date | None) -> str:
    """A day as it stands in the field to be edited."""
    return day.isoformat() if day else ""


def guardian_form(details: GuardianDetails, relationship: str, do_not_contact: bool) -> GuardianForm:
    return GuardianForm(
        family_name=details.family_name,
        given_name=details.given_name,
        family_name_kana=details.family_name_kana,
        given_name_kana=details.given_name_kana,
        language=details.language,
        relationship=relationship,
        do_not_contact=do_not_contact,
        contacts=tuple(contact_form(contact) for contact in details.contacts),
        id=details.id,
        version=details.version,
    )


def contact_form(contact: Contact) -> ContactForm:
    return ContactForm(contact.kind, contact.address, contact.plain_text_only, contact.id)


def child_differences(mine: ChildForm, theirs: ChildForm, offered: Choices) -> list[Difference]:
    """The fields that two versions of a child fill in differently."""
    return _differences(CHILD_FIELDS, _child_texts(mine, offered), _child_texts(theirs, offered))


def guardian_differences(mine: GuardianForm, theirs: GuardianForm) -> list[Difference]:
    return _differences(GUARDIAN_FIELDS, _guardian_texts(mine), _guardian_texts(theirs))


def _differences(fields: Mapping[str, str], mine: Mapping[str, str], theirs: Mapping[str, str]) -> list[Difference]:
    return [Difference(_(name), mine[key], theirs[key]) for key, name in fields.items() if mine[key] != theirs[key]]


def _child_texts(form: ChildForm, offered: Choices) -> dict[str, str]:
    names = dict(offered.groups_of(offered.school_of(form.homeroom_id)))
    return {
        "family_name": form.family_name,
        "given_name": form.given_name,
        "family_name_kana": form.family_name_kana,
        "given_name_kana": form.given_name_kana,
        "birth_date": shown_day(form.birth_date),
        "sex": words.sex(form.sex),
        "homeroom_id": offered.room(form.homeroom_id),
        "student_number": form.student_number,
        "child_code": form.child_code,
        "group_ids": _(", ").join(sorted(names.get(group_id, "") for group_id in form.group_ids)),
    }


def _guardian_texts(form: GuardianForm) -> dict[str, str]:
    return {
        "family_name": form.family_name,
        "given_name": form.given_name,
        "family_name_kana": form.family_name_kana,
        "given_name_kana": form.given_name_kana,
        "relationship": words.relationship(form.relationship),
        "language": words.reads(form.language),
        "do_not_contact": _("Yes") if form.do_not_contact else _("No"),
        "contacts": _(", ").join(contact.address or _(words.KINDS[contact.kind][1]) for contact in form.contacts),
    }
