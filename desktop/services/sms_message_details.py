"""One text message with all that belongs to it, as people may see it: no ID in clear, no password."""

from desktop.domain.errors import UserError
from desktop.domain.sms import MessageState, Rule, Template
from desktop.domain.sms_alphabet import measure
from desktop.domain.sms_messages import MessageDetail, MessageRow, Paid, ReplyShown
from desktop.domain.sms_reading import masked, read, veiled
from desktop.services.sms_keys import PASSWORD_LENGTH, SmsKeys
from desktop.services.sms_text import filled, shown
from desktop.settings import Settings
from desktop.store import sms_blocks, sms_message_lists
from desktop.store.db import Session
from desktop.store.sms_message_lists import StoredMessage, StoredReply

MOST_REVIEWS = 20


def row_of(keys: SmsKeys, stored: StoredMessage) -> MessageRow:
    text = unsealed(keys, "text", stored.corrected or stored.sealed_text)
    return MessageRow(
        stored.id,
        stored.sender,
        stored.network,
        None if text is None else masked(text),
        MessageState(stored.state),
        None if stored.rule is None else Rule(stored.rule),
        stored.received_at,
        stored.to_review,
    )


def detail_of(session: Session, keys: SmsKeys, known: Settings, message_id: int) -> MessageDetail:
    """Raises UserError("not_found")."""
    stored = sms_message_lists.require(session, message_id)
    row = row_of(keys, stored)
    text = unsealed(keys, "text", stored.corrected or stored.sealed_text)
    came_as = (unsealed(keys, "text", stored.sealed_text) or "") if stored.corrected else ""
    reading = read(text or "", stored.received_at.astimezone(known.zone).date())
    about = stored.account_id
    return MessageDetail(
        row=row,
        gateway=stored.gateway,
        recipient=stored.recipient,
        sent_at=stored.sent_at,
        fee=stored.fee,
        version=stored.version,
        text=row.text,
        came_as=masked(came_as),
        fields=veiled(text or "", reading.fields),
        problem=reading.problem,
        duplicate_of=stored.duplicate_of,
        replies=tuple(reply_of(keys, each) for each in sms_message_lists.replies(session, message_id)),
        account=sms_message_lists.account(session, about, message_id) if about is not None else None,
        paid=_paid(session, known, stored),
        blocked=sms_blocks.find(session, stored.sender),
        reviews=tuple(sms_message_lists.open_reviews(session, message_id, MOST_REVIEWS)),
        contact=known["contacts.sms"] or known["contacts.registration"],
    )


def reply_of(keys: SmsKeys, stored: StoredReply) -> ReplyShown:
    """Length and parts are those of what leaves: a password is as long as any other, whatever it is."""
    template = Template(stored.template)
    if template is Template.MANUAL:
        leaves = text = unsealed(keys, "manual", stored.wording)
    else:
        leaves = filled(stored.wording, stored.login, "x" * PASSWORD_LENGTH)
        text = shown(stored.wording, stored.login)
    size = measure(leaves or "")
    return ReplyShown(
        stored.id,
        template,
        text,
        len(leaves or ""),
        stored.encoding or size.encoding,
        stored.parts or size.parts,
        stored.state,
        stored.reason or "",
        stored.cost,
        stored.created_at,
        stored.sent_at,
        stored.written_by or "",
    )


def unsealed(keys: SmsKeys, use: str, sealed: str) -> str | None:
    """None for what was sealed with another key: a list is not to fail over one line."""
    try:
        return keys.unseal(use, sealed)
    except UserError as error:
        if error.code != "sms.sealed_otherwise":
            raise
        return None


def _paid(session: Session, known: Settings, stored: StoredMessage) -> Paid:
    messages, total, since = sms_message_lists.paid(session, stored.sender)
    return Paid(messages, total, known["sms.fee"], since or stored.received_at)
