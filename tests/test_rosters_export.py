"""Rosters out: OneRoster zips that strict readers take, and files that a spreadsheet does not run."""

import csv
import io
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from desktop.domain.rosters.reading import Reading
from desktop.services.oneroster_export import HEADERS
from desktop.services.roster_files import csv_bytes, read_sheet
from desktop.services.rosters import Rosters
from desktop.store import audit
from desktop.store.db import Store
from desktop.store.tables import (
    Child,
    ContactPoint,
    Enrolment,
    Guardian,
    Guardianship,
    Homeroom,
    Membership,
    Placement,
    School,
)
from tests.conftest import Clock
from tests.make import Make
from tests.roster_office import HEADER, KENTA, SAKURA, Office

FILES = sorted((Path(__file__).parent / "data" / "oneroster").glob("*.zip"))
K12 = next(file for file in FILES if "k12" in file.name)
OWN = "metadata.renraku."


@pytest.fixture
def office(store: Store, make: Make, clock: Clock, tmp_path: Path) -> Office:
    return Office(store, make, clock, tmp_path)


def tables(path: Path) -> dict[str, list[list[str]]]:
    with zipfile.ZipFile(path) as package:
        texts = {name: package.read(name).decode() for name in package.namelist()}
    return {name.removesuffix(".csv"): list(csv.reader(io.StringIO(text))) for name, text in texts.items()}


def people(store: Store) -> list[tuple[object, ...]]:
    """Every child with class, number and guardians, by what stands there and not by ids."""
    with store.read() as session:
        rows = session.execute(
            select(
                School.name, Child.family_name, Child.given_name, Child.family_name_kana, Child.given_name_kana,
                Child.sex, Child.birth_date, Homeroom.label, Placement.student_number, Guardian.family_name,
                Guardian.given_name, Guardian.language, Guardianship.relationship, Guardianship.position,
                ContactPoint.kind, ContactPoint.address,
            )
            .select_from(Child)
            .join(Enrolment, Enrolment.child_id == Child.id)
            .join(School, School.id == Enrolment.school_id)
            .join(Placement, Placement.enrolment_id == Enrolment.id)
            .join(Homeroom, Homeroom.id == Placement.homeroom_id)
            .outerjoin(Guardianship, Guardianship.child_id == Child.id)
            .outerjoin(Guardian, Guardian.id == Guardianship.guardian_id)
            .outerjoin(ContactPoint, ContactPoint.guardian_id == Guardian.id)
        )  # fmt: skip
        return sorted((tuple(row) for row in rows), key=str)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_oneroster_file_goes_out_as_it_came_in(
    sqlite_store: Store, postgres_store: Store, clock: Clock, make: Make, tmp_path: Path, file: Path
) -> None:
    here, there, actor = Rosters(sqlite_store, clock), Rosters(postgres_store, clock), make.principal()
    here.import_(actor, here.read(file))
    assert here.export(actor, tmp_path / "out.zip") == 74
    result = there.import_(actor, there.read(tmp_path / "out.zip"))
    assert (result.imported, result.held, result.warnings) == (74, (), ())
    assert people(postgres_store) == people(sqlite_store)
    again = here.import_(actor, here.read(tmp_path / "out.zip"))
    assert (again.imported, again.unchanged, again.differences) == (0, 74, ())


def test_imported_ids_are_kept_and_others_stay_the_same(office: Office, tmp_path: Path) -> None:
    office.import_(SAKURA, KENTA)
    office.rosters.export(office.clerk, tmp_path / "one.zip", school="H001")
    office.rosters.export(office.clerk, tmp_path / "two.zip", school="H001")
    assert tables(tmp_path / "one.zip") == tables(tmp_path / "two.zip")
    principal = Make(office.rosters._clock()).principal()
    office.rosters.import_(principal, office.rosters.read(K12))
    office.rosters.export(principal, tmp_path / "k12.zip", school="B134210000019")
    came = {row[0] for row in tables(K12)["users"][1:]}
    went = {row[0] for row in tables(tmp_path / "k12.zip")["users"][1:]}
    assert went < came  # all but the teachers


