"""Letters that ask families to register: for whom, in which order and language, and where the code may be read."""

import logging
from collections.abc import Callable

import pytest
from sqlalchemy import select

from desktop.domain.accounts import Citizen
from desktop.domain.errors import UserError
from desktop.domain.letters import STARS, LetterOrder, number_key
from desktop.domain.staff import Role
from desktop.secrets import Secrets, new_data_key
from desktop.services.letters import Letters
from desktop.services.registration_codes import RegistrationCodes
from desktop.store import audit, settings
from desktop.store.db import Store
from desktop.store.tables import Account, AuditEvent, Base
from tests.conftest import NOON, Clock
from tests.make import Make

SECRETS = Secrets.handed({"DATA_KEY": new_data_key()})
PORTAL = "https://portal.city.example"


class Office:
    """Two schools: at one 3-1 with three children and 2-1 with one, at the other 1-1 with one."""

    def __init__(self, store: Store, clock: Clock, make: Make) -> None:
        self.store, self.make = store, make
        self.codes = RegistrationCodes(store, SECRETS, clock)
        self.letters = Letters(store, self.codes, clock)
        with store.write(make.principal()) as session:
            make.installation(session)
            east, west = make.school(session), make.school(session, "H002", "にし小学校")
            self.east, self.west = east.id, west.id
            room, other = make.homeroom(session, east, "3-1"), make.homeroom(session, east, "2-1")
            self.room = room.id
            ten, two, none, second = (
                make.child(session, room, "青木", "十", number="10"),
                make.child(session, room, "石井", "二", number="2"),
                make.child(session, room, "上田", "無", number=" "),
                make.child(session, other, "江口", "年", number="1"),
            )
            far = make.child(session, make.homeroom(session, west, "1-1"), "西田", "西")
            self.ten, self.two, self.second, self.far = ten.id, two.id, second.id, far.id
            make.guardian(session, ten, language="vi")
            make.guardian(session, ten, language="en")
            registered = make.guardian(session, two, none)
            session.add(
                Account(
                    origin="email", login="a@mail.example", address="a@mail.example", family_name="石井",
                    language="ja", guardian_id=registered.id, created_at=NOON,
                )
            )  # fmt: skip
            self.clerk = make.staff(session, Role.CLERK, school=east)
            self.boss = make.staff(session, Role.ADMINISTRATOR)
            self.reviewer = make.staff(session, Role.REVIEWER, Role.HELPDESK, Role.APPROVER)
            settings.put(session, "portal.url", PORTAL)
            settings.put(session, "contacts.registration", "学事課 082-420-0975")
            audit.record(session, "made", "world")

    def names(self, order: LetterOrder) -> list[str]:
        return [who.name for school in self.letters.samples(self.clerk, order).schools for who in school.addressees]


@pytest.fixture
def office(store: Store, clock: Clock, make: Make) -> Office:
    return Office(store, clock, make)


def refused(act: Callable[[], object]) -> str:
    with pytest.raises(UserError) as error:
        act()
    return error.value.code


def test_letters_come_by_class_and_number(office: Office) -> None:
    assert office.names(LetterOrder(office.east)) == ["江口 年", "石井 二", "青木 十", "上田 無"]
    assert office.names(LetterOrder(office.east, office.room)) == ["石井 二", "青木 十", "上田 無"]
    assert office.names(LetterOrder(None, child_ids=(office.ten, office.second))) == ["江口 年", "青木 十"]
    assert sorted(["11", "2", "", "A3", "１"], key=number_key) == ["2", "11", "A3", "１", ""]


def test_only_families_without_a_log_in_can_be_chosen(office: Office) -> None:
    assert office.names(LetterOrder(office.east, only_unregistered=True)) == ["江口 年", "青木 十"]
    with office.store.write(office.boss) as session:
        session.scalars(select(Account)).one().state = "closed"
        audit.record(session, "closed", "account")
    assert len(office.names(LetterOrder(office.east, only_unregistered=True))) == 4


def test_each_family_reads_its_own_language_or_all_read_the_same(office: Office) -> None:
    def languages(order: LetterOrder) -> list[str]:
        (school,) = office.letters.samples(office.clerk, order).schools
        return [who.language for who in school.addressees]

    assert languages(LetterOrder(office.east, language="en")) == ["en", "ja", "vi", "ja"]
    assert languages(LetterOrder(office.east, language="en", family_language=False)) == ["en"] * 4


