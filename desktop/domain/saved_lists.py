"""Audiences under a name, to be used again."""

from dataclasses import dataclass

LONGEST_NAME = 60


@dataclass(frozen=True, slots=True)
class SavedListRow:
    """A saved list as a line. `school_id` None is the city's; `words` says whom it means, in the reader's language.

    `unknown` are its parts that stand for nothing any more; `editable`: the reader may change, rename and delete it.
    """

    id: int
    name: str
    school_id: int | None
    school: str
    include: tuple[str, ...]
    exclude: tuple[str, ...]
    words: str
    unknown: tuple[str, ...]
    editable: bool
    version: int

    @property
    def part(self) -> str:
        """How an audience names it."""
        return f"list:{self.name}"


@dataclass(frozen=True, slots=True)
class SavedListForm:
    """What is typed to make or change one; `id` and `version` None for a new one."""

    name: str
    school_id: int | None
    include: tuple[str, ...]
    exclude: tuple[str, ...] = ()
    id: int | None = None
    version: int | None = None
