"""What covers the window before anybody can work: opening, an older or newer database, one that does not answer."""

from collections.abc import Callable

from desktop.domain.errors import UserError
from desktop.i18n import _
from desktop.ui.errors import words_for
from desktop.ui.widgets.empty import EmptyState
from desktop.ui.widgets.pieces import Button
from desktop.wording.errors import word


def opening() -> EmptyState:
    return EmptyState("bell-ring", "Renraku", _("Opening the database…"))


def failed(error: Exception, again: Callable[[], object], leave: Callable[[], object]) -> EmptyState:
    """The database cannot be used; what to do, and another try."""
    if isinstance(error, UserError):
        message = word(error)
        title, text = message.text, message.next_step
    else:
        title, text = _("Renraku cannot open its database."), words_for(error)
    return EmptyState("disconnected", title, text, _leave(leave), _main(_("Try again"), "refresh", again))


def older(upgrade: Callable[[], object], leave: Callable[[], object]) -> EmptyState:
    return EmptyState(
        "history",
        _("The database comes from an older Renraku"),
        _(
            "It has to be brought up to date before you can work. Close Renraku on all other computers first, and make "
            "a backup. Older versions cannot open it afterwards."
        ),
        _leave(leave),
        _main(_("Bring it up to date"), "upload", upgrade),
    )


def newer(leave: Callable[[], object]) -> EmptyState:
    message = word(UserError("database.newer"))
    return EmptyState("alert-circle", message.text, message.next_step, _leave(leave))


def _main(words: str, icon: str, on_click: Callable[[], object]) -> Button:
    button = Button(words, "primary", icon, on_click=on_click)
    button.setDefault(True)
    return button


def _leave(leave: Callable[[], object]) -> Button:
    return Button(_("Close Renraku"), "big", on_click=leave)
