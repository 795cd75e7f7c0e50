"""After a restore, copy or move: shows what may already have gone out, and releases sending (DESIGN "Sending" 9)."""

from collections.abc import Callable
from datetime import tzinfo
from functools import partial

from PySide6.QtWidgets import QButtonGroup, QFrame, QRadioButton, QWidget

from desktop.domain.sending_release import Choice, Findings, OpenNotice, Released, decide
from desktop.i18n import _
from desktop.ui.app_context import AppContext
from desktop.ui.checked_dialog import refuse
from desktop.ui.form_dialog import FormDialog
from desktop.ui.widgets.bands import NoteBox
from desktop.ui.widgets.pieces import Label, card, column, row
from desktop.wording.sending_release import (
    LINE_KEYS,
    MEANING,
    OTHER_COPY,
    notice_words,
    released_words,
    single_mail_words,
    standing_words,
)

MOST_SHOWN = 100
"""Of more, the rest gets what is proposed; the list begins with those that somebody must decide."""


class ReleaseDialog(FormDialog):
    """`said` is what somebody decided, by notice. Urgent notices that may have gone out have to be decided."""

    def __init__(self, findings: Findings, zone: tzinfo | None, parent: QWidget | None = None) -> None:
        super().__init__(_("Release sending"), _("Release sending"), parent, width=760, height=640)
        self._notices = findings.notices
        self.choices: dict[int, dict[Choice, QRadioButton]] = {}
        for text in standing_words(findings.standing, zone):
            self.body.addWidget(Label(text, wrap=True))
        self.body.addWidget(NoteBox("warning", _(OTHER_COPY)))
        if findings.notices:
            self.body.addWidget(Label(_(MEANING), wrap=True))
            for notice in findings.notices[:MOST_SHOWN]:
                self.body.addWidget(self._card(notice, zone))
            self.body.addWidget(Label(_(LINE_KEYS), "muted small", wrap=True))
        else:
            self.body.addWidget(Label(_("No notice is on its way or waits for its time."), wrap=True))
        if findings.single_mails:
            self.body.addWidget(Label(single_mail_words(findings.single_mails), "minor", wrap=True))
        self._show()

    def said(self) -> dict[int, Choice]:
        return {
            id_: choice
            for id_, buttons in self.choices.items()
            for choice, button in buttons.items()
            if button.isChecked()
        }

    def _card(self, notice: OpenNotice, zone: tzinfo | None) -> QFrame:
        """A notice, how it stands, and what becomes of it."""
        words = {Choice.HOLD: _("Hold back"), Choice.SEND: _("Send")}
        buttons = {choice: QRadioButton(text) for choice, text in words.items()}
        together = QButtonGroup(self)
        for choice, button in buttons.items():
            together.addButton(button)
            button.setAccessibleName(f"{notice.title}: {words[choice]}")
            button.setChecked(choice is notice.proposal)
            button.toggled.connect(self._show)
        self.choices[notice.id] = buttons
        title = _("Urgent: {title}").format(title=notice.title) if notice.urgent else notice.title
        said = column(
            Label(title, "bold danger" if notice.urgent else "bold", wrap=True),
            Label(" · ".join([notice.school, notice_words(notice, zone)]), "minor", wrap=True),
            spacing=2,
        )
        return card(row((said, 1), *buttons.values()), margin=(16, 8, 16, 8))

    def _show(self) -> None:
        _chosen, undecided = decide(self._notices, self.said())
        self.allow_unless(_("Decide first about what is urgent.") if undecided else "")


def open_release(context: AppContext, window: QWidget, opened: Callable[[ReleaseDialog], object]) -> None:
    """Look at what may have gone out, show it, and release what is decided."""
    actor = context.session.actor

    def show(findings: Findings) -> None:
        dialog = ReleaseDialog(findings, context.clock().tzinfo, window)
        dialog.save_asked.connect(partial(release, dialog))
        opened(dialog)
        dialog.open()

    def release(dialog: ReleaseDialog) -> None:
        said = dialog.said()

        def done(released: Released) -> None:
            dialog.saved()
            context.toasts.say(released_words(len(released.sending), len(released.held)))

        dialog.working()
        context.tasks.run(
            lambda: context.release.release(actor, said),
            done,
            owner=dialog,
            failed=lambda error: refuse(context, dialog, error),
        )

    context.tasks.run(lambda: context.release.report(actor), show, owner=window, lane="release")
