"""The two ways in: setting up for the first time, and signing in."""

from collections.abc import Callable

from PySide6.QtWidgets import QWidget

from desktop.domain.staff import Actor
from desktop.ui.app_context import AppContext


def first_start(_context: AppContext, _done: Callable[[Actor], object]) -> QWidget:
    return QWidget()


def sign_in(_context: AppContext, _done: Callable[[Actor], object]) -> QWidget:
    return QWidget()
