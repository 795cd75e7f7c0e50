"""What people are answered on LINE, each in their language; where nobody knows it, in all of ours."""

from collections.abc import Callable, Mapping
from urllib.parse import quote

from desktop.domain.line import (
    BUTTONS_TEXT_LIMIT,
    Message,
    buttons_message,
    line_text,
    link_action,
    postback_action,
    text_message,
)
from desktop.domain.line_events import MENU_LABEL, UNLINK_SURELY_DATA, Answer
from desktop.i18n import LANGUAGES, N_, _, format_exact, speaking
from desktop.settings import Settings
from desktop.store.line_links import Reader

NOT_READ = N_("Replies and absence reports on this LINE account are not read. Please phone the school.")
_BETWEEN = "――――――――――"

_WORDS: Mapping[Answer, str] = {
    Answer.GREETING: N_(
        "Thank you for adding us as a friend. To get the notices of your children's schools here, tap “{menu}” in the "
        "menu below."
    ),
    Answer.LINK: N_(
        "To link this LINE with the portal: open the page within 10 minutes, log in with your portal ID, and allow it "
        "on LINE's screen. Notices go on coming by email, too. You can unlink at any time, in this menu or on the "
        "portal."
    ),
    Answer.NOT_OPEN: N_("Linking with LINE opens on {opens}. Please tap the menu again then."),
    Answer.LINKED: N_(
        "This LINE is linked with the portal. Notices of your children's schools come here from now on, and by email "
        "as before. You can unlink at any time, in this menu or on the portal."
    ),
    Answer.LINK_LATE: N_("That took too long, or the page was opened twice. Please tap “{menu}” in the menu again."),
    Answer.UNLINK: N_("If you unlink this LINE from the portal, notices come by email alone."),
    Answer.UNLINKED: N_(
        "This LINE is not linked with the portal any more. Notices come by email alone. You can link it again at any "
        "time: tap “{menu}”."
    ),
    Answer.NOT_LINKED: N_("This LINE is not linked with the portal. To link it, tap “{menu}”."),
    Answer.NOT_READ: NOT_READ,
}
_NO_PORTAL = N_("Linking is not ready yet. Please ask the city's office.")


def answer_messages(answer: Answer, reader: Reader, settings: Settings, link_token: str = "") -> list[Message]:
    """The messages of an answer; that of LINK needs `link_token`."""
    spoken = [reader.language] if reader.language in LANGUAGES else list(LANGUAGES)
    words = _in_each(spoken, lambda: _said(answer, reader, settings))
    messages = [text_message(words)]
    if answer is Answer.LINK and settings["portal.url"]:
        url = f"{settings['portal.url']}/line/link?linkToken={quote(link_token, safe='')}"
        messages.append(buttons_message(MENU_LABEL, [link_action(_label(spoken, N_("Open the portal")), url)]))
    if answer is Answer.UNLINK:
        label = _label(spoken, N_("Unlink"))
        question = _in_each(spoken, lambda: _("Unlink this LINE?")).replace(f"\n\n{_BETWEEN}\n\n", " / ")
        button = postback_action(label, UNLINK_SURELY_DATA, label)
        messages.append(buttons_message(question[:BUTTONS_TEXT_LIMIT], [button]))
    return messages


def _said(answer: Answer, reader: Reader, settings: Settings) -> str:
    if answer is Answer.LINK and not settings["portal.url"]:
        return _(_NO_PORTAL)
    opens = settings.moment("line.opens_at")
    words = _(_WORDS[answer]).format(menu=MENU_LABEL, opens=format_exact(opens) if opens else "")
    return f"{words}\n\n{phone_lines(reader.phones)}".strip() if answer is Answer.NOT_READ else words


def phone_lines(phones: tuple[tuple[str, str], ...]) -> str:
    return "\n".join(_("{school}: {phone}").format(school=school, phone=phone) for school, phone in phones)


def _in_each(languages: list[str], say: Callable[[], str]) -> str:
    parts = []
    for language in languages:
        with speaking(language):
            parts.append(say())
    return line_text(f"\n\n{_BETWEEN}\n\n".join(parts))


def _label(languages: list[str], message: str) -> str:
    """A button is too short for three languages: where nobody knows better it is Japanese."""
    with speaking(languages[0]):
        return _(message)
