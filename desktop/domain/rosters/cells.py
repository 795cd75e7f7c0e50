"""One line of a roster seen through its columns."""

from desktop.domain.names import trimmed, unreadable_characters
from desktop.domain.rosters.columns import Columns
from desktop.domain.rosters.headers import GUARDIANS
from desktop.domain.rosters.rows import Line, Problem, Severity
from desktop.domain.rosters.words import looks_like_my_number

LONGEST_CELL = 300


class Cells:
    """One line seen through the columns: texts by target, and what is wrong with them.

    `guardians` are the numbers of those of whom the file says anything.
    """

    def __init__(self, columns: Columns, places: dict[str, tuple[int, ...]], secrets: frozenset[int]) -> None:
        self.columns = columns
        self.problems: list[Problem] = []
        self.line = Line(0, ())
        self.guardians = tuple(n for n in GUARDIANS if any(name.startswith(f"guardian{n}_") for name in places))
        self._places = places
        self._secrets = secrets
        self._single = [(target, indexes[0]) for target, indexes in places.items() if len(indexes) == 1]
        self._plain: dict[str, str] = {}

    def turn_to(self, line: Line) -> None:
        self.line = line
        self.problems = []
        self._plain = self._plain_texts(line.cells)

    def _plain_texts(self, cells: tuple[str, ...]) -> dict[str, str]:
        """All texts of a line in which every cell can be taken, as in most lines; else none, for `_cell` to judge."""
        whole = "".join(cells)
        taken = whole.isprintable() or whole.replace("\u3000", "").isprintable()
        if not taken or self._secrets or "\ufffd" in whole or (len(whole) > LONGEST_CELL < max(map(len, cells))):
            return {}
        width = len(cells)
        return {target: cells[index].strip() for target, index in self._single if index < width}

    def has(self, target: str) -> bool:
        return target in self._places

    def text(self, target: str) -> str:
        """The cell without the blanks around it; "" where there is none or it cannot be taken."""
        if (plain := self._plain.get(target)) is not None:
            return plain
        places = self._places.get(target)
        if not places:
            return ""
        if len(places) == 1:
            return self._cell(target, places[0]) if places[0] < len(self.line.cells) else ""
        texts = [self._cell(target, index) for index in places if index < len(self.line.cells)]
        return ";".join(filter(None, texts))

    def wrong(self, target: str, code: str, **details: object) -> None:
        self.problems.append(Problem(self.line.number, self.columns.header(target), code, Severity.ERROR, details))

    def odd(self, target: str, code: str, **details: object) -> None:
        self.problems.append(Problem(self.line.number, self.columns.header(target), code, Severity.WARNING, details))

    def _cell(self, target: str, index: int) -> str:
        text = self.line.cells[index]
        if not text or not (text := trimmed(text)):
            return ""
        if index in self._secrets and looks_like_my_number(text):
            return ""  # warned of, with the columns that are not taken, by `_my_numbers`
        if unreadable_characters(text) and target != "groups":
            self.wrong(target, "text.unreadable")
            return ""
        if len(text) > LONGEST_CELL:
            self.wrong(target, "text.too_long", longest=LONGEST_CELL)
            return ""
        return text
