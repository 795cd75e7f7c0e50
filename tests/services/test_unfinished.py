"""What does not come on by itself is listed for staff, each with a button that does the next step."""

import pytest
from sqlalchemy import text

from desktop.domain.registrations import SchoolGiven
from desktop.domain.staff import Actor
from desktop.services.deliveries import Deliveries
from desktop.services.refused_mails import RefusedMails
from desktop.services.unfinished import UnfinishedRegistrations
from desktop.store.db import Store
from desktop.store.tables import Child, School
from tests.conftest import Clock
from tests.make import Make
from tests.outgoing import approved_notice
from tests.review_office import GIVEN, Office
from tests.services.test_reviews import refused

DOCOMO = "mother@docomo.ne.jp"


class Desk(Office):
    """Whose clerk keeps the school's roster; `helper` helps the whole city."""

    def __init__(self, store: Store, clock: Clock, make: Make) -> None:
        super().__init__(store, clock, make)
        self.unfinished = UnfinishedRegistrations(store, clock)
        self.refused = RefusedMails(store, clock)
        self.sending = Deliveries(store, clock)
        self.helper = make.principal()

    def begun(self, actor: Actor | None = None) -> list[tuple[str, str, bool]]:
        return [
            (row.child, row.school, row.reminded_at is not None) for row in self.unfinished.rows(actor or self.helper)
        ]

    def sent(self, **outcome: str) -> None:
        """A notice whose mail to the mother came to this."""
        with self.store.bookkeep() as session:
            school = session.get_one(School, self.school)
            approved_notice(session, self.make, school, [session.get_one(Child, self.child)], due_at=self.clock())
        self.sending.begin_due()
        with self.store.bookkeep() as session:
            statement = text("UPDATE deliveries SET state = :state, reason = :reason WHERE state = 'due'")
            session.execute(statement, {"reason": None, **outcome})

    def listed(self, actor: Actor | None = None) -> list[tuple[str, str, str]]:
        return [(row.address, row.carrier, row.trial) for row in self.refused.rows(actor or self.clerk)]


@pytest.fixture
def desk(store: Store, clock: Clock, make: Make) -> Desk:
    return Desk(store, clock, make)


def test_a_child_without_a_school_is_the_citys_until_it_has_one(desk: Desk) -> None:
    draft = desk.registrations.begin(desk.mother, "t", GIVEN)
    assert desk.begun() == []  # she may be typing
    desk.clock.turn(hours=2)
    assert (desk.begun(), desk.begun(desk.clerk)) == ([("高橋 美咲", "", False)], [])
    at = SchoolGiven(desk.school, desk.room, frozenset(), "7", desk.code)
    with_school = desk.registrations.set_school(desk.mother, draft.id, draft.version, at)
    assert desk.begun(desk.clerk) == [("高橋 美咲", "ひがし小学校", False)]
    assert desk.begun(desk.foreign) == []
    desk.registrations.submit(desk.mother, draft.id, with_school.version)
    assert desk.begun() == []


def test_its_guardian_is_reminded_once_a_day(desk: Desk) -> None:
    draft = desk.registrations.begin(desk.mother, "t", GIVEN)
    desk.clock.turn(hours=2)
    desk.unfinished.remind(desk.helper, draft.id)
    assert desk.begun() == [("高橋 美咲", "", True)]
    assert "高橋 美咲" in desk.posts.claim("p@city.example")[-1][1].body
    assert refused(lambda: desk.unfinished.remind(desk.helper, draft.id)) == "registration.reminded"
    assert refused(lambda: desk.unfinished.remind(desk.clerk, draft.id)) == "not_found"
    desk.clock.turn(hours=25)
    desk.unfinished.remind(desk.helper, draft.id)


def test_what_a_filter_refused_is_listed_apart_from_what_does_not_exist(desk: Desk) -> None:
    with desk.store.bookkeep() as session:
        child = session.get_one(Child, desk.child)
        desk.make.guardian(session, child, mail=DOCOMO)
    desk.sent(state="failed", reason="unknown_user")
    assert desk.listed() == []
    desk.sent(state="failed", reason="filtered")
    assert desk.listed() == [(DOCOMO, "docomo", "")]
    assert desk.listed(desk.foreign) == []
    assert [name for _, name, _ in desk.refused.rows(desk.clerk)[0].children] == ["髙橋 美咲"]
    desk.sent(state="accepted")
    assert desk.listed() == []


def test_once_the_family_allows_our_mails_one_is_tried(desk: Desk) -> None:
    with desk.store.bookkeep() as session:
        child = session.get_one(Child, desk.child)
        desk.make.guardian(session, child, mail=DOCOMO, language="vi")
    desk.sent(state="failed", reason="filtered")
    with desk.store.bookkeep() as session:
        session.execute(text("UPDATE contact_points SET suppressed_reason = 'filtered'"))
    desk.clock.turn(minutes=5)
    contact = desk.refused.rows(desk.clerk)[0].contact_id
    assert refused(lambda: desk.refused.try_again(desk.foreign, contact)) == "not_found"
    desk.refused.try_again(desk.clerk, contact)
    assert desk.listed() == [(DOCOMO, "docomo", "due")]
    assert refused(lambda: desk.refused.try_again(desk.clerk, contact)) == "refused_mail.on_its_way"
    with desk.store.bookkeep() as session:
        session.execute(text("UPDATE posts SET state = 'failed', reason = 'filtered'"))
    assert desk.listed() == [(DOCOMO, "docomo", "failed")]
    desk.refused.try_again(desk.clerk, contact)
    with desk.store.bookkeep() as session:
        session.execute(text("UPDATE posts SET state = 'sent' WHERE state = 'due'"))
    assert desk.listed() == []
