"""The audience of a notice: a rule, written as unions and exclusions.

A part is written `kind:ref`, as in a notice file: `city`, `type:primary`, `school:H001`, `grade:H001/3`,
`homeroom:H001/3-1`, `group:H001/サッカー部`, `child:123`, `staff:H001`, `list:NAME`, `unconfirmed:ID`.
A rule that includes nothing means nobody.

`staff:H001` are those who work at that school, `staff:city` those of the city's office, `staff:*` all of them. A list
is a rule saved under a name; it names no list itself.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from desktop.domain.errors import UserError


class PartKind(StrEnum):
    CITY = "city"
    TYPE = "type"
    SCHOOL = "school"
    GRADE = "grade"
    HOMEROOM = "homeroom"
    GROUP = "group"
    CHILD = "child"
    STAFF = "staff"
    LIST = "list"
    UNCONFIRMED = "unconfirmed"


CITY_OFFICE = "city"
EVERYWHERE = "*"
"""What stands in the place of a school where all staff, or those of no school, are meant."""

_WITH_SCHOOL = {PartKind.GRADE, PartKind.HOMEROOM, PartKind.GROUP}
_ONLY_SCHOOL = {PartKind.SCHOOL, PartKind.STAFF}


@dataclass(frozen=True, slots=True, order=True)
class Part:
    """One condition. `school` is a school's public code where the kind has one; `ref` what stands behind it."""

    kind: PartKind
    school: str = ""
    ref: str = ""

    def __str__(self) -> str:
        if self.kind is PartKind.CITY:
            return self.kind.value
        return f"{self.kind.value}:{'/'.join(filter(None, (self.school, self.ref)))}"


@dataclass(frozen=True, slots=True)
class Audience:
    """Who is meant: the children of any included part that are in no excluded part."""

    include: tuple[Part, ...] = ()
    exclude: tuple[Part, ...] = ()

    @property
    def empty(self) -> bool:
        return not self.include


def parse_part(text: str) -> Part:
    """Read one part. Raises UserError("audience.syntax")."""
    kind_text, colon, rest = text.strip().partition(":")
    try:
        kind = PartKind(kind_text)
    except ValueError:
        raise UserError("audience.syntax", part=text) from None
    if kind is PartKind.CITY:
        if colon:
            raise UserError("audience.syntax", part=text)
        return Part(kind)
    if kind in _ONLY_SCHOOL:
        part = Part(kind, school=rest.strip())
    elif kind in _WITH_SCHOOL:
        school, _, ref = rest.partition("/")
        part = Part(kind, school.strip(), ref.strip())
    else:
        part = Part(kind, ref=rest.strip())
    complete = bool(part.school or kind not in _WITH_SCHOOL | _ONLY_SCHOOL) and bool(part.ref or kind in _ONLY_SCHOOL)
    if not complete or (kind in {PartKind.CHILD, PartKind.UNCONFIRMED} and not _is_id(part.ref)):
        raise UserError("audience.syntax", part=text)
    return part


def _is_id(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 19


def parse_audience(include: Iterable[str], exclude: Iterable[str] = ()) -> Audience:
    """Read a rule, dropping repeated parts. Raises UserError("audience.syntax")."""
    return Audience(_parts(include), _parts(exclude))


def _parts(texts: Iterable[str]) -> tuple[Part, ...]:
    return tuple(dict.fromkeys(parse_part(text) for text in texts))
