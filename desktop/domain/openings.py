"""From when on guardians may take each step (A7, A30)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Step(StrEnum):
    SIGN_UP = "sign_up"  # a log-in ID (step 2)
    REGISTRATION = "registration"  # child and school (steps 3 and 4)
    LINE = "line"  # step 5


SETTING_OF: Mapping[Step, str] = {
    Step.SIGN_UP: "portal.opens_at",
    Step.REGISTRATION: "registration.opens_at",
    Step.LINE: "line.opens_at",
}


@dataclass(frozen=True, slots=True)
class Opening:
    """When a step opens or opened; `opens_at` None: it always was open."""

    opens_at: datetime | None
    is_open: bool


def opening(moment: datetime | None, now: datetime) -> Opening:
    return Opening(moment, moment is None or moment <= now)
