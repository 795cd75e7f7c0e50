"""OneRoster zips of the Japan profiles, made by an independent library; the people in them are invented."""

import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import func, select

from desktop.domain.errors import UserError
from desktop.services.roster_files import read_sheet
from desktop.services.rosters import Rosters
from desktop.store import audit
from desktop.store.db import Store
from desktop.store.tables import Child, Guardian, Homeroom, School
from tests.conftest import Clock
from tests.make import Make

FILES = sorted((Path(__file__).parent / "data" / "oneroster").glob("*.zip"))
Change = Callable[[str, bytes], bytes]


def repacked(change: Change, extra: dict[str, bytes] | None = None) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(FILES[0]) as package, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in package.namelist():
            new.writestr(name, change(name, package.read(name)))
        for name, data in (extra or {}).items():
            new.writestr(name, data)
    return out.getvalue()


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_every_layout_comes_in_whole_and_only_once(store: Store, clock: Clock, make: Make, file: Path) -> None:
    rosters, actor = Rosters(store, clock), make.principal()
    first = rosters.import_(actor, rosters.read(file))
    assert (first.rows, first.imported, first.held) == (74, 74, ())
    with store.read() as session:
        assert session.scalars(select(School.name)).one() == "見本市立ひがし小学校"
        labels = set(session.scalars(select(Homeroom.label)))
        assert {"1-1", "6-2", "1-未定"} <= labels
        assert not any("組" in label for label in labels)
        guardians = session.scalar(select(func.count()).select_from(Guardian))
    again = rosters.import_(actor, rosters.read(file))
    assert (again.imported, again.unchanged) == (0, 74)
    with store.read() as session:
        assert session.scalar(select(func.count()).select_from(Guardian)) == guardians


def test_every_layout_means_the_same(sqlite_store: Store, clock: Clock, make: Make) -> None:
    rosters, actor = Rosters(sqlite_store, clock), make.principal()
    rosters.import_(actor, rosters.read(FILES[0]))
    for file in FILES[1:]:
        assert rosters.import_(actor, rosters.read(file)).imported == 0


def test_a_school_is_known_by_the_ministry_s_code(sqlite_store: Store, clock: Clock, make: Make) -> None:
    with sqlite_store.write(make.principal()) as session:
        make.school(session).mext_code = "B134210000019"
        audit.record(session, "added", "school")
    rosters = Rosters(sqlite_store, clock)
    assert rosters.import_(make.principal(), rosters.read(FILES[0])).imported == 74
    with sqlite_store.read() as session:
        assert session.scalars(select(School.code)).all() == ["H001"]
        assert session.scalar(select(func.count()).select_from(Child)) == 74


def test_a_byte_order_mark_does_no_harm() -> None:
    assert len(read_sheet(repacked(lambda name, data: b"\xef\xbb\xbf" + data)).lines) == 74


@pytest.mark.parametrize(
    ("change", "extra", "code"),
    [
        (lambda name, data: data.replace(b"bulk", b"delta") if name == "manifest.csv" else data, {}, "oneroster_delta"),
        (lambda name, data: data.replace(b"familyName", b"lastName", 1), {}, "oneroster_columns"),
        (lambda name, data: data, {"../users.csv": b"sourcedId"}, "file_damaged"),
        (lambda name, data: data, {"big.csv": b"0" * (257 * 2**20)}, "file_too_big"),
        (lambda name, data: b"\xff\xfe\x00" if name == "users.csv" else data, {}, "file_damaged"),
    ],
)
def test_what_cannot_be_taken_whole_is_refused(change: Change, extra: dict[str, bytes], code: str) -> None:
    with pytest.raises(UserError) as refused:
        read_sheet(repacked(change, extra))
    assert refused.value.code == f"roster.{code}"


def test_a_guardian_who_is_called_otherwise_now_stays_the_same_person(
    sqlite_store: Store, clock: Clock, make: Make, tmp_path: Path
) -> None:
    rosters, actor = Rosters(sqlite_store, clock), make.principal()
    rosters.import_(actor, rosters.read(FILES[0]))
    with sqlite_store.read() as session:
        before = session.scalar(select(func.count()).select_from(Guardian))
    renamed = tmp_path / "renamed.zip"
    renamed.write_bytes(
        repacked(
            lambda name, data: (
                data.replace("保護者1,渡邉".encode(), "保護者1,青木".encode()) if name == "users.csv" else data
            )
        )
    )
    assert rosters.import_(actor, rosters.read(renamed)).changed > 0
    with sqlite_store.read() as session:
        assert session.scalar(select(func.count()).select_from(Guardian)) == before
        assert "青木" in session.scalars(select(Guardian.family_name)).all()
