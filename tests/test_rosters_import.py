"""What an import makes of children, classes, clubs and families."""

from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from desktop.store import search
from desktop.store.db import Store
from desktop.store.tables import (
    Child,
    Enrolment,
    Group,
    Guardian,
    Guardianship,
    Homeroom,
    Membership,
)
from tests.conftest import Clock
from tests.make import Make
from tests.roster_office import KENTA, SAKURA, Office, changed, codes


@pytest.fixture
def office(store: Store, make: Make, clock: Clock, tmp_path: Path) -> Office:
    return Office(store, make, clock, tmp_path)


def test_a_file_brings_children_classes_clubs_and_families(office: Office) -> None:
    result = office.import_(SAKURA, KENTA)
    assert (result.rows, result.imported, result.unchanged, codes(result)) == (2, 2, 0, [])
    assert office.classes() == {"さくら": "3-1 4", "健太": "5-2 9"}
    counts = office.counts()
    assert (counts["guardians"], counts["guardianships"], counts["contact_points"]) == (2, 3, 3)
    assert (counts["groups"], counts["memberships"], counts["guardian_schools"]) == (1, 1, 2)
    with office.store.read() as session:
        assert {room.label for room in session.scalars(select(Homeroom))} == {"3-1", "3-未定", "5-2", "5-未定"}
        assert session.scalars(select(Child.family_name)).first() == "髙橋"


def test_whoever_was_imported_is_found_as_one_types(office: Office) -> None:
    office.import_(SAKURA, KENTA)
    with office.store.read() as session:
        child = session.scalars(select(Child.id).where(Child.given_name == "さくら")).one()
        mother = session.scalars(select(Guardian.id).where(Guardian.given_name == "花子")).one()
        for typed in ("髙橋さ", "タカハシ サ", "0007"):
            assert search.find(session, typed, "child", [office.school.id]) == [child]
        for typed in ("5678", "hana@"):
            assert search.find(session, typed, "guardian", [office.school.id]) == [mother]


def test_the_same_file_twice_changes_nothing(office: Office) -> None:
    office.import_(SAKURA, KENTA)
    before = office.counts()
    again = office.import_(SAKURA, KENTA)
    assert (again.imported, again.unchanged, codes(again)) == (0, 2, [])
    assert office.counts() == before


def test_rows_that_disagree_about_a_guardian_change_nothing_the_second_time_either(office: Office) -> None:
    brother = changed(KENTA, 保護者1_メール="other@mail.example", 保護者1_続柄="祖母")
    first = office.import_(SAKURA, brother)
    assert [(problem.line, problem.code) for problem in first.warnings] == [(3, "guardian.disagrees")]
    assert ("花子", "hana@mail.example") in office.contacts()
    before = office.counts()
    again = office.import_(SAKURA, brother)
    assert (again.imported, again.unchanged) == (0, 2)
    assert [(problem.line, problem.code) for problem in again.warnings] == [(3, "guardian.disagrees")]
    assert office.counts() == before


def test_an_address_alone_makes_nobody_one_person(office: Office) -> None:
    shared = changed(SAKURA, 保護者2_メール="hana@mail.example")
    office.import_(shared)
    assert office.contacts() >= {("花子", "hana@mail.example"), ("一郎", "hana@mail.example")}


def test_a_namesake_with_other_addresses_is_somebody_else(office: Office) -> None:
    office.import_(SAKURA, changed(KENTA, 保護者1_メール="x@mail.example", 保護者1_電話番号="080-0000-0001"))
    with office.store.read() as session:
        assert len(session.scalars(select(Guardian).where(Guardian.given_name == "花子")).all()) == 2


def test_a_child_in_another_class_is_moved_and_its_old_class_ends(office: Office) -> None:
    office.import_(SAKURA, KENTA)
    result = office.import_(changed(SAKURA, 組="2", 出席番号="11"), KENTA)
    assert (result.moved, result.unchanged) == (1, 1)
    assert office.classes() == {"さくら": "3-2 11", "健太": "5-2 9"}
    assert office.counts()["placements"] == 3


def test_a_child_without_a_code_is_known_by_reading_and_birth_date(office: Office) -> None:
    office.import_(changed(SAKURA, 児童コード=""))
    again = office.import_(changed(SAKURA, 児童コード="", 出席番号="30", 氏名="高橋 さくら", ふりがな="ﾀｶﾊｼ ｻｸﾗ"))
    assert again.new == 0
    assert office.counts()["children"] == 1
    later = office.import_(changed(SAKURA, 出席番号="30"))
    assert later.new == 0
    assert office.counts()["child_references"] == 1


def test_a_number_alone_says_nothing_about_who_a_child_is(office: Office) -> None:
    office.import_(SAKURA)
    twin = changed(SAKURA, 児童コード="", 氏名="髙橋 もみじ", ふりがな="たかはし もみじ")
    assert office.import_(twin).new == 1


def test_a_code_given_to_another_child_is_held(office: Office) -> None:
    office.import_(SAKURA)
    stranger = changed(SAKURA, 氏名="青木 陽", ふりがな="あおき よう", 生年月日="2018-01-05")
    result = office.import_(stranger)
    assert [(problem.column, problem.code) for problem in result.held] == [("児童コード", "child.code_of_another")]


def test_what_staff_changed_since_the_import_stays_and_is_told(office: Office) -> None:
    office.import_(SAKURA)

    def correct(session: Session) -> None:
        child = session.scalars(select(Child)).one()
        child.given_name = "桜"

    office.edit(correct)
    result = office.import_(SAKURA)
    assert (result.imported, result.unchanged) == (0, 1)
    assert [(problem.column, problem.code) for problem in result.warnings] == [("氏名", "kept.staff")]
    assert list(office.classes()) == ["桜"]


def test_a_new_address_in_the_file_replaces_the_one_it_gave_before(office: Office) -> None:
    office.import_(SAKURA)
    result = office.import_(changed(SAKURA, 保護者1_メール="new@mail.example"))
    assert result.changed == 1
    assert office.contacts() >= {("花子", "new@mail.example")}
    assert ("花子", "hana@mail.example") not in office.contacts()


def test_a_guardian_whom_staff_removed_does_not_come_back(office: Office) -> None:
    office.import_(SAKURA)

    def remove(session: Session) -> None:
        father = session.scalars(select(Guardian).where(Guardian.given_name == "一郎")).one()
        link = session.scalars(select(Guardianship).where(Guardianship.guardian_id == father.id)).one()
        session.delete(link)

    office.edit(remove)
    result = office.import_(SAKURA)
    assert (result.imported, codes(result)) == (0, ["guardian.removed_by_staff"])


def test_a_club_left_in_the_file_ends_and_one_that_staff_added_stays(office: Office, make: Make) -> None:
    office.import_(changed(SAKURA, 部活動="サッカー部"))

    def join(session: Session) -> None:
        enrolment = session.scalars(select(Enrolment)).one()
        group = make.group(session, office.school, "合唱部")
        session.add(
            Membership(
                enrolment_id=enrolment.id, school_id=office.school.id, group_id=group.id, from_date=enrolment.from_date
            )
        )

    office.edit(join)
    office.import_(changed(SAKURA, 部活動="美術部"))
    with office.store.read() as session:
        names = session.scalars(
            select(Group.name).join(Membership, Membership.group_id == Group.id).where(Membership.to_date.is_(None))
        )
        assert set(names) == {"合唱部", "美術部"}
