"""Measuring: medians of a few runs, and the sheet that is printed at the end."""

import os
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from statistics import median, quantiles
from typing import Any

QUICK = "RENRAKU_BENCH_QUICK" in os.environ
"""Everything small and once: to see that it runs to its end. Its figures mean nothing."""
RUNS = 1 if QUICK else 5


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the sheet. `good` is None where nothing was aimed at."""

    what: str
    got: str
    aim: str
    good: bool | None


SHEET: list[Figure] = []


def note(what: str, got: str, aim: str = "", good: bool | None = None) -> None:
    """Put a line on the sheet, and show it at once."""
    SHEET.append(Figure(what, got, aim, good))
    print(f"\n  {what}: {got}" + (f" (aim: {aim}; {_verdict(good)})" if aim else ""))


def at_least(what: str, ratio: float, aim: float, peer: str, got: str = "") -> None:
    """A ratio to something else in the same run that should be this big."""
    words = f"{ratio:.2f} × {peer}" + (f" ({got})" if got else "")
    note(what, words, f"≥ {aim:g}", ratio >= aim)


def below(what: str, seconds: float, aim: float, got: str = "") -> None:
    """A time that should stay under a limit."""
    note(what, in_words(seconds) + (f" ({got})" if got else ""), f"< {in_words(aim)}", seconds < aim)


def in_words(seconds: float) -> str:
    return f"{seconds * 1000:.1f} ms" if seconds < 1 else f"{seconds:.2f} s"


def size(whole: int, least: int = 1_000) -> int:
    """How many of something a benchmark takes; with fewer than `least` it could not run."""
    return max(least, whole // 50) if QUICK else whole


def took(work: Callable[[], Any]) -> float:
    """How many seconds."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def typical(work: Callable[[], float], runs: int = RUNS) -> float:
    """The median of what the runs return."""
    return median(work() for _ in range(runs))


def side_by_side(*works: Callable[[], float], runs: int = RUNS) -> list[float]:
    """Medians of works that take turns, so that a busy moment of the machine meets all of them."""
    rounds = [[work() for work in works] for _ in range(runs)]
    return [median(column) for column in zip(*rounds, strict=True)]


def p95(times: Iterable[float]) -> float:
    return quantiles(times, n=20)[-1]


def sheet() -> list[str]:
    """As a table for the README."""
    rows = [f"| {f.what} | {f.got} | {f.aim} | {_verdict(f.good)} |" for f in SHEET]
    return ["| what | measured | aim | |", "|---|---|---|---|", *rows]


def _verdict(good: bool | None) -> str:
    return {None: "", True: "held", False: "**fell short**"}[good]
