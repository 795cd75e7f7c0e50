"""Rosters, staff, settings and secrets at the command line."""

from pathlib import Path

import pytest

from desktop.app import Place, opened
from desktop.paths import Paths
from desktop.secrets import Secrets
from tests.command_line import CommandLine

ROSTER = (
    "学校コード,学校名,組,姓,名,よび名\nH001,ひがし小学校,3-1,青木,花,アオキ ハナ\nH001,ひがし小学校,3-2,加藤,海,\n"
)


@pytest.fixture
def renraku(tmp_path: Path) -> CommandLine:
    made = CommandLine(tmp_path / "data")
    made("init").done()
    return made


@pytest.fixture
def roster(tmp_path: Path) -> Path:
    file = tmp_path / "roster.csv"
    file.write_bytes(ROSTER.encode("cp932"))
    return file


def test_a_dry_run_says_what_would_happen_and_changes_nothing(renraku: CommandLine, roster: Path) -> None:
    would = renraku("roster", "import", str(roster), "--dry-run", "--json").done().json
    assert (would["rows"], would["imported"], would["import_id"]) == (2, 2, None)
    assert renraku("roster", "import", str(roster), "--json").done().json["imported"] == 2
    assert "would give" in renraku("roster", "import", str(roster), "--dry-run").done().out


def test_a_file_without_classes_is_given_one(renraku: CommandLine, roster: Path, tmp_path: Path) -> None:
    renraku("roster", "import", str(roster)).done()
    file = tmp_path / "class.csv"
    file.write_text("氏名,生年月日\n青木 凛,2017-05-02\n", encoding="utf-8")
    ended = renraku("roster", "import", str(file), "--school", "H001", "--homeroom", "3-1", "--json").done()
    assert (ended.json["new"], ended.json["differences"]) == (1, [])


def test_a_mapping_file_says_what_a_column_means(renraku: CommandLine, roster: Path, tmp_path: Path) -> None:
    mapping = tmp_path / "mapping.toml"
    mapping.write_text('"よび名" = "full_name_kana"\n', encoding="utf-8")
    renraku("roster", "import", str(roster), "--mapping", str(mapping)).done()
    renraku("roster", "export", str(tmp_path / "out.csv")).done()
    assert "アオキ" in (tmp_path / "out.csv").read_text("utf-8-sig")


@pytest.mark.parametrize(
    "content", [b"", b"\x89PNG\r\n\x1a\n" + bytes(50), b"PK\x03\x04 not a workbook", b"no,columns\n1,2\n"]
)
def test_a_file_that_is_no_roster_is_refused_in_one_line(renraku: CommandLine, tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "roster.xlsx"
    file.write_bytes(content)
    ended = renraku("roster", "import", str(file), "--json")
    assert (ended.code, ended.out, len(ended.err.splitlines())) == (1, "", 1)


def test_staff_come_from_a_file_and_roles_have_scopes(renraku: CommandLine, roster: Path, tmp_path: Path) -> None:
    renraku("roster", "import", str(roster)).done()
    file = tmp_path / "staff.csv"
    file.write_text("hana,山田 花子,clerk:H001\nken,佐藤 健,approver,administrator\n", encoding="utf-8")
    assert renraku("staff", "import", str(file), "--json").done().json == {"added": 2, "changed": 0, "unchanged": 0}
    assert renraku("staff", "add", "mai", "--name", "林 舞", "--role", "clerk:H009").code == 1
    assert renraku("staff", "add", "mai", "--name", "林 舞", "--role", "king").code == 1
    again = renraku("staff", "add", "hana", "--name", "山田 花子", "--role", "clerk")
    assert (again.code, len(again.err.splitlines())) == (1, 1)


def test_a_weak_password_is_refused_without_being_repeated(renraku: CommandLine) -> None:
    ended = renraku("staff", "add", "mai", "--name", "林 舞", "--role", "clerk", "--password-stdin", stdin="mai\n")
    assert ended.code == 1
    assert "mai\n" not in ended.out


@pytest.mark.parametrize(
    ("key", "value"),
    [("email.port", "many"), ("email.security", "some"), ("city.timezone", "Mars"), ("email.color", "red"),
     ("notice.quiet_hours", "late"), ("line.api_url", "line"), ("line.enabled", "maybe")],
)  # fmt: skip
def test_a_wrong_setting_is_refused_and_the_old_one_stays(renraku: CommandLine, key: str, value: str) -> None:
    before = renraku("settings", "list", "--json").done().json
    ended = renraku("settings", "set", key, value, "--json")
    assert (ended.code, ended.out, len(ended.err.splitlines())) == (1, "", 1)
    assert key in ended.err
    assert renraku("settings", "list", "--json").done().json == before


def test_a_practice_database_knows_no_real_secrets(tmp_path: Path) -> None:
    paths = Paths(tmp_path / "practice")
    paths.make()
    renraku = CommandLine(paths.data_dir)
    assert renraku("secret", "list", "--json").done().json[-1]["where"] == "environment"
    _practise(paths)
    listed = renraku("secret", "list", "--json", environ={"RENRAKU_SECRET_EMAIL_PASSWORD": "real"}).done().json
    assert {entry["name"] for entry in listed if entry["set"]} == {"DATA_KEY"}
    assert listed[-1]["where"] == "practice key file"
    assert renraku("secret", "set", "SMS_KEY", stdin="key\n").code == 1


def _practise(paths: Paths) -> None:
    secrets = Secrets.of_practice(paths.database)
    with opened(Place(paths, f"sqlite:///{paths.database}"), secrets=secrets, checked=False) as found:
        found.services.setup.create(practice=True)
