"""A database that was restored, copied or moved: what of it may have gone out already, and what becomes of that.

Nobody here can know what the other copy sent. A notice that was on its way, or due, may have gone out from there: it is
held back unless an administrator says otherwise. One whose time is still to come goes on. An urgent notice that may
have gone out is for nobody's default: twice is a nuisance, never is a danger, so somebody must say.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class HeldWhy(StrEnum):
    """How it was noticed."""

    MOVED = "moved"
    """It is not where it was: another file, another place, another server."""
    OLDER = "older"
    """A worker of this computer remembers more than the database does: an older state was put in its place."""
    SAID = "said"
    """Somebody says so, such as after a snapshot of the whole machine was put back."""


@dataclass(frozen=True, slots=True)
class Witness:
    """What a worker's data directory last knew of a database: its worker there, its beats, and the epoch."""

    worker: str
    beats: int
    epoch: int


class Choice(StrEnum):
    SEND = "send"
    HOLD = "hold"


@dataclass(frozen=True, slots=True)
class OpenNotice:
    """A notice that goes out by itself as soon as sending is released.

    `left` messages are still to be sent, of which `in_hand` were being sent when the copy was made; `sent` are known
    to have gone. `suspicious`: it was due, so the other copy may have sent it. `missed`: released, it waits for
    somebody who approves, because its time has gone by.
    """

    id: int
    title: str
    school: str
    urgent: bool
    sending: bool
    due_at: datetime | None
    left: int
    sent: int
    in_hand: int = 0
    children: int = 0
    suspicious: bool = True
    missed: bool = False
    useless_after: datetime | None = None

    @property
    def proposal(self) -> Choice | None:
        """What happens unless somebody says otherwise; None: somebody must say."""
        if not self.suspicious:
            return Choice.SEND
        return None if self.urgent else Choice.HOLD


@dataclass(frozen=True, slots=True)
class Standing:
    """Whether a database may send, and who can change that.

    Since `held_at`, for `why`; both None where no worker has come by yet. `known_until` is the last that it knew by
    itself: what was decided or sent after that, it does not know. `administrators` are the names of those who can
    release it.
    """

    may_send: bool
    epoch: int
    why: HeldWhy | None = None
    held_at: datetime | None = None
    known_until: datetime | None = None
    administrators: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Findings:
    """What may already have gone out. `single_mails` are links, codes and answers to citizens: they go out again, with
    the Message-IDs that they have.
    """

    standing: Standing
    notices: tuple[OpenNotice, ...] = ()
    single_mails: int = 0


@dataclass(frozen=True, slots=True)
class Released:
    """What was decided, by notice; `doubted` messages may have arrived already, and are counted as such."""

    epoch: int
    sending: tuple[int, ...]
    held: tuple[int, ...]
    doubted: int


def decide(notices: tuple[OpenNotice, ...], said: Mapping[int, Choice]) -> tuple[dict[int, Choice], list[OpenNotice]]:
    """What becomes of each notice, and those of which nobody has said it yet."""
    chosen = {notice.id: said.get(notice.id, notice.proposal) for notice in notices}
    open_ = [notice for notice in notices if chosen[notice.id] is None]
    return {id_: choice for id_, choice in chosen.items() if choice is not None}, open_
