"""One submission beside the roster, with everything that speaks for and against it."""

from datetime import datetime

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QStackedWidget, QWidget

from desktop.domain.matching import Scored
from desktop.domain.registrations import Kind
from desktop.domain.reviews import Submission
from desktop.i18n import _
from desktop.ui.registrations import state
from desktop.ui.registrations.comparison import Comparison
from desktop.ui.registrations.decision_bar import DecisionBar
from desktop.ui.theme import px
from desktop.ui.widgets.bands import NoteBox
from desktop.ui.widgets.beside import Beside
from desktop.ui.widgets.empty import EmptyState
from desktop.ui.widgets.marks import Chip
from desktop.ui.widgets.pieces import Button, Label, card, column, refill, row, scroll, shortcut_words, widget_of
from desktop.ui.widgets.values import KeyValueGrid
from desktop.wording import reviews as words

_MOST_KEYS = 9
_LEAST_HEIGHT = 440
FIND = "Alt+F"


class SubmissionPane(QFrame):
    """Shows a submission; the owner decides."""

    candidate_chosen = Signal(int)
    find_asked = Signal()
    terms_asked = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.submission: Submission | None = None
        self.match: Scored | None = None
        self.bar = DecisionBar()
        self._build()

    def _build(self) -> None:
        self._title = Label("", "pageTitle", wrap=True)
        self._title.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._place = Label("", "muted", wrap=True)
        self.sure = Chip("info")
        self._why = Label("", "muted minor", wrap=True)
        self._notes = column(spacing=8)
        self.comparison = Comparison(_("What the guardian wrote, beside the roster"))
        self._guardian = KeyValueGrid()
        self._others = column(spacing=6)
        self.look = Button(_("Find in the roster…"), "link", "search", shortcut=FIND, on_click=self.find_asked.emit)
        find = row(self.look, Label(shortcut_words(FIND), "muted small"), None)
        self._others_card = card(Label(_("Other children it may be"), "bold"), self._others, find, None)
        guardian_card = card(Label(_("Who sent it"), "bold"), self._guardian, None)
        self._consequence = NoteBox("info", "")
        head = column(row((self._title, 1), self.sure), self._place, self._why, spacing=4)
        both = Beside((guardian_card, 1), (self._others_card, 1), spacing=12, narrow=900)
        content = column(
            head, self._notes, self.comparison, both, self._consequence, None, spacing=12, margin=(16, 14, 16, 16)
        )
        self._content, self._area = content, scroll(content)
        self._whole = column((self._area, 1), self.bar, spacing=0)
        whole = widget_of(self._whole)
        self.empty = EmptyState("clipboard-check", "", "")
        self._stack = QStackedWidget()
        self._stack.addWidget(self.empty)
        self._stack.addWidget(whole)
        self.setLayout(column(self._stack, spacing=0))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Where the type is large the bar would leave no room to read: it then stands at the end of the page."""
        super().resizeEvent(event)
        low = self.height() < px(_LEAST_HEIGHT)
        if low == (self._whole.indexOf(self.bar) < 0):
            return
        if low:
            self._whole.removeWidget(self.bar)
            self._content.insertWidget(self._content.count() - 1, self.bar)
        else:
            self._content.removeWidget(self.bar)
            self._whole.addWidget(self.bar)

    def show_nothing(self, title: str, text: str) -> None:
        self.submission = self.match = None
        self.empty.set_words(title, text)
        self._stack.setCurrentIndex(0)

    def show_submission(self, submission: Submission, child_id: int | None, now: datetime) -> None:
        """`child_id` is the candidate that the reviewer chose to compare with; None: the best."""
        another = self.submission is None or self.submission.registration.id != submission.registration.id
        self.submission = submission
        self.match = match = state.chosen_match(submission, child_id)
        self._title.setText(state.title(submission))
        self._place.setText(state.place(submission, now))
        self._show_match(submission, match)
        refill(self._notes, *(NoteBox(each.kind, each.text, each.icon) for each in state.notes(submission, match)))
        self.comparison.show_lines(state.heads(submission, match), state.compared(submission, match))
        self._show_guardian(submission, now)
        self._show_others(submission, match)
        self._consequence.set_words(state.consequence(submission, match))
        self._show_bar(submission, match, now)
        self._stack.setCurrentIndex(1)
        if another:
            self._area.verticalScrollBar().setValue(0)

    def _show_match(self, submission: Submission, match: Scored | None) -> None:
        about_one = state.is_about_one(submission)
        self.sure.setVisible(not about_one)
        self.sure.show_state(*state.match_words(match))
        self._why.setText(state.explained(match) if match else "")
        self._why.setVisible(match is not None)

    def _show_guardian(self, submission: Submission, now: datetime) -> None:
        given, agreed = submission.registration.child, submission.agreed
        terms: str | Button = state.agreed_words(submission, now)
        if agreed is not None:
            terms = Button(state.agreed_words(submission, now), "link")
            terms.clicked.connect(lambda: self.terms_asked.emit(agreed.version))
        self._guardian.show_pairs(
            [
                (_("Name"), state.guardian_words(submission.guardian, given.relationship)),
                (
                    _("Mail") if "@" in submission.address else _("Phone"),
                    _("{address} (confirmed)").format(address=submission.address),
                ),
                (_("Reads"), _(words.READS.get(submission.language, submission.language))),
                (_("Terms of use"), terms),
            ]
        )

    def _show_others(self, submission: Submission, match: Scored | None) -> None:
        lines: list[QWidget] = []
        for number, each in enumerate(state.others(submission, match)[:_MOST_KEYS], 1):
            keys = f"Alt+{number}"
            compare = Button(_("Compare"), "link", shortcut=keys)
            compare.clicked.connect(
                lambda _checked=False, child=each.candidate.child_id: self.candidate_chosen.emit(child)
            )
            compare.setAccessibleDescription(state.candidate_words(each))
            points = Label(_("{points} of 100").format(points=each.score), "muted small")
            name = Label(state.candidate_words(each), "minor", wrap=True)
            lines.append(widget_of(row((name, 1), points, Label(keys, "muted small"), compare)))
        refill(self._others, *lines)
        self._others_card.setVisible(not state.is_about_one(submission))

    def _show_bar(self, submission: Submission, match: Scored | None, now: datetime) -> None:
        about_one = state.is_about_one(submission)
        withdraws = submission.registration.kind is Kind.WITHDRAWAL
        self.bar.offer(
            about_one=about_one,
            found=match is not None,
            words=_("Accept the withdrawal") if withdraws else _("Accept the change") if about_one else "",
        )
        self.bar.allow_unless(state.blocked(submission, now))
