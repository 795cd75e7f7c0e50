"""A whole import is taken back, or it is said what was built on it."""

from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from desktop.domain.errors import UserError
from desktop.domain.people import ChildForm
from desktop.domain.rosters.differences import Decisions
from desktop.domain.staff import Role
from desktop.services.people import People
from desktop.store import audit, db
from desktop.store.db import Store
from desktop.store.tables import (
    Child,
    Guardian,
    Homeroom,
    ImportBase,
    Notice,
    NoticeChild,
    Placement,
)
from tests.conftest import Clock
from tests.make import Make
from tests.roster_office import ALL, HEADER, KENTA, SAKURA, Office, changed

EVERYTHING = (*ALL, ImportBase)


@pytest.fixture
def office(store: Store, make: Make, clock: Clock, tmp_path: Path) -> Office:
    return Office(store, make, clock, tmp_path)


def rows(office: Office) -> dict[str, set[str]]:
    """Every row of the rosters as it stands, without versions."""
    with office.store.read() as session:
        return {
            table.__tablename__: {
                str({name: value for name, value in row.items() if name != "version"})
                for row in session.execute(select(table.__table__)).mappings()
            }
            for table in EVERYTHING
        }


def undo(office: Office, import_id: int | None) -> None:
    assert import_id is not None
    office.rosters.undo_import(office.clerk, import_id)


def refused(office: Office, import_id: int | None) -> tuple[str, object]:
    with pytest.raises(UserError) as error:
        undo(office, import_id)
    return error.value.code, error.value.details.get("who")


def test_after_the_undo_of_the_first_import_nobody_is_there(office: Office) -> None:
    empty = rows(office)
    result = office.import_(SAKURA, KENTA)
    undo(office, result.import_id)
    assert rows(office) == empty
    assert refused(office, result.import_id)[0] == "import.undone"
    assert office.import_(SAKURA, KENTA).new == 2


def test_the_undo_of_a_later_import_brings_back_what_stood_before(office: Office) -> None:
    office.import_(SAKURA)
    before = rows(office)
    moved = changed(
        SAKURA, 児童コード="0099", 組="2", 出席番号="30", 部活動="美術部", 保護者1_続柄="祖母",
        保護者1_メール="new@mail.example", 保護者2_氏名="髙橋 二郎", 保護者2_メール="jiro@mail.example",
    )  # fmt: skip
    result = office.import_(moved, KENTA)
    assert (result.new, result.moved) == (1, 1)
    undo(office, result.import_id)
    assert rows(office) == before


def test_what_was_taken_from_the_file_over_staffs_word_comes_back_too(office: Office) -> None:
    office.import_(SAKURA)
    office.edit(lambda session: setattr(session.scalars(select(Child)).one(), "given_name", "桜"))
    before = rows(office)
    result = office.rosters.import_(office.clerk, office.read(SAKURA), decisions=Decisions(everything=True))
    assert rows(office) != before
    undo(office, result.import_id)
    assert {name for name in before if rows(office)[name] != before[name]} <= {"search_keys", "search_entries"}


def test_two_imports_on_one_day_leave_one_class_and_the_undo_brings_the_other_back(office: Office) -> None:
    office.import_(SAKURA)
    office.import_(changed(SAKURA, 組="2", 出席番号="30"))
    before = rows(office)
    third = office.import_(changed(SAKURA, 組="3", 出席番号="5"))
    with office.store.read() as session:
        for placement in session.scalars(select(Placement)):
            assert placement.to_date is None or placement.from_date <= placement.to_date
    assert office.classes() == {"さくら": "3-3 5"}
    undo(office, third.import_id)
    assert rows(office) == before
    assert office.classes() == {"さくら": "3-2 30"}


def test_an_earlier_import_is_not_undone_under_a_later_one(office: Office) -> None:
    first = office.import_(SAKURA)
    office.import_(SAKURA)
    later = office.import_(changed(SAKURA, 出席番号="30"))
    assert refused(office, first.import_id) == ("import.later", office.clerk.label)
    undo(office, later.import_id)


def test_not_once_staff_changed_a_child_that_it_brought(office: Office, clock: Clock) -> None:
    result = office.import_(SAKURA)
    people = People(office.store, clock)
    (child,) = people.children(office.clerk, [1, 2, 3])[:1]
    people.save_child(office.clerk, ChildForm("髙橋", "桜", birth_date=date(2017, 9, 1), id=child.id, version=1))
    assert refused(office, result.import_id) == ("import.changed", office.clerk.label)


def test_not_once_a_child_that_it_brought_was_moved(office: Office, clock: Clock) -> None:
    result = office.import_(SAKURA, KENTA)
    with office.store.read() as session:
        child = session.scalars(select(Child.id).where(Child.given_name == "さくら")).one()
        room = session.scalars(select(Homeroom.id).where(Homeroom.label == "3-未定")).one()
    People(office.store, clock).move(office.clerk, [child], room)
    assert refused(office, result.import_id)[0] == "import.changed"


def test_not_once_a_notice_went_to_one_of_its_children(office: Office, make: Make) -> None:
    result = office.import_(SAKURA)

    def told(session: Session) -> None:
        author, moment = make.staff(session, Role.CLERK).staff_id, db.now(session)
        notice = Notice(
            kind="other", urgent=False, channels=["email"], include=["city"], exclude=[], state="sending",
            author_id=author, created_at=moment, updated_at=moment,
        )  # fmt: skip
        session.add(notice)
        session.flush()
        child = session.scalars(select(Child)).one()
        session.add(NoticeChild(notice_id=notice.id, child_id=child.id, school_id=office.school.id))

    office.edit(told)
    assert refused(office, result.import_id)[0] == "import.notices"


def test_only_who_may_import_there_may_undo(office: Office, make: Make) -> None:
    result = office.import_(SAKURA)
    with office.store.write(make.principal()) as session:
        stranger = make.staff(session, Role.CLERK, school=make.school(session, "H002", "にし小学校"))
        audit.record(session, "added", "school")
    for actor in (stranger,):
        with pytest.raises(UserError) as error:
            office.rosters.undo_import(actor, result.import_id or 0)
        assert error.value.code == "forbidden"
    with pytest.raises(UserError) as unknown:
        office.rosters.undo_import(office.clerk, 999_999)
    assert unknown.value.code == "not_found"


def test_a_family_of_two_schools_keeps_what_the_other_school_knows(office: Office, make: Make) -> None:
    principal = make.principal()
    header = ["school_code", "school_name", *HEADER]
    office.rosters.import_(principal, office.read(["H002", "にし小学校", *KENTA], header=header))
    before = rows(office)
    result = office.import_(SAKURA)
    with office.store.read() as session:
        assert len(session.scalars(select(Guardian)).all()) == 2
    undo(office, result.import_id)
    after = rows(office)
    assert {name for name in before if after[name] != before[name]} == set()
