"""The kinds of notices (A5): those that come with Renraku and those that staff add."""

import re

from PySide6.QtWidgets import QCheckBox, QWidget

from desktop.domain.notices import NoticeKindRow
from desktop.domain.staff import Verb
from desktop.i18n import LANGUAGES, N_, _, current_language, format_number, ngettext
from desktop.ui.administration import state
from desktop.ui.cells import Cell, IconsCell, Mark, TextCell
from desktop.ui.form_dialog import FormDialog
from desktop.ui.tabbed_page import TabPanel
from desktop.ui.table import Column, RowsModel
from desktop.ui.table_view import Table
from desktop.ui.tokens import ROW_COMFORTABLE
from desktop.ui.widgets.forms import LineField
from desktop.ui.widgets.pieces import Button, column

_CODE = re.compile(r"[a-z][a-z0-9_]{0,39}")
_MOST_HOURS = 24 * 31
_LANGUAGE_NAMES = {"ja": N_("Name in Japanese"), "en": N_("Name in English"), "vi": N_("Name in Vietnamese")}


def _urgent(kind: NoticeKindRow) -> Cell:
    if kind.urgent:
        return IconsCell((Mark("emergency", _("Urgent"), "danger"),))
    return TextCell("")


_COLUMNS: tuple[Column[NoticeKindRow], ...] = (
    Column(N_("Name"), cell=lambda kind: TextCell(kind.name(current_language()), bold=True), width=180),
    Column(N_("Other languages"), text=state.kind_names, tooltip=state.kind_names, width=180, stretch=True,
           tone="muted", optional=True),
    Column(N_("Urgent"), cell=_urgent, width=80),
    Column(N_("Not sent any more"), text=state.useless_words, width=168),
    Column(N_("Code"), text=lambda kind: kind.code, width=140, tone="muted", optional=True),
)  # fmt: skip


class KindsPanel(TabPanel):
    """The list of kinds, and a form for another one."""

    def build(self) -> None:
        self.dialog: KindDialog | None = None
        self.model = RowsModel(_COLUMNS, lambda kind: kind.code, self)
        self.table = Table(self.model, _("Kinds of notices"), row_height=ROW_COMFORTABLE)
        self.add_button = Button(_("Add a kind"), "primary", "plus", shortcut="Ctrl+N", on_click=self.add)
        self.add_button.setEnabled(self.context.session.may(Verb.WRITE_NOTICE))
        self.setLayout(column((self.table, 1), spacing=0))
        self.setFocusProxy(self.table)

    def page_actions(self) -> list[QWidget]:
        return [self.add_button]

    def load(self) -> None:
        self.run(self.context.notices.kinds, self._show, "kinds")

    def _show(self, kinds: list[NoticeKindRow]) -> None:
        self.model.show_rows(kinds)
        number = len(kinds)
        words = ngettext("{n} kind of notice.", "{n} kinds of notices.", number)
        self.sentence_changed.emit(words.format(n=format_number(number)))

    def add(self) -> None:
        dialog = KindDialog(self)
        dialog.save_asked.connect(lambda: self._add(dialog))
        self.dialog = dialog
        dialog.open()

    def _add(self, dialog: "KindDialog") -> None:
        context, kind = self.context, dialog.kind()
        actor = context.session.actor
        self.save(
            dialog,
            lambda: context.notices.add_kind(actor, kind.code, kind.names, kind.urgent, kind.useless_after_hours),
            _("{name} was added").format(name=kind.name(current_language())),
        )


class KindDialog(FormDialog):
    """A new kind of notice."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(_("Add a kind of notice"), _("Add"), parent, height=600)
        self.names = {code: LineField(_(_LANGUAGE_NAMES[code])) for code in LANGUAGES}
        self.code_field = LineField(_("Code"), _("Small letters, figures and _, like sports_day. Files use it."))
        self.hours = LineField(
            _("Not sent any more after (hours)"), _("What is late by so much is stopped. Empty: never.")
        )
        self.urgent = QCheckBox(_("Urgent: goes out at any hour, first of all"))
        for widget in (*self.names.values(), self.code_field, self.urgent, self.hours):
            self.body.addWidget(widget)
        for field in (*self.names.values(), self.code_field, self.hours):
            field.line.textEdited.connect(lambda _text: self._on_changed())
        self.urgent.toggled.connect(lambda _checked: self._on_changed())
        self.begin_at(next(iter(self.names.values())).line)
        self._show()

    def kind(self) -> NoticeKindRow:
        names = {code: text for code, field in self.names.items() if (text := field.text().strip())}
        return NoticeKindRow(self.code_field.text().strip(), names, self.urgent.isChecked(), self._hours())

    def _hours(self) -> int | None:
        text = self.hours.text().strip()
        return int(text) if text.isdigit() else None

    def _on_changed(self) -> None:
        self.changed()
        self._show()

    def _show(self) -> None:
        code, hours = self.code_field.text().strip(), self.hours.text().strip()
        self.code_field.clear()
        self.hours.clear()
        self.allow_unless(self._blocked_by(code, hours))

    def _blocked_by(self, code: str, hours: str) -> str:
        if not self.kind().names:
            return _("Give it a name in at least one language")
        if not code:
            return _("Still to fill in: {fields}").format(fields=_("Code"))
        if not _CODE.fullmatch(code):
            self.code_field.show_error(_("Small letters, figures and _ only, beginning with a letter."))
            return _("Please correct: {fields}").format(fields=_("Code"))
        if hours and not (hours.isdigit() and 1 <= int(hours) <= _MOST_HOURS):
            self.hours.show_error(_("A whole number of hours, up to a month."))
            return _("Please correct: {fields}").format(fields=_("Not sent any more after (hours)"))
        return ""
