"""The part of the compose page in which one writes."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta, tzinfo
from itertools import pairwise

from PySide6.QtCore import QSignalBlocker, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QButtonGroup, QCheckBox, QLineEdit, QPlainTextEdit, QRadioButton, QTabBar, QWidget

from desktop.domain.audience import Part
from desktop.domain.notices import Channel, NoticeKindRow, NoticeText
from desktop.domain.schools import SchoolRow
from desktop.i18n import LANGUAGES, _
from desktop.ui.compose.copies import CopiesRow
from desktop.ui.compose.state import (
    Form,
    channel_choices,
    count_words,
    kind_choices,
    language_marks,
    sender_choices,
    useless_after,
)
from desktop.ui.icons import icon
from desktop.ui.theme import px, theme
from desktop.ui.widgets.bands import NoteBox
from desktop.ui.widgets.beside import Beside
from desktop.ui.widgets.forms import Choice, DateTimeField, FormField
from desktop.ui.widgets.pieces import Button, ElidedLabel, Label, column, row, widget_of
from desktop.ui.widgets.tags import FlowLayout, TagItem, TagRow

_MARKS = {"done": ("check", "success"), "part": ("alert", "warning"), "empty": ("circle", "muted")}
_FIRST_SLOT = timedelta(minutes=30)
_FARTHEST = timedelta(days=330)
_CITY = 0


class BodyEdit(QPlainTextEdit):
    """The text of a notice. Tab goes on to the next field; a tab is nothing that a mail should hold."""

    def __init__(self) -> None:
        super().__init__()
        self.setTabChangesFocus(True)
        self._measure()
        theme.changed.connect(self._measure)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        # Ctrl+Enter asks for approval; it must not also break the line.
        if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter} and event.modifiers() & (
            Qt.KeyboardModifier.ControlModifier
        ):
            event.ignore()
            return
        super().keyPressEvent(event)

    def sizeHint(self) -> QSize:
        return QSize(px(320), px(120))

    def _measure(self) -> None:
        self.setMinimumHeight(px(120))


class Editor(QWidget):
    """All fields of a notice. It holds the form; `edited` says that the person has changed it."""

    edited = Signal()
    language_chosen = Signal(str)
    part_asked = Signal(bool)
    """The audience should get another part; True: one to be left out."""
    lists_asked = Signal()

    def __init__(self, zone: tzinfo) -> None:
        super().__init__()
        self._zone = zone
        self._form = Form()
        self._kinds: Sequence[NoticeKindRow] = ()
        self._now = datetime.now(zone)
        self._language = next(iter(LANGUAGES))
        self._build()
        self._connect()

    # What the page uses

    @property
    def form(self) -> Form:
        return self._form

    @property
    def language(self) -> str:
        return self._language

    def offer(self, kinds: Sequence[NoticeKindRow], schools: Sequence[SchoolRow], city: str, *, city_too: bool) -> None:
        self._kinds = kinds
        self.kind.offer(kind_choices(kinds))
        self.school.offer(sender_choices(schools, city, city_too=city_too))

    def show_form(self, form: Form, now: datetime) -> None:
        """Show a notice; nothing of this counts as an edit."""
        self._form, self._now = form, now
        self.kind.choose(form.kind)
        self.school.choose(form.school_id or _CITY)
        self.channels.offer(channel_choices(form), form.channels)
        self._show_text()
        self._show_audience()
        self._show_copies()
        self._show_times()
        self.show_marks()

    def add_part(self, part: Part, label: str, *, exclude: bool) -> None:
        """Take a part in, or leave it out; it moves if it stood at the other side."""
        form = self._form
        include = tuple(each for each in form.include if each != part)
        left_out = tuple(each for each in form.exclude if each != part)
        if exclude:
            left_out = (*left_out, part)
        else:
            include = (*include, part)
        self._change(include=include, exclude=left_out, labels={**form.labels, str(part): label})
        self._show_audience()

    def show_labels(self, labels: Mapping[str, str]) -> None:
        """Names of parts that only the database knows."""
        self._form = replace(self._form, labels={**self._form.labels, **labels})
        self._show_audience()

    def show_marks(self) -> None:
        for at, mark in enumerate(language_marks(self._form)):
            name, tone = _MARKS[mark.state]
            self.tabs.setTabIcon(at, icon(name, tone))
            said = {"done": _("written"), "part": _("title or text missing"), "empty": _("not written")}[mark.state]
            self.tabs.setTabToolTip(at, f"{mark.name}: {said}")
            self.tabs.setAccessibleTabName(at, f"{mark.name}, {said}")

    def show_fallback(self, words: str) -> None:
        self._fallback.set_whole(words)

    def show_units(self, units: Mapping[str, int]) -> None:
        words, too_long = count_words(self._form, self._language, units)
        if too_long:
            self._body_field.show_error(words)
        else:
            self._body_field.clear()
            self._body_field.set_help(words)

    def show_schedule_note(self, kind: str, words: str) -> None:
        """What must hold for it to go out at its time; empty takes the note away."""
        self._schedule_note.setVisible(bool(words))
        if words:
            self._schedule_note.setProperty("box", kind)
            self._schedule_note.set_words(words)

    def choose_language(self, code: str) -> None:
        self.tabs.setCurrentIndex(list(LANGUAGES).index(code))

    # Building

    def _build(self) -> None:
        self.kind, self.school, self.channels = Choice(), Choice(), Choice()
        heads = Beside(
            (FormField(_("Kind"), self.kind), 1),
            (FormField(_("Sender"), self.school), 1),
            (FormField(_("Channels"), self.channels), 1),
            narrow=760,
        )
        self.tabs = QTabBar()
        self.tabs.setDrawBase(False)
        self.tabs.setExpanding(False)
        self.tabs.setAccessibleName(_("Languages"))
        for name in LANGUAGES.values():
            self.tabs.addTab(name)
        self._measure()
        theme.changed.connect(self._measure)
        self._fallback = ElidedLabel("", "muted small")
        self._fallback.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.subject = QLineEdit()
        self.subject.setMaxLength(100)
        self.body = BodyEdit()
        self._body_field = FormField(_("Text"), self.body)
        self.add = Button(_("Add"), "link", "plus", shortcut="Alt+A", on_click=lambda: self.part_asked.emit(False))
        self.leave_out = Button(
            _("Leave out"), "link", "minus", shortcut="Alt+X", on_click=lambda: self.part_asked.emit(True)
        )
        self.lists = Button(_("Lists…"), "link", "folder", shortcut="Alt+S", on_click=self.lists_asked.emit)
        self.audience = TagRow(_("Audience"), _("Nobody yet"), self.add, self.leave_out, self.lists)
        self.copies = CopiesRow()
        fields = column(
            heads,
            row(self.tabs, (self._fallback, 1)),
            FormField(_("Title"), self.subject),
            (self._body_field, 1),
            FormField(_("Audience"), self.audience),
            self.copies,
            self._times(),
            margin=(16, 0, 16, 16),
            spacing=12,
        )
        self.setLayout(fields)
        self._order_tabs()

    def _order_tabs(self) -> None:
        """From the top to the foot, as the eye goes."""
        stops: list[QWidget] = [
            *(self.kind, self.school, self.channels, self.tabs, self.subject, self.body),
            *(self.add, self.leave_out, self.lists, *self.copies.boxes.values(), self.copies.addresses),
            *(self.at_once, self.at_time, self.at, self.limited, self.until),
        ]
        for one, next_one in pairwise(stops):
            self.setTabOrder(one, next_one)

    def _measure(self) -> None:
        self.tabs.setIconSize(QSize(px(16), px(16)))

    def _times(self) -> QWidget:
        self.at_once = QRadioButton(_("As soon as it is approved"))
        self.at_time = QRadioButton(_("At a time"))
        self._when = QButtonGroup(self)
        for button in (self.at_once, self.at_time):
            self._when.addButton(button)
        self.at = DateTimeField(self._zone, _("Send at"))
        self.limited = QCheckBox(_("Do not send after"))
        self.until = DateTimeField(self._zone, _("Do not send after"))
        flow = FlowLayout(16)
        for parts in ((self.at_once,), (self.at_time, self.at), (self.limited, self.until)):
            flow.addWidget(widget_of(row(*parts)))
        choices = QWidget()
        choices.setLayout(flow)
        policy = choices.sizePolicy()
        policy.setHeightForWidth(True)
        choices.setSizePolicy(policy)
        self._schedule_note = NoteBox("info", "")
        self._schedule_note.hide()
        return widget_of(column(Label(_("When"), "muted minor"), choices, self._schedule_note, spacing=4))

    def _connect(self) -> None:
        self.kind.picked.connect(lambda value: self._choose_kind(str(value)))
        self.school.picked.connect(self._choose_school)
        self.channels.picked.connect(lambda value: self._change(channels=frozenset(Channel(each) for each in value)))
        self.tabs.currentChanged.connect(self._on_tab)
        self.subject.textEdited.connect(lambda _text: self._take_text())
        self.body.textChanged.connect(self._take_text)
        self.audience.removed.connect(self._remove_part)
        self.copies.changed.connect(lambda copies: self._change(copies=copies))
        self.at_time.toggled.connect(lambda _on: self._take_times())
        self.at.dateTimeChanged.connect(lambda _moment: self._take_times())
        self.limited.toggled.connect(lambda _on: self._take_until())
        self.until.dateTimeChanged.connect(lambda _moment: self._take_until())

    # From the fields to the form

    def _change(self, **values: object) -> None:
        self._form = replace(self._form, **values)  # type: ignore[arg-type]  # fields of Form, each of its own type
        self.edited.emit()

    def _choose_kind(self, code: str) -> None:
        self._change(kind=code)
        self._prefill_until()

    def _choose_school(self, school_id: object) -> None:
        self._change(school_id=school_id or None)
        self._show_copies()

    def _on_tab(self, at: int) -> None:
        self._language = list(LANGUAGES)[at]
        self._show_text()
        self.language_chosen.emit(self._language)

    def _take_text(self) -> None:
        text = NoticeText(self.subject.text(), self.body.toPlainText())
        if text == self._form.text(self._language):
            return
        self._change(texts={**self._form.texts, self._language: text})
        self.show_marks()

    def _remove_part(self, key: str) -> None:
        form = self._form
        self._change(
            include=tuple(part for part in form.include if str(part) != key),
            exclude=tuple(part for part in form.exclude if str(part) != key),
        )
        self._show_audience()
        self.add.setFocus()

    def _take_times(self) -> None:
        self.at.setVisible(self.at_time.isChecked())
        self._change(send_at=self.at.moment() if self.at_time.isChecked() else None)
        self._prefill_until()

    def _take_until(self) -> None:
        self.until.setVisible(self.limited.isChecked())
        self._change(useless_after=self.until.moment() if self.limited.isChecked() else None, useless_by_hand=True)

    def _prefill_until(self) -> None:
        """The kind says how long it is of use, unless somebody said otherwise."""
        if self._form.useless_by_hand:
            return
        kind = next((each for each in self._kinds if each.code == self._form.kind), None)
        self._change(useless_after=useless_after(kind, self._form.send_at, self._now))
        self._show_until()

    # From the form to the fields

    def _show_text(self) -> None:
        text = self._form.text(self._language)
        with QSignalBlocker(self.subject), QSignalBlocker(self.body):
            if self.subject.text() != text.title:
                self.subject.setText(text.title)
            if self.body.toPlainText() != text.body:
                self.body.setPlainText(text.body)

    def _show_audience(self) -> None:
        form = self._form
        tags = [TagItem(str(part), form.label(part)) for part in form.include]
        tags += [TagItem(str(part), form.label(part), excluded=True) for part in form.exclude]
        self.audience.show_tags(tags)

    def _show_copies(self) -> None:
        self.copies.choose(self._form.copies, by_city=self._form.school_id is None)

    def _show_times(self) -> None:
        form, now = self._form, self._now
        with QSignalBlocker(self.at_time), QSignalBlocker(self.at_once), QSignalBlocker(self.at):
            self.at.set_range(now - timedelta(days=1), now + _FARTHEST)
            self.at.set_moment(form.send_at or _next_slot(now))
            self.at_time.setChecked(form.send_at is not None)
            self.at_once.setChecked(form.send_at is None)
            self.at.setVisible(form.send_at is not None)
        self._show_until()

    def _show_until(self) -> None:
        form, now = self._form, self._now
        with QSignalBlocker(self.limited), QSignalBlocker(self.until):
            self.until.set_range(now - timedelta(days=1), now + _FARTHEST)
            self.limited.setChecked(form.useless_after is not None)
            self.until.setVisible(form.useless_after is not None)
            self.until.set_moment(form.useless_after or _next_slot(now) + timedelta(hours=12))


def _next_slot(now: datetime) -> datetime:
    """The next full half hour."""
    later = now + _FIRST_SLOT
    return later.replace(minute=later.minute // 30 * 30, second=0, microsecond=0)
