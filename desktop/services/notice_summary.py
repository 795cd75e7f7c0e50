"""A notice's report: how far each channel is, how each class fared, and what needs a look."""

from dataclasses import replace

from desktop.domain.notice_life import NoticeFacts
from desktop.domain.reports import ClassProgress, NoticeReport, PeopleProgress
from desktop.i18n import _
from desktop.store import reports
from desktop.store.db import Session
from desktop.store.reports import ClassCount, Schools

_NOBODY = PeopleProgress()
_NEEDS_ATTENTION = ("failed", "bounced", "in_doubt", "expired")


def summary(session: Session, notice: NoticeFacts, schools: Schools) -> NoticeReport:
    """A notice's report over the schools that may be seen."""
    channels = reports.channel_progress(session, notice.id, notice.draft.channels)
    classes = [_labelled(found, notice) for found in reports.classes(session, notice.id, schools)]
    families, confirmed = reports.families(session, notice.id, schools)
    of_families = [channel.counts for channel in channels if channel.kind == "family"]
    attention = {state: sum(counts.get(state, 0) for counts in of_families) for state in _NEEDS_ATTENTION}
    others = reports.people(session, notice.id, schools)
    attention["unreached"] = sum(each.unreached for each in classes)
    return NoticeReport(
        channels=channels,
        classes=tuple(classes),
        families=families,
        confirmed_families=confirmed,
        needs_attention={name: count for name, count in attention.items() if count},
        accepted_median_s=reports.accepted_median_s(session, notice.id, notice.started_at),
        waiting=others.get("waiting", _NOBODY),
        staff=others.get("staff", _NOBODY),
        copies=others.get("copy", _NOBODY),
        sent_again=reports.sent_again(session, notice.id),
    )


def _labelled(found: ClassCount, notice: NoticeFacts) -> ClassProgress:
    """The class by its name; with its school's where the notice goes beyond one."""
    label = found.progress.label or _("No class")
    elsewhere = found.school_id != notice.draft.school_id
    return replace(found.progress, label=f"{found.school} {label}" if elsewhere else label)
