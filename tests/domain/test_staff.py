"""Who may do what, where."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop.domain.errors import UserError
from desktop.domain.staff import (
    CITY,
    ROLE_VERBS,
    WORKER,
    Actor,
    ActorKind,
    Grant,
    Role,
    Scope,
    ScopeKind,
    Verb,
    format_grant,
    may,
    may_somewhere,
    parse_grant,
    places_where,
    school_scope,
    schools_where,
)

TODAY = date(2026, 11, 20)

schools = st.integers(1, 3)
parts = st.builds(Scope, st.sampled_from([ScopeKind.HOMEROOM, ScopeKind.GROUP]), schools, st.integers(1, 3))
scopes = st.one_of(st.just(CITY), st.builds(school_scope, schools), parts)
days = st.one_of(st.none(), st.integers(-2, 2).map(lambda n: TODAY + timedelta(days=n)))
grants = st.builds(Grant, st.sampled_from(Role), scopes, days, days)
actors = st.lists(grants, max_size=4).map(lambda held: Actor(ActorKind.STAFF, "x", 1, tuple(held)))
verbs = st.sampled_from(Verb)


@given(actors, verbs, scopes, scopes)
def test_whoever_may_in_a_scope_may_in_all_it_contains(actor: Actor, verb: Verb, wide: Scope, narrow: Scope) -> None:
    if wide.contains(narrow) and may(actor, verb, wide, TODAY):
        assert may(actor, verb, narrow, TODAY)


@given(scopes, scopes, scopes)
def test_what_contains_is_an_order(one: Scope, two: Scope, three: Scope) -> None:
    assert one.contains(one)
    assert CITY.contains(one)
    if one.contains(two) and two.contains(one):
        assert one == two
    if one.contains(two) and two.contains(three):
        assert one.contains(three)


@given(actors, verbs, schools)
def test_the_schools_where_one_may_are_those_where_one_may(actor: Actor, verb: Verb, school: int) -> None:
    found = schools_where(actor, verb, TODAY)
    assert may(actor, verb, school_scope(school), TODAY) == (found is None or school in found)
    assert may(actor, verb, CITY, TODAY) == (found is None)


@given(actors, verbs, scopes)
def test_the_places_where_one_may_are_those_where_one_may(actor: Actor, verb: Verb, scope: Scope) -> None:
    places = places_where(actor, verb, TODAY)
    inside = places.everywhere or scope.school_id in places.schools
    inside |= scope.kind is ScopeKind.HOMEROOM and scope in places.scopes
    inside |= scope.kind is ScopeKind.GROUP and scope in places.scopes
    assert may(actor, verb, scope, TODAY) == inside
    assert may_somewhere(actor, verb, TODAY) == bool(places.scopes)
    if inside and scope.school_id is not None and places.touched_schools is not None:
        assert scope.school_id in places.touched_schools


@given(actors, verbs, scopes)
def test_more_grants_never_allow_less(actor: Actor, verb: Verb, scope: Scope) -> None:
    for fewer in range(len(actor.grants)):
        less = Actor(ActorKind.STAFF, "x", 1, actor.grants[:fewer])
        assert not may(less, verb, scope, TODAY) or may(actor, verb, scope, TODAY)


@given(grants)
def test_a_grant_holds_from_its_first_to_its_last_day(grant: Grant) -> None:
    if grant.from_date is not None:
        assert not grant.holds_on(grant.from_date - timedelta(days=1))
    if grant.to_date is not None:
        assert not grant.holds_on(grant.to_date + timedelta(days=1))
    if grant.from_date is not None and (grant.to_date is None or grant.from_date <= grant.to_date):
        assert grant.holds_on(grant.from_date)
    if grant.to_date is not None and (grant.from_date is None or grant.from_date <= grant.to_date):
        assert grant.holds_on(grant.to_date)


@given(verbs, scopes)
def test_the_machine_itself_may_nothing_of_peoples(verb: Verb, scope: Scope) -> None:
    assert not may(WORKER, verb, scope, TODAY)


def test_nobody_who_writes_alone_also_approves() -> None:
    assert Verb.APPROVE_NOTICE not in ROLE_VERBS[Role.CLERK] | ROLE_VERBS[Role.ADMINISTRATOR]
    assert Verb.SEE_FLAGS not in ROLE_VERBS[Role.CLERK] | ROLE_VERBS[Role.HELPDESK]


def test_whoever_may_see_a_notice_may_stop_it() -> None:
    for role in Role:
        assert {Verb.SEE_NOTICE, Verb.STOP_NOTICE} <= ROLE_VERBS[role]


codes = st.text(st.characters(exclude_characters="/", exclude_categories=["Z", "C"]), min_size=1, max_size=8)


@given(st.sampled_from(Role), st.one_of(st.just(("", "")), st.tuples(codes, st.just("")), st.tuples(codes, codes)))
def test_a_grant_is_read_as_it_is_written(role: Role, place: tuple[str, str]) -> None:
    assert parse_grant(format_grant(role, *place)) == (role, *place)


@given(st.text(max_size=20))
def test_reading_a_grant_fails_in_words_or_not_at_all(text: str) -> None:
    try:
        role, code, part = parse_grant(text)
    except UserError as error:
        assert error.code in {"staff.role_unknown", "staff.grant_syntax"}  # noqa: PT017 - any text may be refused
    else:
        assert parse_grant(format_grant(role, code, part)) == (role, code, part)


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("clerk", (Role.CLERK, "", "")),
        (" Clerk : H001 ", (Role.CLERK, "H001", "")),
        ("clerk:H001/3-1", (Role.CLERK, "H001", "3-1")),
        ("approver:H001/サッカー部", (Role.APPROVER, "H001", "サッカー部")),
    ],
)
def test_grants_as_people_type_them(text: str, read: tuple[Role, str, str]) -> None:
    assert parse_grant(text) == read
