"""Where a row puts its child: enrolment, class, number and groups of one school year."""

from datetime import timedelta
from itertools import count

from desktop.domain.names import search_key
from desktop.domain.rosters.changes import Changes, NewEnrolment, NewMembership, NewPlacement
from desktop.domain.rosters.differences import Remarks
from desktop.domain.rosters.known import Base, KnownHomeroom, KnownPlacement, KnownPupil, KnownSchool
from desktop.domain.rosters.places import Places
from desktop.domain.rosters.rows import RosterRow
from desktop.domain.rosters.settling import settle

_OF_ONE_YEAR = ("homeroom", "student_number", "groups")


class Enrolling:
    """Plans one child at a time. `said`, the child's next import base, is filled on the way."""

    def __init__(self, changes: Changes, places: Places) -> None:
        self._changes = changes
        self._places = places
        self._next = count(-1, -1)

    def take(
        self, row: RosterRow, school: KnownSchool, grade: str, pupil: KnownPupil | None, child_id: int,
        said: dict[str, object], remarks: Remarks,
    ) -> tuple[KnownHomeroom, KnownHomeroom | None, list[str]]:  # fmt: skip
        """The class the child is in afterwards, the one it leaves, and the targets that change."""
        base = self._base_of_year(row.year, pupil, said)
        enrolment_id = pupil.enrolments.get(row.year) if pupil else None
        now = pupil.placements.get(enrolment_id) if pupil and enrolment_id is not None else None
        changed = []
        if enrolment_id is None:
            enrolment_id = next(self._next)
            last_day = pupil.left.get(row.year) if pupil else None
            begins = last_day + timedelta(days=1) if last_day else None
            self._changes.enrolments.append(NewEnrolment(enrolment_id, child_id, school.id, row.year, begins))
            changed.append("school_year")
        room, left = self._place(row, school, grade, enrolment_id, now, base, said, remarks)
        if now is None or left:
            changed.append("homeroom")
        elif self._number(row, now, base, remarks):
            changed.append("student_number")
        if row.student_number:
            said["student_number"] = row.student_number
        if row.groups is not None and self._groups(row, school.id, enrolment_id, pupil, base, said):
            changed.append("groups")
        return room, left, changed

    def _base_of_year(self, year: int, pupil: KnownPupil | None, said: dict[str, object]) -> Base | None:
        """The last import's word on this year; another year's class is no news about this one."""
        base = pupil.base if pupil else None
        if base is None or base.get("year") != year:
            for name in _OF_ONE_YEAR:
                said.pop(name, None)
            base = None
        said["year"] = year
        return base

    def _place(
        self, row: RosterRow, school: KnownSchool, grade: str, enrolment_id: int, now: KnownPlacement | None,
        base: Base | None, said: dict[str, object], remarks: Remarks,
    ) -> tuple[KnownHomeroom, KnownHomeroom | None]:  # fmt: skip
        room_now = self._places.by_id(now.homeroom_id) if now else None
        if row.homeroom is None and room_now and room_now.grade_code == grade:
            return room_now, None
        room = self._places.homeroom(school.id, row.year, grade, row.homeroom or "")
        if row.homeroom is not None:
            said["homeroom"] = room.label
        if now is None or room_now is None:
            self._move(row, school.id, enrolment_id, room)
            return room, None
        settled = settle(base, "homeroom", room_now.label, room.label)
        first_word = base is None and room_now.unplaced
        if settled.take or (
            settled.differs and (first_word or remarks.file_wins("homeroom", room_now.label, room.label))
        ):
            self._changes.placements_closed.append(now.id)
            self._move(row, school.id, enrolment_id, room)
            return room, room_now
        return room_now, None

    def _move(self, row: RosterRow, school_id: int, enrolment_id: int, room: KnownHomeroom) -> None:
        self._changes.placements.append(NewPlacement(enrolment_id, school_id, row.year, room.id, row.student_number))

    def _number(self, row: RosterRow, now: KnownPlacement, base: Base | None, remarks: Remarks) -> bool:
        settled = settle(base, "student_number", now.student_number, row.student_number)
        if settled.take or (
            settled.differs and remarks.file_wins("student_number", now.student_number, row.student_number)
        ):
            self._changes.placements_numbered.append((now.id, row.student_number))
            return True
        return False

    def _groups(
        self, row: RosterRow, school_id: int, enrolment_id: int, pupil: KnownPupil | None, base: Base | None,
        said: dict[str, object],
    ) -> bool:  # fmt: skip
        """Enter and leave what the file says since it last spoke; what staff added or ended since stays so."""
        named = {search_key(name): name for name in row.groups or ()}
        former = base.get("groups") if base else None
        before = set(former) if isinstance(former, list) else set()
        memberships = pupil.memberships.items() if pupil else ()
        current = {self._places.group_key(group): key for (of, group), key in memberships if of == enrolment_id}
        said["groups"] = sorted(named)
        entered = [key for key in named if key not in current and key not in before]
        left = [key for key in before - set(named) if key in current]
        for key in entered:
            group_id = self._places.group(school_id, named[key])
            self._changes.memberships.append(NewMembership(enrolment_id, school_id, row.year, group_id))
        self._changes.memberships_closed.extend(current[key] for key in left)
        return bool(entered or left)
