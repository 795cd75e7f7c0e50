"""Running the worker's process for a benchmark."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any


def send_all(url: str, journal: Path, token: str = "") -> dict[str, Any]:
    """Let a worker send until nothing is left; says how long it took."""
    command = [sys.executable, "-m", "tests.bench.sender", url, str(journal), token]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        assert process.stdout.readline() == "ready\n"
        process.stdin.write("go\n")
        process.stdin.flush()
        said: dict[str, Any] = json.loads(process.stdout.readline())
    return said
