"""Adding, changing and moving the rosters' people."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import select

from desktop.domain.errors import UserError
from desktop.domain.people import ChildForm, ContactForm, GuardianForm, ListQuery, Node
from desktop.domain.staff import Actor, ActorKind, Grant, Role, Scope, ScopeKind
from desktop.services.people import People
from desktop.store import audit
from desktop.store.db import Store
from desktop.store.tables import AuditEvent, ContactPoint, Enrolment, GuardianSchool, Homeroom, Placement
from tests.conftest import Clock
from tests.make import Make

MAIL = ContactForm("email", "aoki@mail.example")


class City:
    def __init__(self, store: Store, make: Make) -> None:
        with store.write(make.principal()) as session:
            self.east = make.school(session)
            self.west = make.school(session, "H002", "にし中学校", "junior_high")
            self.room1 = make.homeroom(session, self.east, "3-1")
            self.room2 = make.homeroom(session, self.east, "3-2")
            self.west_room = make.homeroom(session, self.west, "1-1")
            self.football, self.chess = make.group(session, self.east), make.group(session, self.east, "将棋部")
            self.hina = make.child(session, self.room1, "青木", "陽菜", number="1")
            self.misaki = make.child(session, self.room1, "髙橋", "美咲", number="2")
            self.yui = make.child(session, self.west_room, "青木", "結衣")
            self.clerk = make.staff(session, Role.CLERK, school=self.east)
            self.west_clerk = make.staff(session, Role.CLERK, school=self.west)
            self.helpdesk = make.staff(session, Role.HELPDESK)
            audit.record(session, "added", "school")

    def form(self, **fields: object) -> ChildForm:
        """陽菜 as she stands in the database."""
        known = {"family_name": "青木", "given_name": "陽菜", "family_name_kana": "アオキ", "given_name_kana": "ヒナ"}
        known |= {"sex": "female", "birth_date": date(2017, 6, 14), "student_number": "1"}  # type: ignore[dict-item]
        known |= {"homeroom_id": self.room1.id, "id": self.hina.id, "version": 1}  # type: ignore[dict-item]
        return ChildForm(**(known | fields))  # type: ignore[arg-type]


@pytest.fixture
def city(store: Store, make: Make) -> City:
    return City(store, make)


@pytest.fixture
def people(store: Store, clock: Clock) -> People:
    return People(store, clock)


def refused(call: Callable[[], object]) -> UserError:
    with pytest.raises(UserError) as error:
        call()
    return error.value


def room_of(people: People, actor: Actor, child_id: int) -> tuple[str, str]:
    (row,) = people.children(actor, [child_id])
    return row.homeroom, row.student_number


# Children


def test_a_new_child_stands_in_its_class_and_is_found(people: People, city: City) -> None:
    form = ChildForm(
        " 小林 ", "樹", "コバヤシ", "イツキ", "male", date(2017, 5, 2), city.room2.id, "7", "C-77",
        frozenset({city.football.id}),
    )  # fmt: skip
    child_id = people.save_child(city.clerk, form)
    child = people.child(city.clerk, child_id)
    assert (child.family_name, child.child_code, child.groups, child.version) == ("小林", "C-77", ("サッカー部",), 1)
    assert [(place.homeroom, place.student_number) for place in child.placements] == [("3-2", "7")]
    for typed in ("こばやし", "C-77"):
        assert list(people.child_ids(city.clerk, ListQuery(typed=typed))) == [child_id]


def test_a_changed_child_is_found_by_its_new_name_alone(people: People, city: City) -> None:
    form = city.form(family_name="佐々木", family_name_kana="ササキ", student_number="30")
    assert people.save_child(city.clerk, form) == city.hina.id
    assert list(people.child_ids(city.clerk, ListQuery(typed="ささき"))) == [city.hina.id]
    assert list(people.child_ids(city.clerk, ListQuery(typed="あおき"))) == [city.misaki.id]
    assert room_of(people, city.clerk, city.hina.id) == ("3-1", "30")
    assert people.child(city.clerk, city.hina.id).version == 2


def test_saving_what_stands_there_changes_nothing(people: People, city: City, store: Store) -> None:
    people.save_child(city.clerk, city.form())
    assert people.child(city.clerk, city.hina.id).version == 1
    with store.read() as session:
        assert session.scalars(select(AuditEvent).where(AuditEvent.subject == "child")).all() == []


def test_another_class_and_other_groups(people: People, city: City) -> None:
    people.save_child(city.clerk, city.form(group_ids=frozenset({city.football.id, city.chess.id})))
    people.save_child(
        city.clerk,
        city.form(version=2, homeroom_id=city.room2.id, student_number="9", group_ids=frozenset({city.chess.id})),
    )
    child = people.child(city.clerk, city.hina.id)
    assert (child.groups, room_of(people, city.clerk, child.id)) == (("将棋部",), ("3-2", "9"))


def test_a_code_belongs_to_one_child_of_a_school(people: People, city: City) -> None:
    people.save_child(city.clerk, city.form(child_code="C-1"))
    other = ChildForm("小林", "樹", homeroom_id=city.room2.id, child_code="C-1")
    assert refused(lambda: people.save_child(city.clerk, other)).code == "child.code_taken"
    people.save_child(city.clerk, city.form(version=2, child_code=""))
    assert people.save_child(city.clerk, other)


def test_of_two_who_edit_a_child_the_second_is_told(people: People, city: City) -> None:
    people.save_child(city.clerk, city.form(given_name="陽"))
    error = refused(lambda: people.save_child(city.clerk, city.form(given_name="菜")))
    assert (error.code, error.details["who"]) == ("changed_elsewhere", city.clerk.label)


def test_whoever_edits_a_child_hears_that_it_was_moved(people: People, city: City) -> None:
    people.move(city.west_clerk, [], city.west_room.id)
    people.move(city.clerk, [city.hina.id], city.room2.id)
    assert refused(lambda: people.save_child(city.clerk, city.form(given_name="陽"))).code == "changed_elsewhere"


def test_the_event_names_fields_and_no_person(people: People, city: City, store: Store) -> None:
    people.save_child(city.clerk, city.form(given_name="陽", student_number="5"))
    with store.read() as session:
        event = session.scalars(select(AuditEvent).order_by(AuditEvent.id.desc()).limit(1)).one()
    assert (event.verb, event.subject, event.school_id) == ("changed", "child", city.east.id)
    assert event.details == {"fields": ["given_name", "student_number"]}


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"family_name": " 　"}, ("family_name", "required")),
        ({"given_name": ""}, ("given_name", "required")),
        ({"given_name": "あ" * 101}, ("given_name", "name.too_long")),
        ({"given_name": "陽\x00菜"}, ("given_name", "control_characters")),
        ({"family_name_kana": "青木"}, ("family_name_kana", "kana")),
        ({"birth_date": date(2026, 11, 21)}, ("birth_date", "date.future")),
        ({"student_number": "1" * 41}, ("student_number", "name.too_long")),
        ({"id": None, "homeroom_id": None}, ("homeroom_id", "required")),
    ],
)
def test_a_field_that_cannot_be_meant_is_named(
    people: People, city: City, fields: dict[str, object], problem: tuple[str, str]
) -> None:
    form = city.form(**fields)
    assert [(each.field, each.code) for each in people.check_child(form)] == [problem]
    error = refused(lambda: people.save_child(city.clerk, form))
    assert (error.code, error.details["fields"]) == ("form.invalid", problem[0])


def test_a_child_born_today_may_be(people: People, city: City) -> None:
    assert people.check_child(city.form(birth_date=date(2026, 11, 20))) == []


def test_who_may_not_change_children_does_not(people: People, city: City) -> None:
    new = ChildForm("小林", "樹", homeroom_id=city.room1.id)
    assert refused(lambda: people.save_child(city.west_clerk, new)).code == "forbidden"
    assert refused(lambda: people.save_child(city.helpdesk, new)).code == "forbidden"
    assert refused(lambda: people.save_child(city.helpdesk, city.form(homeroom_id=None))).code == "forbidden"
    stolen = city.form(homeroom_id=city.west_room.id)
    assert refused(lambda: people.save_child(city.west_clerk, stolen)).code == "not_found"
    assert refused(lambda: people.save_child(city.clerk, stolen)).code == "forbidden"
    assert refused(lambda: people.move(city.helpdesk, [city.hina.id], city.room2.id)).code == "forbidden"


def test_a_teacher_adds_to_their_own_class_alone(people: People, city: City) -> None:
    teacher = Actor(
        ActorKind.STAFF, "t", None, (Grant(Role.CLERK, Scope(ScopeKind.HOMEROOM, city.east.id, city.room1.id)),)
    )
    assert people.save_child(teacher, ChildForm("小林", "樹", homeroom_id=city.room1.id))
    there = ChildForm("小林", "樹", homeroom_id=city.room2.id)
    assert refused(lambda: people.save_child(teacher, there)).code == "forbidden"


def test_a_child_keeps_its_school(people: People, city: City, make: Make) -> None:
    elsewhere = city.form(homeroom_id=city.west_room.id)
    assert refused(lambda: people.save_child(make.principal(), elsewhere)).code == "child.other_school"


# Moving


def test_a_class_moves_and_moves_back(people: People, city: City, clock: Clock) -> None:
    ids = [city.hina.id, city.misaki.id]
    token = people.move(city.clerk, ids, city.room2.id)
    assert [room_of(people, city.clerk, id_) for id_ in ids] == [("3-2", ""), ("3-2", "")]
    clock.turn(minutes=10)
    people.undo(city.clerk, token)
    assert [room_of(people, city.clerk, id_) for id_ in ids] == [("3-1", "1"), ("3-1", "2")]
    assert refused(lambda: people.undo(city.clerk, token)).code == "undo.changed"


def test_a_move_keeps_where_the_child_was(people: People, city: City, store: Store) -> None:
    people.move(city.clerk, [city.hina.id], city.room2.id)
    with store.read() as session:
        history = session.execute(
            select(Homeroom.label, Placement.from_date, Placement.to_date)
            .join(Homeroom, Homeroom.id == Placement.homeroom_id)
            .join(Enrolment, Enrolment.id == Placement.enrolment_id)
            .where(Enrolment.child_id == city.hina.id)
            .order_by(Placement.id)
        ).all()
    assert [tuple(row) for row in history] == [
        ("3-1", date(2026, 4, 1), date(2026, 11, 19)),
        ("3-2", date(2026, 11, 20), None),
    ]


def test_two_moves_on_one_day_leave_one_class(people: People, city: City, make: Make) -> None:
    people.move(city.clerk, [city.hina.id], city.room2.id)
    second = people.move(city.clerk, [city.hina.id], city.room1.id)
    assert list(people.child_ids(city.clerk, ListQuery(Node(city.east.id, homeroom_id=city.room2.id)))) == []
    assert room_of(people, city.clerk, city.hina.id) == ("3-1", "")
    people.undo(city.clerk, second)
    assert list(people.child_ids(city.clerk, ListQuery(Node(city.east.id, homeroom_id=city.room2.id)))) == [
        city.hina.id
    ]


def test_a_move_to_where_they_are_changes_nothing(people: People, city: City) -> None:
    token = people.move(city.clerk, [city.hina.id], city.room1.id)
    people.undo(city.clerk, token)
    assert room_of(people, city.clerk, city.hina.id) == ("3-1", "1")
    assert people.child(city.clerk, city.hina.id).version == 1


def test_a_move_is_not_undone_later_or_over_other_changes(people: People, city: City, clock: Clock) -> None:
    late = people.move(city.clerk, [city.hina.id], city.room2.id)
    clock.turn(minutes=10, seconds=1)
    assert refused(lambda: people.undo(city.clerk, late)).code == "undo.too_late"
    built_on = people.move(city.clerk, [city.misaki.id], city.room2.id)
    people.move(city.clerk, [city.misaki.id], city.room1.id)
    assert refused(lambda: people.undo(city.clerk, built_on)).code == "undo.changed"
    assert refused(lambda: people.undo(city.clerk, 999_999)).code == "undo.changed"


def test_somebody_elses_move_is_not_ones_to_undo(people: People, city: City) -> None:
    token = people.move(city.clerk, [city.hina.id], city.room2.id)
    assert refused(lambda: people.undo(city.west_clerk, token)).code == "forbidden"


def test_nobody_moves_to_another_school(people: People, city: City, make: Make) -> None:
    ids = [city.hina.id, city.yui.id]
    assert refused(lambda: people.move(make.principal(), ids, city.room2.id)).code == "child.other_school"
    assert refused(lambda: people.move(city.clerk, ids, city.room2.id)).code == "child.other_school"
    assert room_of(people, city.clerk, city.hina.id) == ("3-1", "1")


# Guardians


def form_of(people: People, actor: Actor, guardian_id: int) -> GuardianForm:
    details = people.guardian(actor, guardian_id)
    contacts = tuple(ContactForm(c.kind, c.address, c.plain_text_only, c.id) for c in details.contacts)
    return GuardianForm(
        details.family_name, details.given_name, language=details.language, relationship="mother", contacts=contacts,
        id=details.id, version=details.version,
    )  # fmt: skip


def test_a_guardian_is_added_and_reached(people: People, city: City) -> None:
    contacts = (
        MAIL,
        ContactForm("phone", "０９０－１２３４－５６７８"),
        ContactForm("line", "U" + "a" * 32),
        ContactForm("paper", ""),
    )
    form = GuardianForm("青木", "恵", "アオキ", "メグミ", "ja", "mother", contacts=contacts)
    guardian_id = people.save_guardian(city.clerk, city.hina.id, form)
    (mother,) = people.child(city.clerk, city.hina.id).guardians
    assert (mother.guardian_id, mother.name, mother.relationship, mother.position) == (
        guardian_id,
        "青木 恵",
        "mother",
        1,
    )
    assert [(c.kind, c.address, c.usable) for c in mother.contacts] == [
        ("email", "aoki@mail.example", True),
        ("phone", "09012345678", True),
        ("line", "U" + "a" * 32, True),
        ("paper", "", True),
    ]
    for typed in ("あおきめぐみ", "5678", "090-1234", "aoki@"):
        assert list(people.guardian_ids(city.clerk, ListQuery(typed=typed))) == [guardian_id]
        assert list(people.guardian_ids(city.west_clerk, ListQuery(typed=typed))) == []
    assert list(people.child_ids(city.clerk, ListQuery(typed="090-1234-5678"))) == [city.hina.id]


def test_a_mail_address_has_its_lane(people: People, city: City, store: Store) -> None:
    form = GuardianForm("青木", contacts=(ContactForm("email", "hina..a.@docomo.ne.jp"),))
    people.save_guardian(city.clerk, city.hina.id, form)
    with store.read() as session:
        assert session.execute(select(ContactPoint.address, ContactPoint.lane)).one() == (
            "hina..a.@docomo.ne.jp",
            "docomo",
        )


def test_contacts_not_named_any_more_are_removed(people: People, city: City) -> None:
    first = GuardianForm("青木", "恵", contacts=(MAIL, ContactForm("phone", "0821234567")))
    guardian_id = people.save_guardian(city.clerk, city.hina.id, first)
    form = form_of(people, city.clerk, guardian_id)
    people.save_guardian(
        city.clerk, city.hina.id, replace(form, contacts=(form.contacts[0], ContactForm("email", "b@mail.example")))
    )
    contacts = people.guardian(city.clerk, guardian_id).contacts
    assert [contact.address for contact in contacts] == ["aoki@mail.example", "b@mail.example"]
    assert list(people.guardian_ids(city.clerk, ListQuery(typed="082-123"))) == []


def test_addresses_may_change_places(people: People, city: City) -> None:
    first = GuardianForm("青木", "恵", contacts=(MAIL, ContactForm("email", "b@mail.example")))
    guardian_id = people.save_guardian(city.clerk, city.hina.id, first)
    form = form_of(people, city.clerk, guardian_id)
    one, two = form.contacts
    swapped = (replace(one, address=two.address), replace(two, address=one.address, plain_text_only=True))
    people.save_guardian(city.clerk, city.hina.id, replace(form, contacts=swapped))
    contacts = people.guardian(city.clerk, guardian_id).contacts
    assert {(c.address, c.plain_text_only) for c in contacts} == {
        ("aoki@mail.example", True),
        ("b@mail.example", False),
    }


def test_a_stopped_address_works_again_when_it_is_entered_anew(
    people: People, city: City, store: Store, make: Make
) -> None:
    with store.write(make.principal()) as session:
        guardian = make.guardian(session, city.hina, mail="aoki@mail.example", suppressed="bounced")
        audit.record(session, "added", "guardian")
    form = form_of(people, city.clerk, guardian.id)
    people.save_guardian(city.clerk, city.hina.id, replace(form, given_name="恵"))
    assert not people.guardian(city.clerk, guardian.id).contacts[0].usable
    people.save_guardian(city.clerk, city.hina.id, replace(form, given_name="恵", contacts=(MAIL,), version=2))
    assert people.guardian(city.clerk, guardian.id).contacts[0].usable


def test_a_stopped_address_is_released(people: People, city: City, store: Store, make: Make) -> None:
    with store.write(make.principal()) as session:
        guardian = make.guardian(session, city.hina, suppressed="bounced")
        audit.record(session, "added", "guardian")
    (contact,) = people.guardian(city.clerk, guardian.id).contacts
    assert refused(lambda: people.release_contact(city.west_clerk, contact.id)).code == "not_found"
    assert refused(lambda: people.release_contact(city.helpdesk, contact.id)).code == "forbidden"
    people.release_contact(city.clerk, contact.id)
    assert people.guardian(city.clerk, guardian.id).contacts[0].usable
    assert list(people.child_ids(city.clerk, ListQuery(only="unreached"))) == [city.misaki.id]


@pytest.mark.parametrize(
    ("contacts", "code"),
    [
        ((ContactForm("email", "aoki"),), "mail.syntax"),
        ((ContactForm("email", ""),), "mail.syntax"),
        ((ContactForm("phone", "12"),), "phone.length"),
        ((ContactForm("phone", "でんわ"),), "phone.letters"),
        ((ContactForm("line", "aoki"),), "line.syntax"),
        ((MAIL, ContactForm("email", "ａｏｋｉ@mail.example")), "contact.twice"),
        ((ContactForm("phone", "090-1234-5678"), ContactForm("phone", "+81 90 1234 5678")), "contact.twice"),
        (tuple(ContactForm("email", f"a{n}@mail.example") for n in range(21)), "contact.too_many"),
    ],
)
def test_a_contact_that_cannot_be_meant_is_named(
    people: People, city: City, contacts: tuple[ContactForm, ...], code: str
) -> None:
    form = GuardianForm("青木", contacts=contacts)
    assert [(problem.field, problem.code) for problem in people.check_guardian(form)] == [("contacts", code)]
    assert refused(lambda: people.save_guardian(city.clerk, city.hina.id, form)).code == "form.invalid"


def test_a_guardian_needs_a_name_and_a_known_language(people: People) -> None:
    problems = people.check_guardian(GuardianForm(" ", language="tlh"))
    assert [(problem.field, problem.code) for problem in problems] == [
        ("family_name", "required"),
        ("language", "required"),
    ]


def test_of_two_who_edit_a_guardian_the_second_is_told(people: People, city: City) -> None:
    guardian_id = people.save_guardian(city.clerk, city.hina.id, GuardianForm("青木", "恵", contacts=(MAIL,)))
    stale = form_of(people, city.clerk, guardian_id)
    people.save_guardian(city.clerk, city.hina.id, replace(stale, contacts=()))
    other = replace(stale, given_name="めぐみ")
    assert refused(lambda: people.save_guardian(city.clerk, city.hina.id, other)).code == "changed_elsewhere"


def test_a_known_guardian_is_given_to_a_sibling(people: People, city: City, make: Make, store: Store) -> None:
    guardian_id = people.save_guardian(city.clerk, city.hina.id, GuardianForm("青木", "恵", contacts=(MAIL,)))
    assert refused(lambda: people.guardian(city.west_clerk, guardian_id)).code == "not_found"
    form = form_of(people, city.clerk, guardian_id)
    assert refused(lambda: people.save_guardian(city.west_clerk, city.yui.id, form)).code == "not_found"
    people.save_guardian(make.principal(), city.yui.id, form)
    assert people.guardian(city.west_clerk, guardian_id).children == ((city.yui.id, "青木 結衣", "1-1"),)
    assert list(people.guardian_ids(city.west_clerk, ListQuery(typed="aoki@"))) == [guardian_id]
    with store.read() as session:
        assert set(session.scalars(select(GuardianSchool.school_id))) == {city.east.id, city.west.id}


def test_a_guardian_taken_from_a_child_is_out_of_the_schools_sight(people: People, city: City, make: Make) -> None:
    guardian_id = people.save_guardian(city.clerk, city.hina.id, GuardianForm("青木", "恵", contacts=(MAIL,)))
    people.save_guardian(make.principal(), city.yui.id, form_of(people, city.clerk, guardian_id))
    (bond,) = people.child(city.clerk, city.hina.id).guardians
    assert refused(lambda: people.remove_guardianship(city.west_clerk, bond.guardianship_id)).code == "not_found"
    people.remove_guardianship(city.clerk, bond.guardianship_id)
    assert people.child(city.clerk, city.hina.id).guardians == ()
    assert refused(lambda: people.guardian(city.clerk, guardian_id)).code == "not_found"
    assert list(people.guardian_ids(city.clerk, ListQuery(typed="aoki@"))) == []
    assert people.guardian(city.west_clerk, guardian_id).given_name == "恵"
    assert refused(lambda: people.remove_guardianship(city.clerk, bond.guardianship_id)).code == "not_found"


def test_nobody_changes_the_family_of_another_schools_child(people: People, city: City) -> None:
    form = GuardianForm("青木", "恵", contacts=(MAIL,))
    assert refused(lambda: people.save_guardian(city.west_clerk, city.hina.id, form)).code == "not_found"
    assert refused(lambda: people.save_guardian(city.helpdesk, city.hina.id, form)).code == "forbidden"
