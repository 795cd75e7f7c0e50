"""A guardian changes what is said of their child, or withdraws: through the school, and for oneself alone."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from sqlalchemy import select, text

from desktop.domain.accounts import Citizen
from desktop.domain.openings import Step
from desktop.domain.own_children import OwnChild
from desktop.domain.registrations import Decision, Kind, Registration, RegistrationState, SchoolGiven
from desktop.services.openings import Openings
from desktop.services.registration_codes import RegistrationCodes
from desktop.store import own_children, reviewing
from desktop.store import settings as settings_store
from desktop.store.db import Store
from desktop.store.tables import Enrolment, Flag, Guardianship, Homeroom, Placement, School
from tests.conftest import Clock
from tests.make import Make
from tests.review_office import GIVEN, SECRETS, Office
from tests.services.test_reviews import refused


class Home(Office):
    """The mother of test_reviews' school is 美咲's accepted guardian; the father is not."""

    def __init__(self, store: Store, clock: Clock, make: Make) -> None:
        super().__init__(store, clock, make)
        self.accept(self.mother, "t")

    def accept(self, citizen: Citizen, token: str) -> None:
        sent = self.submit(citizen, token=token)
        self.reviews.link(self.reviewer, sent.id, sent.version, self.child)
        self.minute()

    def own(self, citizen: Citizen | None = None) -> OwnChild:
        return self.registrations.own_children(citizen or self.mother)[0]

    def changed(self, **changes: object) -> Registration:
        given = replace(self.own().given, **changes)  # type: ignore[arg-type]  # fields by name
        return self.registrations.begin_change(self.mother, "c", self.child, given)

    def agreed(self, sent: Registration) -> None:
        """As the reviewers' service decides it."""
        with self.store.bookkeep() as session:
            reviewing.decide(session, sent.id, sent.version, Decision.ACCEPT, self.reviewer.staff_id)
        self.minute()


@pytest.fixture
def home(store: Store, clock: Clock, make: Make) -> Home:
    return Home(store, clock, make)


def test_a_guardian_sees_their_child_as_the_roster_has_it(home: Home) -> None:
    own = home.own()
    assert (own.name, own.school, own.homeroom, own.student_number, own.relationship) == (
        "髙橋 美咲", "ひがし小学校", "3-1", "7", "mother",
    )  # fmt: skip
    assert home.registrations.own_children(home.father) == []


def test_a_change_waits_with_old_and_new_and_then_stands_in_the_roster(home: Home) -> None:
    draft = home.changed(given_name="美月", given_name_kana="みつき")
    sent = home.registrations.submit(home.mother, draft.id, draft.version)
    with home.store.read() as session:
        found = own_children.changes(session, sent.id)
    assert [(each.field, each.old, each.new, each.now) for each in found] == [
        ("given_name", "美咲", "美月", "美咲"), ("given_name_kana", "ミサキ", "ミツキ", "ミサキ"),
    ]  # fmt: skip
    assert home.own().name == "髙橋 美咲"
    home.agreed(sent)
    assert (home.own().name, home.own().family_name_kana) == ("髙橋 美月", "タカハシ")
    assert home.people.find(home.clerk, "タカハシミツキ")
    assert home.mails()[-1] == "changed"


def test_what_somebody_wrote_meanwhile_stays(home: Home) -> None:
    draft = home.changed(given_name="美月")
    sent = home.registrations.submit(home.mother, draft.id, draft.version)
    with home.store.bookkeep() as session:
        session.execute(text("UPDATE children SET family_name = '高橋'"))
    home.agreed(sent)
    assert home.own().name == "高橋 美月"


def test_another_class_needs_no_code_and_another_school_does(home: Home) -> None:
    with home.store.bookkeep() as session:
        other = session.scalars(select(School.id).where(School.id != home.school)).one()
        unplaced = session.scalars(select(Homeroom.id).where(Homeroom.unplaced)).one()
    draft = home.changed()
    elsewhere = SchoolGiven(other, 1)
    assert refused(lambda: home.registrations.set_school(home.mother, draft.id, draft.version, elsewhere)) == (
        "form.wrong"
    )
    at = SchoolGiven(home.school, unplaced, frozenset(), "12")
    moved = home.registrations.set_school(home.mother, draft.id, draft.version, at)
    home.agreed(home.registrations.submit(home.mother, draft.id, moved.version))
    assert (home.own().homeroom, home.own().student_number) == ("3-未定", "12")
    with home.store.read() as session:
        open_ones = session.scalars(select(Placement.student_number).where(Placement.to_date.is_(None))).all()
    assert open_ones == ["12"]


def test_a_child_at_another_school_is_enrolled_there_beside_where_it_was(home: Home) -> None:
    with home.store.bookkeep() as session:
        school = session.scalars(select(School).where(School.code == "H002")).one()
        other, room = school.id, home.make.homeroom(session, school, "3-2").id
    code = RegistrationCodes(home.store, SECRETS, home.clock).for_letters(home.make.principal(), other, 1)
    draft = home.changed()
    moved = home.registrations.set_school(
        home.mother, draft.id, draft.version, SchoolGiven(other, room, frozenset(), "3", code)
    )
    home.agreed(home.registrations.submit(home.mother, draft.id, moved.version))
    assert (home.own().school, home.own().homeroom) == ("にし小学校", "3-2")
    assert home.count(Enrolment) == 2


