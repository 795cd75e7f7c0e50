"""Writing notices: drafts, changes, copies, schedules, and who may."""

from datetime import date, timedelta

import pytest

from desktop.domain.errors import UserError
from desktop.domain.notices import Channel, NoticeState, NoticeText, Urgency
from desktop.domain.staff import Actor, ActorKind, Grant, Role, Scope, ScopeKind
from desktop.store.db import Store
from desktop.store.tables import AuditEvent, Notice, NoticeEditor
from tests.conftest import NOON, Clock
from tests.make import Make
from tests.services.notice_office import TEXT, Office


@pytest.fixture
def office(store: Store, clock: Clock, make: Make) -> Office:
    return Office(store, clock, make)


def test_a_draft_says_what_was_written(office: Office) -> None:
    draft = office.draft(
        audience=office.to("homeroom:H001/3-1", "homeroom:H001/3-2", without=(f"child:{office.children[0].id}",)),
        channels=frozenset({Channel.EMAIL}),
        urgency=Urgency.URGENT,
        send_at=NOON + timedelta(hours=2),
        useless_after=NOON + timedelta(hours=5),
        texts={"ja": TEXT, "vi": NoticeText("Hoãn dã ngoại", "Hoãn đến tuần sau.")},
    )
    details = office.notices.get(office.author, office.notices.create(office.author, draft))
    assert details.draft == draft
    assert (details.state, details.urgent, details.author, details.school) == (
        NoticeState.DRAFT, True, "山田 花子", "ひがし小学校",
    )  # fmt: skip


def test_languages_in_which_nothing_is_written_are_left_out(office: Office) -> None:
    notice = office.notices.create(office.author, office.draft(texts={"ja": TEXT, "en": NoticeText("", " ")}))
    assert set(office.notices.get(office.author, notice).draft.texts) == {"ja"}


def test_urgency_follows_the_kind_unless_set(office: Office) -> None:
    closure = office.notices.create(office.author, office.draft(kind="closure"))
    calm = office.notices.create(office.author, office.draft(kind="closure", urgency=Urgency.NORMAL))
    assert office.notices.get(office.author, closure).urgent
    assert not office.notices.get(office.author, calm).urgent


def test_a_change_made_against_an_older_version_is_refused_with_who_and_when(office: Office) -> None:
    notice = office.notices.create(office.author, office.draft())
    seen = office.notices.get(office.principal, notice)
    office.edit(office.author, notice, kind="other")
    with pytest.raises(UserError) as refused:
        office.notices.save(office.principal, notice, office.draft(), seen.version)
    assert refused.value.code == "changed_elsewhere"
    assert refused.value.details["who"] == "山田 花子"


def test_saving_the_same_content_changes_nothing(office: Office) -> None:
    notice = office.submitted()
    before = office.notices.get(office.author, notice)
    assert office.notices.save(office.principal, notice, before.draft, before.version) == before.version
    assert office.notices.get(office.author, notice) == before
    assert office.count(NoticeEditor) == 1


@pytest.mark.parametrize("bring_to", ["submitted", "approved"])
def test_any_change_voids_consent(office: Office, bring_to: str) -> None:
    notice = getattr(office, bring_to)()
    office.edit(office.author, notice, texts={"ja": NoticeText("遠足の延期", "来月に延期します。")})
    details = office.notices.get(office.author, notice)
    assert (details.state, details.due_at, details.approver) == (NoticeState.DRAFT, None, "")
    assert details.edit == 2


def test_a_draft_that_nobody_asked_approval_for_stays_one_version(office: Office) -> None:
    notice = office.notices.create(office.author, office.draft())
    office.edit(office.author, notice, kind="other")
    assert office.notices.get(office.author, notice).edit == 1


def test_a_new_time_is_a_change_like_any_other(office: Office) -> None:
    notice = office.approved()
    office.notices.schedule(office.author, notice, NOON + timedelta(hours=3))
    details = office.notices.get(office.author, notice)
    assert (details.state, details.draft.send_at) == (NoticeState.DRAFT, NOON + timedelta(hours=3))


@pytest.mark.parametrize(("state", "code"), [
    ("sending", "notice.sent"), ("done", "notice.sent"), ("stopped", "notice.stopped"),
    ("cancelled", "notice.cancelled"),
])  # fmt: skip
def test_what_went_out_cannot_be_changed(office: Office, state: str, code: str) -> None:
    notice = office.approved()
    with office.store.bookkeep() as session:
        session.get_one(Notice, notice).state = state
    with pytest.raises(UserError) as refused:
        office.edit(office.author, notice, kind="other")
    assert refused.value.code == code


def test_a_copy_says_the_same_without_the_times(office: Office) -> None:
    notice = office.approved(send_at=NOON + timedelta(hours=3))
    copy = office.notices.get(office.principal, office.notices.copy(office.principal, notice))
    assert (copy.draft, copy.state, copy.author) == (office.draft(), NoticeState.DRAFT, "教頭 次郎")


def test_a_draft_is_removed_and_a_submitted_one_keeps_its_story(office: Office) -> None:
    notice = office.notices.create(office.author, office.draft())
    office.notices.delete_draft(office.author, notice)
    assert office.count(Notice) == 0
    returned = office.submitted()
    office.approvals.send_back(office.approver, returned, "日付が違います")
    office.notices.delete_draft(office.author, returned)
    assert office.state(returned) == "cancelled"


