"""Which threads there are: a few connections for each receiving system, and one of each channel for what is urgent."""

from pathlib import Path

from desktop.domain.mail import Lane
from desktop.worker.line_slot import LineSlot
from desktop.worker.mail_slot import MailSlot
from desktop.worker.slots import Surroundings

LANE_CONNECTIONS = {Lane.DOCOMO: 2, Lane.AU: 2, Lane.SOFTBANK: 2, Lane.GMAIL: 4}
"""Carriers block who comes with too many (FACTS B3); all others share the setting `email.connections`."""
LINE_CALLS = 2


def mail_slots(around: Surroundings, journal_folder: Path, other_connections: int) -> list[MailSlot]:
    slots = [MailSlot("mail-urgent", around, journal_folder, None, urgent_only=True)]
    for lane, count in {**LANE_CONNECTIONS, Lane.OTHER: other_connections}.items():
        slots += [
            MailSlot(f"mail-{lane.value}-{number}", around, journal_folder, lane.value, urgent_only=False)
            for number in range(1, count + 1)
        ]
    return slots


def line_slots(around: Surroundings) -> list[LineSlot]:
    bulk = [LineSlot(f"line-{number}", around, urgent_only=False) for number in range(1, LINE_CALLS + 1)]
    return [LineSlot("line-urgent", around, urgent_only=True), *bulk]
