"""How commands are called, and what they say when that was wrong."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.command_line import CommandLine


@pytest.fixture
def renraku(tmp_path: Path) -> CommandLine:
    return CommandLine(tmp_path / "data")


def test_help_lists_every_command_without_loading_the_database(renraku: CommandLine) -> None:
    ended = renraku.run("--help", environ={"PYTHONPROFILEIMPORTTIME": "1"})
    assert ended.code == 0
    for name in ("demo", "init", "staff", "secret", "roster", "notice", "worker", "settings", "doctor"):
        assert f"\n  {name} " in ended.out
    assert "sqlalchemy" not in ended.err
    assert "PySide6" not in ended.err


@pytest.mark.parametrize("name", ["backup", "restore", "move", "audit"])
def test_what_does_not_exist_yet_is_not_shown(renraku: CommandLine, name: str) -> None:
    assert f"\n  {name} " not in renraku("--help").out


@pytest.mark.parametrize(
    "arguments",
    [
        ("fly",),
        ("--colour",),
        ("notice", "status"),
        ("notice", "status", "1"),
        ("notice", "status", "one", "--as", "hana"),
        ("notice", "submit", "1", "--as", "hana", "--pass", "guard"),
        ("settings", "set", "email.host"),
        ("staff", "add", "hana", "--name", "Hana"),
        ("--database", "mysql://db/renraku", "settings", "list"),
    ],
)
def test_wrong_usage_is_one_line_and_2(renraku: CommandLine, arguments: tuple[str, ...]) -> None:
    ended = renraku(*arguments)
    assert ended.code == 2
    assert ended.out == ""
    assert len(ended.err.splitlines()) == 1


def test_a_password_in_a_wrong_database_address_is_not_repeated(renraku: CommandLine) -> None:
    ended = renraku("--database", "mysql://hana:secret@db/renraku", "settings", "list")
    assert ended.code == 2
    assert "secret" not in ended.err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("settings", "list"), "init"),
        (("notice", "status", "1", "--as", "hana"), "init"),
        (("roster", "import", "none.csv"), "init"),
        (("worker", "--until-idle"), "init"),
        (("secret", "set", "PASSWORD"), "secret list"),
        (("secret", "set", "EMAIL_PASSWORD"), "value"),
    ],
)
def test_what_a_person_can_put_right_is_one_line_and_1(
    renraku: CommandLine, arguments: tuple[str, ...], said: str
) -> None:
    ended = renraku(*arguments, "--json")
    assert (ended.code, ended.out) == (1, "")
    assert len(ended.err.splitlines()) == 1
    assert said in ended.err


def test_a_data_directory_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    ended = CommandLine(tmp_path / "file" / "data")("settings", "list")
    assert ended.code == 1
    assert "--data-dir" in ended.err


def test_a_bug_is_3_and_its_traceback_goes_to_the_log(renraku: CommandLine) -> None:
    renraku("init").done()
    with closing(sqlite3.connect(renraku.data_dir / "renraku.sqlite")) as connection:
        connection.execute("INSERT INTO settings VALUES ('city.name', 'no JSON, behind the back of the program')")
        connection.commit()
    ended = renraku("settings", "list", "--json")
    assert (ended.code, ended.out, len(ended.err.splitlines())) == (3, "", 1)
    assert "commands.log" in ended.err
    assert "Traceback" in (renraku.data_dir / "logs" / "commands.log").read_text("utf-8")


def test_the_language_is_the_readers(renraku: CommandLine) -> None:
    english = renraku("settings", "list")
    for language in ("ja", "vi"):
        theirs = renraku("settings", "list", environ={"LANGUAGE": language})
        assert theirs.code == english.code == 1
        assert theirs.err != english.err


def test_secrets_are_listed_without_their_values(renraku: CommandLine) -> None:
    ended = renraku("secret", "list", "--json", environ={"RENRAKU_SECRET_EMAIL_PASSWORD": "hidden"})
    listed = {entry["name"]: entry["where"] for entry in ended.json}
    assert listed["EMAIL_PASSWORD"] == "environment"
    assert listed["SMS_KEY"] is None
    assert "hidden" not in ended.out


def test_without_a_keyring_a_secret_is_not_kept_in_the_open(renraku: CommandLine) -> None:
    ended = renraku("secret", "set", "EMAIL_PASSWORD", stdin="letmein\n")
    assert ended.code == 1
    assert "keyring" in ended.err
    assert "letmein" not in ended.err
    assert not any("letmein" in file.read_text("utf-8") for file in renraku.data_dir.rglob("*.log"))


def test_options_may_stand_before_or_after_the_command(renraku: CommandLine) -> None:
    renraku("init").done()
    before = renraku("--json", "settings", "get", "city.timezone").done()
    after = renraku("settings", "get", "city.timezone", "--json").done()
    assert before.json == after.json == {"key": "city.timezone", "value": "Asia/Tokyo"}


def test_doctor_says_what_to_do_and_is_1_until_all_is_well(renraku: CommandLine) -> None:
    nothing = renraku("doctor", "--json")
    assert nothing.code == 1
    assert nothing.json["ok"] is False
    renraku("init").done()
    ended = renraku("doctor", "--json")
    checks = {check["name"]: check for check in ended.json["checks"]}
    assert ended.code == 1
    assert len(ended.err.splitlines()) == 1
    assert checks["database"]["ok"]
    assert checks["keyring"]["ok"]
    assert "email.host" in checks["mail"]["message"]


def test_init_may_be_repeated_and_a_newer_database_is_refused(renraku: CommandLine) -> None:
    assert renraku("init", "--json").done().json["created"] is True
    assert renraku("init", "--json").done().json["created"] is False


def test_without_a_keyring_init_says_how_to_keep_a_key(renraku: CommandLine) -> None:
    ended = renraku("init", environ={"RENRAKU_SECRET_DATA_KEY": ""})
    assert ended.code == 0
    assert "RENRAKU_SECRET_DATA_KEY" in ended.err
    assert "base64" in ended.err
