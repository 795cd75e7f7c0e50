"""Files lie where each platform expects them, and their owner alone may read them."""

import stat
import sys
from pathlib import Path

import pytest

from desktop.paths import Paths, default_data_dir, default_paths, practice_paths

HOME = Path("/home/hana")


@pytest.mark.parametrize(
    ("platform", "environ", "place"),
    [
        ("linux", {}, HOME / ".local/share/renraku"),
        ("linux", {"XDG_DATA_HOME": "/srv/data"}, Path("/srv/data/renraku")),
        ("linux", {"XDG_DATA_HOME": "data"}, HOME / ".local/share/renraku"),
        ("darwin", {"XDG_DATA_HOME": "/srv/data"}, HOME / "Library/Application Support/Renraku"),
        ("win32", {"LOCALAPPDATA": "/local"}, Path("/local/Renraku")),
        ("win32", {}, HOME / "AppData/Local/Renraku"),
    ],
)
def test_each_platform_has_its_place(platform: str, environ: dict[str, str], place: Path) -> None:
    assert default_data_dir(platform, environ, HOME) == place


def test_practice_lies_beside_the_real_files_and_not_among_them() -> None:
    real, practice = default_paths().data_dir, practice_paths().data_dir
    assert real.parent == practice.parent
    assert real != practice


def test_a_data_directory_holds_everything(tmp_path: Path) -> None:
    paths = Paths(tmp_path / "here")
    for file in (paths.database, paths.drafts, paths.journal, paths.logs, paths.lock):
        assert file.parent == paths.data_dir


@pytest.mark.skipif(sys.platform == "win32", reason="Windows keeps a person's files by other means")
def test_what_is_made_can_be_read_by_its_owner_alone(tmp_path: Path) -> None:
    paths = Paths(tmp_path / "here")
    paths.make()
    paths.make()
    for directory in (paths.data_dir, paths.drafts, paths.journal, paths.logs):
        assert stat.S_IMODE(directory.stat().st_mode) == 0o700
