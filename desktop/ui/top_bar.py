"""The bar across the top: whose desk this is, which school, search, who is signed in."""

from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QActionGroup
from PySide6.QtWidgets import QFrame, QMenu, QSizePolicy, QWidget

from desktop.i18n import LANGUAGES, _, current_language
from desktop.ui.context import SchoolChoice, Session
from desktop.ui.finder import Command, Finder
from desktop.ui.icons import icon
from desktop.ui.tasks import Tasks
from desktop.ui.theme import effective_width, px, theme
from desktop.ui.tokens import TOP_BAR
from desktop.ui.widgets.pieces import Button, IconLabel, Label, row, shortcut_words

_SEARCH_WIDTH = 400
_NAMES_BELOW = 900


class TopBar(QFrame):
    sign_out_asked = Signal()
    switch_user_asked = Signal()
    language_asked = Signal(str)

    def __init__(self, session: Session, tasks: Tasks, commands: Callable[[], Sequence[Command]]) -> None:
        super().__init__()
        self.setObjectName("topBar")
        self._session = session
        self._commands = commands
        self.school = self._menu_button("")
        self.school.menu().aboutToShow.connect(self._fill_schools)
        self.finder = Finder(tasks, commands)
        self.finder.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.user = self._menu_button("person-circle")
        self.user.menu().aboutToShow.connect(self._fill_user_menu)
        self._name = Label("Renraku", "bold")
        brand = row(IconLabel("bell-ring", "accent", 20), self._name)
        self.setLayout(
            row(
                brand,
                8,
                self.school,
                (_spring(), 1),
                (self.finder, 4),
                (_spring(), 1),
                self.user,
                margin=(16, 0, 8, 0),
            )
        )
        session.changed.connect(self._show)
        session.school_changed.connect(self._show)
        theme.changed.connect(self._measure)
        self._show()
        self._measure()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self._measure()

    def fit(self) -> None:
        """Leave words out where the window is too narrow for them."""
        narrow = effective_width(self.window()) < _NAMES_BELOW
        self._name.setVisible(not narrow)
        self._word(self.user, "" if narrow else self._user_name())

    def _measure(self) -> None:
        self.setFixedHeight(px(TOP_BAR))
        self.finder.setMaximumWidth(px(_SEARCH_WIDTH))
        self.finder.setMinimumWidth(px(110))
        self.school.setMaximumWidth(px(200))

    def _menu_button(self, icon_name: str) -> Button:
        button = Button("", "ghost", icon_name)
        button.setMenu(QMenu(button))
        button.setProperty("menu", "true")
        return button

    def _show(self) -> None:
        school = self._session.school
        self.school.setVisible(self._session.signed_in and school is not None)
        self._word(self.school, school.name if school else "")
        self.school.setAccessibleName(_("School: {name}").format(name=school.name if school else ""))
        self.user.setVisible(self._session.signed_in)
        self.finder.setEnabled(self._session.signed_in)
        self.fit()
        self.user.setAccessibleName(_("Signed in as {name}").format(name=self._user_name()))

    def _word(self, button: Button, text: str) -> None:
        metrics = button.fontMetrics()
        words = metrics.elidedText(text, Qt.TextElideMode.ElideRight, px(150))
        button.set_words(f"{words}\u2003" if words else "")
        button.setToolTip(text)

    def _user_name(self) -> str:
        return self._session.actor.label if self._session.signed_in else ""

    def _fill_schools(self) -> None:
        menu = self.school.menu()
        menu.clear()
        group = QActionGroup(menu)
        for choice in self._session.schools:
            action = menu.addAction(choice.name, partial(self._session.look_at, choice.id))
            action.setCheckable(True)
            action.setChecked(_same(choice, self._session.school))
            group.addAction(action)

    def _fill_user_menu(self) -> None:
        menu = self.user.menu()
        menu.clear()
        for command in self._commands():
            if command.shortcut:
                # The tab shows the shortcut without claiming it: the window has it already.
                menu.addAction(icon(command.icon, "muted"), _with_keys(command), command.run)
        menu.addSeparator()
        languages = menu.addMenu(icon("globe", "muted"), _("Language"))
        for code, name in LANGUAGES.items():
            action = languages.addAction(name, partial(self.language_asked.emit, code))
            action.setCheckable(True)
            action.setChecked(code == current_language())
        menu.addSeparator()
        menu.addAction(icon("switch-user", "muted"), _("Switch user…"), self.switch_user_asked.emit)
        menu.addAction(icon("sign-out", "muted"), _("Sign out"), self.sign_out_asked.emit)


def _spring() -> QWidget:
    widget = QWidget()
    widget.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
    return widget


def _same(one: SchoolChoice, other: SchoolChoice | None) -> bool:
    return other is not None and one.id == other.id


def _with_keys(command: Command) -> str:
    return f"{command.title}\t{shortcut_words(command.shortcut)}"