def test_what_the_profile_has_no_place_for_comes_back_too(office: Office, tmp_path: Path) -> None:
    office.import_(SAKURA, KENTA)
    before = people(office.store)
    office.rosters.export(office.clerk, tmp_path / "out.zip", school="H001")
    reading: Reading = office.rosters.read(tmp_path / "out.zip")
    again = office.rosters.import_(office.clerk, reading)
    assert (again.imported, again.unchanged) == (0, 2)
    assert people(office.store) == before
    with office.store.read() as session:
        assert len(session.scalars(select(Membership.id)).all()) == 1


def test_the_layout_is_that_of_the_profile(office: Office, tmp_path: Path) -> None:
    office.import_(SAKURA)
    office.rosters.export(office.clerk, tmp_path / "out.zip", school="H001")
    mine, profile = tables(tmp_path / "out.zip"), tables(K12)
    assert {name: [column for column in rows[0] if not column.startswith(OWN)] for name, rows in mine.items()} == {
        name: rows[0] for name, rows in profile.items()
    }
    assert not any(column.startswith(OWN) for column in HEADERS["users"].split(",")[: len(profile["users"][0])])
    with zipfile.ZipFile(tmp_path / "out.zip") as package:
        assert not any(package.read(name).startswith(b"\xef\xbb\xbf") for name in package.namelist())
    manifest = {name: value for name, value, *_rest in mine["manifest"]}
    assert {name.removeprefix("file.") for name, value in manifest.items() if value == "bulk"} == set(mine) - {
        "manifest"
    }


def test_every_reference_of_a_file_leads_somewhere(office: Office, tmp_path: Path) -> None:
    office.import_(SAKURA, KENTA)
    office.rosters.export(office.clerk, tmp_path / "out.zip", school="H001")
    found = tables(tmp_path / "out.zip")
    ids = {name: {row[0] for row in rows[1:]} for name, rows in found.items()}
    assert all(len(ids[name]) == len(rows) - 1 for name, rows in found.items())
    for name, rows in found.items():
        for column, target in (
            ("userSourcedId", "users"), ("classSourcedId", "classes"), ("schoolSourcedId", "orgs"),
            ("orgSourcedId", "orgs"), ("courseSourcedId", "courses"), ("termSourcedIds", "academicSessions"),
            ("agentSourcedIds", "users"), ("primaryOrgSourcedId", "orgs"), ("parentSourcedId", "orgs"),
        ):  # fmt: skip
            if column in rows[0]:
                at = rows[0].index(column)
                assert {each for row in rows[1:] for each in row[at].split(",") if each} <= ids[target], (name, column)


def test_nobody_saves_the_roster_of_a_foreign_school(office: Office, make: Make, tmp_path: Path) -> None:
    with office.store.write(make.principal()) as session:
        make.school(session, code="H002")
        audit.record(session, "added", "school")
    with pytest.raises(Exception, match="forbidden"):
        office.rosters.export(office.clerk, tmp_path / "out.zip", school="H002")
    assert not (tmp_path / "out.zip").exists()


def test_a_formula_in_a_name_is_no_formula_in_a_spreadsheet(office: Office, tmp_path: Path) -> None:
    header = [*HEADER, "保護者1　使用言語"]
    row = [*SAKURA, "ja"]
    row[HEADER.index("氏名")] = "=cmd 花"
    row[HEADER.index("保護者1　電話番号")] = "+1 202 555 0100"
    office.import_(row, header=header)
    office.rosters.export(office.clerk, tmp_path / "out.csv", school="H001")
    text = (tmp_path / "out.csv").read_text("utf-8-sig")
    assert "'=cmd" in text
    assert ",+12025550100" in text
    again = office.rosters.import_(office.clerk, office.rosters.read(tmp_path / "out.csv"))
    assert (again.imported, again.unchanged) == (0, 1)


@given(st.lists(st.text("'=+-@\t ＝a1", max_size=4), min_size=1, max_size=4))
def test_cells_like_formulas_come_back_as_they_were(cells: list[str]) -> None:
    rows = [["氏名", *("組" for _ in cells)], ["青木", *cells]]
    assert read_sheet(csv_bytes(rows)).lines[0].cells[1:] == tuple(cells)
