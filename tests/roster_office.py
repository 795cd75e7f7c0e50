"""A school's office that imports rosters, for tests."""

from collections.abc import Callable
from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from desktop.domain.rosters.changes import ImportResult
from desktop.domain.rosters.reading import Reading
from desktop.domain.staff import Actor, Role
from desktop.services.roster_files import csv_bytes
from desktop.services.rosters import Rosters
from desktop.store import audit
from desktop.store.db import Store
from desktop.store.tables import (
    Child,
    ChildReference,
    ContactPoint,
    Enrolment,
    Group,
    Guardian,
    GuardianSchool,
    Guardianship,
    Homeroom,
    Membership,
    Placement,
    SearchEntry,
    SearchKey,
)
from tests.conftest import Clock
from tests.make import Make

HEADER = [
    "児童コード", "学年", "組", "出席番号", "氏名", "ふりがな", "生年月日", "部活動",
    "保護者1　氏名", "保護者1　続柄", "保護者1　メール", "保護者1　電話番号",
    "保護者2　氏名", "保護者2　続柄", "保護者2　メール",
]  # fmt: skip
SAKURA = [
    "0007", "3", "1", "4", "髙橋 さくら", "たかはし さくら", "平成29年9月1日", "サッカー部",
    "髙橋 花子", "母", "hana@mail.example", "090-1234-5678", "髙橋 一郎", "父", "ichiro@mail.example",
]  # fmt: skip
KENTA = [
    "0008", "5", "2", "9", "髙橋 健太", "たかはし けんた", "平成27年6月2日", "",
    "髙橋 花子", "母", "hana@mail.example", "090-1234-5678", "", "", "",
]  # fmt: skip
ALL = (
    Child, ChildReference, Enrolment, Placement, Membership, Guardian, Guardianship, GuardianSchool, ContactPoint,
    Homeroom, Group, SearchEntry, SearchKey,
)  # fmt: skip


def changed(row: list[str], **cells: str) -> list[str]:
    return [cells.get(header.replace("　", "_"), cell) for header, cell in zip(HEADER, row, strict=True)]


class Office:
    """A school's office with a folder of files."""

    def __init__(self, store: Store, make: Make, clock: Clock, folder: Path) -> None:
        self.store = store
        self.rosters = Rosters(store, clock)
        self._folder = folder
        self._files = 0
        with store.write(make.principal()) as session:
            self.school = make.school(session)
            self.clerk: Actor = make.staff(session, Role.CLERK, school=self.school)
            audit.record(session, "added", "school")

    def read(self, *rows: list[str], header: list[str] = HEADER, school: str = "H001") -> Reading:
        self._files += 1
        path = self._folder / f"roster{self._files}.csv"
        path.write_bytes(csv_bytes([header, *rows]))
        return self.rosters.read(path, school=school)

    def import_(self, *rows: list[str], header: list[str] = HEADER, school: str = "H001") -> ImportResult:
        return self.rosters.import_(self.clerk, self.read(*rows, header=header, school=school))

    def counts(self) -> dict[str, int]:
        with self.store.read() as session:
            return {table.__tablename__: session.scalar(select(func.count()).select_from(table)) or 0 for table in ALL}

    def classes(self) -> dict[str, str]:
        """Each child's open class and number."""
        with self.store.read() as session:
            rows = session.execute(
                select(Child.given_name, Homeroom.label, Placement.student_number)
                .join(Enrolment, Enrolment.child_id == Child.id)
                .join(Placement, Placement.enrolment_id == Enrolment.id)
                .join(Homeroom, Homeroom.id == Placement.homeroom_id)
                .where(Placement.to_date.is_(None))
            )
            return {name: f"{label} {number}".strip() for name, label, number in rows}

    def contacts(self) -> set[tuple[str, str]]:
        with self.store.read() as session:
            rows = session.execute(
                select(Guardian.given_name, ContactPoint.address).join(
                    ContactPoint, ContactPoint.guardian_id == Guardian.id
                )
            )
            return {(name, address) for name, address in rows}

    def edit(self, change: Callable[[Session], None]) -> None:
        with self.store.write(self.clerk) as session:
            change(session)
            audit.record(session, "edited", "child")


def codes(result: ImportResult) -> list[str]:
    return [problem.code for problem in (*result.held, *result.warnings)]
