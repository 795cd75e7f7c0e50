"""Three-way comparison: what the last import said, what stands now, what the file says."""

from dataclasses import dataclass

from desktop.domain.rosters.known import Base


@dataclass(frozen=True, slots=True)
class Settled:
    """`take` says that the file's value is to be written; `differs` that staff's stays though the file disagrees."""

    take: bool
    differs: bool


_NOTHING = Settled(take=False, differs=False)
_TAKE = Settled(take=True, differs=False)
_KEEP = Settled(take=False, differs=True)


def settle(base: Base | None, field: str, current: object, said: object) -> Settled:
    """Decide about one field. What the file leaves blank it does not say, and what staff changed stays.

    Where no import has spoken yet, the file fills what is empty.
    """
    if said in ("", None) or said == current:
        return _NOTHING
    if current in ("", None):
        cleared_by_staff = base is not None and base.get(field) == said
        return _KEEP if cleared_by_staff else _TAKE
    if base is not None and base.get(field) == current:
        return _TAKE
    return _KEEP
