"""Writing a notice: text, audience and time at the left, whom it reaches and how it looks at the right."""

from collections.abc import Sequence
from dataclasses import replace
from typing import ClassVar

from PySide6.QtCore import QTimer
from PySide6.QtGui import QHideEvent
from PySide6.QtWidgets import QWidget

from desktop.domain.audience import Part, parse_part
from desktop.domain.errors import UserError
from desktop.domain.notices import NoticeState
from desktop.domain.reports import AudiencePreview, Today
from desktop.i18n import N_, _, format_time, format_when
from desktop.ui.app_context import AppContext
from desktop.ui.compose import work
from desktop.ui.compose.checks import checks
from desktop.ui.compose.choosing import Choosing
from desktop.ui.compose.editor import Editor
from desktop.ui.compose.keeping import Keeper, LeftOverBand
from desktop.ui.compose.local_drafts import LocalDraft
from desktop.ui.compose.saving import Saver
from desktop.ui.compose.schedule import schedule_note
from desktop.ui.compose.side import ComposeSide
from desktop.ui.compose.state import (
    Check,
    Form,
    after_submit_words,
    fallback_words,
    is_urgent,
    language_name,
    new_form,
    sentence,
    submit_view,
)
from desktop.ui.page import Page
from desktop.ui.tokens import PANE_AUDIENCE
from desktop.ui.widgets.bands import Band
from desktop.ui.widgets.headers import ActionBar, PageHeader
from desktop.ui.widgets.pieces import Button, column, scroll, widget_of
from desktop.ui.widgets.side_pane import Panes, SidePane
from desktop.wording.errors import Message, word

_PREVIEW_AFTER_MS = 200
_EDITABLE = {NoticeState.DRAFT, NoticeState.SUBMITTED, NoticeState.APPROVED}
_BLANK: dict[str, object] = {"new": True}


