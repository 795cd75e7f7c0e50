"""Held rows, previews, refusals, exports and old files."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import select

from desktop.domain.errors import UserError
from desktop.domain.staff import Role
from desktop.services.roster_files import csv_bytes, xlsx_bytes
from desktop.services.rosters import read_mapping
from desktop.store import audit, search
from desktop.store.db import Store
from desktop.store.tables import (
    AuditEvent,
    Guardian,
    GuardianSchool,
    School,
)
from tests.conftest import Clock
from tests.make import Make
from tests.roster_office import HEADER, KENTA, SAKURA, Office, changed, codes


@pytest.fixture
def office(store: Store, make: Make, clock: Clock, tmp_path: Path) -> Office:
    return Office(store, make, clock, tmp_path)


def test_bad_rows_are_held_and_good_ones_come_in(office: Office) -> None:
    result = office.import_(changed(SAKURA, 生年月日="平成31年5月1日"), KENTA)
    assert result.imported == 1
    assert [(problem.line, problem.column, problem.code) for problem in result.held] == [(2, "生年月日", "date.era")]


def test_held_rows_are_saved_and_come_in_when_they_are_put_right(office: Office, tmp_path: Path) -> None:
    reading = office.read(changed(SAKURA, 生年月日="平成31年5月1日"), KENTA)
    result = office.rosters.import_(office.clerk, reading)
    saved = tmp_path / "held.csv"
    number = office.rosters.held_rows_file(
        reading, result.held, saved, reason_header="Reason", word=lambda problem: problem.code
    )
    assert number == 1
    text = saved.read_text(encoding="utf-8-sig")
    assert "date.era" in text
    assert "健太" not in text
    saved.write_text(text.replace("平成31年5月1日", "平成29年9月1日"), encoding="utf-8")
    again = office.rosters.import_(office.clerk, office.rosters.read(saved, school="H001"))
    assert (again.rows, again.imported, again.held) == (1, 1, ())


def test_children_the_file_does_not_name_are_listed_and_stay(office: Office) -> None:
    office.import_(SAKURA, KENTA)
    result = office.import_(SAKURA, changed(KENTA, 児童コード="0009", 氏名="青木 海", ふりがな="あおき かい"))
    assert [(child.name, child.homeroom) for child in result.missing] == [("髙橋 健太", "5-2")]
    assert len(office.classes()) == 3


def test_a_child_whose_row_is_held_is_not_missing(office: Office) -> None:
    office.import_(SAKURA, KENTA)
    assert office.import_(SAKURA, changed(KENTA, 生年月日="x", 児童コード="")).missing == ()


def test_a_school_that_is_not_known_holds_its_rows_unless_it_is_named(office: Office, make: Make) -> None:
    header = ["学校コード", *HEADER]
    assert [p.code for p in office.import_(["H999", *SAKURA], header=header).held] == ["school.unknown"]
    named = office.read(["中学校", "H002", *KENTA[:1], "1", *KENTA[2:]], header=["学校名", *header])
    with pytest.raises(UserError, match="forbidden"):
        office.rosters.import_(office.clerk, named)
    assert office.rosters.import_(make.principal(), named).new == 1
    with office.store.read() as session:
        assert session.scalars(select(School.kind).where(School.code == "H002")).one() == "junior_high"


def test_a_grade_that_a_school_does_not_have_is_held(office: Office) -> None:
    assert codes(office.import_(changed(SAKURA, 学年="中1"))) == ["grade.not_at_school"]


def test_who_may_not_import_is_refused(office: Office, make: Make) -> None:
    with office.store.write(make.principal()) as session:
        helpdesk = make.staff(session, Role.HELPDESK, school=office.school)
        audit.record(session, "added", "staff")
    with pytest.raises(UserError, match="forbidden"):
        office.rosters.import_(helpdesk, office.read(SAKURA))
    assert office.counts()["children"] == 0


def test_a_preview_says_what_would_change_and_changes_nothing(office: Office) -> None:
    office.import_(SAKURA)
    before = office.counts()
    preview = office.rosters.preview(
        office.clerk, office.read(changed(SAKURA, 組="2"), KENTA, changed(KENTA, 児童コード="1", 氏名="x"))
    )
    assert (preview.new, preview.moved, preview.changed, preview.unchanged, preview.held) == (1, 1, 0, 0, 1)
    assert [(row.line, row.outcome, row.homeroom, row.before) for row in preview.rows] == [
        (2, "moved", "3-2", "3-1"), (3, "new", "5-2", ""), (4, "held", "", ""),
    ]  # fmt: skip
    assert preview.new_homerooms == ("3-2", "5-2")
    assert office.counts() == before


def test_giving_up_leaves_nothing_behind(office: Office) -> None:
    class GivenUpError(Exception):
        pass

    def give_up(done: int, total: int) -> None:
        raise GivenUpError

    rows = [changed(KENTA, 児童コード=str(n), 氏名=f"青木 花{n}", ふりがな="") for n in range(600)]
    with pytest.raises(GivenUpError):
        office.rosters.import_(office.clerk, office.read(*rows), give_up)
    assert office.counts()["children"] == 0


def test_an_import_leaves_its_trace_without_anybody_s_name(office: Office) -> None:
    result = office.import_(SAKURA, changed(KENTA, 学年="x"))
    with office.store.read() as session:
        event = session.scalars(select(AuditEvent).where(AuditEvent.verb == "imported")).one()
        assert (event.subject_id, event.school_id) == (result.import_id, office.school.id)
        assert event.details == {"new": 1, "moved": 0, "changed": 0, "unchanged": 0, "held": 1}


def test_a_list_without_needed_columns_is_refused_by_name(office: Office) -> None:
    reading = office.read(["a", "b"], header=["ふりがな", "性別"])
    assert reading.missing == ("full_name", "grade")
    with pytest.raises(UserError) as refused:
        office.rosters.import_(office.clerk, reading)
    assert refused.value.code == "roster.columns_missing"
    assert (
        office.rosters.reread(reading, mapping={"ふりがな": "full_name", "性別": "grade"}, school="H001").missing == ()
    )


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_an_export_comes_back_in_without_a_change(office: Office, tmp_path: Path, ending: str) -> None:
    office.import_(
        SAKURA, KENTA, changed(SAKURA, 児童コード="0011", 氏名="グエン アン", ふりがな="", 組="未定", 保護者1_氏名="")
    )
    path = tmp_path / f"all.{ending}"
    assert office.rosters.export(office.clerk, path, school="H001") == 3
    before = office.counts()
    result = office.rosters.import_(office.clerk, office.rosters.read(path))
    assert (result.imported, result.unchanged, result.held, result.missing) == (0, 3, (), ())
    assert office.counts() == before


def test_the_next_year_s_list_enrols_the_same_children_anew(office: Office) -> None:
    office.import_(SAKURA)
    header = ["年度", *HEADER]
    result = office.import_(["2027", *changed(SAKURA, 学年="4", 組="1", 出席番号="")], header=header)
    assert (result.moved, result.new) == (1, 0)
    assert office.counts()["children"] == 1
    assert office.counts()["enrolments"] == 2
    again = office.import_(["2027", *changed(SAKURA, 学年="4", 組="1", 出席番号="")], header=header)
    assert again.unchanged == 1


def test_two_imports_at_once_make_nobody_twice(office: Office) -> None:
    readings = [office.read(SAKURA, KENTA), office.read(KENTA, changed(SAKURA, 出席番号="5"))]
    with ThreadPoolExecutor(2) as pool:
        results = list(pool.map(lambda reading: office.rosters.import_(office.clerk, reading), readings))
    assert sum(result.new for result in results) == 2
    counts = office.counts()
    assert (counts["children"], counts["guardians"], counts["placements"]) == (2, 2, 2)


def test_an_office_s_old_list_in_its_old_encoding_comes_in(office: Office, tmp_path: Path) -> None:
    header = ["年　組", "番", "児童　氏名", "ﾌﾘｶﾞﾅ", "生年月日", "メールアドレス"]
    rows = [
        ["３年１組", "１", "髙﨑　一", "ﾀｶｻｷ ﾊｼﾞﾒ", "Ｈ２９．９．１", "a..b.@docomo.ne.jp"],
        ["３年未定", "", "槗本　ジョン", "ﾊｼﾓﾄ ｼﾞｮﾝ", "平成29年10月2日", ""],
    ]
    path = tmp_path / "名簿.xls.csv"
    path.write_bytes(csv_bytes([["ひがし小学校　名簿"], [], header, *rows], "cp932", "\t"))
    result = office.rosters.import_(office.clerk, office.rosters.read(path, school="H001"))
    assert (result.imported, result.held) == (2, ())
    assert [problem.code for problem in result.warnings] == ["guardian.name_missing"]
    assert office.classes() == {"一": "3-1 1", "ジョン": "3-未定"}
    assert office.contacts() == {("", "a..b.@docomo.ne.jp")}


def test_a_workbook_s_held_rows_are_saved_as_a_workbook(office: Office, tmp_path: Path) -> None:
    path = tmp_path / "roster.xlsx"
    path.write_bytes(xlsx_bytes([HEADER, changed(SAKURA, 氏名="髙橋さくら"), KENTA]))
    reading = office.rosters.read(path, school="H001")
    result = office.rosters.import_(office.clerk, reading)
    saved = tmp_path / "held.xlsx"
    office.rosters.held_rows_file(reading, result.held, saved, reason_header="理由", word=lambda problem: problem.code)
    again = office.rosters.read(saved, school="H001")
    assert [line.cells[-1] for line in again.lines] == ["name.cannot_split"]
    assert [problem.code for problem in again.rows.problems] == ["name.cannot_split"]


def test_a_character_that_only_one_machine_can_show_holds_its_row(office: Office) -> None:
    result = office.import_(changed(SAKURA, 氏名="\ue123橋 さくら"))
    assert [(problem.column, problem.code) for problem in result.held] == [("氏名", "text.unreadable")]


def test_a_sibling_at_another_school_has_the_same_mother(office: Office, make: Make) -> None:
    with office.store.write(make.principal()) as session:
        other = make.school(session, "J001", "ひがし中学校", "junior_high")
        audit.record(session, "added", "school")
    office.import_(SAKURA)
    reading = office.read(changed(KENTA, 学年="1"), school="J001")
    office.rosters.import_(make.principal(), reading)
    with office.store.read() as session:
        mother = session.scalars(select(Guardian).where(Guardian.given_name == "花子")).one()
        schools = session.scalars(select(GuardianSchool.school_id).where(GuardianSchool.guardian_id == mother.id))
        assert set(schools) == {office.school.id, other.id}
        assert search.find(session, "hana@", "guardian", [other.id]) == [mother.id]


def test_the_columns_people_chose_are_read_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "mapping.toml"
    path.write_text('[columns]\n"名簿" = "full_name"\n"2" = "grade"\n', encoding="utf-8")
    assert read_mapping(path) == {"名簿": "full_name", "2": "grade"}
    path.write_text("columns = 3", encoding="utf-8")
    with pytest.raises(UserError, match="mapping_file"):
        read_mapping(path)
