"""The reviewer's part of the page: the queue at the left, one submission beside the roster, decisions by key."""

from collections.abc import Mapping, Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QWidget

from desktop.domain.errors import UserError
from desktop.domain.matching import Match
from desktop.domain.people import Node
from desktop.domain.registrations import Decision, Refusal
from desktop.domain.reviews import ExactMatch, Overview, QueueQuery, QueueRow, Submission
from desktop.i18n import _
from desktop.ui.app_context import AppContext
from desktop.ui.dialogs import confirm
from desktop.ui.registrations import state
from desktop.ui.registrations.ask_dialog import AskDialog
from desktop.ui.registrations.deciding import Deciding
from desktop.ui.registrations.exact_dialog import ExactDialog
from desktop.ui.registrations.find_dialog import FindDialog
from desktop.ui.registrations.queue_list import NEXT, PREVIOUS, QueueList
from desktop.ui.registrations.submission_pane import SubmissionPane
from desktop.ui.registrations.terms_dialog import TermsDialog
from desktop.ui.widgets.pieces import column
from desktop.ui.widgets.side_pane import LEFT, Panes, SidePane
from desktop.wording import reviews as words

_LIST_WIDTH = 304


class Reviewing(QWidget):
    """Loads, shows and decides. `deciding.band` is shown by the page."""

    overview_came = Signal(object)
    failed = Signal(object)

    def __init__(self, context: AppContext, parent: QWidget) -> None:
        super().__init__(parent)
        self._context = context
        self._child_id: int | None = None
        self._narrowed = False
        self._school = context.session.school_id
        self.dialog: AskDialog | ExactDialog | FindDialog | TermsDialog | None = None
        self.deciding = Deciding(context, self)
        self.queue = QueueList(context.tasks, self._fetch_rows, context.clock)
        self.pane = SubmissionPane()
        self._left = SidePane(self.queue, _("Waiting registrations"), _LIST_WIDTH, LEFT)
        self.setLayout(column(Panes(self.pane, self._left), spacing=0))
        self.setFocusProxy(self.queue)
        self.pane.show_nothing("", "")
        self._connect()

    def _connect(self) -> None:
        self.queue.query_changed.connect(self._load_ids)
        self.queue.chosen.connect(self._on_chosen)
        self.pane.candidate_chosen.connect(self._compare_with)
        self.pane.find_asked.connect(self._find)
        self.pane.terms_asked.connect(self._ask_terms)
        bar = self.pane.bar
        bar.link_asked.connect(self._link)
        bar.new_asked.connect(self._accept_new)
        bar.accept_asked.connect(self._accept)
        bar.refuse_asked.connect(self._refuse)
        bar.ask_asked.connect(self._ask)
        self.deciding.decided.connect(self._on_decided)
        self.deciding.undone.connect(self._on_undone)
        self.deciding.refused.connect(self.load)
        for keys, by in ((NEXT, 1), (PREVIOUS, -1)):
            shortcut = QShortcut(QKeySequence(keys), self)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.activated.connect(lambda by=by: self.queue.step(by))

    # Fetching

    def load(self) -> None:
        if self._school != self._context.session.school_id:
            self._school = self._context.session.school_id
            self.queue.begin_anew()
        context, actor = self._context, self._context.session.actor
        context.tasks.run(
            lambda: context.reviews.overview(actor),
            self._show_overview,
            owner=self,
            lane="overview",
            failed=self.failed.emit,
        )
        self._load_ids()

    def want(self, registration_id: int) -> None:
        """Show this one; the owner loads."""
        self.queue.want(registration_id)

    def _load_ids(self) -> None:
        context, actor = self._context, self._context.session.actor
        query = self.queue.query(context.session.school_id)
        context.tasks.run(
            lambda: context.reviews.queue_ids(actor, query),
            lambda ids: self._show_ids(query, ids),
            owner=self,
            lane="ids",
            failed=self.failed.emit,
        )

    def _fetch_rows(self, ids: Sequence[int]) -> Mapping[int, QueueRow]:
        return {row.id: row for row in self._context.reviews.queue_rows(self._context.session.actor, ids)}

    def _show_overview(self, overview: Overview) -> None:
        self.queue.offer_schools(overview, self._context.session.school_id)
        self.overview_came.emit(overview)

    def _show_ids(self, query: QueueQuery, ids: Sequence[int]) -> None:
        self._narrowed = query != QueueQuery(self._context.session.school_id)
        self.queue.show_ids(ids, narrowed=self._narrowed)

    def _on_chosen(self, registration_id: int | None) -> None:
        if registration_id is None:
            self.pane.show_nothing(*state.empty_words(self._narrowed))
            return
        shown = self.pane.submission
        if shown is None or shown.registration.id != registration_id:
            self._child_id = None
        self._load_one(registration_id)

    def _load_one(self, registration_id: int) -> None:
        context, actor, child = self._context, self._context.session.actor, self._child_id
        context.tasks.run(
            lambda: context.reviews.get(actor, registration_id, child),
            lambda submission: self._take(submission, child),
            owner=self,
            lane="submission",
            failed=self._on_not_found,
        )

    def _on_not_found(self, error: Exception) -> None:
        """It went out of this reviewer's hands meanwhile: the list comes anew."""
        if isinstance(error, UserError) and error.code in {"not_found", "forbidden"}:
            self._context.toasts.warn(_("This registration is not here any more."))
            self.queue.forget()
            self._load_ids()
        else:
            self.failed.emit(error)

    def _take(self, submission: Submission, child: int | None) -> None:
        """What is shown already stays as it is: the reader may be about to press something in it."""
        shown, match = self.pane.submission, self.pane.match
        if submission != shown or (child is not None and (match is None or match.candidate.child_id != child)):
            self._show(submission)

    def _show(self, submission: Submission) -> None:
        self.pane.show_submission(submission, self._child_id, self._context.clock())

    def _compare_with(self, child_id: int) -> None:
        self._child_id = child_id
        if self.pane.submission is not None:
            self._show(self.pane.submission)
            self.pane.bar.link.setFocus()

    def _find(self) -> None:
        """In the roster of the school and year that the submission is for."""
        submission = self.pane.submission
        if submission is None:
            return
        wanted = submission.registration
        dialog = FindDialog(self._context, Node(wanted.school_id, wanted.year), wanted.child.family_name, self)
        dialog.chosen.connect(lambda child: self._take_found(wanted.id, child))
        self.dialog = dialog
        dialog.open()

    def _ask_terms(self, version: str) -> None:
        """To what this guardian agreed, word for word (A12)."""
        context = self._context
        context.tasks.run(
            lambda: context.settings.all()["city.name"], lambda city: self._open_terms(version, city), owner=self
        )

    def _open_terms(self, version: str, city: str) -> None:
        self.dialog = TermsDialog(version, city, self)
        self.dialog.open()

    def _take_found(self, registration_id: int, child_id: int) -> None:
        self._child_id = child_id
        self._load_one(registration_id)

    # Deciding

    def _link(self) -> None:
        submission, match = self.pane.submission, self.pane.match
        if submission is None or match is None:
            return
        context, actor, wanted = self._context, self._context.session.actor, submission.registration
        child = match.candidate.child_id
        self._decide(submission, Decision.LINK, lambda: context.reviews.link(actor, wanted.id, wanted.version, child))

    def _accept_new(self) -> None:
        submission = self.pane.submission
        if submission is None or not self._is_sure(submission):
            return
        context, actor, wanted = self._context, self._context.session.actor, submission.registration
        self._decide(
            submission, Decision.ACCEPT_NEW, lambda: context.reviews.accept_new(actor, wanted.id, wanted.version)
        )

    def _is_sure(self, submission: Submission) -> bool:
        """Whoever is in the roster already would stand there twice."""
        best = submission.matches[0] if submission.matches else None
        if best is None or best.match is not Match.EXACT:
            return True
        return confirm(
            self,
            _("Is {child} another child?").format(child=state.title(submission)),
            _("The roster has this child already: {child}. If it is the same one, link instead.").format(
                child=state.candidate_words(best)
            ),
            _("Add a second child"),
            dangerous=True,
        )

    def _accept(self) -> None:
        submission = self.pane.submission
        if submission is None:
            return
        context, actor, wanted = self._context, self._context.session.actor, submission.registration
        self._decide(submission, Decision.ACCEPT, lambda: context.reviews.accept(actor, wanted.id, wanted.version))

    def _refuse(self, reason: Refusal) -> None:
        submission = self.pane.submission
        if submission is None:
            return
        context, actor, wanted = self._context, self._context.session.actor, submission.registration
        self._decide(
            submission, Decision.REFUSE, lambda: context.reviews.refuse(actor, wanted.id, wanted.version, reason)
        )

    def _ask(self) -> None:
        submission = self.pane.submission
        if submission is None:
            return
        reads = _(words.READS.get(submission.language, submission.language))
        dialog = AskDialog(state.title(submission), reads, words.questions(submission.language), self)
        dialog.save_asked.connect(lambda: self._send_question(dialog, submission))
        self.dialog = dialog
        dialog.open()

    def _send_question(self, dialog: AskDialog, submission: Submission) -> None:
        context, actor, wanted = self._context, self._context.session.actor, submission.registration
        text = dialog.text()
        dialog.saved()
        self._decide(
            submission, Decision.ASK_BACK, lambda: context.reviews.ask_back(actor, wanted.id, wanted.version, text)
        )

    def _decide(self, submission: Submission, decision: Decision, work: object) -> None:
        assert callable(work)
        self.deciding.decide(work, [submission.registration.id], words.done(decision, state.title(submission)))

    def _on_decided(self) -> None:
        self.queue.want_next()
        self.load()
        self.queue.table.setFocus()

    def _on_undone(self, ids: Sequence[int]) -> None:
        if ids:
            self.queue.want(ids[0])
        self.load()

    # Many at once

    def link_exact(self) -> None:
        """Look for exact matches among what the list shows, and offer them."""
        context, actor = self._context, self._context.session.actor
        query = self.queue.query(context.session.school_id)
        context.tasks.run(lambda: context.reviews.exact(actor, query), self._offer_exact, owner=self, lane="exact")

    def _offer_exact(self, found: list[ExactMatch]) -> None:
        if not found:
            self._context.toasts.say(_("There are no exact matches among these; each needs a look."))
            return
        dialog = ExactDialog(found, self)
        dialog.accepted.connect(lambda: self._link_many(dialog.chosen()))
        self.dialog = dialog
        dialog.open()

    def _link_many(self, seen: list[tuple[int, int]]) -> None:
        context, actor = self._context, self._context.session.actor
        self.deciding.decide_many(lambda: context.reviews.accept_exact(actor, seen))
