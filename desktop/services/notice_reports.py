"""What became of notices: how far they are, whom they reached, what to send again."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from desktop.domain.errors import UserError
from desktop.domain.notice_life import NoticeFacts, require_state, require_useful
from desktop.domain.notices import NoticeState
from desktop.domain.reports import ChannelProgress, NoticeReport, RecipientRow, Today
from desktop.domain.staff import Actor, Verb, may_somewhere, schools_where
from desktop.i18n import current_language
from desktop.services import notice_access, today_list
from desktop.services.clock import utc_now
from desktop.services.notice_summary import summary
from desktop.store import audit, db, notice_lists, notices, recipients, reports, resending, settings
from desktop.store.db import Clock, Session, Store
from desktop.store.recipients import Order
from desktop.store.reports import Schools


class Reports:
    """Names and numbers of schools that the actor may not see are left out, also where the notice is the city's."""

    def __init__(self, store: Store, clock: Clock = utc_now) -> None:
        self._store = store
        self._clock = clock

    def status(self, actor: Actor, notice_id: int) -> dict[str, Any]:
        """Where a notice stands, for machines: the document that `notice status --json` prints.

        `deliveries` are those to families and to contacts that wait for their child; what staff and copies got is
        told apart, by state. `sent_again` are the mails of all of them that may have come twice.
        """
        with self._store.read() as session:
            notice, day, _schools = self._visible(session, actor, notice_id)
            details = notice_lists.details(session, notice, settings.load(session), current_language(), day)
            counts = notice_lists.delivery_counts(session, [notice_id])
            to_families = counts.get((notice_id, "family"), {})
            return {
                "id": notice_id,
                "state": notice.state.value,
                "held": details.held or _held_by_a_channel(session, notice),
                "deliveries": {
                    channel.value: to_families.get(channel.value, {}) for channel in sorted(notice.draft.channels)
                },
                "staff": notice_lists.over_channels(counts.get((notice_id, "staff"), {})),
                "copies": notice_lists.over_channels(counts.get((notice_id, "copy"), {})),
                "sent_again": reports.sent_again(session, notice_id),
                "children": details.children,
                "waiting": details.waiting,
                "due_at": _told(details.due_at),
                "started_at": _told(details.started_at),
                "finished_at": _told(details.finished_at),
            }

    def progress(self, actor: Actor, notice_id: int) -> tuple[ChannelProgress, ...]:
        """The part of the report that moves while a notice goes out: quick, to be asked each second."""
        with self._store.read() as session:
            notice, _day, _schools = self._visible(session, actor, notice_id)
            return reports.channel_progress(session, notice_id, notice.draft.channels)

    def report(self, actor: Actor, notice_id: int) -> NoticeReport:
        with self._store.read() as session:
            notice, _day, schools = self._visible(session, actor, notice_id)
            return summary(session, notice, schools)

    def recipient_ids(
        self,
        actor: Actor,
        notice_id: int,
        *,
        homeroom_id: int | None = None,
        only: str = "all",
        typed: str = "",
        order: Order = "class",
    ) -> list[int]:
        """The lines of the recipients' table in order.

        `only`: `all`, a state of deliveries (`due` takes in what is being sent), `confirmed`, `unconfirmed` or
        `unreached` among the families; `waiting`, `staff`, `copies`.
        """
        with self._store.read() as session:
            _notice, _day, schools = self._visible(session, actor, notice_id)
            return recipients.ids(
                session, notice_id, schools, homeroom_id=homeroom_id, only=only, typed=typed, order=order
            )

    def recipient_counts(self, actor: Actor, notice_id: int) -> Mapping[str, int]:
        """How many lines each value of `only` shows; those that show none are left out."""
        with self._store.read() as session:
            _notice, _day, schools = self._visible(session, actor, notice_id)
            return recipients.counts(session, notice_id, schools)

    def recipients(self, actor: Actor, ids: Sequence[int]) -> list[RecipientRow]:
        """The lines in this order, without those of schools that the actor may not see."""
        with self._store.read() as session:
            day = settings.today(session, self._clock())
            if not may_somewhere(actor, Verb.SEE_NOTICE, day):
                raise UserError("forbidden", verb=Verb.SEE_NOTICE.value)
            return recipients.rows(session, ids, schools_where(actor, Verb.SEE_NOTICE, day))

    def resend_failed(self, actor: Actor, notice_id: int) -> int:
        """Send again what was refused or came back, where there is an address that works; gives how many messages.

        Raises UserError: "notice.useless" when its time has passed, "notice.nothing_to_resend".
        """
        with self._store.write(actor) as session:
            day = settings.today(session, self._clock())
            notice = notice_access.visible(session, actor, notice_id, day, lock=True)
            notice_access.require_for(
                session, actor, Verb.WRITE_NOTICE, notice.draft.school_id, notice.draft.audience, day
            )
            require_state(notice, NoticeState.DONE, NoticeState.SENDING)
            require_useful(notice.draft.useless_after, db.now(session))
            count = resending.resend(session, notice_id, [channel.value for channel in notice.draft.channels])
            if not count:
                raise UserError("notice.nothing_to_resend")
            notices.change(session, notice_id, state=NoticeState.SENDING.value, finished_at=None)
            audit.record(session, "resent", "notice", notice_id, school=notice.draft.school_id, deliveries=count)
            return count

    def today(self, actor: Actor) -> Today:
        """What the Today page shows this actor."""
        with self._store.read() as session:
            day = settings.today(session, self._clock())
            if not may_somewhere(actor, Verb.SEE_NOTICE, day):
                raise UserError("forbidden", verb=Verb.SEE_NOTICE.value)
            return today_list.today(session, actor, day)

    def _visible(self, session: Session, actor: Actor, notice_id: int) -> tuple[NoticeFacts, date, Schools]:
        day = settings.today(session, self._clock())
        notice = notice_access.visible(session, actor, notice_id, day)
        return notice, day, schools_where(actor, Verb.SEE_NOTICE, day)


def _held_by_a_channel(session: Session, notice: NoticeFacts) -> str | None:
    """`line:not_configured` for a notice on its way of which something waits for a channel that stands still."""
    if notice.state is not NoticeState.SENDING:
        return None
    standing = reports.channel_progress(session, notice.id, notice.draft.channels)
    return next((f"{each.channel.value}:{each.stopped_reason}" for each in standing if each.stopped_reason), None)


def _told(moment: datetime | None) -> str | None:
    return moment.isoformat(timespec="seconds") if moment else None
