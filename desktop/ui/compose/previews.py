"""A notice as families will see it, made by the code that sends it."""

from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes, policy

from desktop.domain.line import utf16_units
from desktop.domain.mail import MailTemplate
from desktop.domain.notices import Draft, NoticeKindRow
from desktop.domain.schools import SchoolRow
from desktop.services.message_text import fallback_language, line_body, mail_text, message_of_draft

_NOBODY = "family@mail.invalid"
_UNSET = "not-set@mail.invalid"


@dataclass(frozen=True, slots=True)
class SeenMail:
    sender: str
    subject: str
    body: str


@dataclass(frozen=True, slots=True)
class Previews:
    """One language's views. `line_head` is the bubble's first lines, `units` how long each bubble is."""

    language: str
    line_head: str
    line_text: str
    mail: SeenMail
    plain: SeenMail
    units: dict[str, int]
    time: datetime


@dataclass(frozen=True, slots=True)
class SendingFacts:
    """What the settings say about what goes out."""

    city: str
    city_language: str
    from_address: str
    line_works: bool


def previews(
    draft: Draft, kind: NoticeKindRow, school: SchoolRow | None, facts: SendingFacts, language: str, now: datetime
) -> Previews | None:
    """What a reader of `language` gets; None while nothing is written."""
    if not draft.texts:
        return None
    message = message_of_draft(draft, kind, school, facts.city, now)
    read = language if language in draft.texts else fallback_language(draft.texts, facts.city_language)
    head, _blank, text = line_body(message, read).partition("\n\n")
    units = {code: utf16_units(line_body(message, code)) for code in draft.texts}

    def seen(*, plain: bool) -> SeenMail:
        made = mail_text(message, read, plain=plain, from_address=facts.from_address or _UNSET)
        data = MailTemplate(made).render(to=_NOBODY, message_id="<preview@mail.invalid>")
        parsed = message_from_bytes(data, policy=policy.default)
        address = f" <{facts.from_address}>" if facts.from_address else ""
        body = parsed.get_content().replace("\r\n", "\n").strip()
        return SeenMail(f"{made.from_name}{address}", str(parsed["Subject"]), body)

    return Previews(read, head, text, seen(plain=False), seen(plain=True), units, now)
