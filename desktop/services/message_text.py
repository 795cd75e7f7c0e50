"""What a notice says in a mail, in a feature phone's mail and in LINE, in the languages of who reads it.

Previews and the worker use the same functions, so that what is shown is what goes out. `languages` are codes joined by
`+`, the first reader's first, as deliveries carry them.
"""

import re
from collections.abc import Collection, Mapping
from datetime import datetime

from desktop.domain.claims import NoticeMessage
from desktop.domain.line import MAX_MESSAGES, Message, line_text, text_message, utf16_units
from desktop.domain.mail import RULE, MailText, domain_of
from desktop.domain.notices import COPY, Draft, NoticeKindRow
from desktop.domain.schools import SchoolRow
from desktop.i18n import LANGUAGES, _, speaking


def message_of_draft(
    draft: Draft, kind: NoticeKindRow, school: SchoolRow | None, city: str, now: datetime
) -> NoticeMessage:
    """A notice that is still being written, to be previewed. `city` is the setting `city.name`."""
    return NoticeMessage(
        id=0,
        kinds=kind.names,
        texts=draft.texts,
        sender=school.name if school else city,
        sender_code=school.code if school else "",
        phone=school.phone if school else "",
        email=school.email if school else "",
        started_at=now,
    )


def fallback_language(written: Collection[str], city_language: str) -> str:
    """The language of readers in whose own nothing is written: the city's, or else the first that there is."""
    order = [city_language, *LANGUAGES, *sorted(written)]
    return next(language for language in order if language in written)


def read_languages(languages: str, written: Collection[str]) -> list[str]:
    return [language for language in languages.split("+") if language in written] or sorted(written)[:1]


def mail_text(message: NoticeMessage, languages: str, *, plain: bool, from_address: str) -> MailText:
    """The mail: subject 【school】【kind】title, the text, the other languages under it, and where to ask.

    `plain` is for feature phones: short, without decoration. A copy (控え) says that it is one in front.
    """
    read = read_languages(languages, message.texts)
    with speaking(_spoken(read[0])):
        subject = f"{_copy_head(languages)}{_heads(message, read[0])}{message.texts[read[0]].title}"
    return MailText(
        from_name=message.sender,
        from_address=from_address,
        subject=subject,
        body=_bodies(message, read, plain=plain),
        footer="\n".join(_footers(message, read, plain=plain)),
        language=read[0],
        list_id=_list_id(message, from_address),
        sent_at=message.started_at,
        plain=plain,
    )


def line_messages(message: NoticeMessage, languages: str) -> list[Message]:
    """One LINE message for each language. Raises ValueError for a text that LINE would refuse."""
    read = read_languages(languages, message.texts)[:MAX_MESSAGES]
    return [text_message(line_body(message, language)) for language in read]


def line_body(message: NoticeMessage, language: str) -> str:
    """The text of the bubble: 【school】【kind】, title, text."""
    text = message.texts[language]
    return line_text(f"{_heads(message, language)}\n{text.title}".strip(), text.body)


def line_units(message: NoticeMessage) -> Mapping[str, int]:
    """How long each language's bubble is, as LINE counts."""
    return {language: utf16_units(line_body(message, language)) for language in message.texts}


def _heads(message: NoticeMessage, language: str) -> str:
    kind = message.kinds.get(language) or message.kinds.get("en") or ""
    return "".join(f"【{head}】" for head in (message.sender, kind) if head)


def _copy_head(languages: str) -> str:
    """In brackets like the other heads; where the language writes them small, apart from what follows."""
    if COPY not in languages.split("+"):
        return ""
    head = _("[Copy]")
    return head if head.endswith("】") else f"{head} "


def _spoken(language: str) -> str:
    """A text may be in a language that the program itself does not speak."""
    return language if language in LANGUAGES else "en"


def _bodies(message: NoticeMessage, read: list[str], *, plain: bool) -> str:
    first, *others = read
    between = "\n\n" if plain else f"\n\n{RULE}\n\n"
    below = (f"{message.texts[language].title}\n\n{message.texts[language].body}" for language in others)
    return between.join((message.texts[first].body, *below))


def _footers(message: NoticeMessage, read: list[str], *, plain: bool) -> list[str]:
    """Where to ask, once in each language that the mail carries; a feature phone gets the school's number alone."""
    where = " · ".join(filter(None, (message.sender, message.phone, "" if plain else message.email)))
    if plain:
        return [where]
    lines = [where]
    for language in read:
        with speaking(_spoken(language)):
            asked = [_("Questions about this notice: please ask the school.")] if message.sender_code else []
            lines += [*asked, _("Replies to this mail are not read.")]
    return lines


def _list_id(message: NoticeMessage, from_address: str) -> str:
    """RFC 2919: stable for everything that one school sends."""
    sender = re.sub(r"[^a-z0-9-]", "", message.sender_code.lower()) or "city"
    domain = re.sub(r"[^a-z0-9.-]", "", domain_of(from_address)).strip(".-")
    return ".".join(
        ("notices", sender, *(label for label in domain.split(".") if label), *(() if domain else ("local",)))
    )
