"""The two ways in: setting up for the first time, and signing in."""

from collections.abc import Callable

from PySide6.QtWidgets import QWidget

from desktop.domain.staff import Actor
from desktop.ui.app_context import AppContext
from desktop.ui.sign_in.first_start import FirstStartView
from desktop.ui.sign_in.front import Front
from desktop.ui.sign_in.sign_in import SignInView


def first_start(context: AppContext, done: Callable[[Actor], object]) -> QWidget:
    view = FirstStartView(context)
    view.finished.connect(done)
    return Front(view, 640, 568)


def sign_in(context: AppContext, done: Callable[[Actor], object], why: str = "") -> QWidget:
    """`why` says to somebody who did not sign out why they stand here."""
    view = SignInView(context, why)
    view.signed_in.connect(done)
    return Front(view, 400)
