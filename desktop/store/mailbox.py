"""Up to where the mailbox of the From address has been read, and what its mails are about."""

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from desktop.domain.posts import PostState
from desktop.domain.replies import OurMail
from desktop.store import db
from desktop.store.tables import Account, ContactPoint, Delivery, Guardian, MailboxPlace, Post


def place(session: Session, mailbox: str) -> tuple[int, int] | None:
    """UIDVALIDITY and the last UID that was read; None for a mailbox that is new."""
    row = session.get(MailboxPlace, mailbox, populate_existing=True)
    return None if row is None else (row.uid_validity, row.last_uid)


def keep_place(session: Session, mailbox: str, uid_validity: int, last_uid: int) -> None:
    row = session.get(MailboxPlace, mailbox, with_for_update=True)
    if row is None:
        row = MailboxPlace(mailbox=mailbox, uid_validity=uid_validity, last_uid=last_uid, read_at=db.now(session))
        session.add(row)
    row.uid_validity, row.last_uid, row.read_at = uid_validity, last_uid, db.now(session)
    session.flush()


def known_as(session: Session, sender: str) -> str:
    """The address as the roster has it, however its writer's program writes it."""
    exact = session.scalar(
        select(ContactPoint.address).where(ContactPoint.kind == "email", ContactPoint.address == sender).limit(1)
    )
    if exact is not None:
        return exact
    alike = select(ContactPoint.address).where(
        ContactPoint.kind == "email", func.lower(ContactPoint.address) == sender.lower()
    )
    return session.scalar(alike.limit(1)) or sender


def language_of(session: Session, address: str) -> str:
    """In which language somebody with this address reads; "" unknown."""
    account = session.scalar(select(Account.language).where(Account.login == address.lower()))
    return (
        account
        or session.scalar(
            select(Guardian.language)
            .join(ContactPoint, ContactPoint.guardian_id == Guardian.id)
            .where(ContactPoint.kind == "email", ContactPoint.address == address)
            .order_by(Guardian.id)
            .limit(1)
        )
        or ""
    )


def address_of(session: Session, ours: OurMail) -> str | None:
    """To whom a mail of ours went."""
    column, key = (Post.address, Post.id) if ours.is_post else (Delivery.address, Delivery.id)
    return session.scalar(select(column).where(key == ours.number))


def mark_returned(session: Session, ours: OurMail, reason: str) -> None:
    """What the next server had accepted did not arrive."""
    if ours.is_post:
        session.execute(
            update(Post)
            .where(Post.id == ours.number, Post.state == PostState.SENT.value)
            .values(state=PostState.FAILED.value, reason=reason, settled_at=db.now(session)),
            execution_options={"synchronize_session": False},
        )
        return
    session.execute(
        update(Delivery)
        .where(Delivery.id == ours.number, Delivery.channel == "email", Delivery.state.in_(("accepted", "in_doubt")))
        .values(state="bounced", reason=reason, settled_at=db.now(session)),
        execution_options={"synchronize_session": False},
    )
