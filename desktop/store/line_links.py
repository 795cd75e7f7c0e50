"""Who is a friend of the city's LINE account, and whose account is linked to whom."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import and_, exists, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from desktop.domain.line_links import NONCE_LIFE, FailedLink, LinkState
from desktop.domain.people import ContactForm, GuardianForm
from desktop.store import account_addresses, contacts, db, families, family_writing
from desktop.store.tables import (
    Account,
    ContactPoint,
    Guardian,
    GuardianSchool,
    LineFriend,
    LineLink,
    School,
)

UNFOLLOWED = "unfollowed"
"""Why a LINE contact point is not used: its owner blocked the city's account."""


@dataclass(frozen=True, slots=True)
class Reader:
    """Somebody who writes by LINE: in which language they read ("" unknown), and their schools' telephones."""

    language: str
    phones: tuple[tuple[str, str], ...]


# Friends


def set_friend(session: Session, user_id: str, at: datetime, *, is_friend: bool) -> bool:
    """Note a follow or unfollow, unless something newer is known; whether it was noted."""
    insert = (postgresql if session.get_bind().dialect.name == "postgresql" else sqlite).insert(LineFriend)
    written = session.scalar(
        insert.values(user_id=user_id, is_friend=is_friend, changed_at=at)
        .on_conflict_do_update(
            index_elements=["user_id"],
            set_={"is_friend": is_friend, "changed_at": at},
            where=LineFriend.changed_at <= at,
        )
        .returning(LineFriend.user_id),
        execution_options={"synchronize_session": False},
    )
    if written is None:
        return False
    if is_friend:
        contacts.use_again(session, "line", user_id, UNFOLLOWED)
    else:
        contacts.suppress(session, "line", [user_id], UNFOLLOWED)
    return True


def is_blocked(session: Session, user_id: str) -> bool:
    return session.scalar(select(LineFriend.is_friend).where(LineFriend.user_id == user_id)) is False


def reader(session: Session, user_id: str) -> Reader:
    spoken = session.scalar(
        select(Account.language).join(LineLink, LineLink.account_id == Account.id).where(LineLink.user_id == user_id)
    )
    mine = select(ContactPoint.guardian_id).where(ContactPoint.kind == "line", ContactPoint.address == user_id)
    language = spoken or session.scalar(
        select(Guardian.language).where(Guardian.id.in_(mine)).order_by(Guardian.id).limit(1)
    )
    return Reader(language or "", phones_of(session, "line", user_id))


def phones_of(session: Session, kind: str, address: str) -> tuple[tuple[str, str], ...]:
    """The schools of whoever has this address: name and telephone."""
    mine = select(ContactPoint.guardian_id).where(ContactPoint.kind == kind, ContactPoint.address == address)
    rows = session.execute(
        select(School.name, School.phone)
        .where(
            exists().where(GuardianSchool.school_id == School.id, GuardianSchool.guardian_id.in_(mine)),
            School.phone != "",
        )
        .order_by(School.code)
        .limit(5)
    )
    return tuple((name, phone) for name, phone in rows)


# Links


def state(session: Session, account_id: int) -> LinkState:
    """How far it is; a linking of which LINE said nothing in its ten minutes is none any more."""
    row = session.get(LineLink, account_id, populate_existing=True)
    if row is None or row.state in (LinkState.FRIEND, LinkState.UNLINKED, LinkState.REFUSED):
        taken_over = row is None and _roster_address(session, account_id) is not None
        return LinkState.LINKED if taken_over else LinkState(row.state) if row is not None else LinkState.NONE
    if row.state == LinkState.LINKING and row.nonce_until is not None and row.nonce_until <= db.now(session):
        return LinkState.LINKED if row.user_id else LinkState.FRIEND
    if row.state == LinkState.LINKED and row.user_id is not None and is_blocked(session, row.user_id):
        return LinkState.BLOCKED
    return LinkState(row.state)


def _roster_address(session: Session, account_id: int) -> str | None:
    """A LINE id that a school's old list brought, of somebody who never linked it themselves."""
    return session.scalar(
        select(ContactPoint.address)
        .join(Account, Account.guardian_id == ContactPoint.guardian_id)
        .where(Account.id == account_id, ContactPoint.kind == "line", ContactPoint.suppressed_reason.is_(None))
        .limit(1)
    )


def arrive(session: Session, account_id: int) -> bool:
    """Somebody came from LINE's menu: they are a friend, at least; whether that was news."""
    row = session.get(LineLink, account_id, with_for_update=True)
    if row is None:
        session.add(LineLink(account_id=account_id, state=LinkState.FRIEND.value, changed_at=db.now(session)))
        session.flush()
        return True
    if row.state == LinkState.UNLINKED:
        row.state, row.changed_at = LinkState.FRIEND.value, db.now(session)
        session.flush()
        return True
    return False


def begin(session: Session, account_id: int, nonce_hash: str) -> None:
    """A linking begins. One that was there stays good until the new one is."""
    now = db.now(session)
    row = session.get(LineLink, account_id, with_for_update=True)
    if row is None:
        row = LineLink(account_id=account_id, state=LinkState.LINKING.value, changed_at=now)
        session.add(row)
    row.state, row.changed_at, row.reason = LinkState.LINKING.value, now, None
    row.nonce_hash, row.nonce_until = nonce_hash, now + NONCE_LIFE
    session.flush()