def test_a_sample_has_no_code_and_counts_nothing(office: Office) -> None:
    (school,) = office.letters.samples(office.clerk, LetterOrder(office.east)).schools
    assert school.paper.code == STARS
    assert (school.paper.portal_url, school.paper.terms_url) == (PORTAL, f"{PORTAL}/terms")
    assert office.codes.status(office.clerk, office.east).valid_from is None


def test_letters_are_counted_when_they_go_out(office: Office) -> None:
    batch = office.letters.begin(office.clerk, LetterOrder(office.east))
    assert office.codes.status(office.clerk, office.east).letters == 0
    office.letters.hand_out(office.clerk, batch)
    assert office.codes.status(office.clerk, office.east).letters == 4
    citizen = Citizen(1, "p@mail.example", "青木", "花", "ja")
    assert office.codes.check(citizen, office.east, batch.schools[0].paper.code)


def test_letters_with_a_code_that_was_renewed_meanwhile_never_go_out(office: Office) -> None:
    batch = office.letters.begin(office.clerk, LetterOrder(office.east))
    office.codes.renew(office.boss, office.east)
    assert refused(lambda: office.letters.hand_out(office.clerk, batch)) == "letters.renewed"
    assert office.codes.status(office.clerk, office.east).letters == 0
    again = office.letters.begin(office.clerk, LetterOrder(office.east))
    assert again.schools[0].paper.code != batch.schools[0].paper.code


def test_children_of_several_schools_get_their_own_schools_code(office: Office) -> None:
    batch = office.letters.begin(office.boss, LetterOrder(None, child_ids=(office.ten, office.far)))
    assert [school.school_id for school in batch.schools] == [office.east, office.west]
    assert len({school.paper.code for school in batch.schools}) == 2
    only_hers = office.letters.samples(office.clerk, LetterOrder(None, child_ids=(office.ten, office.far)))
    assert [school.school_id for school in only_hers.schools] == [office.east]


def test_who_hands_out_no_code_makes_no_letters(office: Office) -> None:
    for act in (
        lambda: office.letters.samples(office.reviewer, LetterOrder(office.east)),
        lambda: office.letters.begin(office.reviewer, LetterOrder(None, child_ids=(office.ten,))),
        lambda: office.letters.begin(office.clerk, LetterOrder(office.west)),
        lambda: office.letters.begin(office.boss, LetterOrder(None)),
    ):
        assert refused(act) == "forbidden"


def test_nobody_to_write_to_and_no_portal_are_said(office: Office) -> None:
    assert (
        refused(lambda: office.letters.begin(office.clerk, LetterOrder(office.east, homeroom_id=0))) == "letters.none"
    )
    with office.store.write(office.boss) as session:
        settings.put(session, "portal.url", "")
        audit.record(session, "changed", "setting")
    assert refused(lambda: office.letters.begin(office.clerk, LetterOrder(office.east))) == "letters.no_portal"


def test_whom_to_ask_is_data_by_subject(office: Office) -> None:
    def asked() -> list[tuple[list[str], str]]:
        (school,) = office.letters.samples(office.clerk, LetterOrder(office.east)).schools
        return [([str(subject) for subject in each.subjects], each.text) for each in school.paper.contacts]

    school = (["notices"], "ひがし小学校 082-000-0001")
    assert asked() == [(["registration", "operation"], "学事課 082-420-0975"), school]
    with office.store.write(office.boss) as session:
        settings.put(session, "contacts.operation", "情報課 082-420-0001")
        audit.record(session, "changed", "setting")
    assert asked() == [(["registration"], "学事課 082-420-0975"), (["operation"], "情報課 082-420-0001"), school]


def test_the_code_stands_in_no_log_no_audit_and_no_words_of_its_values(
    office: Office, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    batch = office.letters.begin(office.clerk, LetterOrder(office.east))
    office.letters.hand_out(office.clerk, batch)
    code = batch.schools[0].paper.code
    with office.store.read() as session:
        verbs = list(session.scalars(select(AuditEvent.verb).where(AuditEvent.subject == "registration_code")))
        stored = repr([session.execute(select(table)).all() for table in Base.metadata.sorted_tables])
    assert verbs[-1] == "printed"
    for text in (stored, caplog.text, repr(batch)):
        assert code not in text
        assert code.replace("-", "") not in text
