"""Audiences under a name."""

from dataclasses import replace

import pytest

from desktop.domain.errors import UserError
from desktop.domain.saved_lists import LONGEST_NAME, SavedListForm
from desktop.services.deliveries import Deliveries
from desktop.services.saved_lists import SavedLists
from desktop.store.db import Store
from desktop.store.tables import Recipient
from tests.conftest import Clock
from tests.make import Make
from tests.services.notice_office import Office


@pytest.fixture
def office(store: Store, clock: Clock, make: Make) -> Office:
    return Office(store, clock, make)


@pytest.fixture
def lists(office: Office) -> SavedLists:
    return SavedLists(office.store, office.clock)


def _form(office: Office, *include: str, name: str = "役員", without: tuple[str, ...] = ()) -> SavedListForm:
    return SavedListForm(name, office.school.id, include or ("homeroom:H001/3-1",), without)


def _refused(code: str) -> "pytest.RaisesExc[UserError]":
    return pytest.raises(UserError, check=lambda error: error.code == code)


def test_a_list_means_what_its_rule_means(office: Office, lists: SavedLists) -> None:
    lists.save(office.author, _form(office, "grade:H001/3", without=(f"child:{office.children[0].id}",)))
    draft = office.draft(audience=office.to("list:役員", f"child:{office.children[0].id}"))
    seen = office.audiences.preview(office.author, draft)
    assert seen.count.children == 4  # who is left out of the list may be meant beside it
    assert [(part.label, part.children) for part in seen.parts] == [("役員", 3), ("青木 " + _given(office, 0), 1)]
    rest = office.draft(audience=office.to("school:H001", without=("list:役員",)))
    assert office.audiences.preview(office.author, rest).count.children == 1


def _given(office: Office, number: int) -> str:
    return office.children[number].given_name


def test_a_list_may_name_staff_too(office: Office, lists: SavedLists) -> None:
    lists.save(office.author, _form(office, "homeroom:H001/3-1", "staff:H001"))
    seen = office.audiences.preview(office.author, office.draft(audience=office.to("list:役員")))
    assert (seen.count.children, seen.count.staff) == (2, 3)
    assert [(part.children, part.staff) for part in seen.parts] == [(2, 3)]


def test_lists_are_told_by_name_with_whom_they_mean(office: Office, lists: SavedLists) -> None:
    lists.save(office.author, _form(office, "homeroom:H001/3-2", name="うさぎ"))
    lists.save(office.mayor, SavedListForm("いす", None, ("grade:H001/3",), ("homeroom:H001/3-1",)))
    found = lists.all(office.author)
    assert [(row.part, row.words, row.school, row.editable) for row in found] == [
        ("list:いす", "ひがし小学校 3年 without ひがし小学校 3-1", "", False),
        ("list:うさぎ", "3-2", "ひがし小学校", True),
    ]


def test_whoever_may_not_write_to_all_of_a_list_neither_sees_nor_uses_it(office: Office, lists: SavedLists) -> None:
    lists.save(office.mayor, SavedListForm("全市", None, ("city",)))
    lists.save(office.author, _form(office))
    assert [row.name for row in lists.all(office.stranger)] == []
    draft = office.draft(school_id=office.other_school.id, audience=office.to("list:全市"))
    with _refused("notice.foreign_part"):
        office.notices.create(office.stranger, draft)


def test_a_name_stands_for_one_list(office: Office, lists: SavedLists) -> None:
    lists.save(office.author, _form(office))
    with _refused("list.name_taken"):
        lists.save(office.mayor, SavedListForm("役員", None, ("city",)))


@pytest.mark.parametrize(
    ("name", "include", "code"),
    [
        ("  ", ("school:H001",), "list.name_required"),
        ("役" * (LONGEST_NAME + 1), ("school:H001",), "list.name_wrong"),
        ("役員", (), "list.empty"),
        ("役員", ("list:他",), "list.in_list"),
        ("役員", ("homeroom:H001/9-9",), "notice.unknown_part"),
        ("役員", ("school:H002",), "notice.foreign_part"),
        ("役員", ("school",), "audience.syntax"),
    ],
)
def test_a_list_that_cannot_be_is_refused(
    office: Office, lists: SavedLists, name: str, include: tuple[str, ...], code: str
) -> None:
    with _refused(code):
        lists.save(office.author, SavedListForm(name, office.school.id, include))
    assert lists.all(office.author) == []


