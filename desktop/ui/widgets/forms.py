"""Fields: a label above, help or what is wrong under it."""

from collections.abc import Callable, Sequence
from datetime import datetime, tzinfo

from PySide6.QtCore import QDate, QDateTime, QLocale, Qt, QTime, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent, QTextCharFormat
from PySide6.QtWidgets import (
    QComboBox,
    QDateTimeEdit,
    QLineEdit,
    QSizePolicy,
    QStyledItemDelegate,
    QToolButton,
    QWidget,
)

from desktop.i18n import _, current_language
from desktop.ui.icons import icon
from desktop.ui.theme import colour, px, restyle, theme
from desktop.ui.widgets.pieces import IconLabel, Label, column, row, shortcut_words

_SEARCH_AFTER_MS = 120
_LOCALES = {"ja": "ja_JP", "en": "en_GB", "vi": "vi_VN"}
_FORMATS = {"ja": "M月d日（ddd） H:mm", "en": "ddd d MMM H:mm", "vi": "ddd, dd/MM H:mm"}


class FormField(QWidget):
    """Label, editor, and one line under it: the error, else what was understood, else the help."""

    def __init__(self, label: str, editor: QWidget, help_text: str = "", *, optional: str = "") -> None:
        super().__init__()
        self.editor = editor
        self._help = help_text
        self._label = Label(label, "muted minor")
        self._label.setBuddy(editor)
        self._mark = IconLabel("alert-circle", "danger", 14)
        self._line = Label("", "muted small", wrap=True)
        head = row(self._label, Label(optional, "muted small"), None)
        tall = editor.sizePolicy().verticalPolicy() == QSizePolicy.Policy.Expanding
        # In a row of fields the one with an error is taller; the others keep to the top.
        rest: tuple[None, ...] = () if tall else (None,)
        message = row(self._mark, (self._line, 1), spacing=4)
        message.setAlignment(self._mark, Qt.AlignmentFlag.AlignTop)
        self.setLayout(column(head, (editor, int(tall)), message, *rest, spacing=4))
        self.setFocusProxy(editor)
        editor.setAccessibleName(label)
        self.clear()

    def set_label(self, label: str) -> None:
        self._label.setText(label)
        self.editor.setAccessibleName(label)

    def set_help(self, text: str) -> None:
        self._help = text
        if not self._has_error():
            self.clear()

    def show_error(self, text: str) -> None:
        """Say what is wrong and what to do about it."""
        self._show(text, "danger small", "alert-circle", "danger")
        self._set_state("error")

    def show_understood(self, text: str) -> None:
        """Say how something that was typed freely (a date, a phone number, kana) was understood."""
        self._show(text, "success small", "check", "success")
        self._set_state("")

    def show_warning(self, text: str) -> None:
        self._show(text, "warning small", "alert", "warning")
        self._set_state("")

    def clear(self) -> None:
        """Back to the help."""
        self._show(self._help, "muted small", "", "muted")
        self._set_state("")

    def message(self) -> str:
        return self._line.text()

    def _show(self, text: str, role: str, icon_name: str, tone: str) -> None:
        self._line.setText(text)
        self._line.set_role(role)
        self._line.setVisible(bool(text))
        self._mark.setVisible(bool(text and icon_name))
        if icon_name:
            self._mark.show_icon(icon_name, tone)
        self.editor.setAccessibleDescription(text)

    def _has_error(self) -> bool:
        return bool(self.editor.property("state") == "error")

    def _set_state(self, state: str) -> None:
        if (self.editor.property("state") or "") != state:
            self.editor.setProperty("state", state)
            restyle(self.editor)


