"""What a table's cell can show besides plain text, and what it then says to those who do not see it."""

from dataclasses import dataclass

from desktop.ui.states import state


@dataclass(frozen=True, slots=True)
class TextCell:
    """Text in a tone, or bold."""

    text: str
    tone: str = "text"
    bold: bool = False

    def words(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True)
class ChipCell:
    """A state of `states.STATES`, if need be in other words."""

    state: str
    word: str = ""

    def words(self) -> str:
        return self.word or state(self.state).word


@dataclass(frozen=True, slots=True)
class Mark:
    """One icon with the words that it stands for."""

    icon: str
    words: str
    tone: str = "text"


@dataclass(frozen=True, slots=True)
class IconsCell:
    marks: tuple[Mark, ...]

    def words(self) -> str:
        return ", ".join(mark.words for mark in self.marks)


@dataclass(frozen=True, slots=True)
class Coverage:
    """How far a notice got, in people or families. The parts add up to everybody."""

    confirmed: int = 0
    accepted: int = 0
    on_its_way: int = 0
    failed: int = 0
    none: int = 0

    @property
    def total(self) -> int:
        return self.confirmed + self.accepted + self.on_its_way + self.failed + self.none

    def parts(self) -> tuple[tuple[int, str | None], ...]:
        """Number and tone of each part, from the left; None is the bare track."""
        return (
            (self.confirmed, "bar1"),
            (self.accepted, "bar2"),
            (self.on_its_way, "bar3"),
            (self.failed, "danger"),
            (self.none, None),
        )


@dataclass(frozen=True, slots=True)
class BarCell:
    """A coverage bar with its number at the right: pale on white says too little alone."""

    coverage: Coverage
    number: str

    def words(self) -> str:
        return self.number


@dataclass(frozen=True, slots=True)
class TimeCell:
    """How much of a time is left, from 1 to 0, as a bar in a tone, with the words that say it beside."""

    left: float
    tone: str
    text: str

    def words(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True)
class TwoLinesCell:
    """A bold line with a muted one under it, an icon before and a short text at the right."""

    first: str
    second: str
    mark: Mark | None = None
    right: str = ""
    bold: bool = True
    opens: bool = False
    second_tone: str = "muted"

    def words(self) -> str:
        return ", ".join(part for part in (self.first, self.second, self.right) if part)


Cell = TextCell | ChipCell | IconsCell | BarCell | TimeCell | TwoLinesCell