def test_a_change_of_nothing_and_a_second_one_are_refused(home: Home) -> None:
    draft = home.changed()
    submit = lambda: home.registrations.submit(home.mother, draft.id, draft.version)  # noqa: E731
    assert refused(submit) == "registration.nothing_changed"
    assert home.changed().id == draft.id  # the same form, sent twice
    other = lambda: home.registrations.begin_change(home.mother, "d", home.child, home.own().given)  # noqa: E731
    assert refused(other) == "registration.open_already"


def test_a_withdrawal_takes_back_a_change_and_ends_when_the_school_agrees(home: Home) -> None:
    draft = home.changed(given_name="美月")
    sent = home.registrations.withdraw_child(home.mother, "w", home.child)
    assert home.registrations.withdraw_child(home.mother, "w", home.child).id == sent.id
    assert (sent.kind, sent.state) == (Kind.WITHDRAWAL, RegistrationState.SUBMITTED)
    assert home.registrations.get(home.mother, draft.id).state is RegistrationState.TAKEN_BACK
    again = lambda: home.registrations.withdraw_child(home.mother, "x", home.child)  # noqa: E731
    assert refused(again) == "registration.open_already"
    home.agreed(sent)
    assert home.registrations.own_children(home.mother) == []
    assert home.count(Guardianship) == 0
    assert home.mails()[-1] == "withdrawn"


def test_without_a_school_a_withdrawal_holds_at_once(home: Home) -> None:
    with home.store.bookkeep() as session:
        session.execute(text("UPDATE enrolments SET to_date = '2026-04-02'"))
    sent = home.registrations.withdraw_child(home.mother, "w", home.child)
    assert sent.state is RegistrationState.ACCEPTED
    assert home.registrations.own_children(home.mother) == []


@pytest.mark.parametrize("hidden", ["flag", "barred"])
def test_where_a_child_must_not_be_disclosed_its_guardian_sees_what_they_said_themselves(
    home: Home, hidden: str
) -> None:
    with home.store.bookkeep() as session:
        if hidden == "flag":
            session.add(Flag(child_id=home.child, reference="x", set_by=home.clerk.staff_id or 0, set_at=home.clock()))
        else:
            session.execute(text("UPDATE guardianships SET do_not_contact = true"))
        session.execute(text("UPDATE children SET family_name = '新姓'"))
        session.execute(text("UPDATE placements SET student_number = '99'"))
    own = home.own()
    assert (own.name, own.homeroom, own.student_number) == ("高橋 美咲", "3-1", "7")


def test_nobody_touches_anothers_child(home: Home) -> None:
    draft = home.changed(given_name="美月")
    acts = (
        lambda: home.registrations.begin_change(home.father, "f", home.child, GIVEN),
        lambda: home.registrations.withdraw_child(home.father, "f", home.child),
        lambda: home.registrations.submit(home.father, draft.id, draft.version),
        lambda: home.registrations.take_back(home.father, draft.id, draft.version),
        lambda: home.registrations.withdraw_child(home.mother, "f", 999),
    )
    assert {refused(act) for act in acts} == {"not_found"}
    assert home.registrations.all(home.father) == []


def test_two_parents_change_one_child_without_learning_of_each_other(home: Home) -> None:
    home.accept(home.father, "s")
    draft = home.changed(given_name="美月")
    home.registrations.submit(home.mother, draft.id, draft.version)
    assert home.own(home.father).open is None
    home.registrations.begin_change(home.father, "f", home.child, replace(GIVEN, relationship="father"))
    told = repr(home.registrations.all(home.father)) + repr(home.own(home.father))
    assert "mother@" not in told
    assert "美月" not in told


def test_before_its_opening_a_step_is_refused_and_says_when_it_opens(home: Home) -> None:
    with home.store.bookkeep() as session:
        settings_store.put(session, "registration.opens_at", "2027-03-17T09:00")
        settings_store.put(session, "line.opens_at", "2027-03-26T09:00")
    begin = lambda: home.registrations.begin(home.father, "n", GIVEN)  # noqa: E731
    assert refused(begin) == "step.not_open"
    steps = Openings(home.store, home.clock).steps()
    assert steps[Step.SIGN_UP].is_open
    assert not steps[Step.LINE].is_open
    assert steps[Step.LINE].opens_at == datetime(2027, 3, 26, 0, 0, tzinfo=UTC)
    home.clock.now = datetime(2027, 3, 17, 0, 0, tzinfo=UTC)
    begin()


def test_a_birth_date_that_the_roster_lacks_keeps_nobody_from_leaving(home: Home) -> None:
    with home.store.bookkeep() as session:
        session.execute(text("UPDATE children SET birth_date = NULL"))
    assert home.registrations.withdraw_child(home.mother, "w", home.child).child.birth_date is None
