"""What is certain comes in without a reviewer where a school says so; nobody learns of a child not to be disclosed."""

from collections import Counter
from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import event, select, text

from desktop.domain.registrations import ChildGiven, Kind, Refusal, Registration, RegistrationState
from desktop.domain.reviews import QueueQuery
from desktop.services.arrivals import Arrivals
from desktop.store.db import Store
from desktop.store.tables import Child, Flag, Homeroom
from desktop.store.tables import Registration as Row
from tests.conftest import Clock
from tests.make import Make
from tests.review_office import GIVEN, Office

UNKNOWN = replace(GIVEN, given_name="海", given_name_kana="ウミ")
HIDDEN = replace(GIVEN, given_name="空", given_name_kana="ソラ")


class School(Office):
    """It lets in what is certain. Beside 美咲 there is 空, whose family must not be disclosed."""

    def __init__(self, store: Store, clock: Clock, make: Make) -> None:
        super().__init__(store, clock, make)
        self.arrivals = Arrivals(store, clock)
        with store.bookkeep() as session:
            session.execute(text("UPDATE schools SET accepts_unseen = true"))
            room = session.get_one(Homeroom, self.room)
            hidden = make.child(session, room, "髙橋", "空", kana=("タカハシ", "ソラ"), number="8").id
            session.add(Flag(child_id=hidden, reference="x", set_by=self.clerk.staff_id or 0, set_at=clock()))

    def arrived(self, given: ChildGiven = GIVEN, number: str = "7") -> RegistrationState:
        """Submitted, looked at, and a minute later."""
        self.submit(self.mother, given, number, token="t")
        self.arrivals.look_through()
        self.minute()
        return self.registrations.all(self.mother)[0].state


@pytest.fixture
def school(store: Store, clock: Clock, make: Make) -> School:
    return School(store, clock, make)


def test_what_is_certain_comes_in_by_itself(school: School) -> None:
    assert school.arrived() is RegistrationState.ACCEPTED
    assert [guardian.name for guardian in school.people.child(school.make.principal(), school.child).guardians] == [
        "高橋 mother"
    ]
    assert school.mails() == ["accepted"]


@pytest.mark.parametrize(
    ("given", "number"),
    [
        (UNKNOWN, "7"),
        (HIDDEN, "8"),
        (GIVEN, ""),
        (GIVEN, "9"),
        (replace(GIVEN, family_name_kana="タカバシ"), "7"),
    ],
)
def test_everything_else_waits_for_a_reviewer(school: School, given: ChildGiven, number: str) -> None:
    assert school.arrived(given, number) is RegistrationState.SUBMITTED
    assert len(school.waiting()) == 1
    assert school.mails() == []


def test_where_the_school_does_not_say_so_everything_waits(school: School) -> None:
    with school.store.bookkeep() as session:
        session.execute(text("UPDATE schools SET accepts_unseen = false"))
    assert school.arrived() is RegistrationState.SUBMITTED


@pytest.mark.parametrize("others", [False, True])
def test_whoever_tries_one_birth_date_after_the_other_is_let_in_by_nobody_but_a_reviewer(
    school: School, others: bool
) -> None:
    """By one account, or by a new one for each try."""
    for day in range(1, 4):
        with school.store.bookkeep() as session:
            guesser = school.citizen(session, f"guesser{day}") if others else school.mother
        sent = school.submit(guesser, replace(GIVEN, birth_date=date(2017, 6, day)), token=f"g{day}")
        school.arrivals.look_through()
        school.registrations.take_back(guesser, sent.id, sent.version)
    assert school.arrived() is RegistrationState.SUBMITTED


def test_all_children_of_a_large_family_come_in_at_once(school: School) -> None:
    with school.store.bookkeep() as session:
        room = session.get_one(Homeroom, school.room)
        for number in range(10, 15):
            school.make.child(
                session, room, "髙橋", f"子{number}", kana=("タカハシ", "コ" * number), number=str(number)
            )
    for number in range(10, 15):
        given = replace(GIVEN, given_name=f"子{number}", given_name_kana="コ" * number)
        school.submit(school.mother, given, str(number), token=f"f{number}")
    assert school.arrivals.look_through() == 5


