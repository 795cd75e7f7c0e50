"""Guardians who do not want to be one any more: of one child, or of all of them."""

from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from desktop.domain.errors import UserError
from desktop.domain.own_children import OwnChild
from desktop.domain.registrations import Kind
from desktop.store import audit, family_writing, registrations
from desktop.store.tables import Account, Guardianship, Registration


def begin(
    session: Session, account_id: int, form_token: str, own: OwnChild, today: date, *, closes_account: bool = False
) -> int:
    """Let the child's school look at it; where it has none, it holds at once.

    Whoever leaves altogether has taken everything else back before.

    Raises UserError("registration.open_already").
    """
    known = session.execute(
        select(Registration.id, Registration.kind).where(
            Registration.account_id == account_id, Registration.form_token == form_token
        )
    ).one_or_none()
    if known is not None and known.kind == Kind.WITHDRAWAL.value:
        return int(known.id)  # the same form, sent twice
    if own.open is not None and not closes_account:
        _make_way(session, account_id, own, own.open)
    id_ = registrations.begin_about(session, account_id, form_token, Kind.WITHDRAWAL, own, own.given, for_clerk=False)
    at_once = own.school_id is None
    registrations.withdraw(session, id_, closes_account=closes_account, at_once=at_once)
    if at_once:
        _end_bond(session, account_id, own.child_id, today)
    audit.record(session, "withdrew", "registration", id_, school=own.school_id, account=closes_account)
    return id_


def _make_way(session: Session, account_id: int, own: OwnChild, open_id: int) -> None:
    """A change that nobody decided about is taken back."""
    row = session.get_one(Registration, open_id, populate_existing=True)
    if row.kind == Kind.WITHDRAWAL.value or row.decision is not None:
        raise UserError("registration.open_already")
    registrations.take_back_about(session, account_id, own.child_id)


def _end_bond(session: Session, account_id: int, child_id: int, today: date) -> None:
    bond = session.scalar(
        select(Guardianship.id)
        .join(Account, Account.guardian_id == Guardianship.guardian_id)
        .where(Account.id == account_id, Guardianship.child_id == child_id)
    )
    if bond is not None:
        family_writing.remove_bond(session, bond, today)
