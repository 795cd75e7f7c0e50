"""Bare lists of addresses (A4): they become contacts that wait for their child and can be written to at once."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from sqlalchemy import func, select

from desktop.domain.errors import UserError
from desktop.domain.rosters.changes import ImportResult, Outcome
from desktop.domain.rosters.reading import Reading
from desktop.services.roster_files import csv_bytes, xlsx_bytes
from desktop.store import search
from desktop.store.db import Store
from desktop.store.tables import ContactPoint, Group, Guardian, GuardianSchool, Homeroom, SearchKey, WaitingContact
from tests.conftest import Clock
from tests.make import Make
from tests.roster_office import SAKURA, Office

MAIL = ["メールアドレス", "クラス"]


@pytest.fixture
def office(store: Store, make: Make, clock: Clock, tmp_path: Path) -> Office:
    return Office(store, make, clock, tmp_path)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


def take(office: Office, *rows: Sequence[str], header: Sequence[str] = MAIL) -> ImportResult:
    return office.import_(*[list(row) for row in rows], header=list(header))


def waiting(office: Office) -> set[tuple[str, str]]:
    """Address and place of everybody who waits."""
    with office.store.read() as session:
        rows = session.execute(
            select(ContactPoint.address, func.coalesce(Homeroom.label, Group.name, ""))
            .select_from(WaitingContact)
            .join(ContactPoint, ContactPoint.guardian_id == WaitingContact.guardian_id)
            .outerjoin(Homeroom, Homeroom.id == WaitingContact.homeroom_id)
            .outerjoin(Group, Group.id == WaitingContact.group_id)
        )
        return {(address, place) for address, place in rows}


def guardians(office: Office) -> int:
    with office.store.read() as session:
        return session.scalar(select(func.count(Guardian.id))) or 0


def test_a_list_of_addresses_needs_no_columns_of_children(office: Office) -> None:
    reading = office.read(["a@mail.example", "3-1"], header=MAIL)
    assert reading.contacts
    assert reading.missing == ()


def test_addresses_with_classes_wait_there_for_their_child(office: Office) -> None:
    result = take(office, ["a@mail.example", "3-1"], ["b@mail.example", "3年2組"])
    assert (result.imported, result.contacts) == (2, True)
    assert waiting(office) == {("a@mail.example", "3-1"), ("b@mail.example", "3-2")}


def test_the_school_that_brings_an_address_sees_finds_and_vouches_for_it(office: Office) -> None:
    take(office, ["a@mail.example", "3-1"])
    with office.store.read() as session:
        guardian = session.scalars(select(Guardian)).one()
        assert session.get(GuardianSchool, (office.school.id, guardian.id)) is not None
        assert session.scalars(select(ContactPoint)).one().verified_at is not None
        assert search.find(session, "a@mail", "guardian", [office.school.id]) == [guardian.id]


def test_a_list_without_headers_is_understood_by_what_it_holds(office: Office) -> None:
    result = take(office, ["b@mail.example", "サッカー部"], ["c@mail.example", "合唱部"], ["d@mail.example", "合唱部"],
                  header=["a@mail.example", "サッカー部"])  # fmt: skip
    assert result.imported == 4
    assert ("a@mail.example", "サッカー部") in waiting(office)


def test_several_addresses_and_several_groups_stand_in_one_line(office: Office) -> None:
    result = take(office, ["a@mail.example; b@mail.example", "3-1", "サッカー部;PTA"], header=[*MAIL, "グループ"])
    assert result.imported == 2
    assert waiting(office) == {(f"{who}@mail.example", place) for who in "ab" for place in ("3-1", "サッカー部", "PTA")}
    assert guardians(office) == 2


def test_the_same_list_again_changes_nothing(office: Office) -> None:
    take(office, ["a@mail.example", "3-1"])
    again = take(office, ["A@mail.example", "3-1"], ["a@mail.example", "3年1組"])
    assert (again.imported, guardians(office)) == (0, 1)
    assert [problem.code for problem in again.warnings] == ["contact.twice"]


def test_another_class_of_the_same_address_is_another_place_of_one_contact(office: Office) -> None:
    take(office, ["a@mail.example", "3-1"])
    assert take(office, ["a@mail.example", "5-2"]).imported == 1
    assert guardians(office) == 1
    assert waiting(office) == {("a@mail.example", "3-1"), ("a@mail.example", "5-2")}


def test_an_address_of_a_registered_guardian_of_that_class_is_said_and_not_doubled(office: Office) -> None:
    office.import_(SAKURA)
    result = take(office, ["hana@mail.example", "3-1"], ["hana@mail.example", "5-1"])
    assert [problem.code for problem in result.warnings] == ["contact.registered"]
    assert (result.imported, waiting(office)) == (1, {("hana@mail.example", "5-1")})


def test_without_a_class_an_address_waits_at_the_school(office: Office) -> None:
    take(office, ["a@mail.example"], header=["メールアドレス"])
    assert waiting(office) == {("a@mail.example", "")}


def test_names_are_kept_as_they_stand_and_may_be_missing(office: Office) -> None:
    take(office, ["a@mail.example", "3-1", "山田　花子"], ["b@mail.example", "3-1", ""], header=[*MAIL, "保護者氏名"])
    with office.store.read() as session:
        assert set(session.scalars(select(WaitingContact.name))) == {"山田　花子", ""}
        assert set(session.scalars(select(Guardian.family_name))) == {"山田　花子", ""}


def test_a_list_with_children_s_names_can_be_called_a_list_of_addresses(office: Office, folder: Path) -> None:
    path = folder / "list.xlsx"
    path.write_bytes(xlsx_bytes([["氏名", "メールアドレス", "組"], ["さくら", "a@mail.example", "3-1"]]))
    reading: Reading = office.rosters.read(path, school="H001", contacts=True)
    assert office.rosters.import_(office.clerk, reading).imported == 1
    assert waiting(office) == {("a@mail.example", "3-1")}


def test_bad_rows_are_held_with_their_reason(office: Office) -> None:
    result = take(office, ["a@mail", "3-1"], ["", "3-1"], ["b@mail.example", "1組"], ["c@mail.example", "9-1"])
    assert [(problem.line, problem.code) for problem in result.held] == [
        (2, "email.no_dot"), (3, "email.empty"), (4, "grade.missing"), (5, "grade.not_at_school"),
    ]  # fmt: skip
    assert result.imported == 0


def test_a_preview_says_what_would_happen(office: Office) -> None:
    take(office, ["a@mail.example", "3-1"])
    reading = office.read(["a@mail.example", "3-1"], ["b@mail.example", "3-1"], header=MAIL)
    preview = office.rosters.preview(office.clerk, reading)
    assert preview.contacts
    assert [(row.outcome, row.name, row.homeroom) for row in preview.rows] == [
        (Outcome.UNCHANGED, "a@mail.example", "3-1"), (Outcome.NEW, "b@mail.example", "3-1"),
    ]  # fmt: skip


def test_undoing_the_import_takes_every_contact_away(office: Office) -> None:
    take(office, ["a@mail.example", "3-1"])
    result = take(office, ["a@mail.example", "5-1"], ["b@mail.example", "3-1"])
    assert result.import_id is not None
    office.rosters.undo_import(office.clerk, result.import_id)
    assert waiting(office) == {("a@mail.example", "3-1")}
    with office.store.read() as session:
        assert session.scalar(select(func.count()).select_from(SearchKey).where(SearchKey.key.like("b@%"))) == 0


def test_a_school_that_one_may_not_import_into_is_refused(office: Office, make: Make, folder: Path) -> None:
    with office.store.write(make.principal()) as session:
        make.school(session, code="H002")
        session.info["audited"] = True
    path = folder / "foreign.csv"
    path.write_bytes(csv_bytes([MAIL, ["a@mail.example", "3-1"]]))
    with pytest.raises(UserError, match="forbidden"):
        office.rosters.import_(office.clerk, office.rosters.read(path, school="H002"))
