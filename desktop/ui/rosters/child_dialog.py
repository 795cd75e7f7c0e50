"""Adding or editing a child."""

from dataclasses import replace
from datetime import date
from typing import cast

from PySide6.QtWidgets import QCheckBox, QWidget

from desktop.domain.people import ChildForm, FieldProblem, Sex
from desktop.i18n import _
from desktop.ui.rosters import forms, typed, words
from desktop.ui.rosters.forms import CHILD_FIELDS, Choices
from desktop.ui.rosters.person_dialog import PersonDialog
from desktop.ui.widgets.forms import Choice, FormField, LineField, UnderstoodField
from desktop.ui.widgets.pieces import Label, clear_layout, column, pair, widget_of
from desktop.ui.widgets.tags import FlowLayout, flow


class ChildDialog(PersonDialog[ChildForm]):
    """The form of a child."""

    def __init__(self, form: ChildForm, offered: Choices, today: date, parent: QWidget | None = None) -> None:
        title = _("Add a child") if form.id is None else _("Edit {name}").format(
            name=f"{form.family_name} {form.given_name}".strip()
        )  # fmt: skip
        super().__init__(title, form, CHILD_FIELDS, parent)
        self._today = today
        self._offered = offered
        self._groups: dict[int, QCheckBox] = {}
        self._build()
        self.show_form(form)

    @property
    def offered(self) -> Choices:
        return self._offered

    def form(self) -> ChildForm:
        read = forms.read_child(self.texts(), self._form, sex=cast("Sex", self.sex.value() or ""))
        chosen = frozenset(group_id for group_id, box in self._groups.items() if box.isChecked())
        room = self.room.value()
        return replace(read, homeroom_id=room if isinstance(room, int) else None, group_ids=chosen)

    def fill_in(self, form: ChildForm) -> None:
        for name, field in self.lines().items():
            field.line.setText(forms.shown_day(form.birth_date) if name == "birth_date" else getattr(form, name))
        self.sex.choose(form.sex)
        self.room.choose(form.homeroom_id)
        self._show_groups(form.group_ids)

    def unread(self) -> list[FieldProblem]:
        return forms.unread(self.texts(), self._today)

    def _build(self) -> None:
        birth_date = UnderstoodField(
            _("Birth date"), self._understand_day, _("Like 2017-06-14, H29.6.14 or 平成29年6月14日")
        )
        code = LineField(_("Child’s code"), _("How the school’s own list names the child; it may stay empty."))
        names = self.name_rows()
        number = LineField(_("Student number"))
        self.sex = Choice(_("Sex"))
        self.sex.offer([("", _("Not given")), *((code, words.sex(code)) for code in words.SEXES)])
        self.room = Choice(_("Class"))
        self.room.offer([(None, _("Choose…")), *((room.id, room.label) for room in self._offered.rooms)])
        room = FormField(_("Class"), self.room)
        self.fields |= {"birth_date": birth_date, "student_number": number, "child_code": code, "homeroom_id": room}
        self._group_flow = FlowLayout(16)
        self._group_box = widget_of(column(Label(_("Clubs and groups"), "muted minor"), self._group_holder()))
        for widget in (
            *names,
            pair(birth_date, FormField(_("Sex"), self.sex)),
            pair(room, number),
            code,
            self._group_box,
        ):
            self.body.addWidget(widget)
        self.watch_lines()
        self.sex.picked.connect(lambda _value: self.on_typed("sex"))
        self.room.picked.connect(lambda _value: self._on_room_picked())
        self.begin_at(self.fields["family_name"].editor)

    def _group_holder(self) -> QWidget:
        holder = flow()
        layout = holder.layout()
        assert isinstance(layout, FlowLayout)
        self._group_flow = layout
        return holder

    def _on_room_picked(self) -> None:
        self._show_groups(self.form().group_ids)
        self.on_typed("homeroom_id")

    def _show_groups(self, chosen: frozenset[int]) -> None:
        clear_layout(self._group_flow)
        self._groups.clear()
        offered = self._offered.groups_of(self._offered.school_of(self.room.value()))
        for group_id, name in offered:
            box = QCheckBox(name.replace("&", "&&"))
            box.setChecked(group_id in chosen)
            box.toggled.connect(lambda _checked: self.on_typed("group_ids"))
            self._group_flow.addWidget(box)
            self._groups[group_id] = box
        self._group_box.setVisible(bool(offered))

    def _understand_day(self, text: str) -> str:
        return typed.birth_date(text, self._today)
