"""What was typed into a form, and what is wrong with it; services judge, this carries.

Whatever was typed is shown again with an error, good passwords too: pages are never stored by the browser, and nobody
should have to type one twice on a telephone because of a wrong letter elsewhere.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from flask import request

from desktop.domain.errors import UserError
from desktop.domain.people import FieldProblem
from desktop.i18n import N_, _
from desktop.portal.context import settings
from desktop.wording.accounts import problem as word_problem
from desktop.wording.errors import word

LARGEST_ID = 2**31 - 1
_NEVER_KEPT = frozenset({"csrf_token", "password", "again", "old", "next", "proof"})

LABELS: Mapping[str, str] = {
    "email": N_("Mail address"),
    "login": N_("User ID (mail address)"),
    "family_name": N_("Family name"),
    "given_name": N_("Given name"),
    "postal_address": N_("Postal address"),
    "family_name_kana": N_("Family name in kana"),
    "given_name_kana": N_("Given name in kana"),
    "password": N_("Password"),
    "again": N_("Password once more"),
    "old": N_("Present password"),
    "terms_version": N_("Terms of use"),
    "sex": N_("Sex"),
    "birth_date": N_("Date of birth"),
    "relationship": N_("Relationship to you"),
    "registration_id": N_("Your child"),
    "school_id": N_("School"),
    "homeroom_id": N_("Grade and class"),
    "club_ids": N_("Clubs"),
    "other_ids": N_("Other groups"),
    "group_ids": N_("Clubs and other groups"),
    "student_number": N_("Student number or attendance number"),
    "code": N_("School code"),
    "mail_code": N_("Code from the mail"),
}
_LOGIN_OR_PHONE = N_("User ID (mail address or telephone number)")


@dataclass(slots=True)
class Form:
    """The values of one form by field, as typed, and the words for what is wrong with them.

    `whole` is what is wrong with the form as a whole: (what happened, what to do).
    """

    values: Mapping[str, Sequence[str]] = field(default_factory=dict)
    problems: dict[str, str] = field(default_factory=dict)
    whole: tuple[str, str] | None = None
    status: int = 200

    @classmethod
    def typed(cls) -> "Form":
        """As the browser sent it."""
        return cls({name: request.form.getlist(name) for name in request.form})

    @classmethod
    def filled(cls, **values: object) -> "Form":
        """With what is known already; a sequence of values for a field of many."""
        return cls({name: _texts(value) for name, value in values.items()})

    def value(self, name: str) -> str:
        found = self.values.get(name, ())
        return found[0] if found else ""

    def number(self, name: str) -> int:
        return read_id(self.value(name))

    def numbers(self, name: str) -> frozenset[int]:
        return frozenset(read_id(text) for text in self.values.get(name, ()))

    def has(self, name: str, value: object) -> bool:
        """Whether a choice is taken."""
        return str(value) in self.values.get(name, ())

    def day(self, name: str) -> date | None:
        """A day out of three fields; None for what is none."""
        year, month, day = (read_id(self.value(f"{name}_{part}")) for part in ("year", "month", "day"))
        try:
            return date(year, month, day)
        except ValueError:
            return None

    def find_wrong(self, found: Iterable[FieldProblem]) -> bool:
        """Note what the services found; the first thing about each field. True where there was anything."""
        for problem in found:
            self.problems.setdefault(problem.field, word_problem(problem))
        return bool(self.problems)

    def mark(self, name: str, text: str) -> None:
        self.problems.setdefault(name, text)

    def refuse(self, error: UserError, name: str = "") -> None:
        """Say an error at a field, or over the form where none is named."""
        message = word(error, settings().zone)
        if name:
            self.problems[name] = str(message)
        else:
            self.whole = (message.text, message.next_step)

    def blank(self, *names: str) -> None:
        """Take out what is not to be shown again."""
        self.values = {name: texts for name, texts in self.values.items() if name not in names}

    @property
    def is_wrong(self) -> bool:
        return bool(self.problems) or self.whole is not None

    @staticmethod
    def label(name: str) -> str:
        """Marked, to be shown by the template's `label()`."""
        return _LOGIN_OR_PHONE if name == "login" and settings()["sms.enabled"] else LABELS[name]

    def summary(self) -> list[tuple[str, str, str]]:
        """Field, its name and what is wrong, in the order of the fields, for the list on top of the form."""
        order = [*LABELS]
        found = sorted(self.problems.items(), key=lambda one: order.index(one[0]) if one[0] in LABELS else len(order))
        return [(name, _(self.label(name)) if name in LABELS else "", text) for name, text in found]


def read_id(text: str) -> int:
    """The number of a row, or of a day; 0 for what can be none."""
    is_number = text.isascii() and text.isdigit() and len(text) <= 10
    return int(text) if is_number and int(text) <= LARGEST_ID else 0


def _texts(value: object) -> list[str]:
    if isinstance(value, (list, tuple, set, frozenset)):
        return [str(one) for one in value]
    return ["" if value is None else str(value)]


def kept_fields() -> list[tuple[str, str]]:
    """What was sent with this request, to be sent again; without passwords."""
    return [(name, value) for name in request.form if name not in _NEVER_KEPT for value in request.form.getlist(name)]
