"""The tree of the rosters: school, year, grade, class or group. Pure: values in, words and numbers out."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from desktop.domain.people import Node
from desktop.domain.schools import GradeNode, GroupNode, HomeroomNode, SchoolTree
from desktop.domain.waiting_contacts import WaitingPlace
from desktop.i18n import _, format_number


@dataclass(frozen=True, slots=True)
class WaitingNode(Node):
    """Contacts that wait for their child, of a school and year, or of one class or group there."""


@dataclass(frozen=True, slots=True)
class Place:
    """One line of the tree. Without a node it only heads those under it."""

    text: str
    count: str
    node: Node | None
    icon: str = ""
    under: "tuple[Place, ...]" = field(default=())


def school_place(trees: Sequence[SchoolTree], this_year: int, waiting: Sequence[WaitingPlace] = ()) -> Place:
    """One school with its years, the present one first; the school itself means that one.

    `waiting` is where contacts wait for their child this year, in any school.
    """
    ordered = sorted(trees, key=lambda tree: (tree.year != this_year, -tree.year))
    present = ordered[0]
    mine = [each for each in waiting if each.school_id == present.school.id]
    years = tuple(_year(tree, mine if tree.year == this_year else ()) for tree in ordered)
    node = Node(school_id=present.school.id)
    return Place(present.school.name, format_number(present.children), node, "school", years)


def city_place(name: str, trees: Iterable[SchoolTree], this_year: int, waiting: Sequence[WaitingPlace] = ()) -> Place:
    """Every school that one may see."""
    listed = list(trees)
    children = sum(tree.children for tree in listed)
    schools = tuple(school_place([tree], this_year, waiting) for tree in listed)
    return Place(name, format_number(children), Node(), "building", schools)


def year_words(year: int) -> str:
    return _("School year {year}").format(year=year)


def room_words(room: HomeroomNode, grade: GradeNode) -> str:
    return _("{grade} (class not decided)").format(grade=grade.name) if room.unplaced else room.label


def _year(tree: SchoolTree, waiting: Sequence[WaitingPlace]) -> Place:
    base = Node(school_id=tree.school.id, year=tree.year)
    parts = [_grade(grade, tree) for grade in tree.grades]
    parts += _groups(tree, "club", _("Clubs")) + _groups(tree, "other", _("Other groups"))
    if tree.placeless:
        node = Node(school_id=tree.school.id, year=tree.year, placeless=True)
        parts.append(Place(_("Without a class"), format_number(tree.placeless), node, "person-search"))
    if waiting:
        parts.append(_waiting(tree, waiting))
    return Place(year_words(tree.year), format_number(tree.children), base, "calendar", tuple(parts))


def _waiting(tree: SchoolTree, waiting: Sequence[WaitingPlace]) -> Place:
    school, year = tree.school.id, tree.year
    under = tuple(
        Place(
            each.place,
            format_number(each.count),
            WaitingNode(school, year, homeroom_id=each.homeroom_id, group_id=each.group_id),
        )
        for each in waiting
        if each.homeroom_id or each.group_id
    )
    alone = sum(each.count for each in waiting if not (each.homeroom_id or each.group_id))
    if alone and under:
        under += (Place(_("No class or group"), format_number(alone), WaitingNode(school, year, placeless=True)),)
    total = format_number(sum(each.count for each in waiting))
    return Place(_("Waiting contacts"), total, WaitingNode(school, year), "person-clock", under)


def _grade(grade: GradeNode, tree: SchoolTree) -> Place:
    school, year = tree.school.id, tree.year
    rooms = tuple(
        Place(room_words(room, grade), format_number(room.children), Node(school, year, homeroom_id=room.id))
        for room in grade.homerooms
        if room.children or not room.unplaced
    )
    return Place(grade.name, format_number(grade.children), Node(school, year, grade_id=grade.id), "", rooms)


def _groups(tree: SchoolTree, kind: str, heading: str) -> list[Place]:
    found = tuple(_group(group, tree) for group in tree.groups if group.kind == kind)
    return [Place(heading, "", None, "", found)] if found else []


def _group(group: GroupNode, tree: SchoolTree) -> Place:
    node = Node(tree.school.id, tree.year, group_id=group.id)
    return Place(group.name, format_number(group.children), node)


def path_to(places: Iterable[Place], node: Node) -> tuple[Place, ...]:
    """The places from the root to the one of that node; empty if it is not there."""
    for place in places:
        if place.node == node:
            return (place,)
        if below := path_to(place.under, node):
            return (place, *below)
    return ()
