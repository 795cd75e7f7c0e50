"""Reviewers take submissions into the roster: beside what it knows, once, with a minute to think again."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from threading import Barrier

import pytest
from sqlalchemy import select, text

from desktop.domain.errors import UserError
from desktop.domain.matching import Field, Likeness, Match
from desktop.domain.people import ListQuery, Node
from desktop.domain.posts import Template
from desktop.domain.registrations import Caution, Kind, Refusal, RegistrationState
from desktop.domain.reviews import QueueQuery
from desktop.domain.staff import Actor
from desktop.services.registration_codes import RegistrationCodes
from desktop.store.db import Store
from desktop.store.tables import Child, ContactPoint, Flag, Guardian, Guardianship, Homeroom, School
from tests.conftest import Clock
from tests.make import Make
from tests.review_office import GIVEN, SECRETS, Office


@pytest.fixture
def office(store: Store, clock: Clock, make: Make) -> Office:
    return Office(store, clock, make)


def refused(act: Callable[[], object]) -> str:
    with pytest.raises(UserError) as error:
        act()
    return error.value.code


def test_a_submission_stands_beside_the_child_that_it_means(office: Office) -> None:
    sent = office.submit(office.mother)
    assert office.reviews.counts(office.reviewer) == {office.school: 1}
    assert office.waiting() == [sent.id]
    found = office.reviews.get(office.reviewer, sent.id)
    best = found.matches[0]
    assert (best.candidate.child_id, best.match) == (office.child, Match.EXACT)
    assert best.likeness(Field.NAME) is Likeness.SAME  # 髙 is 高
    assert found.cautions == ()


def test_linking_makes_the_guardian_and_leaves_the_child_as_it_is(office: Office) -> None:
    sent = office.submit(office.mother)
    office.reviews.link(office.reviewer, sent.id, sent.version, office.child)
    assert office.minute() == 1
    assert office.state(office.mother) is RegistrationState.ACCEPTED
    family = office.people.child(office.make.principal(), office.child).guardians
    assert [(member.name, member.relationship) for member in family] == [("高橋 mother", "mother")]
    assert [contact.address for contact in family[0].contacts] == ["mother@mail.example"]
    assert office.count(Child) == 1
    assert office.mails() == [Template.ACCEPTED]


def test_accepting_a_new_child_puts_it_into_its_class(office: Office) -> None:
    sent = office.submit(office.mother, replace(GIVEN, given_name="海", given_name_kana="ウミ"), number="9")
    office.reviews.accept_new(office.reviewer, sent.id, sent.version)
    office.minute()
    ids = office.people.child_ids(office.clerk, ListQuery(Node(school_id=office.school, homeroom_id=office.room)))
    assert len(ids) == 2
    assert office.people.find(office.clerk, "タカハシウミ")


def test_both_parents_belong_to_one_child_and_know_nothing_of_each_other(office: Office) -> None:
    first = office.submit(office.mother)
    office.reviews.link(office.reviewer, first.id, first.version, office.child)
    office.minute()
    second = office.submit(office.father, replace(GIVEN, relationship="father"))
    found = office.reviews.get(office.reviewer, second.id)
    assert Caution.SECOND_PARENT in found.cautions
    office.reviews.link(office.reviewer, second.id, second.version, office.child)
    office.minute()
    assert office.count(Guardianship) == 2
    assert "mother" not in repr(office.registrations.all(office.father))
    assert office.count(Guardian) == 2


def test_a_guardian_whom_the_roster_knows_by_the_address_is_not_made_twice(office: Office) -> None:
    with office.store.bookkeep() as session:
        child = session.get_one(Child, office.child)
        office.make.guardian(session, child, family="髙橋", mail="mother@mail.example", do_not_contact=True)
    sent = office.submit(office.mother)
    office.reviews.link(office.reviewer, sent.id, sent.version, office.child)
    office.minute()
    assert (office.count(Guardian), office.count(ContactPoint)) == (1, 1)
    with office.store.read() as session:
        assert session.scalars(select(Guardianship.do_not_contact)).all() == [True]


def test_within_a_minute_a_decision_is_taken_back_without_a_trace_at_the_family(office: Office) -> None:
    sent = office.submit(office.mother)
    office.reviews.accept_new(office.reviewer, sent.id, sent.version)
    assert office.waiting() == []
    office.clock.turn(seconds=59)
    assert office.reviews.carry_out_due() == 0
    office.reviews.undo(office.reviewer, sent.id)
    assert office.minute() == 0
    assert office.state(office.mother) is RegistrationState.SUBMITTED
    assert office.mails() == []
    again = office.reviews.queue_rows(office.reviewer, office.waiting())[0]
    office.reviews.accept_new(office.reviewer, again.id, again.version)
    office.minute()
    assert refused(lambda: office.reviews.undo(office.reviewer, sent.id)) == "registration.too_late"


def test_the_second_reviewer_sees_who_decided(office: Office) -> None:
    sent = office.submit(office.mother)
    office.reviews.refuse(office.reviewer, sent.id, sent.version, Refusal.NOT_AT_SCHOOL)
    with pytest.raises(UserError) as error:
        office.reviews.accept_new(office.second, sent.id, sent.version)
    assert (error.value.code, error.value.details["who"]) == ("registration.decided", "検 査子")


def test_a_refusal_says_why_and_a_question_opens_the_form_again(office: Office) -> None:
    sent = office.submit(office.mother)
    office.reviews.refuse(office.reviewer, sent.id, sent.version, Refusal.NOT_AT_SCHOOL)
    office.minute()
    assert office.mails() == [Template.REFUSED]
    other = office.submit(office.father)
    assert (
        refused(lambda: office.reviews.ask_back(office.reviewer, other.id, other.version, " ")) == "registration.reason"
    )
    office.reviews.ask_back(office.reviewer, other.id, other.version, "組をご確認ください。")
    office.minute()
    assert "組をご確認ください。" in office.posts.claim("p@city.example")[-1][1].body
    mine = office.registrations.all(office.father)[0]
    assert (mine.state, mine.reason) == (RegistrationState.ASKED_BACK, "組をご確認ください。")
    office.registrations.submit(office.father, mine.id, mine.version)
    assert office.waiting() == [mine.id]


def test_exact_matches_are_accepted_together_and_the_others_stay(office: Office) -> None:
    exact = office.submit(office.mother)
    near = office.submit(office.father, replace(GIVEN, birth_date=date(2017, 6, 15)))
    assert office.reviews.accept_exact(office.reviewer, [(exact.id, exact.version), (near.id, near.version)]) == [
        exact.id
    ]
    assert office.waiting() == [near.id]


def test_nobody_decides_about_their_own_family(office: Office) -> None:
    with office.store.bookkeep() as session:
        guardian = office.make.guardian(session, session.get_one(Child, office.child)).id
    own = replace(office.reviewer, guardian_id=guardian)
    sent = office.submit(office.mother)
    assert office.reviews.get(own, sent.id).own_family
    for act in (
        lambda: office.reviews.link(own, sent.id, sent.version, office.child),
        lambda: office.reviews.accept_new(own, sent.id, sent.version),
        lambda: office.reviews.refuse(own, sent.id, sent.version, Refusal.OTHER),
    ):
        assert refused(act) == "registration.own_family"


def test_only_whoever_may_know_sees_that_a_family_is_flagged(office: Office) -> None:
    with office.store.bookkeep() as session:
        session.add(
            Flag(child_id=office.child, reference="x", set_by=office.clerk.staff_id or 0, set_at=office.clock())
        )
    sent = office.submit(office.mother)
    assert office.reviews.get(office.reviewer, sent.id).flagged is True
    assert office.registrations.all(office.mother)[0].state is RegistrationState.SUBMITTED


def test_clerks_and_other_schools_review_nothing(office: Office) -> None:
    sent = office.submit(office.mother)
    nobody: Actor
    for nobody in (office.clerk, office.foreign):
        assert list(office.reviews.queue_ids(nobody, QueueQuery())) == []
        assert refused(lambda: office.reviews.get(nobody, sent.id)) == "forbidden"  # noqa: B023
        assert refused(lambda: office.reviews.accept_new(nobody, sent.id, sent.version)) == "forbidden"  # noqa: B023


def test_reviewers_are_told_what_looks_wrong(office: Office) -> None:
    RegistrationCodes(office.store, SECRETS, office.clock).renew(office.make.principal(), office.school)
    sent = office.submit(office.mother, replace(GIVEN, family_name_kana="Takahashi", birth_date=date(2012, 5, 1)))
    office.submit(office.father, replace(GIVEN, family_name_kana="Takahashi", birth_date=date(2012, 5, 1)))
    found = office.reviews.get(office.reviewer, sent.id)
    assert {Caution.AGE, Caution.CODE_RENEWED, Caution.KANA_FOR_CLERK, Caution.TWICE} <= set(found.cautions)


def test_what_cannot_be_carried_out_comes_back(office: Office) -> None:
    sent = office.submit(office.mother)
    office.reviews.link(office.reviewer, sent.id, sent.version, office.child)
    with office.store.bookkeep() as session:
        session.execute(text("UPDATE registrations SET year = NULL"))
    assert office.minute() == 0
    assert office.waiting() == [sent.id]
    assert office.mails() == []


def test_of_two_reviewers_at_the_same_moment_one_decides_and_the_other_reads_who(office: Office) -> None:
    sent = office.submit(office.mother)
    start = Barrier(2)

    def decide(actor: Actor) -> UserError | None:
        start.wait()
        try:
            office.reviews.link(actor, sent.id, sent.version, office.child)
        except UserError as error:
            return error
        return None

    with ThreadPoolExecutor(2) as pool:
        ends = list(pool.map(decide, (office.reviewer, office.second)))
    (late,) = [end for end in ends if end is not None]
    winner = (office.reviewer, office.second)[ends.index(None)]
    assert (late.code, late.details["who"]) == ("registration.decided", winner.label)
    assert office.minute() == 1
    assert office.mails() == [Template.ACCEPTED]


def test_undoing_and_carrying_out_at_the_same_moment_leave_one_truth(office: Office) -> None:
    sent = office.submit(office.mother)
    office.reviews.link(office.reviewer, sent.id, sent.version, office.child)
    office.clock.turn(seconds=60)
    start = Barrier(2)

    def undo() -> bool:
        start.wait()
        try:
            office.reviews.undo(office.second, sent.id)
        except UserError:
            return False
        return True

    def carry_out() -> bool:
        start.wait()
        return office.reviews.carry_out_due() == 1

    with ThreadPoolExecutor(2) as pool:
        undone, done = (each.result() for each in (pool.submit(undo), pool.submit(carry_out)))
    assert (undone, done) == (False, True)
    assert office.waiting() == []
    assert office.mails() == [Template.ACCEPTED]


def test_many_at_once_leave_out_flagged_families_and_whatever_needs_a_look(office: Office) -> None:
    sent = office.submit(office.mother)
    assert [each.row.id for each in office.reviews.exact(office.reviewer, QueueQuery())] == [sent.id]
    with office.store.bookkeep() as session:
        session.add(
            Flag(child_id=office.child, reference="x", set_by=office.clerk.staff_id or 0, set_at=office.clock())
        )
    assert office.reviews.exact(office.reviewer, QueueQuery()) == []
    assert office.reviews.accept_exact(office.reviewer, [(sent.id, sent.version)]) == []
    assert office.waiting() == [sent.id]


def test_an_address_that_the_roster_has_for_this_child_is_no_warning(office: Office) -> None:
    with office.store.bookkeep() as session:
        child = session.get_one(Child, office.child)
        office.make.guardian(session, child, family="髙橋", mail="mother@mail.example")
        stranger = office.make.child(session, session.get_one(Homeroom, office.room), "別", "人", kana=("ベツ", "ジン"))
        office.make.guardian(session, stranger, family="別", mail="father@mail.example")
    mine, theirs = office.submit(office.mother), office.submit(office.father)
    assert Caution.MAIL_OF_ANOTHER not in office.reviews.get(office.reviewer, mine.id).cautions
    assert Caution.MAIL_OF_ANOTHER in office.reviews.get(office.reviewer, theirs.id).cautions


def test_a_withdrawal_is_accepted_and_fits_no_other_decision(office: Office) -> None:
    first = office.submit(office.mother)
    office.reviews.link(office.reviewer, first.id, first.version, office.child)
    office.minute()
    office.registrations.withdraw_child(office.mother, "bye", office.child)
    (waiting,) = office.waiting()
    found = office.reviews.get(office.reviewer, waiting)
    assert (found.registration.kind, found.matches) == (Kind.WITHDRAWAL, ())
    assert found.about is not None
    assert found.about.child_id == office.child
    version = found.registration.version
    assert refused(lambda: office.reviews.accept_new(office.reviewer, waiting, version)) == "registration.other_kind"
    office.reviews.accept(office.reviewer, waiting, version)
    office.minute()
    assert office.count(Guardianship) == 0


def test_the_queue_is_narrowed_by_words_age_kind_and_school(office: Office) -> None:
    old = office.submit(office.mother)
    office.clock.turn(days=2)
    new = office.submit(office.father, replace(GIVEN, family_name="Nguyễn", family_name_kana="グエン"))

    def found(query: QueueQuery) -> list[int]:
        return list(office.reviews.queue_ids(office.reviewer, query))

    assert found(QueueQuery(typed="nguyen")) == [new.id]
    assert found(QueueQuery(typed="たかはし 髙橋")) == [old.id]
    assert found(QueueQuery(waiting_days=1)) == [old.id]
    assert found(QueueQuery(kind=Kind.WITHDRAWAL)) == found(QueueQuery(school_id=office.school + 1)) == []
    overview = office.reviews.overview(office.reviewer)
    assert (overview.waiting, overview.schools) == (2, ((office.school, "ひがし小学校", 2),))


def test_a_child_found_in_the_roster_is_compared_and_linked_but_none_of_a_school_one_does_not_review(
    office: Office,
) -> None:
    with office.store.bookkeep() as session:
        room = session.get_one(Homeroom, office.room)
        nickname = office.make.child(session, room, "別府", "三郎", kana=("ベップ", "サブロウ"), birth_date=None).id
        elsewhere = session.scalars(select(School).where(School.code == "H002")).one()
        stranger = office.make.child(session, office.make.homeroom(session, elsewhere), "他校", "花").id
    sent = office.submit(office.mother)

    def compared(child: int) -> list[int]:
        return [each.candidate.child_id for each in office.reviews.get(office.reviewer, sent.id, child).matches]

    assert compared(nickname) == [office.child, nickname]
    assert stranger not in compared(stranger)
    assert refused(lambda: office.reviews.link(office.reviewer, sent.id, sent.version, stranger)) == "not_found"
    office.reviews.link(office.reviewer, sent.id, sent.version, nickname)
