"""The letter by which a school asks a family to register, in words (A14-A41).

Labels of the portal stand in Japanese, as its pages show them, in other languages with the translation beside them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from desktop.domain.help_contacts import Subject
from desktop.domain.letters import Addressee, LetterPaper
from desktop.i18n import N_, _, format_date, format_exact, speaking

ERRORS: Mapping[str, tuple[str, str]] = {
    "letters.none": (
        N_("There is nobody to write a letter to."),
        N_("Choose another class, or also those who have registered."),
    ),
    "letters.no_portal": (
        N_("The address of the portal is not set, so a letter cannot say where to register."),
        N_("An administrator sets it under Administration, Settings."),
    ),
    "letters.renewed": (
        N_("{school}: somebody renewed the registration code just now, so these letters were not saved."),
        N_("Make them once more; they then carry the new code."),
    ),
    "letters.unwritable": (
        N_("The letters cannot be saved as {name}."),
        N_("No letter went out. Close the file if it is open, or choose another place."),
    ),
    "letters.printer": (
        N_("The printer does not take the letters."),
        N_("No letter went out. Choose another printer, or save the letters as a PDF and print that."),
    ),
}
SUBJECTS: Mapping[Subject, str] = {
    Subject.REGISTRATION: N_("About registration"),
    Subject.OPERATION: N_("Using the portal"),
    Subject.NOTICES: N_("What a notice says"),
}
TITLE = N_("How to register on the citizens' portal")
SCHOOLS = N_("Primary and junior high schools, kindergartens")
CHILD = N_("Register a child")
SCHOOL = N_("Go on to the school")
SEND = N_("Send")
CODE = N_("School code")
GUIDE = N_("How to use the citizens' portal")
LINE_LINK = "市民ポータルサイトLINE連携"
"""What the button in LINE says, whatever the reader's language."""


@dataclass(frozen=True, slots=True)
class LetterWords:
    """One side of a letter, from top to bottom. `code` is the secret one."""

    school: tuple[str, ...]
    title: str
    subtitle: str
    intro: str
    url: str
    url_label: str
    bookmark: str
    code: str = field(repr=False)
    code_label: str
    code_note: str
    steps: tuple[tuple[str, str], ...]
    notes: tuple[tuple[str, str], ...]
    help_title: str
    help: tuple[tuple[str, str], ...]


def to_lines(addressee: Addressee) -> tuple[str, str]:
    """What stands in the envelope's window: class and number, and the name. In Japanese, as the school sorts it."""
    with speaking("ja"):
        room = _("{grade} (class not decided)").format(grade=addressee.grade) if addressee.unplaced else ""
        number = _("no. {number}").format(number=addressee.student_number) if addressee.student_number else ""
        where = "\u3000".join(part for part in (room or addressee.homeroom, number) if part)
        return where, _("To the guardian of {child}").format(child=addressee.name)


def letter_words(paper: LetterPaper, language: str) -> LetterWords:
    """The side in this language; for whom it is stands apart (`to_lines`)."""
    with speaking(language):
        printed = format_date(paper.printed_on)
        return LetterWords(
            school=tuple(line for line in (printed, paper.school, paper.phone) if line),
            title=_(TITLE),
            subtitle="" if language == "ja" else _in_japanese(TITLE),
            intro=_(
                "The school sends its notices, such as a temporary closure or a suspicious person, by email and LINE. "
                "Please register for them on the citizens' portal. It is free; you pay only for your own connection."
            ),
            url=paper.portal_url,
            url_label=_("The portal"),
            bookmark=_("Bookmark this page: you will need it again."),
            code=paper.code,
            code_label=_both(CODE),
            code_note=_("Only for families of {school}. Please show it to nobody else.").format(school=paper.school),
            steps=_steps(),
            notes=tuple((label, text) for label, text in _notes(paper) if text),
            help_title=_("Whom to ask"),
            help=tuple((_(", ").join(_(SUBJECTS[each]) for each in one.subjects), one.text) for one in paper.contacts),
        )


def _steps() -> tuple[tuple[str, str], ...]:
    return (
        (
            _("Open the portal"),
            _("Scan the code with your phone, or type the address on a phone or a computer, and bookmark the page."),
        ),
        (
            _("Get a log-in ID"),
            _(
                "Enter your email address, your name and twice a password, and choose {send}. A mail brings a link: "
                "open it within 24 hours and log in. If your phone cannot open it, type the code in the mail instead."
            ).format(send=_label(SEND)),
        ),
        (
            _("Register your child"),
            _(
                "Choose {schools} and then {child}: name, kana, sex, date of birth, relationship. {go_on}: school, "
                "grade, class, clubs, and the {code} above."
            ).format(schools=_label(SCHOOLS), child=_label(CHILD), go_on=_label(SCHOOL), code=_label(CODE)),
        ),
        (
            _("Look at it once more"),
            _("If everything is right, choose {send}. The school looks at it and answers by mail.").format(
                send=_label(SEND)
            ),
        ),
        (
            _("LINE, if you like"),
            _(
                "Add the city's official LINE account as a friend, tap 「{link}」, and log in to the portal once. "
                "Mails go on coming."
            ).format(link=LINE_LINK),
        ),
    )


def _notes(paper: LetterPaper) -> tuple[tuple[str, str], ...]:
    guide = _("{title}: {address}").format(title=_label(GUIDE), address=paper.guide_url) if paper.guide_url else ""
    return (
        (_("Open from"), _from(paper.opens_at)),
        (_("LINE from"), _from(paper.line_opens_at)),
        (_("LINE account"), paper.line_url),
        (
            _("Mails"),
            _("They come from {address}. Let your phone receive mails from it.").format(address=paper.from_address)
            if paper.from_address
            else "",
        ),
        (
            _("No smartphone"),
            _("A computer is enough. You can register the address of an older phone there; it gets short plain mails."),
        ),
        (_("Terms of use"), paper.terms_url),
        (_("More uses"), guide),
    )


def _from(moment: datetime | None) -> str:
    return format_exact(moment) if moment else ""


def _label(msgid: str) -> str:
    """A label as the portal shows it: 「送信」, to other readers with its meaning."""
    shown, said = _in_japanese(msgid), _(msgid)
    return f"「{shown}」" if said == shown else f"「{shown}」 ({said})"


def _both(msgid: str) -> str:
    shown, said = _in_japanese(msgid), _(msgid)
    return shown if said == shown else f"{said} ({shown})"


def _in_japanese(msgid: str) -> str:
    with speaking("ja"):
        return _(msgid)
