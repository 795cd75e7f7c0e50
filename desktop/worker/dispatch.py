"""Handing out: which thread sends what next, urgent before the rest, and nothing over a closed channel."""

import logging
import math
from dataclasses import replace

from desktop.domain.claims import MailClaim, MailWish, NoticeMessage, Outlook
from desktop.services.deliveries import Deliveries, LineCannotCarryError
from desktop.worker.channels import EMAIL, LINE, Channels
from desktop.worker.ledger import Ledger
from desktop.worker.line_slot import LineSlot, LineWork
from desktop.worker.mail_slot import MailSlot, MailWork
from desktop.worker.moments import boot_seconds
from desktop.worker.pace import Paces
from desktop.worker.setup import MailSetup
from desktop.worker.slots import LEASE_S, MARGIN_S, Lease

log = logging.getLogger(__name__)

MAIL_LOAD, LINE_LOAD = 2, 2
"""How many claims a thread may have: it has the next one at hand when it is through with one."""


class Dispatcher:
    """Belongs to the office's thread; only `is_sending` is asked by others."""

    def __init__(self, deliveries: Deliveries, channels: Channels, ledger: Ledger) -> None:
        self._deliveries = deliveries
        self._channels = channels
        self._ledger = ledger
        self._mail_slots: list[MailSlot] = []
        self._line_slots: list[LineSlot] = []
        self._worker_id = 0
        self._sending: frozenset[int] = frozenset()
        self._messages: dict[int, NoticeMessage] = {}
        self._due: set[tuple[str, str, bool]] = set()
        self._dry: set[tuple[str, bool]] = set()  # (lane, urgent) of which all has been claimed
        self.paces = Paces()
        self.room_at = math.inf
        """When a lane that was left out to keep its pace may go on, in boot seconds."""

    def employ(self, mail_slots: list[MailSlot], line_slots: list[LineSlot]) -> None:
        self._mail_slots, self._line_slots = mail_slots, line_slots

    def see(self, outlook: Outlook) -> None:
        """Take over what a look at the database found."""
        self._sending = outlook.sending
        self._messages = {id_: said for id_, said in self._messages.items() if id_ in outlook.sending}
        self._due = set(outlook.due) if outlook.may_send else set()
        self._dry = set()

    def is_sending(self, notice_id: int) -> bool:
        """A notice has not been stopped, as far as is known; at most a second old."""
        return notice_id in self._sending

    @property
    def could_go_on(self) -> bool:
        """Something that is due could be sent now."""
        return any(self._can_go(*kind) for kind in self._due)

    def _can_go(self, channel: str, lane: str, urgent: bool) -> bool:
        if self._channels.room(channel, self._ledger.in_flight(channel)) == 0:
            return False
        now = boot_seconds()
        return channel == LINE or any(
            slot.paused_until <= now and (urgent if slot.urgent_only else slot.lane == lane)
            for slot in self._mail_slots
        )

    def hand_out(self, worker_id: int) -> bool:
        """Give every thread what it can take; True if that changed what there is to do, so that a new look is due."""
        self._worker_id = worker_id
        self.room_at = math.inf
        self._feed_mail()
        return any(self._feed_line(slot) for slot in self._line_slots)

    def _feed_mail(self) -> None:
        """Claims for all connections that can take some. With them goes into the database what became of those before:
        so no connection ever has more than MAIL_LOAD claims of which the database does not know the end.
        """
        wishes = self._mail_wishes()
        setup = self._channels.mail() if self._are_worth_it(wishes) else None
        if setup is None:
            for _slot, wish in wishes:
                self.paces[wish.lane or ""].take(-wish.limit)
            return
        began_at = boot_seconds()
        claimed = self._ledger.write_down_and_claim(self._worker_id, [wish for _slot, wish in wishes])
        for (slot, wish), claim in zip(wishes, claimed, strict=True):
            if len(claim.jobs) < wish.limit:
                self._dry.add((wish.lane or "", wish.urgent))
                self.paces[wish.lane or ""].take(len(claim.jobs) - wish.limit)
            if claim.jobs:
                self._give_mail(slot, claim, setup, began_at)

    def _are_worth_it(self, wishes: list[tuple[MailSlot, MailWish]]) -> bool:
        """A connection that still has work waits until another one wants more, too: a transaction costs as much as
        sending some fifty mails.
        """
        return len(wishes) > 1 or any(wish.urgent or not slot.load for slot, wish in wishes)

    def _mail_wishes(self) -> list[tuple[MailSlot, MailWish]]:
        """Nothing for a closed channel, one mail for one that is to be probed, and otherwise what each can take."""
        room = self._channels.room(EMAIL, self._ledger.in_flight(EMAIL))
        now = boot_seconds()
        wishes: list[tuple[MailSlot, MailWish]] = []
        for turn in range(MAIL_LOAD) if room != 0 else ():
            for slot in self._mail_slots:
                takes_more = slot.load + turn < MAIL_LOAD and slot.paused_until <= now
                wish = self._wish_of(slot, now) if takes_more else None
                if wish is None:
                    continue
                wish = wish if room is None else replace(wish, limit=1)
                self.paces[wish.lane or ""].take(wish.limit)
                wishes.append((slot, wish))
                if room is not None:
                    return wishes
        return wishes

    def _give_mail(self, slot: MailSlot, claim: MailClaim, setup: MailSetup, began_at: float) -> None:
        notices = {job.notice_id for job in claim.jobs}
        lease = self._lease(claim.token, EMAIL, began_at, notices)
        clear = self._ledger.all_settled(slot)
        self._ledger.lend(slot, lease)
        messages = {notice_id: self._message(notice_id) for notice_id in notices}
        slot.give(MailWork(claim, lease, setup, messages, began_at, clear))

    def _wish_of(self, slot: MailSlot, now: float) -> MailWish | None:
        """What a slot should send next: urgent before the rest, and no lane faster than its pace."""
        for channel, lane, urgent in sorted(self._due, key=lambda kind: not kind[2]):
            is_mine = urgent if slot.urgent_only else lane == slot.lane
            if channel != EMAIL or not is_mine or (lane, urgent) in self._dry:
                continue
            room = self.paces[lane].room(now, urgent=urgent)
            if room != 0:
                return MailWish(lane, urgent, slot.batch if room is None else min(slot.batch, room))
            self.room_at = min(self.room_at, now + self.paces[lane].wait(now, urgent=urgent))
        return None

    def _feed_line(self, slot: LineSlot) -> bool:
        kinds = sorted((kind for kind in self._due if kind[0] == LINE), key=lambda kind: not kind[2])
        if slot.load >= LINE_LOAD or not kinds or (slot.urgent_only and not kinds[0][2]):
            return False
        is_closed = self._channels.room(LINE, self._ledger.in_flight(LINE)) == 0
        gateway = None if is_closed else self._channels.line()
        if gateway is None:
            return False
        began_at = boot_seconds()
        try:
            job = self._deliveries.claim_line(self._worker_id, urgent=kinds[0][2])
        except LineCannotCarryError as error:
            log.error("LINE cannot carry notice %d", error.notice_id)  # noqa: TRY400  no bug to trace
            self._deliveries.refuse_line(error.notice_id, "too_big")
            return True
        if job is None:
            self._due.discard(kinds[0])
            return False
        lease = self._lease(job.token, LINE, began_at, {job.notice_id})
        self._ledger.lend(slot, lease)
        slot.give(LineWork(job, lease, gateway, began_at))
        return False

    def _lease(self, token: str, channel: str, began_at: float, notices: set[int]) -> Lease:
        """What was claimed is on its way, even if this worker's last look was before it was."""
        self._sending |= notices
        return Lease(token, channel, began_at + LEASE_S - MARGIN_S)

    def _message(self, notice_id: int) -> NoticeMessage:
        if notice_id not in self._messages:
            self._messages[notice_id] = self._deliveries.message(notice_id)
        return self._messages[notice_id]