def test_every_step_leaves_who_did_it(office: Office) -> None:
    office.approved()
    with office.store.read() as session:
        events = session.query(AuditEvent).filter_by(subject="notice").order_by(AuditEvent.id).all()
    assert [(event.verb, event.actor_label) for event in events] == [
        ("created", "山田 花子"), ("submitted", "山田 花子"), ("approved", "校長 一郎"),
    ]  # fmt: skip


# Who may


def test_only_those_who_may_write_for_the_school_write(office: Office) -> None:
    for actor in (office.stranger, office.make.principal()):
        with pytest.raises(UserError) as refused:
            office.notices.create(actor, office.draft())
        assert refused.value.code == "forbidden"
    office.notices.create(office.mayor, office.draft())
    office.notices.create(office.mayor, office.draft(school_id=None, audience=office.to("city")))
    with pytest.raises(UserError):
        office.notices.create(office.author, office.draft(school_id=None))


@pytest.mark.parametrize("part", ["city", "type:primary", "school:H002", "homeroom:H002/1-1", "grade:H002/1"])
def test_a_school_writes_to_its_own_families_only(office: Office, part: str) -> None:
    for rule in (office.to(part), office.to("school:H001", without=(part,))):
        with pytest.raises(UserError) as refused:
            office.notices.create(office.author, office.draft(audience=rule))
        assert refused.value.code == "notice.foreign_part"
    assert office.notices.create(office.mayor, office.draft(audience=office.to(part)))


def test_a_child_of_another_school_cannot_be_added(office: Office) -> None:
    with pytest.raises(UserError) as refused:
        office.notices.create(office.author, office.draft(audience=office.to(f"child:{office.far_child.id}")))
    assert refused.value.code == "notice.foreign_part"


def test_another_schools_notice_is_as_if_it_were_not_there(office: Office) -> None:
    notice = office.notices.create(office.author, office.draft())
    with pytest.raises(UserError) as refused:
        office.notices.get(office.stranger, notice)
    assert refused.value.code == "not_found"
    assert office.notices.rows(office.stranger) == []


def test_a_notice_of_the_city_is_seen_by_every_school(office: Office) -> None:
    notice = office.notices.create(office.mayor, office.draft(school_id=None, audience=office.to("city")))
    [row] = office.notices.rows(office.stranger)
    assert (row.id, row.school, row.audience) == (notice, "見本市", "The whole city")
    with pytest.raises(UserError) as refused:
        office.edit(office.stranger, notice, kind="other")
    assert refused.value.code == "forbidden"


def test_a_role_that_has_ended_writes_nothing(office: Office) -> None:
    scope = Scope(ScopeKind.SCHOOL, office.school.id)
    former = Actor(ActorKind.STAFF, "元", office.author.staff_id, (
        Grant(Role.CLERK, scope, to_date=date(2026, 11, 19)),
    ))  # fmt: skip
    with pytest.raises(UserError):
        office.notices.create(former, office.draft())


@pytest.mark.parametrize(("change", "code"), [
    ({"kind": "party"}, "notice.unknown_kind"),
    ({"texts": {"xx": TEXT}}, "notice.unknown_language"),
])  # fmt: skip
def test_unknown_kinds_and_languages_are_refused(office: Office, change: dict[str, object], code: str) -> None:
    with pytest.raises(UserError) as refused:
        office.notices.create(office.author, office.draft(**change))
    assert refused.value.code == code


def test_staff_can_add_kinds(office: Office) -> None:
    office.notices.add_kind(office.mayor, "heat", {"ja": "熱中症警戒", "en": "Heat"}, True, 6)
    assert office.notices.kinds()[-1].name("ja") == "熱中症警戒"
    notice = office.notices.create(office.author, office.draft(kind="heat"))
    assert office.notices.get(office.author, notice).urgent
    for actor, code in ((office.mayor, "heat"), (office.mayor, "Bad Code"), (office.author, "rain")):
        with pytest.raises(UserError):
            office.notices.add_kind(actor, code, {"ja": "雨"}, False)


# The list


def test_the_list_shows_the_newest_first_with_audience_in_words(office: Office) -> None:
    first = office.notices.create(office.author, office.draft())
    both = office.to("homeroom:H001/3-1", "grade:H001/3", without=(f"child:{office.children[0].id}",))
    second = office.submitted(audience=both)
    newest, oldest = office.notices.rows(office.author)
    assert (newest.id, oldest.id) == (second, first)
    name = f"{office.children[0].family_name} {office.children[0].given_name}"
    assert newest.audience == f"3-1, 3年 without {name}"
    assert (newest.title, newest.children, newest.state, oldest.children) == (
        "遠足の延期", 3, NoticeState.SUBMITTED, 0,
    )  # fmt: skip
    assert [row.id for row in office.notices.rows(office.author, states=[NoticeState.DRAFT])] == [first]
    assert office.notices.rows(office.author, limit=1) == [newest]
    assert office.notices.rows(office.mayor, school_id=office.other_school.id) == []
