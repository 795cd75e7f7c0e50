"""A guardian registers a child, step by step, and nobody else's."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import select

from desktop.domain.accounts import Citizen
from desktop.domain.errors import UserError
from desktop.domain.registrations import ChildGiven, Registration, RegistrationState, SchoolGiven
from desktop.secrets import Secrets, new_data_key
from desktop.services.registration_codes import RegistrationCodes
from desktop.services.registrations import Registrations
from desktop.store import audit
from desktop.store import settings as settings_store
from desktop.store.db import Session, Store
from desktop.store.tables import Account, AuditEvent
from tests.conftest import Clock
from tests.make import YEAR, Make

SECRETS = Secrets.handed({"DATA_KEY": new_data_key()})
CHILD = ChildGiven("高橋", "美咲", "たかはし", "ﾐｻｷ", "female", date(2017, 6, 14), "mother")
ODD = ("", " ", "　", "x" * 10_000, "\0", "\x1b[31m", "😀", "\u202eabc", "<b>x</b>", "'; DROP TABLE children; --",
       "ÿþ", "%00")  # fmt: skip


class Family:
    """Two parents before the form, and a school with a class, one that is not settled, and a club."""

    def __init__(self, store: Store, clock: Clock, make: Make) -> None:
        self.store, self.clock, self.make = store, clock, make
        codes = RegistrationCodes(store, SECRETS, clock)
        self.registrations = Registrations(store, codes, clock)
        with store.write(make.principal()) as session:
            make.installation(session)
            school, other = make.school(session), make.school(session, "H002", "にし小学校")
            room, foreign = make.homeroom(session, school, "3-1"), make.homeroom(session, other, "3-1")
            self.school, self.other, self.room, self.foreign = school.id, other.id, room.id, foreign.id
            self.club = make.group(session, school).id
            self.mother, self.father = (_citizen(session, name) for name in ("mother", "father"))
            audit.record(session, "made", "world")
        self.code = codes.for_letters(make.principal(), self.school, 1)

    def given(self, **changes: object) -> SchoolGiven:
        given = SchoolGiven(self.school, self.room, frozenset({self.club}), "7", self.code)
        return replace(given, **changes)  # type: ignore[arg-type]  # fields by name

    def drafted(self, token: str = "t1") -> Registration:
        return self.registrations.begin(self.mother, token, CHILD)

    def submitted(self) -> Registration:
        draft = self.drafted()
        with_school = self.registrations.set_school(self.mother, draft.id, draft.version, self.given())
        return self.registrations.submit(self.mother, draft.id, with_school.version)


def _citizen(session: Session, name: str) -> Citizen:
    row = Account(
        origin="email", login=f"{name}@mail.example", address=f"{name}@mail.example", family_name="高橋",
        language="ja", created_at=datetime(2026, 11, 20, tzinfo=UTC),
    )  # fmt: skip
    session.add(row)
    session.flush()
    return Citizen(row.id, row.login, row.family_name, "", "ja")


@pytest.fixture
def family(store: Store, clock: Clock, make: Make) -> Family:
    return Family(store, clock, make)


def refused(act: Callable[[], object]) -> str:
    with pytest.raises(UserError) as error:
        act()
    return error.value.code


def test_step_by_step_a_child_is_registered(family: Family) -> None:
    draft = family.drafted()
    assert (draft.state, draft.child.given_name_kana, draft.school) == (RegistrationState.DRAFT, "ミサキ", "")
    done = family.submitted()
    assert (done.state, done.school, done.homeroom, done.year) == (
        RegistrationState.SUBMITTED, "ひがし小学校", "3-1", YEAR,
    )  # fmt: skip
    assert (done.groups, done.student_number) == (("サッカー部",), "7")
    assert family.registrations.all(family.mother) == [done]


def test_a_child_without_a_school_is_not_submitted(family: Family) -> None:
    draft = family.drafted()
    assert (
        refused(lambda: family.registrations.submit(family.mother, draft.id, draft.version)) == "registration.no_school"
    )


def test_the_same_form_sent_twice_is_one_registration(family: Family) -> None:
    assert family.drafted().id == family.drafted().id
    assert family.drafted("t2").id != family.drafted().id


def test_of_two_tabs_the_second_is_told(family: Family) -> None:
    draft = family.drafted()
    family.registrations.change_child(family.mother, draft.id, draft.version, replace(CHILD, given_name="美月"))
    again = lambda: family.registrations.change_child(family.mother, draft.id, draft.version, CHILD)  # noqa: E731
    assert refused(again) == "registration.changed"


def test_nobody_reaches_anothers_registration(family: Family) -> None:
    mine = family.drafted()
    acts = (
        lambda: family.registrations.get(family.father, mine.id),
        lambda: family.registrations.change_child(family.father, mine.id, mine.version, CHILD),
        lambda: family.registrations.set_school(family.father, mine.id, mine.version, family.given()),
        lambda: family.registrations.submit(family.father, mine.id, mine.version),
        lambda: family.registrations.take_back(family.father, mine.id, mine.version),
    )
    assert {refused(act) for act in acts} == {"not_found"}
    assert family.registrations.all(family.father) == []


def test_a_class_must_be_the_schools_and_the_code_right(family: Family) -> None:
    draft = family.drafted()

    def wrong(**changes: object) -> str:
        given = family.given(**changes)
        return refused(lambda: family.registrations.set_school(family.mother, draft.id, draft.version, given))

    assert wrong(homeroom_id=family.foreign) == "registration.place_unknown"
    assert wrong(group_ids=frozenset({99})) == "registration.place_unknown"
    assert wrong(school_id=family.other, homeroom_id=family.foreign, group_ids=frozenset()) == "registration_code.wrong"
    assert wrong(code="") == "form.wrong"
    assert family.registrations.get(family.mother, draft.id).school == ""


def test_what_was_submitted_is_changed_no_more_but_can_be_taken_back(family: Family) -> None:
    done = family.submitted()
    change = lambda: family.registrations.change_child(family.mother, done.id, done.version, CHILD)  # noqa: E731
    assert refused(change) == "registration.closed"
    family.registrations.take_back(family.mother, done.id, done.version)
    assert family.registrations.get(family.mother, done.id).state is RegistrationState.TAKEN_BACK


def test_from_the_opening_on_the_coming_years_classes_are_offered(family: Family, clock: Clock) -> None:
    assert family.registrations.places(family.school).year == YEAR
    with family.store.bookkeep() as session:
        settings_store.put(session, "registration.opens_at", "2027-03-17T09:00")
    clock.now = datetime(2027, 3, 18, 3, 0, tzinfo=UTC)
    assert family.registrations.places(family.school).year == YEAR + 1


def test_each_grade_offers_its_class_that_is_not_settled(family: Family) -> None:
    rooms = family.registrations.places(family.school).homerooms
    assert [(grade, name, unplaced) for _, grade, name, unplaced in rooms] == [
        ("3年", "1", False), ("3年", "未定", True),
    ]  # fmt: skip
    assert [name for _, _, name in family.registrations.schools()] == ["ひがし小学校", "にし小学校"]


def test_the_audit_names_nobody(family: Family) -> None:
    family.submitted()
    with family.store.read() as session:
        told = repr([(e.actor_label, e.details) for e in session.scalars(select(AuditEvent))])
    assert "高橋" not in told
    assert "タカハシ" not in told
    assert family.code not in told


@pytest.mark.parametrize("odd", ODD)
@pytest.mark.parametrize("field", ["family_name", "given_name", "family_name_kana", "given_name_kana", "relationship"])
def test_odd_text_is_refused_at_its_field_or_kept(
    sqlite_store: Store, clock: Clock, make: Make, field: str, odd: str
) -> None:
    family = Family(sqlite_store, clock, make)
    child = replace(CHILD, **{field: odd})  # type: ignore[arg-type]  # a field by name
    if problems := family.registrations.check_child(child):
        assert {problem.field for problem in problems} <= {field, "given_name_kana"}
        assert refused(lambda: family.registrations.begin(family.mother, "t1", child)) == "form.wrong"
        assert family.registrations.all(family.mother) == []
    else:
        draft = family.registrations.begin(family.mother, "t1", child)
        assert getattr(draft.child, field) == odd.strip()
