"""Adding or editing a child."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import cast

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QLineEdit, QWidget

from desktop.domain.people import ChildForm, FieldProblem, Sex
from desktop.i18n import _
from desktop.ui.form_dialog import FormDialog
from desktop.ui.rosters import forms, typed, words
from desktop.ui.rosters.forms import CHILD_FIELDS, Choices
from desktop.ui.widgets.forms import Choice, FormField, UnderstoodField
from desktop.ui.widgets.pieces import Label, clear_layout, column, row, widget_of
from desktop.ui.widgets.tags import FlowLayout, flow

_ORDER = ("family_name", "given_name", "family_name_kana", "given_name_kana", "birth_date", "student_number",
          "child_code")  # fmt: skip


class ChildDialog(FormDialog):
    """The form of a child. `form_changed` asks its owner to check; `show_problems` says what came of it."""

    form_changed = Signal(object)

    def __init__(self, form: ChildForm, offered: Choices, today: date, parent: QWidget | None = None) -> None:
        title = _("Add a child") if form.id is None else _("Edit {name}").format(
            name=f"{form.family_name} {form.given_name}".strip()
        )  # fmt: skip
        super().__init__(title, _("Add") if form.id is None else _("Save"), parent)
        self._today = today
        self._offered = offered
        self._form = form
        self._groups: dict[int, QCheckBox] = {}
        self._touched: set[str] = set()
        self._build()
        self.show_form(form)

    @property
    def offered(self) -> Choices:
        return self._offered

    def form(self) -> ChildForm:
        """The form as it is filled in."""
        read = forms.read_child(self._texts(), self._form, sex=cast("Sex", self.sex.value() or ""))
        chosen = frozenset(group_id for group_id, box in self._groups.items() if box.isChecked())
        room = self.room.value()
        return replace(read, homeroom_id=room if isinstance(room, int) else None, group_ids=chosen)

    def show_form(self, form: ChildForm) -> None:
        """Fill the fields in; nothing of it counts as typed."""
        self._form = form
        texts = {name: getattr(form, name) for name in _ORDER if name != "birth_date"}
        for name, text in {**texts, "birth_date": forms.shown_day(form.birth_date)}.items():
            _line(self.fields[name]).setText(text)
        self.sex.choose(form.sex)
        self.room.choose(form.homeroom_id)
        self._show_groups(form.group_ids)
        self._dirty = False
        self._touched.clear()
        self._on_changed()
        self._dirty = False

    def take_version(self, version: int | None) -> None:
        """Save over that version."""
        self._form = replace(self._form, version=version)

    def show_problems(self, problems: Sequence[FieldProblem]) -> None:
        """Say at the fields what is wrong, but not of a new child's fields that nobody has come to yet."""
        known = [*self._unread(), *problems]
        for name, field in self.fields.items():
            wrong = next((problem for problem in problems if problem.field == name), None)
            if wrong and (name in self._touched or wrong.code != "required"):
                field.show_error(words.problem(wrong.code))
            elif isinstance(field, UnderstoodField):
                field.check()
            else:
                field.clear()
        reason = forms.blocked_by(known, CHILD_FIELDS)
        if reason:
            self.block(reason)
        else:
            self.allow()

    def _build(self) -> None:
        self.fields: dict[str, FormField] = {
            "family_name": FormField(_("Family name"), QLineEdit()),
            "given_name": FormField(_("Given name"), QLineEdit()),
            "family_name_kana": UnderstoodField(_("Family name (kana)"), typed.kana),
            "given_name_kana": UnderstoodField(_("Given name (kana)"), typed.kana),
            "birth_date": UnderstoodField(
                _("Birth date"), self._understand_day, _("Like 2017-06-14, H29.6.14 or 平成29年6月14日")
            ),
            "student_number": FormField(_("Student number"), QLineEdit()),
            "child_code": FormField(
                _("Child’s code"), QLineEdit(), _("How the school’s own list names the child; it may stay empty.")
            ),
        }
        self.sex = Choice(_("Sex"))
        self.sex.offer([("", _("Not given")), *((code, words.sex(code)) for code in words.SEXES)])
        self.room = Choice(_("Class"))
        self.room.offer([(None, _("Choose…")), *((room.id, room.label) for room in self._offered.rooms)])
        self.fields["homeroom_id"] = FormField(_("Class"), self.room)
        self._group_flow = FlowLayout(16)
        self._group_box = widget_of(column(Label(_("Clubs and groups"), "muted minor"), self._group_holder()))
        for widget in (
            _pair(self.fields["family_name"], self.fields["given_name"]),
            _pair(self.fields["family_name_kana"], self.fields["given_name_kana"]),
            _pair(self.fields["birth_date"], FormField(_("Sex"), self.sex)),
            _pair(self.fields["homeroom_id"], self.fields["student_number"]),
            self.fields["child_code"],
            self._group_box,
        ):
            self.body.addWidget(widget)
        self._connect()
        self.begin_at(self.fields["family_name"].editor)

    def _group_holder(self) -> QWidget:
        holder = flow()
        layout = holder.layout()
        assert isinstance(layout, FlowLayout)
        self._group_flow = layout
        return holder

    def _connect(self) -> None:
        for name in _ORDER:
            _line(self.fields[name]).textEdited.connect(lambda _text, name=name: self._on_typed(name))
        self.sex.picked.connect(lambda _value: self._on_typed("sex"))
        self.room.picked.connect(lambda _value: self._on_room_picked())

    def _on_room_picked(self) -> None:
        self._show_groups(self.form().group_ids)
        self._on_typed("homeroom_id")

    def _on_typed(self, name: str) -> None:
        self._touched.add(name)
        self.changed()
        self._on_changed()

    def _on_changed(self) -> None:
        self.form_changed.emit(self.form())

    def _show_groups(self, chosen: frozenset[int]) -> None:
        clear_layout(self._group_flow)
        self._groups.clear()
        offered = self._offered.groups_of(self._offered.school_of(self.room.value()))
        for group_id, name in offered:
            box = QCheckBox(name.replace("&", "&&"))
            box.setChecked(group_id in chosen)
            box.toggled.connect(lambda _checked: self._on_typed("group_ids"))
            self._group_flow.addWidget(box)
            self._groups[group_id] = box
        self._group_box.setVisible(bool(offered))

    def _texts(self) -> dict[str, str]:
        return {name: _line(self.fields[name]).text() for name in _ORDER}

    def _unread(self) -> list[FieldProblem]:
        return forms.unread(self._texts(), self._today)

    def _understand_day(self, text: str) -> str:
        return typed.birth_date(text, self._today)


def _line(field: FormField) -> QLineEdit:
    assert isinstance(field.editor, QLineEdit)
    return field.editor


def _pair(left: QWidget, right: QWidget) -> QWidget:
    return widget_of(row((left, 1), (right, 1), spacing=16))
