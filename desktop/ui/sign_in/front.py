"""What covers the window before anybody has signed in: the name, the language, and the card of the way in."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent, QShowEvent
from PySide6.QtWidgets import QWidget

from desktop.i18n import LANGUAGES, _, current_language
from desktop.ui.main_window import MainWindow
from desktop.ui.theme import px, theme
from desktop.ui.widgets.forms import Choice
from desktop.ui.widgets.pieces import IconLabel, Label, column, row, widget_of

_NAMES = {"ja": "日本語", "en": "English", "vi": "Tiếng Việt"}


class Front(QWidget):
    """A card in the middle, of `width` and (unless 0) `height` at body size, and never larger than the window."""

    def __init__(self, card: QWidget, width: int, height: int = 0) -> None:
        super().__init__()
        self.card = card
        self._size = (width, height)
        self.language = Choice(_("Language"))
        self.language.offer([(code, _NAMES[code]) for code in LANGUAGES], current_language())
        self.language.picked.connect(self._on_language)
        brand = row(IconLabel("bell-ring", "accent", 28), Label("Renraku", "pageTitle"), None, self.language)
        self._middle = widget_of(column(brand, (card, 1), spacing=16))
        self.setLayout(row(None, column(None, self._middle, None, margin=16), None))
        theme.changed.connect(self._measure)
        self._measure()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.card.setFocus(Qt.FocusReason.OtherFocusReason)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._measure()

    def _on_language(self, code: object) -> None:
        window = self.window()
        if isinstance(window, MainWindow):
            window.language_asked.emit(str(code))

    def _measure(self) -> None:
        width, height = self._size
        self._middle.setFixedWidth(max(200, min(px(width), self.width() - 32)))
        self.language.setFixedWidth(px(128))
        if height:
            self._middle.setFixedHeight(max(200, min(px(height), self.height() - 32)))
