"""What the project says of itself: its layout, its pins, its commands, its layers."""

import ast
import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest

from installer.system_packages import FOR_TEST, Part, missing_for_test, program, provide

ROOT = Path(__file__).resolve().parent.parent
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
CONTRACTS: dict[str, dict[str, Any]] = {c["name"]: c for c in PROJECT["tool"]["importlinter"]["contracts"]}
PINS = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()

TEXTS = {".py", ".toml", ".md", ".txt", ".cfg", ".po", ".ini", ".mako", ".qss", ".svg", ".html", ".css", ".js", ""}
MAY_STAND_AT_THE_TOP = {
    *(".ci", ".gitattributes", ".github", ".gitignore"),
    *("CHANGELOG.md", "LICENSE", "Makefile", "README.md", "constraints.txt", "main.py", "pyproject.toml"),
    *("desktop", "installer", "resources", "tests", "translations"),
}
ROOMS_WITH_QT = {"ui", "app", "sending", "cli", "demo", "desk"}
SPEAKS_TO_THE_DATABASE = {"store", "app", "sending", "cli", "demo", "desk"}


def tracked_files() -> list[Path]:
    """What would go into a release: everything that git does not ignore; without git, what looks like it."""
    git = shutil.which("git")
    command = [git or "false", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode == 0:
        files = [ROOT / name for name in listed.stdout.split("\0") if name]
    else:
        files = [ROOT / name for name in MAY_STAND_AT_THE_TOP]
        files += [
            file
            for folder in MAY_STAND_AT_THE_TOP
            for file in (ROOT / folder).rglob("*")
            if "__pycache__" not in file.parts
        ]
    return [file for file in files if file.is_file()]


def sources() -> list[Path]:
    return sorted((ROOT / "desktop").rglob("*.py"))


def imports(file: Path) -> Iterator[str]:
    """The top-level names of the packages that a module imports, wherever in it."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module.split(".")[0]


def rooms() -> set[str]:
    """The packages and modules that stand directly in `desktop`."""
    return {
        path.stem for path in (ROOT / "desktop").iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()
    } - {"__init__"}


def canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def required(requirements: list[str]) -> set[str]:
    return {canonical(re.split(r"[^\w.-]", requirement)[0]) for requirement in requirements}


# Layout


def test_nothing_stands_at_the_top_that_has_no_place_there() -> None:
    top = {file.relative_to(ROOT).parts[0] for file in tracked_files()}
    assert sorted(top - MAY_STAND_AT_THE_TOP) == []


def test_no_file_names_a_place_of_the_machine_that_it_was_written_on() -> None:
    elsewhere = re.compile(r"(?<![\w.$~])/(?:home|root|work|Users)/\w|/tmp/\w|[A-Z]:\\\\?Users")
    naming = [
        f"{file.relative_to(ROOT)}:{number}"
        for file in tracked_files()
        if file.suffix in TEXTS and file.resolve() != Path(__file__).resolve()
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1)
        if elsewhere.search(line) and "/home/hana" not in line
    ]
    assert naming == []


def test_every_folder_of_the_package_is_one() -> None:
    folders = {file.parent for file in sources()}
    assert [str(folder) for folder in folders if not (folder / "__init__.py").exists()] == []


def test_no_room_is_a_drawer_for_everything() -> None:
    names = {path.stem for path in sources()} | {path.parent.name for path in sources()}
    assert names & {"utils", "util", "helpers", "common", "manager", "base", "misc"} == set()


def test_no_compiled_catalogue_is_kept_in_the_source() -> None:
    assert "translations/**/*.mo" in (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()


# Pins and dependencies


def test_pins_are_names_and_versions_and_nothing_else() -> None:
    """No hosts, no hashes, no local files: they hold wherever the packages come from."""
    assert [line for line in PINS if not re.fullmatch(r"[A-Za-z0-9._-]+==[A-Za-z0-9.!+]+", line)] == []


def test_everything_that_is_asked_for_is_pinned() -> None:
    pinned = {canonical(line.split("==")[0]) for line in PINS}
    asked = required([r for r in PROJECT["project"]["dependencies"] if "sys_platform == 'win32'" not in r])
    for extra in PROJECT["project"]["optional-dependencies"].values():
        asked |= required(extra)
    assert sorted(asked - pinned) == []


def test_the_program_asks_for_what_it_imports() -> None:
    owners = {
        **metadata.packages_distributions(),
        "shiboken6": ["PySide6-Essentials"],
    }  # one cannot come without the other
    asked = required(PROJECT["project"]["dependencies"])
    used = {
        canonical(owner)
        for file in (*sources(), *(ROOT / "installer").glob("*.py"))
        for name in imports(file)
        if name not in sys.stdlib_module_names and name not in ("desktop", "installer", "importlinter")
        for owner in owners.get(name, [f"nobody-owns-{name}"])
    }
    assert sorted(used - asked) == []


# Layers


@pytest.mark.parametrize("file", sorted((ROOT / "desktop" / "domain").glob("*.py")), ids=lambda file: file.name)
def test_the_domain_stands_on_the_standard_library_alone(file: Path) -> None:
    assert set(imports(file)) - sys.stdlib_module_names <= {"desktop"}


def test_every_room_that_exists_is_held_to_the_layers() -> None:
    """import-linter lets a missing module pass; this makes sure that none is missing from its lists."""
    not_qt = {name.removeprefix("desktop.") for name in CONTRACTS["Only the desk knows Qt"]["source_modules"]}
    not_sql = {name.removeprefix("desktop.") for name in CONTRACTS["Only the store knows SQLAlchemy"]["source_modules"]}
    assert sorted(rooms() - ROOMS_WITH_QT - not_qt) == []
    assert sorted(rooms() - SPEAKS_TO_THE_DATABASE - not_sql) == []


@pytest.mark.parametrize(("library", "allowed"), [("PySide6", {"ui", "desk"}), ("sqlalchemy", {"store", "app"})])
def test_a_library_is_known_in_its_own_room_alone(library: str, allowed: set[str]) -> None:
    """Direct imports also of the rooms at the top, which reach everything indirectly."""
    knowing = {file.relative_to(ROOT / "desktop").parts[0] for file in sources() if library in imports(file)}
    assert sorted({Path(room).stem for room in knowing} - allowed) == []


def test_every_screen_is_kept_apart_from_the_others() -> None:
    screens = {f"desktop.ui.{page.parent.name}" for page in (ROOT / "desktop" / "ui").glob("*/page.py")}
    apart = CONTRACTS.get("Screens do not know each other", {"modules": []})["modules"]
    assert sorted(screens - set(apart)) == []


# Commands


def make(*arguments: str) -> str:
    """What `make` would do, without doing it."""
    environ = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS", "PYTHON"))}
    planned = subprocess.run(
        ["make", "--dry-run", "--no-print-directory", *arguments],
        cwd=ROOT,
        env=environ,
        capture_output=True,
        text=True,
        check=True,
    )
    return planned.stdout


def test_make_test_runs_every_check_and_then_the_tests() -> None:
    plan = make("test")
    steps = ["system_packages.py test", "catalogues.py compile", "ruff check", "ruff format --check", "mypy"]
    steps += ["check_imports.py", "catalogues.py check", "pytest"]
    places = [plan.find(step) for step in steps]
    assert -1 not in places
    assert places == sorted(places)


def test_make_run_opens_the_demonstration() -> None:
    plan = make("run")
    assert plan.index("system_packages.py run") < plan.index("catalogues.py compile") < plan.index("main.py demo")


def test_a_given_python_is_used_and_no_environment_is_made() -> None:
    plan = make("test", "PYTHON=/opt/python")
    assert "/opt/python -m pytest" in plan
    assert "-m venv" not in plan
    assert "-m pip" not in plan


def test_ci_runs_what_make_test_runs() -> None:
    script = ROOT / ".ci" / "run"
    assert "make test" in script.read_text(encoding="utf-8")
    assert os.access(script, os.X_OK)


# Parts of the system


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="elsewhere nothing is looked for")
def test_who_is_not_root_is_told_what_to_install(capsys: pytest.CaptureFixture[str]) -> None:
    parts = [Part("shell", "dash", program("sh")), Part("kettle", "tea-kettle", program("no-such-program"))]
    assert [part.package for part in provide(parts, as_root=False)] == ["tea-kettle"]
    assert capsys.readouterr().err.rstrip().endswith(" tea-kettle")


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="elsewhere nothing is looked for")
def test_where_nothing_is_missing_nothing_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    assert provide([Part("shell", "dash", program("sh"))], as_root=True) == []
    assert capsys.readouterr().err == ""


def test_every_part_can_be_asked_for_by_name() -> None:
    for name in {part.name for part in FOR_TEST}:
        assert isinstance(missing_for_test(name), list)
    with pytest.raises(LookupError, match="tea-kettle"):
        missing_for_test("tea-kettle")


@pytest.mark.parametrize(("ci", "line"), [("", "1 passed, 1 skipped"), ("true", "1 passed, 1 error")])
def test_what_cannot_be_tested_here_is_named_and_fails_under_ci(tmp_path: Path, ci: str, line: str) -> None:
    (tmp_path / "conftest.py").write_text(
        "from installer import system_packages\n"
        "system_packages.FOR_TEST = (system_packages.Part('kettle', 'tea-kettle', lambda: False),)\n"
        "pytest_plugins = ('tests.needs',)\n",
        encoding="utf-8",
    )
    (tmp_path / "test_tea.py").write_text(
        "import pytest\n@pytest.mark.needs('kettle')\ndef test_tea(): pass\ndef test_water(): pass\n", encoding="utf-8"
    )
    (tmp_path / "pytest.ini").write_text("[pytest]\nmarkers = needs(name): a part\n", encoding="utf-8")
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-p", "no:randomly", str(tmp_path)],
        cwd=ROOT,
        env={**os.environ, "CI": ci, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "test_tea" in run.stdout
    assert "tea-kettle" in run.stdout
    assert line in run.stdout.splitlines()[-1]