class SearchField(QLineEdit):
    """A field that searches while one types: `searched` follows a short pause, Enter does not wait for it."""

    searched = Signal(str)
    down_pressed = Signal()
    """The down key: the reader wants the list."""

    def __init__(self, placeholder: str, shortcut: str = "") -> None:
        super().__init__()
        # Qt's own icon in a line edit does not grow with the font.
        self._glass = IconLabel("search", "muted")
        self._glass.setParent(self)
        self._hint = Label(shortcut_words(shortcut), "muted small", parent=self)
        for child in (self._glass, self._hint):
            child.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(_SEARCH_AFTER_MS)
        self._pause.timeout.connect(self._search)
        self.setPlaceholderText(placeholder)
        self.setAccessibleName(placeholder)
        self.setClearButtonEnabled(not shortcut)
        for button in self.findChildren(QToolButton):
            button.setAccessibleName(_("Clear"))
        self.textChanged.connect(self._on_text_changed)
        self.returnPressed.connect(self._search)

    def take(self, typed: str) -> None:
        """Go on with what was typed in the list beside the field."""
        self.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.setText(self.text() + typed)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Down:
            self.down_pressed.emit()
        elif event.key() == Qt.Key.Key_Escape and self.text():
            self.clear()
        else:
            super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place()

    def _place(self) -> None:
        """Icon and hint inside the field, and the text between them."""
        self._hint.adjustSize()
        self._glass.move(10, (self.height() - self._glass.height()) // 2 + 1)
        self._hint.move(self.width() - self._hint.width() - 10, (self.height() - self._hint.height()) // 2)
        room = self._hint.width() + 8 if self._hint.text() and not self.text() else 0
        self.setTextMargins(self._glass.width() + 8, 0, room, 0)

    def _on_text_changed(self) -> None:
        self._hint.setVisible(not self.text())
        self._place()
        self._pause.start()

    def _search(self) -> None:
        self._pause.stop()
        self.searched.emit(self.text().strip())


class Choice(QComboBox):
    """One of several. The values are what the program knows them by."""

    picked = Signal(object)

    def __init__(self, name: str = "") -> None:
        super().__init__()
        self.setAccessibleName(name)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setMinimumContentsLength(6)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        # The combo box's own delegate paints the row under the cursor in the accent, whatever the style sheet says.
        self.setItemDelegate(QStyledItemDelegate(self))
        self.activated.connect(lambda _index: self.picked.emit(self.value()))

    def offer(self, choices: Sequence[tuple[object, str]], value: object = None) -> None:
        """Replace the choices, each a value and its words, and choose `value` without `picked`."""
        kept = self.value() if value is None else value
        self.clear()
        for each, words in choices:
            self.addItem(words, each)
        self.choose(kept)

    def choose(self, value: object) -> None:
        """Choose without `picked`; an unknown value leaves the choice as it is."""
        for at in range(self.count()):
            if self.itemData(at) == value:
                self.setCurrentIndex(at)

    def value(self) -> object:
        return self.currentData()


class DateTimeField(QDateTimeEdit):
    """A day and a time in the city's zone, as the reader's language writes them."""

    def __init__(self, zone: tzinfo, name: str = "") -> None:
        super().__init__()
        self._zone = zone
        self.setAccessibleName(name)
        self.setCalendarPopup(True)
        self.setLocale(QLocale(_LOCALES[current_language()]))
        self.setDisplayFormat(_FORMATS[current_language()])
        calendar = self.calendarWidget()
        calendar.setVerticalHeaderFormat(calendar.VerticalHeaderFormat.NoVerticalHeader)
        self._measure()
        theme.changed.connect(self._measure)

    def moment(self) -> datetime:
        """The chosen moment, aware."""
        day, clock = self.date(), self.time()
        return datetime(day.year(), day.month(), day.day(), clock.hour(), clock.minute(), tzinfo=self._zone)

    def set_moment(self, moment: datetime) -> None:
        self.setDateTime(_wall_time(moment.astimezone(self._zone)))

    def set_range(self, first: datetime, last: datetime) -> None:
        """Let only moments between these be chosen; under a year apart, so that no year need be shown."""
        self.setDateTimeRange(_wall_time(first.astimezone(self._zone)), _wall_time(last.astimezone(self._zone)))

    def _measure(self) -> None:
        """Width and the calendar's colours, which no style sheet reaches."""
        self.setMinimumWidth(px(188))
        calendar = self.calendarWidget()
        weekend = QTextCharFormat()
        weekend.setForeground(colour("muted"))
        for day in (Qt.DayOfWeek.Saturday, Qt.DayOfWeek.Sunday):
            calendar.setWeekdayTextFormat(day, weekend)
        for name, shape in (("qt_calendar_prevmonth", "chevron-left"), ("qt_calendar_nextmonth", "chevron-right")):
            button = calendar.findChild(QToolButton, name)
            if button is not None:
                button.setIcon(icon(shape, "muted"))


def _wall_time(moment: datetime) -> QDateTime:
    return QDateTime(QDate(moment.year, moment.month, moment.day), QTime(moment.hour, moment.minute))


class LineField(FormField):
    """A field for one line of text."""

    def __init__(self, label: str, help_text: str = "", *, text: str = "", optional: str = "") -> None:
        self.line = QLineEdit(text)
        super().__init__(label, self.line, help_text, optional=optional)

    def text(self) -> str:
        return self.line.text()


class UnderstoodField(LineField):
    """A line in which one may write any way: after each change `understand` says what it was read as.

    `understand` returns the words for what was understood, or raises ValueError with the words of what is wrong.
    """

    def __init__(
        self, label: str, understand: Callable[[str], str], help_text: str = "", *, optional: str = ""
    ) -> None:
        super().__init__(label, help_text, optional=optional)
        self._understand = understand
        self.line.textChanged.connect(lambda _text: self.check())

    def check(self) -> bool:
        """Say whether what stands there is understood; an empty field is."""
        text = self.line.text().strip()
        if not text:
            self.clear()
            return True
        try:
            understood = self._understand(text)
        except ValueError as wrong:
            self.show_error(str(wrong))
            return False
        if understood and understood != text:
            self.show_understood(understood)
        else:
            self.clear()
        return True
