"""Registrations that were begun and never sent, among them children without a school."""

from datetime import datetime

from sqlalchemy import ColumnElement, select, true
from sqlalchemy.orm import Session

from desktop.domain.accounts import AccountState
from desktop.domain.posts import Template
from desktop.domain.registrations import Kind, RegistrationState
from desktop.domain.staff import Places
from desktop.domain.unfinished import Unfinished
from desktop.store import account_addresses
from desktop.store.tables import Account, Post, Registration, School

_BEGUN = (RegistrationState.DRAFT.value, RegistrationState.ASKED_BACK.value)


def rows(session: Session, places: Places, before: datetime, most: int, only: int | None = None) -> list[Unfinished]:
    """The newest first; those without a school belong to the whole city."""
    statement = (
        select(Registration, Account, School.name, account_addresses.reached_at())
        .join(Account, Account.id == Registration.account_id)
        .outerjoin(School, School.id == Registration.school_id)
        .where(
            Registration.state.in_(_BEGUN),
            Registration.kind.in_((Kind.NEW_CHILD.value, Kind.SECOND_PARENT.value)),
            Registration.created_at <= before,
            Account.state == AccountState.ACTIVE.value,
            _where(places),
        )
        .order_by(Registration.id.desc())
        .limit(most)
    )
    if only is not None:
        statement = statement.where(Registration.id == only)
    reminded = _reminded(session)
    return [
        Unfinished(
            row.id,
            f"{row.family_name} {row.given_name}".strip(),
            f"{account.family_name} {account.given_name}".strip(),
            address,
            account.language,
            school or "",
            row.created_at,
            reminded.get(row.id),
        )
        for row, account, school, address in session.execute(statement)
    ]


def _where(places: Places) -> ColumnElement[bool]:
    if places.everywhere:
        return true()
    return Registration.school_id.in_(places.schools)


def _reminded(session: Session) -> dict[int, datetime]:
    """When each of them was last reminded, as far as mails are kept."""
    posts = session.execute(
        select(Post.parameters, Post.created_at).where(Post.template == Template.GO_ON.value).order_by(Post.id)
    )
    return {int(parameters["registration"]): at for parameters, at in posts if "registration" in parameters}