def use_nonce(session: Session, nonce_hash: str, at: datetime) -> int | None:
    """Use a nonce up: whose account it was made for, if LINE's event happened while it was good."""
    row = session.scalar(
        select(LineLink)
        .where(LineLink.nonce_hash == nonce_hash)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if row is None:
        return None
    good = row.nonce_until is not None and at < row.nonce_until and row.state == LinkState.LINKING
    row.nonce_hash = row.nonce_until = None
    session.flush()
    return row.account_id if good else None


def link(session: Session, account_id: int, user_id: str, today: date) -> None:
    """From now on this LINE is the account's; whichever account or LINE had it before has it no more."""
    before = session.scalar(select(LineLink.account_id).where(LineLink.user_id == user_id))
    if before is not None and before != account_id:
        unlink(session, before, today)
    row = session.get_one(LineLink, account_id, populate_existing=True)
    old, row.user_id = row.user_id, user_id
    row.state, row.changed_at, row.reason = LinkState.LINKED.value, db.now(session), None
    session.flush()
    guardian_id = session.get_one(Account, account_id).guardian_id
    if guardian_id is not None:
        if old is not None and old != user_id:
            _take(session, guardian_id, old, today)
        give(session, account_id, guardian_id, today)


def refuse(session: Session, account_id: int, reason: str) -> None:
    """LINE says that nothing came of it; a link that was there before stays."""
    row = session.get_one(LineLink, account_id)
    row.state = LinkState.LINKED.value if row.user_id else LinkState.REFUSED.value
    row.changed_at, row.reason = db.now(session), reason
    session.flush()


def unlink(session: Session, account_id: int, today: date) -> bool:
    """Whether there was anything to undo: the mapping goes, and with it the guardian's contact point."""
    row = session.get(LineLink, account_id, with_for_update=True, populate_existing=True)
    user_id = row.user_id if row is not None else None
    address = user_id or _roster_address(session, account_id)
    if row is None and address is None:
        return False
    if row is None:
        row = LineLink(account_id=account_id, state=LinkState.UNLINKED.value, changed_at=db.now(session))
        session.add(row)
    row.state, row.user_id, row.nonce_hash, row.nonce_until = LinkState.UNLINKED.value, None, None, None
    row.changed_at = db.now(session)
    session.flush()
    guardian_id = session.get_one(Account, account_id).guardian_id
    if guardian_id is not None and address is not None:
        _take(session, guardian_id, address, today)
    return True


def forget(session: Session, account_id: int) -> None:
    """The account closes: whose LINE it was is forgotten. Its guardian's contact points are the caller's to take."""
    session.execute(
        update(LineLink)
        .where(LineLink.account_id == account_id)
        .values(state=LinkState.UNLINKED.value, user_id=None, nonce_hash=None, nonce_until=None,
                changed_at=db.now(session)),
        execution_options={"synchronize_session": False},
    )  # fmt: skip


def account_of(session: Session, user_id: str) -> int | None:
    return session.scalar(select(LineLink.account_id).where(LineLink.user_id == user_id))


def give(session: Session, account_id: int, guardian_id: int, today: date) -> None:
    """The guardian's contact points take in the LINE that their account is linked to, if it is to any."""
    user_id = session.scalar(select(LineLink.user_id).where(LineLink.account_id == account_id))
    if user_id is None:
        return
    form = _form(session, guardian_id)
    others = tuple(one for one in form.contacts if (one.kind, one.address) != ("line", user_id))
    _save(session, form, (*others, ContactForm("line", user_id)), today)
    if is_blocked(session, user_id):
        contacts.suppress(session, "line", [user_id], UNFOLLOWED)


def _take(session: Session, guardian_id: int, user_id: str, today: date) -> None:
    form = _form(session, guardian_id)
    rest = tuple(one for one in form.contacts if (one.kind, one.address) != ("line", user_id))
    _save(session, form, rest, today)


def _form(session: Session, guardian_id: int) -> GuardianForm:
    """A guardian as the roster has them."""
    row = session.get_one(Guardian, guardian_id, populate_existing=True)
    return GuardianForm(
        row.family_name, row.given_name, row.family_name_kana, row.given_name_kana, row.language,
        contacts=tuple(
            ContactForm(known.kind, known.address, known.plain_text_only, known.id)
            for known in families.contacts_of(session, [guardian_id]).get(guardian_id, ())
        ),
        id=row.id,
        version=row.version,
    )  # fmt: skip


def _save(session: Session, form: GuardianForm, wanted: tuple[ContactForm, ...], today: date) -> None:
    changed = GuardianForm(
        form.family_name, form.given_name, form.family_name_kana, form.given_name_kana, form.language,
        contacts=wanted, id=form.id, version=form.version,
    )  # fmt: skip
    family_writing.change_alone(session, changed, today)


# For staff


def failed(session: Session, since: datetime, most: int) -> list[FailedLink]:
    """Linkings that LINE refused, or of which nothing was heard within their time, the newest first."""
    now = db.now(session)
    late = and_(LineLink.state == LinkState.LINKING.value, LineLink.nonce_until <= now)
    rows = session.execute(
        select(LineLink, Account, account_addresses.reached_at())
        .join(Account, Account.id == LineLink.account_id)
        .where(
            LineLink.user_id.is_(None),
            LineLink.changed_at >= since,
            or_(LineLink.state == LinkState.REFUSED.value, late),
            Account.state == "active",
        )
        .order_by(LineLink.changed_at.desc(), LineLink.account_id)
        .limit(most)
    )
    return [
        FailedLink(
            account.id,
            f"{account.family_name} {account.given_name}".strip(),
            address,
            account.language,
            row.changed_at,
            "refused" if row.state == LinkState.REFUSED else "late",
            row.invited_at,
        )
        for row, account, address in rows
    ]


def note_invitation(session: Session, account_id: int) -> None:
    session.execute(update(LineLink).where(LineLink.account_id == account_id).values(invited_at=db.now(session)))
