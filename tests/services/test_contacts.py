"""What is reported about addresses from outside."""

import pytest
from sqlalchemy import select

from desktop.domain.errors import UserError
from desktop.domain.staff import Role
from desktop.services.contacts import Contacts
from desktop.store.db import Store
from desktop.store.tables import AuditEvent, ContactPoint
from tests.conftest import Clock
from tests.make import Make


def points(store: Store) -> dict[str, tuple[str | None, bool]]:
    with store.read() as session:
        rows = session.scalars(select(ContactPoint)).all()
        return {row.address: (row.suppressed_reason, row.plain_text_only) for row in rows}


def test_a_mail_that_came_back_stops_the_address_wherever_it_appears(store: Store, make: Make, clock: Clock) -> None:
    with store.write(make.principal()) as session:
        make.installation(session)
        child = make.child(session, make.homeroom(session, make.school(session)))
        for _ in range(2):
            make.guardian(session, child, mail="shared@mail.example")
        make.guardian(session, child, mail="other@mail.example")
        session.info["audited"] = True

    contacts = Contacts(store, clock)
    assert contacts.suppress(make.principal(), "email", ["shared@mail.example", "nobody@mail.example"], "bounced") == 2
    assert points(store) == {"shared@mail.example": ("bounced", False), "other@mail.example": (None, False)}
    assert contacts.suppress(make.principal(), "email", ["shared@mail.example"], "unfollowed") == 0
    assert points(store)["shared@mail.example"] == ("bounced", False)


def test_an_old_telephone_is_known_by_its_address(store: Store, make: Make, clock: Clock) -> None:
    with store.write(make.principal()) as session:
        make.installation(session)
        child = make.child(session, make.homeroom(session, make.school(session)))
        make.guardian(session, child, mail="a..b@docomo.test")
        session.info["audited"] = True

    assert Contacts(store, clock).set_plain(make.principal(), ["a..b@docomo.test"]) == 1
    assert Contacts(store, clock).set_plain(make.principal(), ["a..b@docomo.test"]) == 0
    assert points(store) == {"a..b@docomo.test": (None, True)}


def test_it_is_audited_without_the_address(store: Store, make: Make, clock: Clock) -> None:
    with store.write(make.principal()) as session:
        make.installation(session)
        session.info["audited"] = True
    Contacts(store, clock).suppress(make.principal(), "email", ["gone@mail.example"], "bounced")
    with store.read() as session:
        event = session.scalars(select(AuditEvent)).one()
        assert (event.verb, event.subject, event.details) == (
            "suppressed", "contact_point", {"kind": "email", "reason": "bounced", "count": 0},
        )  # fmt: skip


def test_a_clerk_of_one_school_does_not_decide_for_the_city(store: Store, make: Make, clock: Clock) -> None:
    with store.write(make.principal()) as session:
        make.installation(session)
        clerk = make.staff(session, Role.CLERK, school=make.school(session))
        session.info["audited"] = True
    with pytest.raises(UserError, match="forbidden"):
        Contacts(store, clock).suppress(clerk, "email", [], "bounced")
