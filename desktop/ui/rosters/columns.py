"""The columns of the lists of children and of guardians."""

from desktop.domain.people import ChildRow, GuardianRow
from desktop.i18n import N_, _
from desktop.ui.cells import Cell, ChipCell, IconsCell, Mark, TextCell
from desktop.ui.rosters import words
from desktop.ui.table import Column


def _channels(email: bool, line: bool, line_stopped: bool) -> Cell:
    marks = []
    if email:
        marks.append(Mark("email", _("Email")))
    if line:
        marks.append(Mark("line", _("LINE")))
    elif line_stopped:
        marks.append(Mark("minus-circle", _("LINE stopped"), "muted"))
    return IconsCell(tuple(marks or [Mark("email-off", _("No address"), "warning")]))


def _child_state(row: ChildRow) -> Cell:
    if row.flagged:
        return ChipCell("flagged")
    if row.reached:
        return ChipCell("registered")
    return ChipCell("no_channel" if row.guardians else "unregistered")


def _place(row: ChildRow) -> str:
    return f"{row.homeroom}\u2002{row.student_number}".strip()


def _guardians(row: ChildRow) -> Cell:
    return TextCell(str(row.guardians), "text" if row.guardians else "warning")


def child_columns(*, one_class: bool) -> tuple[Column[ChildRow], ...]:
    """In one class the number is enough; elsewhere the class stands before it."""
    if one_class:
        first = Column[ChildRow](N_("No."), text=lambda row: row.student_number, sort="number", width=88)
    else:
        first = Column[ChildRow](N_("Class"), text=_place, tooltip=_place, sort="class", width=88)
    return (
        first,
        Column(N_("Name"), cell=lambda row: TextCell(row.name), tooltip=lambda row: row.name, sort="name", width=128,
               stretch=True),
        Column(N_("Kana"), text=lambda row: row.kana, tooltip=lambda row: row.kana, sort="kana", width=120,
               tone="muted", optional=True),
        Column(N_("Guardians"), cell=_guardians, width=68, number=True, optional=True),
        Column(N_("Via"), cell=lambda row: _channels(row.email, row.line, row.line_stopped), width=72),
        Column(N_("State"), cell=_child_state, width=124),
    )  # fmt: skip


def _guardian_kana(row: GuardianRow) -> str:
    return f"{row.family_name_kana} {row.given_name_kana}".strip()


def guardian_columns() -> tuple[Column[GuardianRow], ...]:
    return (
        Column(N_("Name"), cell=lambda row: TextCell(row.name), tooltip=lambda row: row.name, sort="name", width=132),
        Column(N_("Kana"), text=_guardian_kana, tooltip=_guardian_kana, sort="kana", width=120, tone="muted",
               optional=True),
        Column(N_("Children"), text=lambda row: _(", ").join(row.children),
               tooltip=lambda row: "\n".join(row.children), width=140, stretch=True),
        Column(N_("Reads"), text=lambda row: words.reads(row.language), width=88, tone="muted", optional=True),
        Column(N_("Via"), cell=lambda row: _channels(row.email, row.line, row.line_stopped), width=84),
    )  # fmt: skip
