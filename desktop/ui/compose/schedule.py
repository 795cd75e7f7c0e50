"""What must hold for a notice to go out at its time. Pure."""

from datetime import datetime, timedelta

from desktop.i18n import _, format_time, format_when

_SEEN_LATELY = timedelta(minutes=2)


def schedule_note(
    send_at: datetime | None, worker_seen_at: datetime | None, now: datetime, *, sends_here: bool, practice: bool
) -> tuple[str, str]:
    """Kind of the note (info, warning) and its words; no words where nothing has to be said."""
    if send_at is None:
        return "info", ""
    when = format_when(send_at, now)
    if sends_here:
        time = format_time(send_at.astimezone(now.tzinfo))
        said = _("It goes out from this computer: at {time} it must be on, with Renraku open.")
        return ("info" if practice else "warning"), said.format(time=time)
    if worker_seen_at is None:
        return "warning", _("Nothing is running that would send it {when}. Start the sending service before.").format(
            when=when
        )
    if now - worker_seen_at > _SEEN_LATELY:
        seen = format_when(worker_seen_at, now)
        return "warning", _(
            "The sending service was last seen {seen}. If it does not run {when}, the notice is held."
        ).format(seen=seen, when=when)
    return "info", ""
