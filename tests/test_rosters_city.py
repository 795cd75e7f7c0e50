"""A whole city's OneRoster file: in, again, and a year later, with what staff did in between. 20,000 children are in
tests/bench; here are as many as show the same.
"""

from collections import Counter
from pathlib import Path

import pytest
from sqlalchemy import func, select

from desktop.domain.rosters.changes import Outcome
from desktop.services.rosters import Rosters
from desktop.store import audit
from desktop.store.db import Store
from desktop.store.tables import Child, ChildReference, ContactPoint, Guardian, School
from tests.command_line import CommandLine
from tests.conftest import Clock
from tests.make import Make
from tests.oneroster_city import Year, city

CHILDREN = 1_500
SCHOOLS = 3
LATER = Year(moved=50, left=100, new=75, remailed=60)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "city.zip"
    path.write_bytes(city(CHILDREN))
    return path


@pytest.fixture
def renraku(tmp_path: Path) -> CommandLine:
    made = CommandLine(tmp_path / "data")
    made("init").done()
    return made


def test_a_city_comes_in_once(store: Store, clock: Clock, make: Make, file: Path) -> None:
    rosters, actor = Rosters(store, clock), make.principal()
    first = rosters.import_(actor, rosters.read(file))
    assert (first.imported, first.held, first.warnings) == (CHILDREN, (), ())
    again = rosters.import_(actor, rosters.read(file))
    assert (again.imported, again.unchanged) == (0, CHILDREN)
    with store.read() as session:
        assert session.scalar(select(func.count(School.id))) == SCHOOLS
        households = CHILDREN // 3 * 2
        assert session.scalar(select(func.count(Guardian.id))) == households + households // 2


def test_a_year_later_only_what_is_different_changes(sqlite_store: Store, clock: Clock, make: Make, file: Path) -> None:
    rosters, actor = Rosters(sqlite_store, clock), make.principal()
    rosters.import_(actor, rosters.read(file))
    staff_corrected(sqlite_store, make, "0000001")
    file.write_bytes(city(CHILDREN, LATER))
    reading = rosters.read(file)
    preview = rosters.preview(actor, reading)
    rows = Counter(row.outcome for row in preview.rows)
    left, new = CHILDREN // 100, CHILDREN // 75
    assert (rows[Outcome.NEW], rows[Outcome.HELD], len(preview.missing)) == (new, 0, left)
    moved = [n for n in range(CHILDREN) if (n + 1) % 50 == 0 and n % 100]
    assert rows[Outcome.MOVED] == len(moved)
    assert rows[Outcome.CHANGED] == preview.changed > 0
    assert sum(rows.values()) == CHILDREN - left + new
    assert [(each.target, each.current, each.said, each.takes_file) for each in preview.differences] == [
        ("given_name", "Kenta", "健太", False)
    ]
    result = rosters.import_(actor, reading)
    assert (result.new, result.moved, result.changed) == (preview.new, preview.moved, preview.changed)
    with sqlite_store.read() as session:
        assert "Kenta" in session.scalars(select(Child.given_name)).all()
        mails = select(func.count()).select_from(ContactPoint).where(ContactPoint.address.like("%.new@%"))
        assert session.scalar(mails) == sum(
            1 + household % 2 for household in range((CHILDREN + new) // 3 * 2) if (household + 1) % 60 == 0
        )
    assert rosters.import_(actor, rosters.read(file)).imported == 0


def staff_corrected(store: Store, make: Make, code: str) -> None:
    with store.write(make.principal()) as session:
        child = session.scalars(select(Child).join(ChildReference).where(ChildReference.value == code)).one()
        child.given_name = "Kenta"
        audit.record(session, "changed", "child", child.id)


def test_the_command_line_takes_a_city_and_gives_it_back(renraku: CommandLine, file: Path, tmp_path: Path) -> None:
    assert renraku("roster", "import", str(file), "--json").done().json["imported"] == CHILDREN
    again = renraku("roster", "import", str(file), "--json").done().json
    assert (again["kind"], again["imported"], again["unchanged"]) == ("children", 0, CHILDREN)
    out = tmp_path / "out.zip"
    assert renraku("roster", "export", str(out), "--json").done().json["rows"] == CHILDREN
    assert renraku("roster", "import", str(out), "--json").done().json["unchanged"] == CHILDREN


def test_the_command_line_takes_a_list_of_addresses(renraku: CommandLine, file: Path, tmp_path: Path) -> None:
    renraku("roster", "import", str(file)).done()
    addresses = tmp_path / "club.csv"
    addresses.write_text("a@mail.example,3-1\nb@mail.example,3-1\n", "utf-8")
    arguments = ("roster", "import", str(addresses), "--school", "H001")
    would = renraku(*arguments, "--dry-run", "--json").done().json
    assert (would["kind"], would["imported"], would["import_id"]) == ("contacts", 2, None)
    assert "New contacts" in renraku(*arguments).done().out
    assert renraku(*arguments, "--json").done().json["unchanged"] == 2
