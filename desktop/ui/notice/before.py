"""A notice that has not gone out yet: its texts, whom it means, when it goes."""

from collections.abc import Callable
from datetime import datetime

from PySide6.QtWidgets import QWidget

from desktop.domain.reports import AudiencePreview, NoticeDetails
from desktop.i18n import _, current_language, format_exact
from desktop.ui.audience_numbers import AudienceNumbers
from desktop.ui.notice.parts import TextTabs
from desktop.ui.notice.state import language_order
from desktop.ui.notice_view import channel_name, copies_words
from desktop.ui.theme import px, theme
from desktop.ui.widgets.beside import Beside
from desktop.ui.widgets.pieces import card, column, hline, scroll, widget_of
from desktop.ui.widgets.values import KeyValueGrid

_SIDE = 400


class BeforeView(QWidget):
    """What will go out, to whom and when."""

    def __init__(self, show_list: Callable[..., object]) -> None:
        super().__init__()
        self._texts = TextTabs()
        self._facts = KeyValueGrid()
        self._numbers = AudienceNumbers(show_list)
        self._side = card(self._numbers, hline(), self._facts, None, spacing=12)
        both = Beside((card(self._texts), 1), (self._side, 0))
        self.setLayout(column((scroll(widget_of(column(both, margin=(16, 0, 16, 16)))), 1)))
        self._measure()
        theme.changed.connect(self._measure)

    def show_notice(self, details: NoticeDetails, now: datetime) -> None:
        self._texts.show_texts(dict(details.draft.texts), language_order(details, current_language()))
        self._facts.show_pairs(facts(details, now))

    def show_preview(self, preview: AudiencePreview) -> None:
        self._numbers.show_preview(preview)

    def _measure(self) -> None:
        self._side.setMinimumWidth(px(_SIDE))


def facts(details: NoticeDetails, now: datetime) -> list[tuple[str, str | QWidget]]:
    """What else the approval binds, and who had a hand in it."""
    draft = details.draft

    def exact(moment: datetime | None) -> str:
        return format_exact(moment.astimezone(now.tzinfo)) if moment else "–"

    def signed(name: str, moment: datetime | None) -> str:
        return f"{name}　{exact(moment)}" if name else "–"

    kind = _("{kind} (emergency)").format(kind=details.kind_name) if details.urgent else details.kind_name
    copies = copies_words(draft.copies)
    by_channel = " · ".join(channel_name(channel) for channel in sorted(draft.channels))
    return [
        (_("Kind"), kind),
        (_("Sender"), details.school or _("The city")),
        (_("Channels"), by_channel),
        (_("Copies"), copies),
        (_("Send at"), exact(draft.send_at) if draft.send_at else _("As soon as it is approved")),
        (_("Not after"), exact(draft.useless_after)),
        (_("Written by"), details.author),
        (_("Asked by"), signed(details.submitter, details.submitted_at)),
        (_("Approved by"), signed(details.approver, details.approved_at)),
    ]