def test_two_who_change_a_list_do_not_overwrite_each_other(office: Office, lists: SavedLists) -> None:
    saved = lists.save(office.author, _form(office))
    changed = SavedListForm("役員", office.school.id, ("homeroom:H001/3-2",), id=saved, version=1)
    lists.save(office.principal, changed)
    with _refused("changed_elsewhere"):
        lists.save(office.author, changed)
    assert [(row.words, row.version) for row in lists.all(office.author)] == [("3-2", 2)]


def test_the_name_stays_while_a_notice_that_is_not_out_uses_it(office: Office, lists: SavedLists) -> None:
    saved = lists.save(office.author, _form(office))
    notice = office.sending(audience=office.to("list:役員"))
    draft = office.notices.create(
        office.author, office.draft(audience=office.to("school:H001", without=("list:役員",)))
    )
    assert lists.in_use(office.author, saved) == [draft]
    renamed = SavedListForm("新役員", office.school.id, ("homeroom:H001/3-1",), id=saved, version=1)
    for change in (lambda: lists.delete(office.author, saved, 1), lambda: lists.save(office.author, renamed)):
        with _refused("list.in_use"):
            change()
    office.notices.delete_draft(office.author, draft)
    lists.delete(office.author, saved, 1)
    assert lists.all(office.author) == []
    assert office.notices.rows(office.author)[0].id == notice


def test_a_class_that_is_gone_is_said(office: Office, lists: SavedLists) -> None:
    lists.save(office.author, _form(office, "homeroom:H001/3-1", "homeroom:H001/3-2"))
    with office.store.bookkeep() as session:
        session.merge(office.rooms[1]).label = "3-9"
    (row,) = lists.all(office.author)
    assert row.unknown == ("homeroom:H001/3-2",)
    seen = office.audiences.preview(office.author, office.draft(audience=office.to("list:役員")))
    assert seen.unknown_parts == ("list:役員: homeroom:H001/3-2",)
    assert seen.count.children == 2


def test_a_list_that_changes_after_the_approval_counts_like_any_change(office: Office, lists: SavedLists) -> None:
    for _ in range(6):
        office.add_child(office.rooms[1])
    saved = lists.save(office.author, _form(office))
    notice = office.approved(audience=office.to("list:役員"))
    wider = SavedListForm("役員", office.school.id, ("grade:H001/3",), id=saved, version=1)
    lists.save(office.author, wider)
    assert office.state(notice) == "approved"  # voids nothing …
    office.clock.turn(minutes=5)
    assert not Deliveries(office.store, office.clock).begin(notice)  # … but eight more than two were meant
    details = office.notices.get(office.author, notice)
    assert (details.held, details.drift_added, details.drift_removed) == ("audience_changed", 8, 0)
    assert office.count(Recipient) == 0


def test_a_list_that_changes_before_the_approval_is_seen_by_it(office: Office, lists: SavedLists) -> None:
    saved = lists.save(office.author, _form(office))
    notice = office.submitted(audience=office.to("list:役員"))
    lists.save(office.author, SavedListForm("役員", office.school.id, ("homeroom:H001/3-2",), id=saved, version=1))
    with _refused("notice.audience_moved"):
        office.approvals.approve(office.approver, notice)


def test_a_schools_notice_never_goes_to_another_school_that_a_list_took_in_later(
    office: Office, lists: SavedLists
) -> None:
    """However few they are: whoever approved it has nothing to say there."""
    form = SavedListForm("役員", None, ("homeroom:H001/3-1",))
    saved = lists.save(office.mayor, form)
    notices = [office.approved(audience=office.to("list:役員")) for _ in range(2)]
    one_more = replace(form, include=("homeroom:H001/3-1", f"child:{office.children[2].id}"), id=saved, version=1)
    lists.save(office.mayor, one_more)
    office.clock.turn(minutes=5)
    assert Deliveries(office.store, office.clock).begin(notices[0])  # one more of the same school is no matter
    lists.save(office.mayor, replace(one_more, include=(*one_more.include, "homeroom:H002/1-1"), version=2))
    assert not Deliveries(office.store, office.clock).begin(notices[1])
    assert office.notices.get(office.author, notices[1]).held == "audience_changed"
