"""The Today page: what waits for this person, what is going out, what is planned."""

from collections.abc import Collection, Iterator
from datetime import date, datetime, time, timedelta

from desktop.domain.reports import NoticeReport, NoticeRow, Today, Waiting
from desktop.domain.schools import school_year
from desktop.domain.staff import CITY, Actor, Verb, may, may_somewhere, schools_where
from desktop.i18n import current_language
from desktop.services.approvals import APPROVING
from desktop.services.inbox import inbox_places
from desktop.services.notice_summary import summary
from desktop.services.notices import list_rows
from desktop.store import approvals, incoming, notices, settings, sms_replies, waiting, waiting_contacts
from desktop.store.db import Session
from desktop.store.reports import Schools
from desktop.store.waiting import EXAMPLES, Found

SMS = "sms"
MOST_SENDING = 5
"""More notices than this at once are not shown in full."""


def today(session: Session, actor: Actor, day: date) -> Today:
    schools = schools_where(actor, Verb.SEE_NOTICE, day)
    night = datetime.combine(day + timedelta(days=1), time(), settings.zone(session))
    planned = waiting.planned_until(session, schools, night)
    sending = waiting.sending(session, schools)[:MOST_SENDING]
    newest = waiting.newest_sent(session, schools)
    shown = {*planned, *sending, *([newest] if newest is not None else [])}
    rows = {row.id: row for row in list_rows(session, actor, day, ids=shown)} if shown else {}
    return Today(
        waiting=tuple(_waiting(session, actor, day)),
        sending=tuple(_reported(session, rows[notice_id], schools) for notice_id in sending),
        planned=tuple(rows[notice_id] for notice_id in planned),
        latest=_reported(session, rows[newest], schools) if newest is not None else None,
        worker_seen_at=waiting.worker_seen_at(session),
        approver_missing=_approver_missing(session, actor, day),
    )


def _reported(session: Session, row: NoticeRow, schools: Schools) -> tuple[NoticeRow, NoticeReport]:
    facts = notices.facts(session, row.id)
    assert facts is not None
    return row, summary(session, facts, schools)


def _approver_missing(session: Session, actor: Actor, day: date) -> bool:
    """Nobody else could approve what this actor writes."""
    if not may_somewhere(actor, Verb.WRITE_NOTICE, day):
        return False
    schools = schools_where(actor, Verb.WRITE_NOTICE, day)
    without = [actor.staff_id] if actor.staff_id is not None else []
    return not approvals.possible_approvers(session, APPROVING, schools, day, without=without)


def _waiting(session: Session, actor: Actor, day: date) -> Iterator[Waiting]:
    """What waits for this person, the most pressing first; what does not wait for anybody is left out."""
    found = [*_channels(session), *_of_texts(session, actor, day), *_of_notices(session, actor, day)]
    found += _lost(session, actor, day)
    yield from (each for each in (*found, *_of_people(session, actor, day)) if each.count)


def _of_notices(session: Session, actor: Actor, day: date) -> Iterator[Waiting]:
    approving = schools_where(actor, Verb.APPROVE_NOTICE, day)
    seeing = schools_where(actor, Verb.SEE_NOTICE, day)
    questions: list[tuple[str, Found]] = []
    if actor.staff_id is not None:
        if may_somewhere(actor, Verb.APPROVE_NOTICE, day):
            questions.append(("approve", waiting.to_approve(session, approving, actor.staff_id)))
            questions.append(("review_alone", waiting.unreviewed(session, approving, actor.staff_id)))
        questions.append(("sent_back", waiting.sent_back(session, actor.staff_id)))
    questions.append(("held", waiting.held(session, seeing)))
    questions.append(("stopped", waiting.stopped(session, seeing)))
    titles = notices.titles(session, {id_ for _, found in questions for id_ in found.notice_ids}, current_language())
    for kind, found in questions:
        yield Waiting(kind, len(found.notice_ids), _titles(found.notice_ids, titles), found.since, _target(found))


def _target(found: Found) -> tuple[str, int | None]:
    return ("notice", found.notice_ids[0]) if len(found.notice_ids) == 1 else ("notices", None)


def _titles(notice_ids: Collection[int], titles: dict[int, str]) -> tuple[str, ...]:
    return tuple(titles.get(notice_id, "") for notice_id in list(notice_ids)[:EXAMPLES])


def _lost(session: Session, actor: Actor, day: date) -> Iterator[Waiting]:
    """Messages that did not get through: families' by what became of them, then those of staff and copies."""
    lost = waiting.lost(session, schools_where(actor, Verb.SEE_NOTICE, day))
    titles = notices.titles(session, {notice_id for _, notice_id, _, _ in lost}, current_language())
    others = {"staff": "staff_lost", "copy": "copies_lost"}
    for what in ("failed", "bounced", "in_doubt", *others):
        mine = [each for each in lost if each[0] == what]
        ids = tuple(dict.fromkeys(each[1] for each in mine))
        found = Found(ids, min((each[3] for each in mine if each[3]), default=None))
        count = sum(each[2] for each in mine)
        yield Waiting(others.get(what, what), count, _titles(ids, titles), found.since, _target(found))


def _channels(session: Session) -> Iterator[Waiting]:
    stopped = [each for each in waiting.stopped_channels(session) if each[0] != SMS]
    since = min((at for _, _, at in stopped if at), default=None)
    names = tuple(f"{channel}:{reason}" for channel, reason, _ in stopped)
    yield Waiting("channel_stopped", len(stopped), names, since, ("administration", None))


def _of_texts(session: Session, actor: Actor, day: date) -> Iterator[Waiting]:
    """Of accounts by text message, for those who help people with them."""
    if not may(actor, Verb.HELP_BY_SMS, CITY, day) or not settings.load(session)["sms.enabled"]:
        return
    still = [each for each in waiting.stopped_channels(session) if each[0] == SMS]
    for _channel, reason, since in still:
        unsent, _first = sms_replies.left(session)
        page = "administration" if may(actor, Verb.CHANGE_SETTINGS, CITY, day) else SMS
        yield Waiting("sms_stopped", unsent, (reason,), since, (page, None))
    reasons, since = waiting.sms_reviews(session)
    yield Waiting("sms_reviews", sum(reasons.values()), tuple(reasons)[:EXAMPLES], since, (SMS, None))


def _of_people(session: Session, actor: Actor, day: date) -> Iterator[Waiting]:
    written, newest = incoming.unhandled(session, inbox_places(actor, day), day)
    yield Waiting("from_parents", written, (), newest, ("registrations", None))
    if not may_somewhere(actor, Verb.EDIT_ROSTER, day):
        return
    schools = schools_where(actor, Verb.EDIT_ROSTER, day)
    children, names = waiting.children_without_channel(session, schools, day)
    yield Waiting("no_channel", children, names, None, ("rosters", None))
    addresses, newest = waiting.suppressed_addresses(session, schools)
    yield Waiting("suppressed", addresses, (), newest, ("rosters", None))
    waits = waiting_contacts.count(session, schools, school_year(day))
    yield Waiting("waiting_contacts", waits, (), None, ("rosters", None))
