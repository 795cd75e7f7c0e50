"""How the desk looks: the palette in force, its fonts, and the one style sheet.

Sizes follow the application font. `px(n)` turns a measure that was drawn at 10.5 pt into pixels for the font in force;
whatever holds words is measured with it, gaps are not.
"""

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontDatabase, QFontMetricsF, QPalette
from PySide6.QtWidgets import QApplication, QWidget

from desktop.ui.style_sheet import style_sheet
from desktop.ui.tokens import DARK, LIGHT, TOKENS, Tokens

BODY_PT = 10.5
SMALL = -1.0
MINOR = -0.5
CARD_TITLE = 1.5
BIG = 3.5
PAGE_TITLE = 5.5
_BODY_LINE_PX = 21.0
_BODY_EM_PX = 14.0
# Each holds Japanese; the first also Vietnamese, so that a name is never set in two fonts.
_JAPANESE_FONTS = ("Noto Sans CJK JP", "Noto Sans JP", "Yu Gothic UI", "Meiryo UI", "Hiragino Sans")


class Theme(QObject):
    """The palette and the scale in force. There is one, `theme`, since an application has one look."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.tokens: Tokens = LIGHT
        self.scale = 1.0
        self._colours: dict[str, QColor] = {}
        self._fixed: Qt.ColorScheme | None = None
        self._watched = False

    @property
    def dark(self) -> bool:
        return self.tokens is DARK

    def colour(self, token: str) -> QColor:
        """The colour of a token, or of a literal such as LINE's own `#D5DFEA`."""
        found = self._colours.get(token)
        if found is None:
            found = QColor(getattr(self.tokens, token) if token in TOKENS else token)
            self._colours[token] = found
        return found

    def apply(self, app: QApplication, scheme: Qt.ColorScheme | None = None) -> None:
        """Dress the application. Without a scheme it follows the system's, also when that changes later."""
        self._fixed = scheme
        if not self._watched:
            self._watched = True
            app.setStyle("Fusion")
            app.setFont(_body_font(app))
            app.styleHints().colorSchemeChanged.connect(lambda _scheme: self._restyle())
        self._restyle()

    def set_body_size(self, point_size: float) -> None:
        """Set every text of the desk larger or smaller."""
        app = _application()
        font = QFont(app.font())
        font.setPointSizeF(point_size)
        app.setFont(font)
        self._restyle()

    def _restyle(self) -> None:
        app = _application()
        scheme = self._fixed or app.styleHints().colorScheme()
        self.tokens = DARK if scheme == Qt.ColorScheme.Dark else LIGHT
        self._colours.clear()
        metrics = QFontMetricsF(app.font())
        em = app.font().pointSizeF() / BODY_PT
        self.scale = max(1.0, metrics.lineSpacing() / _BODY_LINE_PX, em)
        sheet = style_sheet(self.tokens, px, text_px)
        if sheet == app.styleSheet():
            return  # dressing every widget anew is slow, and nothing would look different
        app.setPalette(_palette(self.tokens))
        app.setStyleSheet(sheet)
        self.changed.emit()


theme = Theme()


def apply(app: QApplication, scheme: Qt.ColorScheme | None = None) -> None:
    """Dress the application; see `Theme.apply`."""
    theme.apply(app, scheme)


def colour(token: str) -> QColor:
    return theme.colour(token)


def px(size: float) -> int:
    """Pixels for a size that was drawn at the body size of 10.5 pt."""
    return round(size * theme.scale)


def font(offset: float = 0.0, *, bold: bool = False) -> QFont:
    """The application's font, `offset` points larger, where a point means one at body size 10.5."""
    made = QFont(_application().font())
    made.setPointSizeF(made.pointSizeF() * (BODY_PT + offset) / BODY_PT)
    if bold:
        made.setWeight(QFont.Weight.DemiBold)
    return made


def text_px(offset: float) -> float:
    """The pixel size of `font(offset)`, for style sheets."""
    metrics = _application().font()
    screen = _application().primaryScreen()
    dpi = screen.logicalDotsPerInchY() if screen else 96.0
    return metrics.pointSizeF() * (BODY_PT + offset) / BODY_PT * dpi / 72.0


def effective_width(widget: QWidget) -> float:
    """A widget's width as if the font had its normal size: what decides how much fits beside each other."""
    return widget.width() / theme.scale


def restyle(widget: QWidget) -> None:
    """Make a changed property (`kind`, `role`, `state`) show."""
    widget.style().unpolish(widget)
    widget.style().polish(widget)
    widget.update()


def _application() -> QApplication:
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    return app


def _body_font(app: QApplication) -> QFont:
    """The system's font if it can write Japanese, else the first of ours that is here; never under 10.5 pt."""
    chosen = QFont(app.font())
    installed = set(QFontDatabase.families())
    japanese = set(QFontDatabase.families(QFontDatabase.WritingSystem.Japanese))
    ours = [name for name in _JAPANESE_FONTS if name in installed]
    if chosen.family() not in japanese and ours:
        chosen.setFamilies(ours)
    chosen.setPointSizeF(max(BODY_PT, chosen.pointSizeF()))
    return chosen


def _palette(tokens: Tokens) -> QPalette:
    role = QPalette.ColorRole
    palette = QPalette()
    for each, value in (
        (role.Window, tokens.window),
        (role.WindowText, tokens.text),
        (role.Base, tokens.surface),
        (role.AlternateBase, tokens.window),
        (role.Text, tokens.text),
        (role.Button, tokens.surface),
        (role.ButtonText, tokens.text),
        (role.Highlight, tokens.accent),
        (role.HighlightedText, tokens.on_accent),
        (role.Accent, tokens.accent),
        (role.Link, tokens.accent),
        (role.LinkVisited, tokens.accent),
        (role.PlaceholderText, tokens.muted),
        (role.Mid, tokens.border),
        (role.Dark, tokens.border),
        (role.Midlight, tokens.hair),
        (role.Light, tokens.surface),
        (role.Shadow, tokens.border),
        (role.ToolTipBase, tokens.text),
        (role.ToolTipText, tokens.surface),
    ):
        palette.setColor(each, QColor(value))
    for each in (role.Text, role.WindowText, role.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, each, QColor(tokens.muted))
    return palette
