"""What somebody waits for who starts the desk."""

import json
import os
import subprocess
import sys
from pathlib import Path
from statistics import median

from desktop.desk.place import DeskPlace
from tests.bench import figures
from tests.desk.conftest import empty_place, place

__all__ = ["empty_place", "place"]

_START = """
import json, sys, time
began = time.perf_counter()
from desktop.desk import quick_start
quick_start.hold()
from pathlib import Path
from PySide6.QtCore import QEvent, QObject
from desktop.desk.application import make_application, make_program
from desktop.desk.place import DeskPlace
from desktop.paths import Paths
class First(QObject):
    painted = 0.0
    def eventFilter(self, watched, event):
        if event.type() is QEvent.Type.Paint and not self.painted:
            self.painted = time.perf_counter() - began
        return False
app = make_application()
first = First()
app.installEventFilter(first)
folder = Path(sys.argv[1])
program = make_program(app, DeskPlace(Paths(folder), f"sqlite:///{folder / 'renraku.sqlite'}"), "hana")
program.seated.connect(app.quit)
program.show()
app.exec()
app.processEvents()
told = {"painted": first.painted, "usable": time.perf_counter() - began}
status = Path("/proc/self/status").read_text()
told["memory"] = int(status.split("VmHWM:")[1].split()[0])  # getrusage counts in the process that started this one
print(json.dumps(told), flush=True)
program.shut()
"""


def test_the_desk_starts(place: DeskPlace, tmp_path: Path) -> None:
    """From the first line of Python to the window's first painting, and to the page of who is signed in.

    Warm: Python has compiled its modules before, as on any computer where the desk was ever started. Memory is the
    most that was ever resident, shared libraries counted in full; the worker beside the desk is not counted.
    """

    compiled = {"PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": str(tmp_path / "compiled")}

    def start() -> dict[str, float]:
        done = subprocess.run(
            [sys.executable, "-c", _START, str(place.paths.data_dir)],
            stdout=subprocess.PIPE, text=True, check=True, timeout=60, env=os.environ | compiled,
        )  # fmt: skip
        told: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
        return told

    start()
    starts = [start() for _ in range(figures.RUNS)]
    figures.below("the desk starts: first painting, warm", median(one["painted"] for one in starts), 0.400)
    figures.below("the desk starts: signed in and usable, warm", median(one["usable"] for one in starts), 1.0)
    memory = median(one["memory"] for one in starts) / 1024
    figures.note("memory of the desk, started", f"{memory:.0f} MB", "< 160 MB", memory < 160)
