"""An audience means exactly the children its rule says, on both databases."""

from dataclasses import dataclass
from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from desktop.domain.audience import Audience, parse_audience
from desktop.store import audience, audit, places
from desktop.store.db import Store
from desktop.store.tables import Child, Confirmation, Enrolment, Membership, Notice, NoticeChild, Placement, Recipient
from tests.make import Make

TODAY = date(2026, 11, 20)


@dataclass
class City:
    """Two schools; the children by name, and the naive model: which parts mean which children."""

    ids: dict[str, int]
    model: dict[str, set[int]]


def _city(session: Session, make: Make) -> City:
    east = make.school(session, "H001", "ひがし小学校")
    west = make.school(session, "H002", "にし中学校", "junior_high")
    soccer, art = make.group(session, east), make.group(session, west, "美術部")
    rooms = {label: make.homeroom(session, east, label) for label in ("3-1", "3-2", "4-1")}
    far = make.homeroom(session, west, "1-A")
    made = {
        "aoki": make.child(session, rooms["3-1"], groups=(soccer,)),
        "baba": make.child(session, rooms["3-1"]),
        "chiba": make.child(session, rooms["3-2"], groups=(soccer,)),
        "doi": make.child(session, rooms["4-1"]),
        "endo": make.child(session, far, groups=(art,)),
        "fujii": make.child(session, far),
    }
    ids = {name: child.id for name, child in made.items()}
    members = {
        "city": list(ids),
        "type:primary": ["aoki", "baba", "chiba", "doi"],
        "type:junior_high": ["endo", "fujii"],
        "type:kindergarten": [],
        "school:H001": ["aoki", "baba", "chiba", "doi"],
        "school:H002": ["endo", "fujii"],
        "grade:H001/3": ["aoki", "baba", "chiba"],
        "grade:H001/4": ["doi"],
        "homeroom:H001/3-1": ["aoki", "baba"],
        "homeroom:H001/3-2": ["chiba"],
        "homeroom:H002/1-A": ["endo", "fujii"],
        "group:H001/サッカー部": ["aoki", "chiba"],
        "group:H002/美術部": ["endo"],
        **{f"child:{id_}": [name] for name, id_ in ids.items()},
        "school:H999": [],
        "homeroom:H001/9-9": [],
        "child:999999": [],
    }
    audit.record(session, "made", "city")
    return City(ids, {part: {ids[name] for name in names} for part, names in members.items()})


def _children(store: Store, rule: Audience, today: date = TODAY) -> set[int]:
    with store.read() as session:
        found = list(session.scalars(audience.audience_select(session, rule, today)))
    assert len(found) == len(set(found)), "each child once"
    return set(found)


@pytest.fixture
def city(store: Store, make: Make) -> City:
    with store.write(make.principal()) as session:
        return _city(session, make)


def test_every_part_means_its_own_children(store: Store, city: City) -> None:
    assert {part: _children(store, parse_audience([part])) for part in city.model} == city.model


def test_a_rule_that_includes_nothing_means_nobody(store: Store, city: City) -> None:
    assert _children(store, Audience()) == set()
    assert _children(store, parse_audience([], ["homeroom:H001/3-1"])) == set()


def test_two_classes_and_a_club_without_one_child(store: Store, city: City) -> None:
    rule = parse_audience(
        ["homeroom:H001/3-1", "homeroom:H001/3-2", "group:H001/サッカー部"], [f"child:{city.ids['baba']}"]
    )
    assert _children(store, rule) == {city.ids["aoki"], city.ids["chiba"]}


@pytest.mark.parametrize("seed", range(3))
def test_unions_and_exclusions_agree_with_plain_sets(store: Store, city: City, seed: int) -> None:
    parts = st.lists(st.sampled_from(sorted(city.model)), max_size=6)

    @settings(max_examples=40, deadline=None, database=None, suppress_health_check=[HealthCheck.too_slow])
    @given(include=parts, exclude=parts)
    def holds(include: list[str], exclude: list[str]) -> None:
        meant = set().union(*(city.model[part] for part in include))
        left_out = set().union(*(city.model[part] for part in exclude))
        assert _children(store, parse_audience(include, exclude)) == meant - left_out

    holds()