def test_a_mistake_that_is_put_right_comes_in_by_itself(school: School) -> None:
    sent = school.submit(school.mother, replace(GIVEN, birth_date=date(2017, 6, 1)), token="g")
    school.arrivals.look_through()
    school.registrations.take_back(school.mother, sent.id, sent.version)
    assert school.arrived() is RegistrationState.ACCEPTED


def test_a_second_parent_always_waits_and_the_queue_alone_says_that_it_is_one(school: School) -> None:
    school.arrived()
    sent = school.submit(school.father, replace(GIVEN, relationship="father"))
    school.arrivals.look_through()
    school.minute()
    mine = school.registrations.get(school.father, sent.id)
    assert (mine.state, mine.kind, mine.version) == (RegistrationState.SUBMITTED, Kind.NEW_CHILD, sent.version)
    [row] = school.reviews.queue_rows(school.reviewer, school.reviews.queue_ids(school.reviewer, QueueQuery()))
    assert row.kind is Kind.SECOND_PARENT


def test_of_two_parents_at_the_same_time_only_one_comes_in_unseen(school: School) -> None:
    school.submit(school.mother)
    school.submit(school.father, replace(GIVEN, relationship="father"))
    assert school.arrivals.look_through() == 1
    school.minute()
    assert len(school.waiting()) == 1


def test_whoever_sends_a_hidden_child_gets_the_same_work_done_as_for_an_unknown_one(school: School) -> None:
    """In time: the page does the same statements, whether it is hidden, unknown, or certain to come in."""
    done: list[Counter[str]] = []
    answers: list[Registration] = []
    for token, given in (("u", UNKNOWN), ("h", HIDDEN), ("g", GIVEN)):
        statements: Counter[str] = Counter()

        def hear(_c: object, _u: object, statement: str, *_rest: object) -> None:
            statements[statement] += 1  # noqa: B023 - of this round

        event.listen(school.store.engine, "before_cursor_execute", hear)
        answers.append(school.submit(school.mother, given, "8", token=token))
        event.remove(school.store.engine, "before_cursor_execute", hear)
        done.append(statements)
    assert done[0] == done[1] == done[2]


def test_and_is_told_the_same_before_and_after_the_worker_has_looked(school: School) -> None:
    unknown = school.submit(school.mother, UNKNOWN, "8", token="u")
    hidden = school.submit(school.mother, HIDDEN, "8", token="h")
    for _ in range(2):
        told = [
            replace(school.registrations.get(school.mother, sent.id), id=0, child=GIVEN) for sent in (unknown, hidden)
        ]
        assert told[0] == told[1]
        school.arrivals.look_through()
        school.minute()
    assert school.mails() == []
    assert school.registrations.own_children(school.mother) == []


def test_one_that_was_taken_back_into_the_queue_is_not_let_in_again(school: School) -> None:
    sent = school.submit(school.mother)
    school.arrivals.look_through()
    school.reviews.undo(school.reviewer, sent.id)
    assert school.arrivals.look_through() == 0
    school.minute()
    assert school.waiting() == [sent.id]
    with school.store.read() as session:
        assert session.scalars(select(Row.looked_at)).one() is not None
        assert session.scalars(select(Child.id)).all()


def test_a_second_parent_who_is_refused_reads_nothing_of_the_first(school: School) -> None:
    school.arrived()
    sent = school.submit(school.father, replace(GIVEN, relationship="father"))
    school.arrivals.look_through()
    school.reviews.refuse(school.reviewer, sent.id, sent.version, Refusal.TWICE)
    school.minute()
    [mail] = [words.body for post, words in school.posts.claim("p@city.example") if post.template == "refused"]
    assert mail == "高橋 美咲さんの登録を受け付けられませんでした。\n\nご不明な点は、学校にお問い合わせください。"
