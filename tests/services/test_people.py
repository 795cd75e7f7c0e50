"""The rosters' people, as clerks find and see them."""

from datetime import date

import pytest
from sqlalchemy import event

from desktop.domain.errors import UserError
from desktop.domain.people import ListQuery, Node
from desktop.domain.staff import Actor, ActorKind, Grant, Role, Scope, ScopeKind
from desktop.services.people import FIRST_ROWS, People
from desktop.store import audit, people_lists
from desktop.store.db import Store
from desktop.store.tables import Flag, Placement
from tests.conftest import NOON, Clock
from tests.make import Make


class City:
    """Two schools: 青木 (3-1) and 髙橋 (3-2, football) in the east, 青木's elder sister and Nguyễn in the west."""

    def __init__(self, store: Store, make: Make) -> None:
        with store.write(make.principal()) as session:
            self.east = make.school(session, "H001", "ひがし小学校")
            self.west = make.school(session, "H002", "にし中学校", "junior_high")
            self.room1 = make.homeroom(session, self.east, "3-1")
            self.room2 = make.homeroom(session, self.east, "3-2")
            self.west_room = make.homeroom(session, self.west, "1-1")
            self.football = make.group(session, self.east)
            self.hina = make.child(session, self.room1, "青木", "陽菜", kana=("アオキ", "ヒナ"), number="12")
            self.misaki = make.child(
                session, self.room2, "髙橋", "美咲", kana=("タカハシ", "ミサキ"), number="2", groups=(self.football,)
            )
            self.yui = make.child(
                session,
                self.west_room,
                "青木",
                "結衣",
                kana=("アオキ", "ユイ"),
                number="1",
                birth_date=date(2013, 5, 1),
            )
            self.an = make.child(session, self.west_room, "Nguyễn", "An", kana=("", ""), number="3")
            self.kenichi = make.guardian(session, self.hina, self.yui, mail="aoki@mail.example")
            self.binh = make.guardian(session, self.an, family="Nguyễn", given="Văn Bình", language="vi", mail=None)
            make.contact(session, self.binh, "line", "U" + "1" * 32, suppressed="unfollowed")
            self.mother = make.guardian(
                session, self.misaki, family="髙橋", given="恵", mail="taka@mail.example", line=""
            )
            self.clerk = make.staff(session, Role.CLERK, school=self.east)
            self.west_clerk = make.staff(session, Role.CLERK, school=self.west)
            self.principal = make.staff(session, Role.APPROVER, school=self.east)
            audit.record(session, "added", "school")

    def teacher(self, kind: ScopeKind, ref: int) -> Actor:
        """Somebody who may see one class or group of the eastern school only."""
        grant = Grant(Role.CLERK, Scope(kind, self.east.id, ref))
        return Actor(ActorKind.STAFF, "teacher", None, (grant,))


@pytest.fixture
def city(store: Store, make: Make) -> City:
    return City(store, make)


@pytest.fixture
def people(store: Store, clock: Clock) -> People:
    return People(store, clock)


def names(people: People, actor: Actor, query: ListQuery) -> list[str]:
    return [row.given_name for row in people.children(actor, people.child_ids(actor, query))]


def test_a_clerk_sees_the_children_of_their_school_alone(people: People, city: City) -> None:
    assert names(people, city.clerk, ListQuery()) == ["陽菜", "美咲"]
    assert names(people, city.west_clerk, ListQuery()) == ["An", "結衣"]
    assert names(people, city.clerk, ListQuery(Node(school_id=city.west.id))) == []
    assert people.children(city.clerk, [city.an.id, city.yui.id]) == []


def test_a_teacher_sees_the_children_of_their_class_or_club_alone(people: People, city: City) -> None:
    assert names(people, city.teacher(ScopeKind.HOMEROOM, city.room1.id), ListQuery()) == ["陽菜"]
    assert names(people, city.teacher(ScopeKind.GROUP, city.football.id), ListQuery()) == ["美咲"]


def test_somebody_without_a_role_sees_nobody(people: People, city: City) -> None:
    nobody = Actor(ActorKind.STAFF, "nobody", None)
    assert list(people.child_ids(nobody, ListQuery())) == []
    assert list(people.guardian_ids(nobody, ListQuery())) == []
    assert people.counts(nobody, Node()) == (0, 0, 0)
    assert people.find(nobody, "青木") == []


def test_a_role_that_has_ended_shows_nothing(people: People, city: City) -> None:
    yesterday = Grant(Role.CLERK, Scope(ScopeKind.CITY), to_date=date(2026, 11, 19))
    assert list(people.child_ids(Actor(ActorKind.STAFF, "x", None, (yesterday,)), ListQuery())) == []


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        ("kana", ["An", "陽菜", "結衣", "美咲"]),
        ("-kana", ["美咲", "結衣", "陽菜", "An"]),
        ("number", ["結衣", "美咲", "An", "陽菜"]),
        ("class", ["陽菜", "美咲", "結衣", "An"]),
    ],
)
def test_lists_stand_in_the_order_asked_for(
    people: People, city: City, make: Make, order: str, expected: list[str]
) -> None:
    assert names(people, make.principal(), ListQuery(order=order)) == expected


