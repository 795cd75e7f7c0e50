"""`release`, and what other commands say of a database that was copied."""

import shutil
from pathlib import Path

import pytest

from tests.command_line import CommandLine, Ended


@pytest.fixture
def renraku(tmp_path: Path) -> CommandLine:
    """A database whose file was copied back."""
    made = CommandLine(tmp_path / "data")
    made("init").done()
    made("staff", "add", "hana", "--name", "山田 花子", "--role", "administrator").done()
    made("staff", "add", "ken", "--name", "佐藤 健", "--role", "clerk").done()
    file = made.data_dir / "renraku.sqlite"
    shutil.copy(file, tmp_path / "copy")
    (tmp_path / "copy").replace(file)
    return made


def sends(renraku: CommandLine) -> Ended:
    return renraku("worker", "--until-idle", "--json").done()


def test_a_copied_database_says_everywhere_that_it_sends_nothing(renraku: CommandLine) -> None:
    assert sends(renraku).json["released"] is False
    assert "`release`" in renraku("worker", "--until-idle").out
    checks = {check["name"]: check["ok"] for check in renraku("doctor", "--json").json["checks"]}
    assert checks["sending"] is False


def test_it_is_looked_at_first_and_then_released(renraku: CommandLine) -> None:
    sends(renraku)
    looked = renraku("release", "--json").done().json
    assert (looked["released"], looked["epoch"], looked["why"], looked["notices"]) == (False, 1, "moved", [])
    assert renraku("release", stdin="n\n").code == 1
    assert renraku("release", "--as", "ken", "--yes").code == 1  # a clerk does not decide that
    assert "released" in renraku("release", "--as", "hana", stdin="y\n").done().out
    assert sends(renraku).json["released"] is True
    assert renraku("release", "--yes").code == 1


def test_a_notice_that_is_not_there_cannot_be_held(renraku: CommandLine) -> None:
    ended = renraku("release", "--yes", "--hold", "7")
    assert (ended.code, "7" in ended.err) == (1, True)
    assert renraku("release", "--hold", "7", "--send", "7").code == 1


def test_whoever_put_a_whole_machine_back_can_say_so(renraku: CommandLine) -> None:
    renraku("release", "--yes").done()
    looked = renraku("release", "--restored", "--json").done().json
    assert (looked["released"], looked["why"]) == (False, "said")
    assert sends(renraku).json["released"] is False
    assert renraku("release", "--yes", "--json").done().json["epoch"] == 3
