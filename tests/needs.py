"""`@pytest.mark.needs("fonts")`: a test that cannot work without a part of the system.

Where the part is missing the test is skipped and named at the end of the run; under CI it fails, because there a test
that never runs must not pass for one that does.
"""

import os
from functools import cache

import pytest

from installer.system_packages import missing_for_test

_SKIPPED = "skipped for want of "


def pytest_runtest_setup(item: pytest.Item) -> None:
    for mark in item.iter_markers("needs"):
        for name in mark.args:
            packages = _missing(name)
            if packages:
                _do_without(name, packages)


def _do_without(name: str, packages: tuple[str, ...]) -> None:
    reason = f"{name} (Debian: {' '.join(packages)})"
    if os.environ.get("CI") == "true":
        pytest.fail(f"needs {reason}", pytrace=False)
    pytest.skip(_SKIPPED + reason)


@cache
def _missing(name: str) -> tuple[str, ...]:
    return tuple(missing_for_test(name))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Name the tests that did not run, also in a run that does not ask for reasons."""
    wanting = [report for report in terminalreporter.getreports("skipped") if _SKIPPED in str(report.longrepr)]
    if wanting:
        terminalreporter.section("not tested here")
    for report in wanting:
        reason = str(report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr)
        terminalreporter.line(f"{report.nodeid}: {reason.removeprefix('Skipped: ')}")
