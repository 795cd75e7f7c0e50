"""Registrations: what guardians submitted, for reviewers; and who got stuck on the way, for whoever helps them."""

from typing import ClassVar

from PySide6.QtWidgets import QStackedWidget, QWidget

from desktop.domain.errors import UserError
from desktop.domain.reviews import Overview
from desktop.domain.staff import Verb
from desktop.i18n import N_, _
from desktop.ui.app_context import AppContext
from desktop.ui.errors import words_for
from desktop.ui.pace import Pace
from desktop.ui.page import Page
from desktop.ui.registrations import state
from desktop.ui.registrations.lists import StuckPane
from desktop.ui.registrations.reviewing import Reviewing
from desktop.ui.registrations.stuck import stuck_lists
from desktop.ui.widgets.bands import Band
from desktop.ui.widgets.filters import SegmentedFilter
from desktop.ui.widgets.headers import PageHeader
from desktop.ui.widgets.pieces import Button, column, hline, row, widget_of

QUEUE = "queue"


class RegistrationsPage(Page):
    """One tab is the queue, the others are lists. A reader sees those that their roles are for."""

    title: ClassVar[str] = N_("Registrations")
    tables: ClassVar[frozenset[str]] = frozenset({
        "registrations", "accounts", "account_tokens", "posts", "children", "guardians", "guardianships",
        "contact_points", "enrolments", "placements", "flags", "line_links", "incoming_messages",
    })  # fmt: skip

    def __init__(self, app: AppContext, parent: QWidget | None = None) -> None:
        super().__init__(app, parent)
        self._context = app
        self._pace = Pace(self._load, self)
        self._may_review = app.session.may_somewhere(Verb.REVIEW_REGISTRATION)
        self._counts: dict[str, int] = {}
        self.reviewing: Reviewing | None = None
        self.lists: dict[str, StuckPane] = {}
        self._build()

    # What the frame asks

    def reload(self) -> None:
        self._pace.ask()

    def show_target(self, **target: object) -> None:
        """`registration_id`: show that one. `only`: a tab."""
        wanted, only = target.get("registration_id"), target.get("only")
        if isinstance(wanted, int) and self.reviewing is not None:
            self.reviewing.want(wanted)
            only = QUEUE
        if isinstance(only, str) and (only in self.lists or (only == QUEUE and self.reviewing)):
            self.tabs.choose(only)
            self._show_tab(only)
        if self.isVisible():
            self._pace.now()
        else:
            self.refresh()

    def focus_search(self) -> bool:
        if self.reviewing is None or self.tabs.key() != QUEUE:
            return False
        self.reviewing.queue.search.setFocus()
        return True

    # Building

    def _build(self) -> None:
        context = self._context
        self._header = PageHeader(self.heading())
        self.letters = Button(
            _("Registration letters…"), "big", "printer", shortcut="Alt+P", on_click=self._go_to_letters
        )
        self.exact = Button(_("Link exact matches…"), "big", "check-all", shortcut="Alt+X")
        self.letters.setVisible(context.session.may_somewhere(Verb.HAND_OUT_CODE))
        self._header.add_action(self.letters)
        self._header.add_action(self.exact)
        self.band = Band("danger", "")
        self.band.add_button(_("Try again"), self._pace.now, "refresh")
        self.band.hide()
        self.tabs = SegmentedFilter(_("Registrations"), wrap=True)
        self._stack = QStackedWidget()
        offered: list[tuple[str, str]] = []
        decided: tuple[QWidget, ...] = ()
        if self._may_review:
            self.reviewing = Reviewing(context, self)
            self.reviewing.overview_came.connect(self._show_overview)
            self.reviewing.failed.connect(self._on_failed)
            self.exact.clicked.connect(lambda _checked: self._link_exact())
            self._stack.addWidget(self.reviewing)
            offered.append((QUEUE, _("Waiting")))
            decided = (self.reviewing.deciding.band,)
        for spec in stuck_lists(context):
            pane = StuckPane(context, spec)
            pane.counted.connect(self._show_count)
            pane.failed.connect(self._on_failed)
            self.lists[spec.key] = pane
            self._stack.addWidget(pane)
            offered.append((spec.key, _(spec.title)))
        self.tabs.offer(offered)
        self.tabs.chosen.connect(self._on_tab)
        bar = widget_of(column(row((self.tabs, 1), margin=(12, 6, 12, 6)), hline(), spacing=0))
        bar.setVisible(len(offered) > 1)
        self.setLayout(column(self._header, hline(), self.band, bar, *decided, (self._stack, 1), spacing=0))
        self._show_tab(self.tabs.key())

    # Showing

    def _load(self) -> None:
        self.band.hide()
        if self.reviewing is not None:
            self.reviewing.load()
        for pane in self.lists.values():
            pane.load()

    def _on_tab(self, key: str) -> None:
        self._show_tab(key)
        if (shown := self._stack.currentWidget()) is not None:
            shown.setFocus()

    def _show_tab(self, key: str) -> None:
        self.exact.setVisible(key == QUEUE)
        shown: QWidget | None = self.reviewing if key == QUEUE else self.lists.get(key)
        if shown is not None:
            self._stack.setCurrentWidget(shown)
            self.setFocusProxy(shown)

    def _show_overview(self, overview: Overview) -> None:
        self._header.set_sentence(state.sentence(overview, self._context.clock()))
        self._show_count(QUEUE, overview.waiting)
        self.exact.setEnabled(overview.waiting > 0)

    def _show_count(self, key: str, number: int) -> None:
        self._counts[key] = number
        self.tabs.show_counts(self._counts)

    def _on_failed(self, error: Exception) -> None:
        """What is on the page stays; it says that it may be old."""
        self.band.set_words(_("This could not be fetched; what you see may be old."), words_for(error))
        self.band.show()
        if not isinstance(error, UserError):
            self._context.tasks.report(self, error)

    # What can be done

    def _link_exact(self) -> None:
        if self.reviewing is not None:
            self.reviewing.link_exact()

    def _go_to_letters(self) -> None:
        school = self._context.session.school_id
        if school is None:
            self._context.navigator.go("letters")
        else:
            self._context.navigator.go("letters", school_id=school)
