"""Whoever must not be written to any more gets nothing that still waits."""

from collections.abc import Callable

import pytest
from sqlalchemy import select, update

from desktop.domain.claims import ADDRESS_CHANGED, DO_NOT_CONTACT
from desktop.domain.people import ContactForm, GuardianForm
from desktop.services.deliveries import Deliveries
from desktop.services.notice_reports import Reports
from desktop.services.people import People
from desktop.store.db import Store
from desktop.store.tables import AuditEvent, Delivery, Guardian, Guardianship, Notice
from tests.conftest import Clock
from tests.make import Make
from tests.outgoing import approved_notice, deliveries

SHARED, OWN, LINE = "family@mail.example", "father@mail.example", f"U{7:032x}"


class Family:
    """A child with a mother at the shared address and a father at the shared one, his own and LINE; a notice waits."""

    def __init__(self, store: Store, clock: Clock, make: Make) -> None:
        self.store, self.people, self.clerk = store, People(store, clock), make.principal()
        with store.bookkeep() as session:
            make.installation(session)
            school = make.school(session)
            child = make.child(session, make.homeroom(session, school))
            make.guardian(session, child, given="由美", mail=SHARED)
            father = make.guardian(session, child, given="健一", mail=SHARED, line=LINE)
            make.contact(session, father, "email", OWN)
            approved_notice(session, make, school, [child])
            self.child, self.father = child.id, father.id
        Deliveries(store, clock).begin_due()

    def mark_father(self) -> None:
        with self.store.read() as session:
            father = session.get_one(Guardian, self.father)
            version, family, given = father.version, father.family_name, father.given_name
        contacts = (ContactForm("email", SHARED), ContactForm("email", OWN), ContactForm("line", LINE))
        form = GuardianForm(
            family,
            given,
            relationship="father",
            do_not_contact=True,
            contacts=contacts,
            id=self.father,
            version=version,
        )
        self.people.save_guardian(self.clerk, self.child, form)

    def take_father_away(self) -> None:
        with self.store.read() as session:
            bond = session.scalars(select(Guardianship.id).where(Guardianship.guardian_id == self.father)).one()
        self.people.remove_guardianship(self.clerk, bond)

    def waiting(self) -> dict[str, tuple[str, str | None]]:
        return {one.address: (one.state, one.reason) for one in deliveries(self.store)}


@pytest.fixture
def family(store: Store, clock: Clock, make: Make) -> Family:
    return Family(store, clock, make)


@pytest.mark.parametrize("step", [Family.mark_father, Family.take_father_away])
def test_what_waits_for_them_alone_is_cancelled_and_what_others_read_goes_out(
    family: Family, step: Callable[[Family], None]
) -> None:
    assert set(family.waiting().values()) == {("due", None)}
    step(family)
    withheld = ("cancelled", DO_NOT_CONTACT)
    assert family.waiting() == {SHARED: ("due", None), OWN: withheld, LINE: withheld}


def test_another_change_of_a_guardian_withholds_nothing(family: Family) -> None:
    with family.store.read() as session:
        version = session.get_one(Guardian, family.father).version
    contacts = (ContactForm("email", SHARED), ContactForm("email", OWN), ContactForm("line", LINE))
    form = GuardianForm("青木", "健太", relationship="father", contacts=contacts, id=family.father, version=version)
    family.people.save_guardian(family.clerk, family.child, form)
    assert set(family.waiting().values()) == {("due", None)}


def _with_addresses(family: Family, *addresses: str) -> None:
    """The father is reached by LINE and at these mail addresses from now on."""
    with family.store.read() as session:
        father = session.get_one(Guardian, family.father)
    mails = tuple(ContactForm("email", address) for address in addresses)
    form = GuardianForm(
        father.family_name,
        father.given_name,
        relationship="father",
        contacts=(*mails, ContactForm("line", LINE)),
        id=family.father,
        version=father.version,
    )
    family.people.save_guardian(family.clerk, family.child, form)


def test_an_address_that_nobody_has_any_more_gets_nothing_that_waits(family: Family) -> None:
    _with_addresses(family, "new@mail.example")
    assert family.waiting() == {
        SHARED: ("due", None),  # the mother still reads there
        OWN: ("cancelled", ADDRESS_CHANGED),
        LINE: ("due", None),
    }
    with family.store.read() as session:
        event = session.scalars(select(AuditEvent).where(AuditEvent.subject == "guardian")).all()[-1]
    assert (event.details["fields"], event.details["withheld"]) == (["contacts"], 1)


def test_sending_again_serves_the_address_of_now(family: Family, clock: Clock) -> None:
    _with_addresses(family, SHARED, "new@mail.example")
    with family.store.bookkeep() as session:
        session.execute(update(Delivery).where(Delivery.state == "due").values(state="accepted"))
        session.execute(update(Notice).values(state="done"))
        notice = session.scalars(select(Notice.id)).one()
    assert Reports(family.store, clock).resend_failed(family.clerk, notice) == 1
    found = family.waiting()
    assert found.pop("new@mail.example") == ("due", None)
    assert found == {
        SHARED: ("accepted", None),
        LINE: ("accepted", None),
        OWN: ("cancelled", ADDRESS_CHANGED),
    }