def test_a_list_by_name_has_everybody_too(people: People, city: City, make: Make) -> None:
    assert set(names(people, make.principal(), ListQuery(order="name"))) == {"An", "陽菜", "結衣", "美咲"}


def test_a_node_shows_its_own(people: People, city: City, store: Store, make: Make) -> None:
    with store.write(make.principal()) as session:
        left = session.merge(make.child(session, city.room1, "空", "席"))
        placement = session.query(Placement).order_by(Placement.id.desc()).first()
        assert placement is not None
        session.delete(placement)
        audit.record(session, "removed", "placement")
    school = city.east.id
    assert names(people, city.clerk, ListQuery(Node(school, homeroom_id=city.room2.id))) == ["美咲"]
    assert names(people, city.clerk, ListQuery(Node(school, group_id=city.football.id))) == ["美咲"]
    assert names(people, city.clerk, ListQuery(Node(school, grade_id=city.room1.grade_id))) == ["陽菜", "美咲"]
    assert list(people.child_ids(city.clerk, ListQuery(Node(school, placeless=True)))) == [left.id]
    assert names(people, city.clerk, ListQuery(Node(school, year=2025))) == []


@pytest.mark.parametrize("typed", ["髙橋", "みさ", "ﾀｶﾊｼ", "taka@mail", "TAKA@"])
def test_a_child_is_found_by_name_reading_and_mail(people: People, city: City, typed: str) -> None:
    assert names(people, city.clerk, ListQuery(typed=typed)) == ["美咲"]
    assert names(people, city.west_clerk, ListQuery(typed=typed)) == []


def test_what_finds_nobody_shows_nobody(people: People, city: City) -> None:
    assert list(people.child_ids(city.clerk, ListQuery(typed="・"))) == []
    assert list(people.guardian_ids(city.clerk, ListQuery(typed="・"))) == []


def test_a_row_says_how_the_family_is_reached(people: People, city: City, make: Make) -> None:
    hina, misaki, an = people.children(make.principal(), [city.hina.id, city.misaki.id, city.an.id])
    assert (hina.homeroom, hina.student_number, hina.guardians, hina.email, hina.line) == ("3-1", "12", 1, True, False)
    assert (misaki.email, misaki.line, misaki.line_stopped) == (True, True, False)
    assert (an.reached, an.line_stopped) == (False, True)


def test_rows_come_in_the_order_asked_for(people: People, city: City, make: Make) -> None:
    ids = [city.an.id, 999_999, city.hina.id]
    assert [row.id for row in people.children(make.principal(), ids)] == [city.an.id, city.hina.id]


def test_rows_cost_the_same_statements_however_many(people: People, city: City, store: Store, make: Make) -> None:
    with store.write(make.principal()) as session:
        more = [make.child(session, city.room1).id for _ in range(60)]
        audit.record(session, "added", "child")
    statements: list[str] = []
    event.listen(store.engine, "before_cursor_execute", lambda *call: statements.append(call[2]))
    people.children(make.principal(), [city.hina.id])
    one = len(statements)
    people.children(make.principal(), more)
    assert len(statements) == 2 * one


def test_the_unreached_can_be_listed(people: People, city: City, make: Make) -> None:
    assert names(people, make.principal(), ListQuery(only="unreached")) == ["An"]
    assert list(people.guardian_ids(make.principal(), ListQuery(only="unreached"))) == [city.binh.id]


def test_a_guardian_not_to_be_contacted_reaches_nobody(people: People, city: City, store: Store, make: Make) -> None:
    with store.write(make.principal()) as session:
        alone = make.child(session, city.room1, "孤", "独")
        make.guardian(session, alone, do_not_contact=True)
        audit.record(session, "added", "child")
    assert list(people.child_ids(city.clerk, ListQuery(only="unreached"))) == [alone.id]
    assert people.counts(city.clerk, Node()) == (3, 3, 1)


def test_counts_are_those_of_the_lists(people: People, city: City, make: Make) -> None:
    assert people.counts(city.clerk, Node()) == (2, 2, 0)
    assert people.counts(make.principal(), Node()) == (4, 3, 1)
    assert people.counts(city.clerk, Node(city.east.id, homeroom_id=city.room1.id)) == (1, 1, 0)


def test_a_flag_shows_only_to_those_who_may_know(people: People, city: City, store: Store, make: Make) -> None:
    staff = city.principal.staff_id
    assert staff is not None
    with store.write(make.principal()) as session:
        session.add(Flag(guardian_id=city.kenichi.id, reference="1", set_by=staff, set_at=NOON))
        audit.record(session, "flagged", "guardian")
    assert [row.flagged for row in people.children(city.clerk, [city.hina.id])] == [None]
    assert [row.flagged for row in people.children(city.principal, [city.hina.id, city.misaki.id])] == [True, False]
    assert names(people, city.principal, ListQuery(only="flagged")) == ["陽菜"]
    assert names(people, city.clerk, ListQuery(only="flagged")) == []
    assert list(people.guardian_ids(city.principal, ListQuery(only="flagged"))) == [city.kenichi.id]
    assert list(people.guardian_ids(city.clerk, ListQuery(only="flagged"))) == []
    assert people.child(city.clerk, city.hina.id).flagged is None
    assert people.child(city.principal, city.hina.id).flagged is True


