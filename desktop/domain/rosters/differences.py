"""Where a file says otherwise than people have since: what stands, what the file says, and which of them holds."""

from dataclasses import dataclass, field

from desktop.domain.rosters.columns import Columns
from desktop.domain.rosters.rows import Problem, Severity


@dataclass(frozen=True, slots=True)
class Difference:
    """One cell. `current` is what stands here, `said` what the file says; `name` is the row's child."""

    line: int
    target: str
    column: str
    name: str
    current: str
    said: str
    takes_file: bool


@dataclass(frozen=True, slots=True)
class Decisions:
    """For which differing cells (line, target) the file's value is taken; for the others what stands here stays."""

    cells: frozenset[tuple[int, str]] = frozenset()
    everything: bool = False

    def take_file(self, line: int, target: str) -> bool:
        return self.everything or (line, target) in self.cells


KEEP = Decisions()
"""What stands here stays everywhere."""


@dataclass(slots=True)
class Remarks:
    """What there is to say about one row, or about one guardian of it (`prefix`), added to the file's lists."""

    line: int
    name: str
    columns: Columns
    decisions: Decisions
    problems: list[Problem]
    differences: list[Difference]
    prefix: str = field(default="")

    def warn(self, target: str, code: str, **details: object) -> None:
        header = self.columns.header(self.prefix + target)
        self.problems.append(Problem(self.line, header, code, Severity.WARNING, details))

    def file_wins(self, target: str, current: object, said: object) -> bool:
        """Note that a cell differs from what was changed here since; whether the file's value is taken all the same."""
        whole = self.prefix + target
        taken = self.decisions.take_file(self.line, whole)
        header = self.columns.header(whole)
        self.differences.append(Difference(self.line, whole, header, self.name, str(current), str(said), taken))
        if not taken:
            self.warn(target, "kept.staff")
        return taken