def test_parts_that_stand_for_nothing_are_named(store: Store, city: City) -> None:
    rule = parse_audience(["homeroom:H001/3-1", "homeroom:H001/9-9", "type:night_school"], ["group:H001/将棋部"])
    with store.read() as session:
        unknown = places.unknown_parts(session, rule, TODAY)
    assert [str(part) for part in unknown] == ["homeroom:H001/9-9", "type:night_school", "group:H001/将棋部"]


def test_special_and_exchange_classes_count_and_closed_ones_do_not(store: Store, make: Make, city: City) -> None:
    with store.write(make.principal()) as session:
        school = make.school(session, "H003")
        room, other = make.homeroom(session, school, "1-1"), make.homeroom(session, school, "2-1")
        child = make.child(session, room)
        enrolment = session.query(Enrolment).filter_by(child_id=child.id).one()
        placement = Placement(
            enrolment_id=enrolment.id, school_id=room.school_id, homeroom_id=other.id, kind="exchange",
            from_date=date(2026, 9, 1), to_date=TODAY,
        )  # fmt: skip
        session.add(placement)
        audit.record(session, "made", "placement")
    rule = parse_audience(["homeroom:H003/2-1"])
    assert _children(store, rule) == {child.id}
    assert _children(store, rule, date(2026, 11, 21)) == set()
    assert _children(store, rule, date(2026, 8, 31)) == set()


def test_a_child_who_left_is_not_meant_by_anything(store: Store, make: Make, city: City) -> None:
    with store.write(make.principal()) as session:
        enrolment = session.query(Enrolment).filter_by(child_id=city.ids["aoki"]).one()
        enrolment.to_date = date(2026, 11, 19)
        audit.record(session, "withdrawn", "child")
    for part in ("city", "homeroom:H001/3-1", "group:H001/サッカー部", f"child:{city.ids['aoki']}"):
        assert city.ids["aoki"] not in _children(store, parse_audience([part]))
    assert city.ids["aoki"] in _children(store, parse_audience(["city"]), date(2026, 11, 19))


def test_who_left_the_club_is_not_meant_by_the_club(store: Store, make: Make, city: City) -> None:
    with store.write(make.principal()) as session:
        session.query(Membership).update({"to_date": date(2026, 11, 1)})
        audit.record(session, "changed", "group")
    assert _children(store, parse_audience(["group:H001/サッカー部"])) == set()


def test_the_next_school_year_has_its_own_classes(store: Store, city: City) -> None:
    assert _children(store, parse_audience(["city", "homeroom:H001/3-1"]), date(2027, 4, 1)) == set()


def test_a_child_at_two_schools_is_left_out_by_either(store: Store, make: Make, city: City) -> None:
    with store.write(make.principal()) as session:
        west = session.query(Enrolment.school_id).filter_by(child_id=city.ids["endo"]).scalar()
        session.add(Enrolment(child_id=city.ids["aoki"], school_id=west, year=2026, from_date=date(2026, 10, 1)))
        audit.record(session, "enrolled", "child")
    assert city.ids["aoki"] in _children(store, parse_audience(["school:H002"]))
    assert city.ids["aoki"] not in _children(store, parse_audience(["homeroom:H001/3-1"], ["school:H002"]))


def test_who_has_not_confirmed_can_be_meant(store: Store, make: Make, city: City) -> None:
    """Either parent's confirmation counts for the child."""
    with store.write(make.principal()) as session:
        author = make.staff(session)
        notice = Notice(
            kind="other", urgent=False, channels=["email"], include=["city"], exclude=[], state="done",
            author_id=author.staff_id, created_at=make._now, updated_at=make._now,
        )  # fmt: skip
        session.add(notice)
        session.flush()
        school = session.query(Enrolment.school_id).filter_by(child_id=city.ids["aoki"]).scalar()
        for name in ("aoki", "baba"):
            session.add(NoticeChild(notice_id=notice.id, child_id=city.ids[name], school_id=school))
            child = session.get_one(Child, city.ids[name])
            for guardian in (make.guardian(session, child), make.guardian(session, child)):
                session.add(Recipient(notice_id=notice.id, child_id=child.id, guardian_id=guardian.id))
        session.add(Confirmation(notice_id=notice.id, guardian_id=guardian.id, means="link", confirmed_at=make._now))
        audit.record(session, "made", "notice")
    assert _children(store, parse_audience([f"unconfirmed:{notice.id}"])) == {city.ids["aoki"]}
    assert _children(store, parse_audience(["unconfirmed:999"])) == set()