class ComposePage(Page):
    """One notice being written. What is typed is kept on this computer every few seconds, and in the database
    when one saves, closes or asks for approval."""

    title: ClassVar[str] = N_("Write a notice")
    tables: ClassVar[frozenset[str]] = frozenset(
        {"notices", "schools", "notice_kinds", "settings", "children", "enrolments", "contact_points", "role_grants",
         "saved_lists", "school_copies", "waiting_contacts", "staff"}
    )  # fmt: skip

    def __init__(self, app: AppContext, parent: QWidget | None = None) -> None:
        super().__init__(app, parent)
        self._context = app
        self._facts: work.Facts | None = None
        self._look: work.Look | None = None
        self._state: NoticeState | None = None
        self._target: dict[str, object] | None = _BLANK
        self._saved_form = Form()
        self._build()
        self.keeper = Keeper(app, lambda: self.editor.form, self)
        self.saver = Saver(app, lambda: self.editor.form, self)
        self.choosing = Choosing(app, self.editor, lambda: self._facts, self._ask_look, self)
        self._connect()

    # What the frame asks

    def reload(self) -> None:
        context, actor = self._context, self._context.session.actor
        found = work.facts(context, actor, self.keeper.drafts, context.clock())
        context.tasks.run(found, self._take_facts, owner=self, lane="facts")

    def show_target(self, **target: object) -> None:
        """`new`, `emergency`, `notice_id`, or `include` (parts of an audience) with `school_id`, the sender."""
        self.keeper.keep_now()
        self._target = target
        if self._facts is not None:
            self.refresh()

    def unsaved(self) -> str:
        """Nothing is lost: what is not in the database is in a file, and offered again."""
        self.keeper.keep_now()
        return ""

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self.keeper.keep_now()

    # Building

    def _build(self) -> None:
        self._header = PageHeader(self.heading())
        self.left_over = LeftOverBand()
        self.no_approver = Band(
            "warning", _("Nobody else can approve notices here yet. Sending one takes two people."), icon="person-plus"
        )
        self.no_approver.add_button(_("Add staff…"), lambda: self._context.navigator.go("administration"))
        self.elsewhere = Band("warning", "")
        self.elsewhere.add_button(_("Look at both"), lambda: self.saver.look_at_both("", self._show_saved))
        self.no_approver.hide()
        self.elsewhere.hide()
        zone = self._context.clock().tzinfo
        assert zone is not None
        self.editor = Editor(zone)
        self.side = ComposeSide(lambda *, unreached: self.choosing.show_list(unreached=unreached))
        self.close_button = Button(_("Close"), "big", shortcut="Ctrl+W", on_click=self._close)
        self.save_button = Button(_("Save draft"), "big", "save", shortcut="Ctrl+S", on_click=self._save)
        self.submit_button = Button(_("Ask for approval"), "primary", shortcut="Ctrl+Return", on_click=self._submit)
        self.bar = ActionBar(self.submit_button, self.save_button, self.close_button, shortcut="Ctrl+Return")
        bands = column(self.left_over, self.no_approver, self.elsewhere, spacing=0)
        left = column(self._header, bands, (scroll(self.editor), 1), self.bar, spacing=0)
        self.pane = SidePane(self.side, _("Whom it reaches"), PANE_AUDIENCE)
        panes = Panes(widget_of(left), right=self.pane)
        self.setLayout(column((panes, 1), spacing=0))
        self.setFocusProxy(self.editor.subject)

    def _connect(self) -> None:
        self.editor.edited.connect(self._on_edited)
        self.editor.language_chosen.connect(lambda _code: self._ask_look())
        self.left_over.continued.connect(self._continue)
        self.left_over.discarded.connect(self._discard)
        self.keeper.kept.connect(self._show_kept)
        self.saver.busy.connect(self._on_saving)
        self.saver.stored.connect(self._on_stored)
        self.saver.overtaken.connect(self._on_overtaken)
        self.saver.theirs_taken.connect(self._take_opened)
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(_PREVIEW_AFTER_MS)
        self._pause.timeout.connect(self._ask_look)

    # Beginning

    def _take_facts(self, found: work.Facts) -> None:
        self._facts = found
        form = self.editor.form
        self.editor.offer(found.kinds, found.schools, found.sending.city, city_too=found.city_too)
        self.side.show_sender(found.sending.city)
        if self._target is not None:
            self._begin(found)
            return
        self.editor.show_form(form, self._context.clock())
        self._ask_look()

    def _begin(self, known: work.Facts) -> None:
        """Show what `show_target` asked for."""
        target, self._target = self._target or {}, None
        self.elsewhere.hide()
        notice_id = target.get("notice_id")
        if isinstance(notice_id, int):
            self._open(notice_id)
            return
        now, wanted = self._context.clock(), target.get("school_id", self._context.session.school_id)
        sender = known.sender(wanted if isinstance(wanted, int) else None)
        self._start(new_form(known.kinds, sender, now, urgent=bool(target.get("emergency"))), None)
        include = target.get("include")
        if isinstance(include, Sequence):
            self._include([parse_part(str(text)) for text in include])
        self.left_over.offer(self._left(), now)

    def _start(self, form: Form, state: NoticeState | None) -> None:
        self.keeper.begin(form)
        self._state, self._saved_form, self._look = state, form, None
        self.bar.set_note("")
        self.editor.show_form(form, self._context.clock())
        self._show_words()
        self._show_look()
        self._ask_look()

    def _open(self, notice_id: int) -> None:
        found = work.opened(self._context, self._context.session.actor, notice_id)
        self._context.tasks.run(found, self._take_opened, owner=self, lane="open")

    def _take_opened(self, found: work.Opened) -> None:
        if found.details.state not in _EDITABLE:
            self._context.navigator.go("notice", notice_id=found.details.id)
            return
        self.elsewhere.hide()
        self._start(found.form, found.details.state)
        left = [each for each in self._left() if each.form.notice_id == found.details.id]
        self.left_over.offer(left, self._context.clock())

    def _include(self, parts: Sequence[Part]) -> None:
        context, actor = self._context, self._context.session.actor
        for part in parts:
            self.editor.add_part(part, part.ref or part.school, exclude=False)
        context.tasks.run(
            lambda: work.labels(context, actor, parts), self.editor.show_labels, owner=self, lane="labels"
        )

    # What was left unfinished

    def _left(self) -> list[LocalDraft]:
        return [each for each in (self._facts.left if self._facts else ()) if each.key != self.keeper.key]

    def _continue(self, left: LocalDraft) -> None:
        self.keeper.keep_now()
        self._start(left.form, NoticeState.DRAFT if left.form.notice_id else None)
        self.keeper.go_on(left)
        self._saved_form = Form()
        self._show_kept(left.saved_at)

    def _discard(self, left: LocalDraft) -> None:
        self._forget(left.key)
        words = _("“{title}” was discarded").format(title=left.form.title)
        self._context.toasts.undoable(words, lambda: self.keeper.drafts.write(left))

    def _forget(self, key: str) -> None:
        self.keeper.forget(key)
        if self._facts is not None:
            self._facts = replace(self._facts, left=[each for each in self._facts.left if each.key != key])

    # While one writes

    def _on_edited(self) -> None:
        self._pause.start()
        self._show_words()

    def _ask_look(self) -> None:
        self._pause.stop()
        context, known = self._context, self._facts
        if known is None or not context.session.signed_in:
            return
        actor, form, language = context.session.actor, self.editor.form, self.editor.language
        asked = work.look(context, actor, form, known, language, context.clock())
        context.tasks.run(asked, self._take_look, owner=self, failed=self._look_failed, lane="preview")
        self._ask_worker(form)

    def _take_look(self, found: work.Look) -> None:
        self._look = found
        self._show_look()

    def _look_failed(self, error: Exception) -> None:
        if not isinstance(error, UserError):
            self._context.tasks.report(self, error)
            return
        message = word(error, self._context.clock().tzinfo)
        self._look = None
        self._show_look()
        self.side.show_problem(str(message))
        self.bar.block(message.text)

    def _ask_worker(self, form: Form) -> None:
        """On a shared database a schedule is worth only what the sending service is."""
        context, actor = self._context, self._context.session.actor
        if form.send_at is None or context.sends_here:
            self._show_schedule(None)
            return
        context.tasks.run(lambda: context.reports.today(actor), self._show_schedule, owner=self, lane="worker")

    # Showing

    def _show_schedule(self, today: Today | None) -> None:
        context = self._context
        seen = today.worker_seen_at if today else None
        kind, words = schedule_note(
            self.editor.form.send_at, seen, context.clock(), sends_here=context.sends_here, practice=context.practice
        )
        self.editor.show_schedule_note(kind, words)

    def _preview(self) -> AudiencePreview | None:
        return self._look.preview if self._look else None

    def _show_words(self) -> None:
        urgent = is_urgent(self.editor.form, self._facts.kinds if self._facts else ())
        self._header.set_state("emergency" if urgent else "")
        self._header.set_sentence(sentence(self._state, urgent=urgent))

    def _show_look(self) -> None:
        known, found, form = self._facts, self._look, self.editor.form
        preview = self._preview()
        self.side.numbers.show_preview(preview)
        self.editor.copies.show_addresses(preview.copies if preview else None)
        self.side.show_problem("")
        self.side.show_previews(found.previews if found else None)
        self.editor.show_units(found.previews.units if found and found.previews else {})
        if known is not None:
            self.editor.show_fallback(fallback_words(form, preview, known.sending.city_language))
            now, works = self._context.clock(), known.sending.line_works
            shown = checks(form, preview, known.sent_today, now, line_works=works)
            wrong = [Check("error", str(self._worded(problem))) for problem in (found.problems if found else ())]
            self.side.show_checks((*wrong, *shown) if found and not form.blank else ())
        self.no_approver.setVisible(found is not None and not found.approvers)
        self._show_submit(found)

    def _show_submit(self, found: work.Look | None) -> None:
        problems = found.problems if found else ()
        reason = self._worded(problems[0]).text if problems else ""
        view = submit_view(self._preview(), problems, reason)
        self.submit_button.set_words(view.button)
        if view.reason:
            self.bar.block(view.reason)
        else:
            self.bar.allow()

    def _worded(self, problem: UserError) -> Message:
        """A problem in words; a language by its name."""
        named = dict(problem.details)
        if code := named.get("language"):
            named["language"] = language_name(str(code))
        return word(UserError(problem.code, **named), self._context.clock().tzinfo)

    def _show_kept(self, moment: object) -> None:
        now = self._context.clock()
        when = format_when(moment, now)  # type: ignore[arg-type]  # a signal's argument; the keeper sends a datetime
        self.bar.set_note(_("Kept on this computer {time}").format(time=when))

    # Saving and asking for approval

    def _save(self) -> None:
        self.saver.store(self._show_saved)

    def _close(self) -> None:
        form = self.editor.form
        if form.blank or form == self._saved_form:
            self._leave()
        else:
            self.saver.store(lambda _kept: self._leave())

    def _leave(self) -> None:
        self._clear()
        self._context.navigator.go("notices")

    def _clear(self) -> None:
        self._forget(self.keeper.key)
        self._start(Form(), None)
        self._target = _BLANK

    def _submit(self) -> None:
        self.saver.store(self._ask_approval)

    def _on_saving(self, busy: bool) -> None:
        self.keeper.pause(paused=busy)
        for button in (self.save_button, self.close_button, self.submit_button):
            button.setEnabled(not busy)

    def _on_stored(self, saved: Form, kept: work.Saved) -> None:
        """What was typed while it was being saved stays."""
        typed = replace(self.editor.form, notice_id=kept.notice_id, version=kept.version)
        self._forget(self.keeper.key)
        self._saved_form = saved
        self.keeper.begin(saved)
        self.editor.show_form(typed, self._context.clock())
        self.elsewhere.hide()

    def _on_overtaken(self, who: str) -> None:
        by_name = _("{who} changed this notice meanwhile.").format(who=who)
        text = by_name if who else _("Somebody else changed this notice meanwhile.")
        self.elsewhere.set_words(text, _("Nothing of yours was saved yet."))
        self.elsewhere.show()

    def _show_saved(self, _kept: work.Saved) -> None:
        self._state = NoticeState.DRAFT
        self._show_words()
        self._show_submit(self._look)
        self.bar.set_note(_("Draft saved {time}").format(time=format_time(self._context.clock())))

    def _ask_approval(self, kept: work.Saved) -> None:
        context = self._context
        context.tasks.run(
            work.submitted(context, context.session.actor, kept),
            lambda _saved: self._submitted(kept.notice_id),
            owner=self,
            failed=self._submit_failed,
        )

    def _submit_failed(self, error: Exception) -> None:
        self._context.tasks.report(self, error)
        if self.editor.form.notice_id is not None:
            self._open(self.editor.form.notice_id)

    def _submitted(self, notice_id: int) -> None:
        words = after_submit_words(self._preview(), self.editor.form.title)
        self._clear()
        self._context.navigator.go("notice", notice_id=notice_id)
        self._context.toasts.say(words)
