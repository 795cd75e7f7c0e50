"""What the rosters page shows. Pure: values in, words and states out."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from desktop.domain.people import (
    ChildDetails,
    ChildRow,
    Contact,
    FamilyMember,
    GuardianDetails,
    ListQuery,
    Node,
    PlacementRow,
    ReceivedNotice,
)
from desktop.domain.waiting_contacts import WaitingRow
from desktop.i18n import N_, _, format_exact, format_number, format_when, ngettext
from desktop.ui.notice_view import sentences
from desktop.ui.rosters import words

MOST_PARTS = 200
"""So many single children one notice may be written to; more are better meant by their class or grade."""

ONLY = {
    "all": (N_("All children"), N_("All guardians")),
    "unreached": (N_("Children without an address"), N_("Guardians without an address")),
    "flagged": (N_("Handle with care"), N_("Handle with care")),
}
_SHOWN_NOTICES = 8


@dataclass(frozen=True, slots=True)
class ContactLine:
    """A contact point: what it is, its state where that is worth a word, and what to do about it."""

    icon: str
    text: str
    tone: str
    state: str = ""
    word: str = ""
    help: str = ""
    stopped: int = 0
    """The contact point's id if it was stopped, and may be used again once the family says so."""


@dataclass(frozen=True, slots=True)
class GuardianBox:
    guardian_id: int
    guardianship_id: int
    name: str
    relationship: str
    reads: str
    lines: tuple[ContactLine, ...]


@dataclass(frozen=True, slots=True)
class NoticeLine:
    notice_id: int
    when: str
    exact: str
    title: str
    state: str


@dataclass(frozen=True, slots=True)
class ChildView:
    id: int
    name: str
    under: str
    states: tuple[str, ...]
    pairs: tuple[tuple[str, str], ...]
    guardians: tuple[GuardianBox, ...]
    notices: tuple[NoticeLine, ...]
    more_notices: int


@dataclass(frozen=True, slots=True)
class GuardianView:
    id: int
    name: str
    under: str
    lines: tuple[ContactLine, ...]
    children: tuple[tuple[int, str], ...]


@dataclass(frozen=True, slots=True)
class WaitingView:
    """A contact that waits for its child."""

    id: int
    name: str
    under: str
    pairs: tuple[tuple[str, str], ...]
    lines: tuple[ContactLine, ...]


@dataclass(frozen=True, slots=True)
class ManyView:
    """Several children or guardians that are selected together."""

    title: str
    names: str
    pairs: tuple[tuple[str, str], ...]


def sentence(counts: tuple[int, int, int]) -> str:
    """`counts` are children, guardians and children whom nothing reaches."""
    children, guardians, unreached = counts
    if not children and not guardians:
        return _("Nobody is here yet.")
    of_children = ngettext("{n} child", "{n} children", children).format(n=format_number(children))
    of_guardians = ngettext("{n} guardian", "{n} guardians", guardians).format(n=format_number(guardians))
    said = _("{children}, {guardians}.").format(children=of_children, guardians=of_guardians)
    if not unreached:
        return said
    lost = ngettext("{n} child cannot be reached.", "{n} children cannot be reached.", unreached)
    return sentences([said, lost.format(n=format_number(unreached))])


def search_hint(place: str) -> str:
    return _("Search in {place}: name, kana, phone, mail, number").format(place=place)


def is_narrowed(query: ListQuery) -> bool:
    """Whether somebody looks for something, so that an empty list does not mean an empty school."""
    return bool(query.typed.strip()) or query.only != "all"


def empty_words(query: ListQuery, everybody: int) -> tuple[str, str]:
    """What an empty list says: a title and a sentence. `everybody` is how many children the school has."""
    if query.typed.strip():
        return _("Nobody found"), _("Look again with fewer letters, another reading, or in the whole school.")
    if query.only == "unreached":
        return _("Everybody here can be reached"), _("Each family has a mail address or LINE that works.")
    if query.only != "all":
        return _("Nobody here"), _("Nobody in this place is marked so.")
    if everybody:
        return _("Nobody is in this place yet"), _("Choose another place at the left, or put children into this class.")
    return _("There is no roster yet"), _("Import the list that your school keeps: Excel or CSV, in any column order.")


def nobody_waits(typed: str) -> tuple[str, str]:
    """What the empty list of waiting contacts says."""
    if typed:
        return _("Nobody found"), _("Look again with fewer letters, or by the mail address.")
    return _("Nobody waits for a child here"), _("Every contact of this place belongs to a child.")


def selected_words(number: int, *, guardians: bool) -> str:
    if guardians:
        text = ngettext("{n} guardian selected", "{n} guardians selected", number)
    else:
        text = ngettext("{n} child selected", "{n} children selected", number)
    return text.format(n=format_number(number))


def child_parts(ids: Sequence[int]) -> tuple[str, ...]:
    """The parts of an audience that mean these children alone."""
    return tuple(f"child:{child_id}" for child_id in ids)


def home(details: ChildDetails, node: Node) -> PlacementRow | None:
    """Where the child is in the school and year that one looks at, else the newest."""
    fits = [
        row for row in details.placements if node.school_id in {None, row.school_id} and node.year in {None, row.year}
    ]
    return next(iter(fits or details.placements), None)


