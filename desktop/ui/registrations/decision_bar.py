"""What can be decided about the submission in view, each with its key."""

from PySide6.QtCore import QEvent, QPoint, QSize, Signal
from PySide6.QtWidgets import QBoxLayout, QFrame, QMenu, QSizePolicy, QWidget

from desktop.i18n import _
from desktop.ui.theme import restyle
from desktop.ui.widgets.pieces import Button, Label, column, row, shortcut_words, widget_of
from desktop.wording.reviews import REFUSALS

_EDGE, _GAP = 16, 8
LINK, NEW, AGREE, REFUSE, ASK = "Alt+L", "Alt+A", "Alt+A", "Alt+R", "Alt+Q"


class DecisionBar(QFrame):
    """Refuse and ask at the left, take over at the right. The one that is likeliest right is the primary button."""

    link_asked = Signal()
    new_asked = Signal()
    accept_asked = Signal()
    refuse_asked = Signal(object)
    ask_asked = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("actionBar")
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.refuse = Button(_("Do not accept…"), "big", "close-circle", shortcut=REFUSE, on_click=self._choose_reason)
        self.ask = Button(_("Ask the guardian…"), "big", "email", shortcut=ASK, on_click=self.ask_asked.emit)
        self.new = Button(_("Accept as a new child"), "big", "person-plus", shortcut=NEW, on_click=self.new_asked.emit)
        self.link = Button(_("Link to this child"), "primary", "link", shortcut=LINK, on_click=self.link_asked.emit)
        self.accept = Button(_("Accept"), "primary", "check", on_click=self.accept_asked.emit)
        self._keys = {
            button: Label(shortcut_words(keys), "muted small")
            for button, keys in (
                (self.refuse, REFUSE),
                (self.ask, ASK),
                (self.new, NEW),
                (self.link, LINK),
                (self.accept, AGREE),
            )
        }
        self._reason = Label("", "muted minor", wrap=True)
        self._reason.hide()
        left = row(*self._with_keys(self.refuse), 8, *self._with_keys(self.ask), None)
        right = row(None, *self._with_keys(self.new), 8, *self._with_keys(self.link), *self._with_keys(self.accept))
        self._halves = (widget_of(left), widget_of(right))
        self._buttons = row(self._halves[0], (self._halves[1], 1), spacing=_GAP)
        self.setLayout(column(self._reason, self._buttons, spacing=6, margin=(_EDGE, 10, _EDGE, 10)))

    def offer(self, *, about_one: bool, found: bool, words: str = "") -> None:
        """A change or withdrawal (`about_one`) is accepted with these words; else a child was `found` or not."""
        self._show(self.accept, about_one)
        self._show(self.link, found and not about_one)
        self._show(self.new, not about_one)
        self.accept.set_words(words or _("Accept"))
        # One key may belong to one button alone.
        self.accept.setShortcut(AGREE if about_one else "")
        self.new.setShortcut("" if about_one else NEW)
        _dress(self.new, "big" if found else "primary")

    def minimumSizeHint(self) -> QSize:
        """As narrow as its two lines would be, so that it never widens what it stands in."""
        widest = max(half.minimumSizeHint().width() for half in self._halves)
        return QSize(widest + 2 * _EDGE, super().minimumSizeHint().height())

    def event(self, event: QEvent) -> bool:
        done = super().event(event)
        if event.type() in {QEvent.Type.Resize, QEvent.Type.LayoutRequest}:
            self._arrange()
        return done

    def _arrange(self) -> None:
        """On two lines where one would cut words off."""
        needed = sum(half.sizeHint().width() for half in self._halves) + 2 * _EDGE + _GAP
        down, across = QBoxLayout.Direction.TopToBottom, QBoxLayout.Direction.LeftToRight
        wanted = down if needed > self.width() else across
        if self._buttons.direction() != wanted:
            self._buttons.setDirection(wanted)

    def allow_unless(self, reason: str) -> None:
        """Enable everything, or say why nothing can be decided."""
        for button in self._keys:
            button.setEnabled(not reason)
            button.setAccessibleDescription(reason)
        self._reason.setText(reason)
        self._reason.setVisible(bool(reason))

    def reason(self) -> str:
        return self._reason.text()

    def _with_keys(self, button: Button) -> tuple[QWidget, QWidget]:
        return self._keys[button], button

    def _show(self, button: Button, wanted: bool) -> None:
        button.setVisible(wanted)
        self._keys[button].setVisible(wanted)

    def refusals(self) -> QMenu:
        """The reasons; the guardian's mail names the one that is chosen."""
        menu = QMenu(self)
        menu.setAccessibleName(_("Why is it not accepted?"))
        for number, (reason, text) in enumerate(REFUSALS.items(), 1):
            menu.addAction(f"&{number}\u2002{_(text)}").triggered.connect(
                lambda _checked=False, reason=reason: self.refuse_asked.emit(reason)
            )
        return menu

    def _choose_reason(self) -> None:
        menu = self.refusals()
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(self.refuse.mapToGlobal(QPoint(0, -menu.sizeHint().height())))


def _dress(button: Button, kind: str) -> None:
    if button.property("kind") != kind:
        button.setProperty("kind", kind)
        button.show_icon("person-plus", "on_accent" if kind == "primary" else "text")
        restyle(button)