def test_a_guardian_shows_only_children_the_actor_may_see(people: People, city: City) -> None:
    (row,) = people.guardians(city.clerk, [city.kenichi.id])
    assert row.children == ("青木 陽菜 3-1",)
    assert people.guardian(city.clerk, city.kenichi.id).children == ((city.hina.id, "青木 陽菜", "3-1"),)
    (row,) = people.guardians(city.west_clerk, [city.kenichi.id])
    assert row.children == ("青木 結衣 1-1",)
    assert people.guardians(city.clerk, [city.binh.id]) == []


def test_whoever_sees_the_city_sees_the_eldest_child_first(people: People, city: City, make: Make) -> None:
    assert [name for _, name, _ in people.guardian(make.principal(), city.kenichi.id).children] == [
        "青木 結衣",
        "青木 陽菜",
    ]


def test_strangers_cannot_be_told_from_nobody(people: People, city: City) -> None:
    for child in (city.an.id, 999_999):
        with pytest.raises(UserError) as refused:
            people.child(city.clerk, child)
        assert refused.value.code == "not_found"
    for guardian in (city.binh.id, 999_999):
        with pytest.raises(UserError) as refused:
            people.guardian(city.clerk, guardian)
        assert refused.value.code == "not_found"


def test_a_child_shows_its_class_groups_and_family(people: People, city: City) -> None:
    child = people.child(city.clerk, city.misaki.id)
    assert [(place.school, place.homeroom, place.student_number) for place in child.placements] == [
        ("ひがし小学校", "3-2", "2")
    ]
    assert child.groups == ("サッカー部",)
    (mother,) = child.guardians
    assert (mother.name, mother.relationship) == ("髙橋 恵", "father")
    assert [(contact.kind, contact.usable) for contact in mother.contacts] == [("email", True), ("line", True)]


def test_anybody_is_found_as_one_types(people: People, city: City, make: Make) -> None:
    found = people.find(make.principal(), "あおき")
    assert [(kind, title) for kind, _, title, _ in found] == [("child", "青木 陽菜"), ("child", "青木 結衣")]
    assert [(kind, id_) for kind, id_, _, _ in people.find(make.principal(), "nguyen")] == [
        ("child", city.an.id),
        ("guardian", city.binh.id),
    ]
    assert people.find(city.clerk, "nguyen") == []
    assert len(people.find(make.principal(), "a", limit=1)) == 1


def test_a_list_opens_with_its_top_and_says_whether_that_is_all(people: People, city: City) -> None:
    opening = people.first_children(city.clerk, ListQuery(order=""))
    assert opening is not None
    assert [row.given_name for row in opening.rows] == ["陽菜", "美咲"]
    assert list(opening.ids) == [row.id for row in opening.rows]
    assert opening.whole
    guardians = people.first_guardians(city.clerk, ListQuery())
    assert guardians is not None
    assert list(guardians.ids) == list(people.guardian_ids(city.clerk, ListQuery()))


def test_a_city_opens_with_its_first_school_in_the_order_of_the_whole_list(
    people: People, city: City, store: Store, make: Make
) -> None:
    with store.write(make.principal()) as session:
        for number in range(FIRST_ROWS):
            make.child(session, city.room1, "森", f"{number}", number=f"{number + 20}")
        audit.record(session, "added", "child")
    query = ListQuery(order="class")
    opening = people.first_children(make.principal(), query)
    assert opening is not None
    assert not opening.whole
    assert len(opening.rows) == FIRST_ROWS
    assert list(opening.ids) == list(people.child_ids(make.principal(), query)[:FIRST_ROWS])


def test_of_very_many_those_come_first_whose_name_does(
    people: People, city: City, store: Store, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(people_lists, "MOST_SORTED", 2)
    with store.write(make.principal()) as session:
        for name in ("ん", "い", "か"):
            child = make.child(session, city.room1, "森", name, kana=("モリ", name))
            make.guardian(session, child, family="森", given=name, mail=None)
        audit.record(session, "added", "child")
    for ids, first in ((people.child_ids, people.first_children), (people.guardian_ids, people.first_guardians)):
        found = list(ids(city.clerk, ListQuery(typed="森", order="")))
        assert len(found) == 3
        opening = first(city.clerk, ListQuery(typed="森", order=""))
        assert opening is not None
        assert [row.given_name for row in opening.rows] == ["い", "か", "ん"]
        assert list(opening.ids) == found
    asked = people.child_ids(city.clerk, ListQuery(typed="森", order="-kana"))
    assert [row.given_name for row in people.children(city.clerk, asked)] == ["ん", "か", "い"]
