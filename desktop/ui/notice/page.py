"""One notice: what it says and to whom, who approved it, what became of it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import ClassVar

from PySide6.QtCore import QTimer
from PySide6.QtGui import QHideEvent, QKeySequence, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QMenu, QStackedWidget, QWidget

from desktop.domain.notices import NoticeState
from desktop.domain.reports import AudiencePreview, NoticeDetails, NoticeReport, RecipientRow
from desktop.domain.staff import Verb
from desktop.i18n import N_, _
from desktop.ui.app_context import AppContext
from desktop.ui.audience_list import AudienceList
from desktop.ui.dialogs import confirm
from desktop.ui.icons import icon
from desktop.ui.notice.actions import LOOKS, Wish, wishes
from desktop.ui.notice.after import AfterView
from desktop.ui.notice.approval import ApprovalDialog
from desktop.ui.notice.before import BeforeView
from desktop.ui.notice.state import BEFORE, Action, Head, Rights, head
from desktop.ui.pace import EVERY_MS, Pace
from desktop.ui.page import Page
from desktop.ui.theme import theme
from desktop.ui.widgets.bands import Band
from desktop.ui.widgets.beside import is_narrow
from desktop.ui.widgets.headers import PageHeader
from desktop.ui.widgets.pieces import Button, clear_layout, column, row, widget_of

_MOST_NARROW = 2


@dataclass(frozen=True, slots=True)
class _Found:
    details: NoticeDetails
    report: NoticeReport | None
    preview: AudiencePreview | None
    own_approval: bool


class NoticePage(Page):
    """Before it goes out: texts, numbers, approval. From then on: channels, classes, children."""

    title: ClassVar[str] = N_("Notice")
    tables: ClassVar[frozenset[str]] = frozenset(
        {"notices", "submissions", "approvals", "solo_releases", "deliveries", "channel_states", "confirmations"}
    )

    def __init__(self, app: AppContext, parent: QWidget | None = None) -> None:
        super().__init__(app, parent)
        self._context = app
        self._id: int | None = None
        self._found: _Found | None = None
        self._shown_head: Head | None = None
        self._buttons: dict[Action, Button] = {}
        self._pace = Pace(self._load, self)
        self._tick = QTimer(self)
        self._tick.setInterval(EVERY_MS)
        self._tick.timeout.connect(self._load_progress)
        self._folded = False
        self._build()
        theme.changed.connect(self._refold)

    # What the frame asks

    def reload(self) -> None:
        if self._found is None:
            self._pace.now()
        else:
            self._pace.ask()

    def show_target(self, **target: object) -> None:
        """`notice_id`, and perhaps `only`: a filter of the recipients."""
        notice_id = target.get("notice_id")
        if not isinstance(notice_id, int):
            return
        if notice_id != self._id:
            self._id, self._found, self._shown_head = notice_id, None, None
            self.after.begin()
        only = target.get("only")
        if isinstance(only, str):
            self.after.choose(only)
        self.refresh()

    def focus_search(self) -> bool:
        if self._stack.currentWidget() is not self.after:
            return False
        self.after.search.setFocus()
        return True

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._poll_while(self._found is not None and self._found.details.state is NoticeState.SENDING)

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._tick.stop()

    # Building

    def _build(self) -> None:
        self._header = PageHeader("")
        self._actions = row()
        self._header.add_action(widget_of(self._actions))
        self.emergency = Band("emergency", "")
        self.emergency.hide()
        self.before = BeforeView(self._show_list)
        self.after = AfterView(self._context, self._fetch, self._open_recipient)
        self.after.asked.connect(self._load_ids)
        self.after.resend_asked.connect(partial(self._do, Action.RESEND))
        self._stack = QStackedWidget()
        self._stack.addWidget(self.before)
        self._stack.addWidget(self.after)
        top = column(self.emergency, margin=(16, 0, 16, 16))
        self._emergency_box = widget_of(top)
        self._emergency_box.hide()
        self.setLayout(column(self._header, self._emergency_box, (self._stack, 1), spacing=0))

    # Loading

    def _load(self) -> None:
        notice_id, context = self._id, self._context
        if notice_id is None or not context.session.signed_in:
            return
        actor = context.session.actor

        def work() -> _Found:
            details = context.notices.get(actor, notice_id)
            if details.state in BEFORE:
                preview = context.audiences.preview(actor, details.draft) if writes(details) else None
                return _Found(details, None, preview, context.approvals.may_approve(actor, notice_id))
            return _Found(details, context.reports.report(actor, notice_id), None, own_approval=False)

        def writes(details: NoticeDetails) -> bool:
            return context.session.may(Verb.WRITE_NOTICE, details.draft.school_id)

        context.tasks.run(work, self._show, owner=self, lane="notice")
        if self._found and self._found.report:
            self._load_ids()

    def _load_ids(self) -> None:
        notice_id, context, view = self._id, self._context, self.after
        if notice_id is None:
            return
        actor = context.session.actor
        homeroom, only, typed, order = view.homeroom_id, view.only, view.typed, view.order
        reports = context.reports

        def work() -> tuple[list[int], Mapping[str, int]]:
            ids = reports.recipient_ids(actor, notice_id, homeroom_id=homeroom, only=only, typed=typed, order=order)
            return ids, reports.recipient_counts(actor, notice_id)

        context.tasks.run(work, lambda found: view.show_ids(*found), owner=self, lane="ids")

    def _load_progress(self) -> None:
        """What moves each second: rates and times left change although nothing is written."""
        notice_id, context = self._id, self._context
        if notice_id is None or not context.session.signed_in:
            return
        actor = context.session.actor
        context.tasks.run(
            lambda: context.reports.progress(actor, notice_id), self.after.show_progress, owner=self, lane="progress"
        )

    def _fetch(self, ids: Sequence[int]) -> Mapping[int, RecipientRow]:
        """In the background: rows of recipients by id."""
        context = self._context
        return {each.id: each for each in context.reports.recipients(context.session.actor, ids)}

    # Showing

    def _show(self, found: _Found) -> None:
        if found.details.id != self._id:
            return
        first = self._found is None or self._found.report is None
        self._found = found
        now = self._context.clock()
        self._show_head(head(found.details, found.report, self._rights(found.details), now))
        self._emergency_box.setVisible(found.details.urgent)
        if found.details.urgent:
            self.emergency.set_words(_("Emergency: {kind}").format(kind=found.details.kind_name), found.details.school)
            self.emergency.show()
        sending = found.details.state is NoticeState.SENDING
        if found.report is None:
            self._stack.setCurrentWidget(self.before)
            self.before.show_notice(found.details, now)
            if found.preview:
                self.before.show_preview(found.preview)
        else:
            self._stack.setCurrentWidget(self.after)
            self.after.show_report(found.report, sending=sending)
            if first:
                self._load_ids()
        self._poll_while(sending)

    def _rights(self, details: NoticeDetails) -> Rights:
        session, school = self._context.session, details.draft.school_id
        return Rights(
            write=session.may(Verb.WRITE_NOTICE, school),
            decide=session.may(Verb.APPROVE_NOTICE, school),
            stop=session.may(Verb.STOP_NOTICE, school),
            release_alone=session.may(Verb.RELEASE_ALONE, school),
        )

    def _show_head(self, shown: Head) -> None:
        if shown == self._shown_head:
            return
        self._header.set_title(shown.title)
        self._header.set_state(shown.state, shown.word)
        self._header.set_sentence(shown.sentence)
        if self._shown_head is None or shown.actions != self._shown_head.actions:
            self._show_actions(shown.actions)
        self._shown_head = shown

    def _show_actions(self, actions: Sequence[Action]) -> None:
        """A click must not meet another button than the one it aimed at, so they change only when they must."""
        clear_layout(self._actions)
        self._buttons = {}
        self._folded = is_narrow(self)
        apart = actions[-1:] if self._folded and len(actions) > _MOST_NARROW else actions
        if len(apart) < len(actions):
            self._actions.addWidget(self._more(actions[:-1]))
        for action in apart:
            look = LOOKS[action]
            kind = look.kind if action is actions[-1] or look.kind != "primary" else ""
            button = Button(_(look.words), kind, look.icon, shortcut=look.shortcut, on_click=partial(self._do, action))
            self._buttons[action] = button
            self._actions.addWidget(button)

    def _more(self, actions: Sequence[Action]) -> Button:
        """Where there is little room, all but the most important stand in a menu."""
        menu = QMenu(self)
        for action in actions:
            look = LOOKS[action]
            menu.addAction(icon(look.icon), _(look.words), QKeySequence(look.shortcut), partial(self._do, action))
        more = Button("", "", "more")
        more.setAccessibleName(_("More"))
        more.setToolTip(_("More"))
        more.setMenu(menu)
        return more

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._refold()

    def _refold(self) -> None:
        if self._shown_head and is_narrow(self) != self._folded:
            self._show_actions(self._shown_head.actions)

    def button(self, action: Action) -> Button | None:
        """The button of an action, while it is offered."""
        return self._buttons.get(action)

    def _poll_while(self, sending: bool) -> None:
        if sending and self.isVisible():
            if not self._tick.isActive():
                self._tick.start()
        else:
            self._tick.stop()

    def _show_list(self, *, unreached: bool) -> None:
        if self._found:
            AudienceList(self._context, self._found.details.draft, unreached=unreached, parent=self).open()

    def _open_recipient(self, recipient: RecipientRow) -> None:
        """In the roster, where they stand in one."""
        if recipient.kind == "family":
            self._context.navigator.go("rosters", child_id=recipient.child_id)
        elif recipient.kind == "waiting":
            self._context.navigator.go("rosters", waiting_of=recipient.guardian_id)

    # Doing

    def _do(self, action: Action) -> None:
        found, context = self._found, self._context
        if found is None:
            return
        if action is Action.APPROVE:
            self._approve(found)
        elif action is Action.EDIT:
            context.navigator.go("compose", notice_id=found.details.id)
        else:
            self._wish(wishes(context, found.details, found.report)[action])

    def _wish(self, wish: Wish) -> None:
        asked = wish.question
        if asked and not confirm(self, asked.title, asked.text, asked.button, dangerous=asked.dangerous):
            return
        self._context.tasks.run(wish.work, partial(self._done, wish.then), owner=self)

    def _done(self, then: Callable[[object], str], result: object) -> None:
        words = then(result)
        if words:
            self._context.toasts.say(words)
        if self.isVisible():
            self._pace.now()

    def _approve(self, found: _Found) -> None:
        self.dialog = ApprovalDialog(self._context, found.details, own=found.own_approval, parent=self)
        self.dialog.decided.connect(self._decided)
        self.dialog.open()

    def _decided(self, words: str) -> None:
        self._context.toasts.say(words)
        self._pace.now()