def child_view(details: ChildDetails, node: Node, now: datetime) -> ChildView:
    here = home(details, node)
    reached = any(contact.usable and contact.kind in {"email", "line"} for contact in _used(details.guardians))
    states = ["registered" if reached else "no_channel" if details.guardians else "unregistered"]
    if details.flagged:
        states.append("flagged")
    number = _("no. {number}").format(number=here.student_number) if here and here.student_number else ""
    kana = f"{details.family_name_kana} {details.given_name_kana}".strip()
    under = "\u3000".join(part for part in (kana, here.homeroom if here else "", number) if part)
    return ChildView(
        details.id,
        f"{details.family_name} {details.given_name}".strip(),
        under,
        tuple(states),
        tuple((name, value) for name, value in _pairs(details, here, now.date()) if value),
        tuple(guardian_box(member) for member in details.guardians),
        tuple(_notice(notice, now) for notice in details.notices[:_SHOWN_NOTICES]),
        max(0, len(details.notices) - _SHOWN_NOTICES),
    )


def _used(members: Sequence[FamilyMember]) -> list[Contact]:
    return [contact for member in members if not member.do_not_contact for contact in member.contacts]


def _pairs(details: ChildDetails, here: PlacementRow | None, today: date) -> list[tuple[str, str]]:
    place = _("{homeroom} ({year})").format(homeroom=here.homeroom or "–", year=here.year) if here else ""
    languages = dict.fromkeys(words.reads(member.language) for member in details.guardians)
    return [
        (_("Born"), words.born(details.birth_date, today) if details.birth_date else ""),
        (_("Sex"), words.sex(details.sex)),
        (_("Class"), place),
        (_("School"), here.school if here else ""),
        (_("Groups"), ", ".join(details.groups)),
        (_("Code"), details.child_code),
        (_("Reads"), ", ".join(languages)),
    ]


def guardian_box(member: FamilyMember) -> GuardianBox:
    lines = contact_lines(member.contacts)
    if member.do_not_contact:
        stop = ContactLine("minus-circle", _("Nothing is sent to them, as agreed."), "warning")
        lines = (stop, *lines)
    reads = words.reads(member.language)
    return GuardianBox(
        member.guardian_id, member.guardianship_id, member.name, words.relationship(member.relationship), reads, lines
    )


def contact_lines(contacts: Sequence[Contact]) -> tuple[ContactLine, ...]:
    if not contacts:
        nothing = _("Enter a mail address under Edit, or hand notices over on paper.")
        return (ContactLine("email-off", "", "warning", "no_channel", "", nothing),)
    mail_works = any(contact.usable and contact.kind == "email" for contact in contacts)
    return tuple(_contact_line(contact, mail_works) for contact in contacts)


def _contact_line(contact: Contact, mail_works: bool) -> ContactLine:
    icon, name = words.KINDS[contact.kind]
    text = _("LINE linked") if contact.kind == "line" else contact.address or _(name)
    if contact.usable:
        plain = _("Short mails without decoration (older phone)") if contact.plain_text_only else ""
        return ContactLine(icon, text, "text", help=plain)
    help_text = words.next_step(contact)
    if contact.kind == "line" and contact.suppressed_reason:
        word = _("LINE stopped (sent by email instead)") if mail_works else _("LINE stopped")
        return ContactLine(icon, "", "muted", "line_stopped", word, help_text, contact.id)
    if contact.suppressed_reason:
        stopped = "suppressed" if contact.kind == "email" else "held"
        return ContactLine(icon, text, "muted", stopped, "", help_text, contact.id)
    return ContactLine(icon, text, "muted", "unverified", "", help_text)


def _notice(notice: ReceivedNotice, now: datetime) -> NoticeLine:
    here = notice.sent_at.astimezone(now.tzinfo)
    state = "no_channel" if notice.state == "unreached" else notice.state
    title = notice.title or _("(no title yet)")
    return NoticeLine(notice.notice_id, format_when(notice.sent_at, now), format_exact(here), title, state)


def guardian_view(details: GuardianDetails) -> GuardianView:
    kana = f"{details.family_name_kana} {details.given_name_kana}".strip()
    reads = _("reads {language}").format(language=words.reads(details.language))
    return GuardianView(
        details.id,
        f"{details.family_name} {details.given_name}".strip(),
        "\u3000".join(part for part in (kana, reads) if part),
        contact_lines(details.contacts),
        tuple((child_id, "\u3000".join(filter(None, (name, room)))) for child_id, name, room in details.children),
    )


def many_children(rows: Sequence[ChildRow], total: int) -> ManyView:
    """Those of the selected children whose rows are known stand for all where there are very many."""
    lost = sum(not row.reached for row in rows)
    classes = list(dict.fromkeys(row.homeroom for row in rows if row.homeroom))
    names = _(", ").join(row.name for row in rows[:6]) + ("…" if total > 6 else "")
    pairs = [(_("Class"), _(", ").join(classes[:8]) + ("…" if len(classes) > 8 else ""))]
    if len(rows) == total:
        pairs.append((_("Reached"), format_number(total - lost)))
        pairs.append((_("No address"), format_number(lost) if lost else ""))
    title = ngettext("{n} child", "{n} children", total).format(n=format_number(total))
    return ManyView(title, names, tuple((name, value) for name, value in pairs if value))


def waiting_view(row: WaitingRow) -> WaitingView:
    file = row.given_name if row.given_name != row.name else ""
    pairs = ((_("In the file"), file), (_("School"), row.school), (_("Reads"), words.reads(row.language)))
    return WaitingView(
        row.id,
        row.title,
        row.place,
        tuple((name, value) for name, value in pairs if value),
        contact_lines(row.contacts),
    )


def many_waiting(rows: Sequence[WaitingRow], total: int) -> ManyView:
    title = ngettext("{n} contact", "{n} contacts", total).format(n=format_number(total))
    return ManyView(title, _(", ").join(row.title for row in rows[:6]) + ("…" if total > 6 else ""), ())


def many_guardians(names: Sequence[str], total: int) -> ManyView:
    title = ngettext("{n} guardian", "{n} guardians", total).format(n=format_number(total))
    return ManyView(title, _(", ").join(names[:6]) + ("…" if total > 6 else ""), ())
