"""What the compose page shows of an audience: numbers, names, and who is not reached."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, event

from desktop.domain.errors import UserError
from desktop.domain.notices import Channel, NoticeText
from desktop.domain.reports import AudienceChild, AudienceCount
from desktop.services.deliveries import Deliveries
from desktop.store import audit
from desktop.store.db import Store
from desktop.store.tables import Delivery, Guardianship, Recipient
from tests.conftest import Clock
from tests.make import Make
from tests.services.notice_office import LINE_ONLY, MAIL_ONLY, Office


@pytest.fixture
def office(store: Store, clock: Clock, make: Make) -> Office:
    return Office(store, clock, make)


def _count(office: Office, *parts: str, **changes: Any) -> AudienceCount:
    draft = office.draft(audience=office.to(*parts), **changes)
    return office.audiences.preview(office.author, draft).count


def test_an_audience_is_counted_before_anything_is_sent(office: Office) -> None:
    assert _count(office, "grade:H001/3") == AudienceCount(
        children=4, families=4, guardians=4, messages={Channel.EMAIL: 4, Channel.LINE: 1}, unreached=0, plain=0,
        languages={"ja": 4},
    )  # fmt: skip


def test_an_empty_rule_counts_nobody(office: Office) -> None:
    assert _count(office) == AudienceCount(0, 0, 0, {Channel.EMAIL: 0, Channel.LINE: 0}, 0, 0, {})


def test_only_the_notices_own_channels_count(office: Office) -> None:
    by_line = _count(office, "homeroom:H001/3-2", channels=LINE_ONLY)
    assert (by_line.messages, by_line.unreached) == ({Channel.LINE: 1}, 1)


def _family(office: Office, children: int, **guardian: Any) -> list[int]:
    """Brothers and sisters in 3-1 with one guardian."""
    with office.store.write(office.make.principal()) as session:
        made = [office.make.child(session, office.rooms[0], "双子") for _ in range(children)]
        office.make.guardian(session, *made, **guardian)
        audit.record(session, "added", "family")
        return [child.id for child in made]


def _only(office: Office, ids: list[int], **changes: Any) -> AudienceCount:
    return _count(office, *(f"child:{id_}" for id_ in ids), **changes)


def test_brothers_and_sisters_are_one_family_and_get_one_mail(office: Office) -> None:
    count = _only(office, _family(office, 3))
    assert (count.children, count.families, count.guardians, count.messages[Channel.EMAIL]) == (3, 1, 1, 1)


def test_parents_who_share_an_address_get_one_mail(office: Office) -> None:
    [child] = _family(office, 1, mail="home@mail.example")
    with office.store.write(office.make.principal()) as session:
        twin = office.make.child(session, office.rooms[0], "双子")
        office.make.guardian(session, twin, mail="home@mail.example", language="vi")
        audit.record(session, "added", "family")
    count = _only(office, [child, twin.id])
    assert (count.families, count.guardians, count.messages[Channel.EMAIL]) == (2, 2, 1)
    assert count.languages == {"ja": 1, "vi": 1}


@pytest.mark.parametrize("why", [
    {"mail": None}, {"suppressed": "bounced"}, {"do_not_contact": True},
])  # fmt: skip
def test_a_family_without_a_working_address_is_not_reached(office: Office, why: dict[str, Any]) -> None:
    count = _only(office, _family(office, 2, **why))
    assert (count.children, count.unreached, count.messages[Channel.EMAIL]) == (2, 2, 0)


def test_children_with_nobody_to_write_to_are_families_of_their_own(office: Office) -> None:
    count = _only(office, _family(office, 2, do_not_contact=True))
    assert (count.families, count.guardians, count.languages) == (2, 0, {})


def test_plain_mails_for_feature_phones_are_counted(office: Office) -> None:
    ids = _family(office, 1, mail="a..b@docomo.ne.example", plain=True)
    assert (_only(office, ids).plain, _only(office, ids, channels=LINE_ONLY).plain) == (1, 0)


def test_each_part_is_counted_by_itself_without_the_excluded(office: Office) -> None:
    _family(office, 1, mail=None)
    rule = office.to("homeroom:H001/3-1", "homeroom:H001/3-2", "child:999", without=(f"child:{office.children[0].id}",))
    seen = office.audiences.preview(office.author, office.draft(audience=rule))
    assert [(part.part, part.label, part.children, part.reached) for part in seen.parts] == [
        ("homeroom:H001/3-1", "3-1", 2, 1), ("homeroom:H001/3-2", "3-2", 2, 2),
    ]  # fmt: skip
    assert seen.unknown_parts == ("child:999",)
    assert (seen.count.children, seen.count.unreached) == (4, 1)


def test_the_whole_city_and_kinds_of_school_are_named(office: Office) -> None:
    rule = office.to("city", "type:primary", "homeroom:H001/3-1")
    seen = office.audiences.preview(office.mayor, office.draft(school_id=None, audience=rule))
    assert [part.label for part in seen.parts] == ["The whole city", "All primary schools", "ひがし小学校 3-1"]


def test_the_children_are_listed_by_kana_in_pages(office: Office) -> None:
    with office.store.write(office.make.principal()) as session:
        office.make.child(session, office.rooms[0], "渡辺", "海", kana=("ワタナベ", "ウミ"))
        early = office.make.child(session, office.rooms[1], "相川", "空", kana=("アイカワ", "ソラ"))
        audit.record(session, "added", "children")
    draft = office.draft(audience=office.to("grade:H001/3"))
    everyone = office.audiences.children(office.author, draft)
    assert [child.name for child in everyone][0::5] == ["相川 空", "渡辺 海"]
    assert (everyone[0].child_id, everyone[0].homeroom, everyone[0].guardians) == (early.id, "3-2", ())
    by_line = [child for child in everyone if child.line]
    assert [(child.child_id, child.email, child.guardians) for child in by_line] == [
        (office.children[3].id, 1, ("青木 健一",))
    ]
    pages: list[AudienceChild] = []
    while page := office.audiences.children(office.author, draft, limit=2, after=pages[-1].child_id if pages else None):
        pages += page
    assert pages == everyone
    lost = office.audiences.children(office.author, draft, only="unreached")
    assert [child.name for child in lost] == ["相川 空", "渡辺 海"]


def test_what_may_not_be_addressed_may_not_be_counted(office: Office) -> None:
    draft = office.draft(audience=office.to("school:H002"))
    for ask in (office.audiences.preview, office.audiences.children, office.audiences.problems):
        with pytest.raises(UserError, match=r"notice\.foreign_part"):
            ask(office.author, draft)
        with pytest.raises(UserError, match="forbidden"):
            ask(office.stranger, draft)


def test_counting_costs_the_same_for_any_number_of_children(office: Office) -> None:
    statements: list[str] = []
    draft = office.draft(audience=office.to("homeroom:H001/3-1"))
    event.listen(office.store.engine, "before_cursor_execute", lambda *args: statements.append(args[2]))
    office.audiences.preview(office.author, draft)
    few = len(statements)
    statements.clear()
    for _ in range(3):
        _family(office, 2)
    statements.clear()
    office.audiences.preview(office.author, draft)
    assert len(statements) == few < 12


def test_the_line_message_is_measured_as_it_goes_out(office: Office) -> None:
    heading = "【ひがし小学校】【お知らせ】\n題\n\n"
    fits = office.draft(texts={"ja": NoticeText("題", "あ" * (5000 - len(heading)))})
    assert office.audiences.problems(office.author, fits) == ()
    over = replace(fits, texts={"ja": NoticeText("題", "あ" * (5001 - len(heading)))})
    [problem] = office.audiences.problems(office.author, over)
    assert (problem.code, problem.details["over"]) == ("notice.too_long_line", 1)


# What is counted is what goes out

_GUARDIANS = st.fixed_dictionaries(
    {
        "mail": st.sampled_from([None, "a@mail.example", "b@mail.example", "c@mail.example"]),
        "line": st.sampled_from([None, "U" + "1" * 32, "U" + "2" * 32]),
        "suppressed": st.sampled_from([None, None, "bounced"]),
        "do_not_contact": st.sampled_from([False, False, True]),
        "children": st.sets(st.integers(0, 3), min_size=1, max_size=3),
    }
)


def test_whatever_the_families_the_preview_counts_what_is_sent(sqlite_store: Store, clock: Clock, make: Make) -> None:
    """Four children, any guardians with any addresses: the numbers beside the text are those of the fan-out."""
    office = Office(sqlite_store, clock, make)

    @settings(max_examples=25, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(st.lists(_GUARDIANS, max_size=5), st.sampled_from([MAIL_ONLY, LINE_ONLY, MAIL_ONLY | LINE_ONLY]))
    def holds(guardians: list[dict[str, Any]], channels: frozenset[Channel]) -> None:
        with office.store.write(make.principal()) as session:
            session.execute(delete(Guardianship))
            for each in guardians:
                values = dict(each)
                children = [office.children[number] for number in sorted(values.pop("children"))]
                make.guardian(session, *children, **values)
            audit.record(session, "made", "families")
        draft = office.draft(audience=office.to("grade:H001/3"), channels=channels)
        count = office.audiences.preview(office.author, draft).count
        if count.unreached == count.children:
            assert not any(count.messages.values())
            return
        notice = office.submitted(audience=draft.audience, channels=channels)
        office.approvals.approve(office.approver, notice, now=True)
        assert Deliveries(office.store, office.clock).begin(notice)
        report = office.reports.report(office.author, notice)
        for channel, number in count.messages.items():
            assert office.count(Delivery, Delivery.notice_id == notice, Delivery.channel == channel.value) == number
        assert report.needs_attention.get("unreached", 0) == count.unreached
        assert report.families == count.families
        assert office.count(
            Recipient, Recipient.notice_id == notice, Recipient.guardian_id.is_not(None)
        ) >= count.guardians  # fmt: skip

    holds()
