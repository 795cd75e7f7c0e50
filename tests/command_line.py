"""main.py as people run it, and the same commands inside the test's own process, which saves half a second each."""

import base64
import io
import json
import os
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from desktop import i18n
from desktop.cli.main import main

ROOT = Path(__file__).resolve().parent.parent
DATA_KEY = base64.b64encode(bytes(range(32))).decode()


@dataclass(frozen=True)
class Ended:
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Stdout, which must be one JSON document and nothing else."""
        return json.loads(self.out)

    def done(self) -> "Ended":
        """The same, if it went well."""
        assert self.code == 0, self
        return self


@dataclass(frozen=True)
class CommandLine:
    """`renraku("init")` is `main.py init` on this data directory.

    English, without a keyring and without a screen, whatever the machine has.
    """

    data_dir: Path
    options: tuple[str, ...] = ()
    as_process: bool = False

    def __call__(self, *arguments: str, stdin: str = "", environ: dict[str, str] | None = None) -> Ended:
        return (self.run if self.as_process else self.inside)(*arguments, stdin=stdin, environ=environ)

    def run(self, *arguments: str, stdin: str = "", environ: dict[str, str] | None = None) -> Ended:
        ran = subprocess.run(
            [sys.executable, str(ROOT / "main.py"), *self._all(arguments)],
            env={**clean_environ(), **(environ or {})},
            input=stdin,
            capture_output=True,
            encoding="utf-8",
            timeout=120,
            check=False,
        )
        return Ended(ran.returncode, ran.stdout, ran.stderr)

    def inside(self, *arguments: str, stdin: str = "", environ: dict[str, str] | None = None) -> Ended:
        out, err = io.StringIO(), io.StringIO()
        with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
            for name in os.environ:
                patch.delenv(name)
            for name, value in {**clean_environ(), **(environ or {})}.items():
                patch.setenv(name, value)
            patch.setattr(sys, "stdin", io.StringIO(stdin))
            code = main(self._all(arguments))
        i18n.set_language("en")
        return Ended(code, out.getvalue(), err.getvalue())

    def _all(self, arguments: tuple[str, ...]) -> list[str]:
        return ["--data-dir", str(self.data_dir), *self.options, *arguments]


def clean_environ() -> dict[str, str]:
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("RENRAKU_", "LC_", "LANG")) and name not in {"DISPLAY", "WAYLAND_DISPLAY"}
    }
    return {
        **kept,
        "LANG": "en_US.UTF-8",
        "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring",
        "RENRAKU_SECRET_DATA_KEY": DATA_KEY,
        "QT_QPA_PLATFORM": "offscreen",
    }
