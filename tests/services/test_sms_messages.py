"""Messages for whoever helps and steers: found, shown without what nobody may see, corrected, answered, blocked."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import pytest
from sqlalchemy import select

from desktop.domain.errors import UserError
from desktop.domain.sms import MessageState, ReviewReason, Rule, Template
from desktop.domain.sms_messages import MessageDetail, MessageQuery
from desktop.domain.staff import Actor, Role
from desktop.services.sms_messages import SmsMessages
from desktop.store.db import Store
from desktop.store.tables import AuditEvent, SmsReply
from tests.conftest import Clock
from tests.make import Make
from tests.sms_town import AN, BINH, GOOD, ID_AN, ID_BINH, OTHER, SECRETS, SmsTown

WRONG = f"TK Tran Thi Binh {ID_BINH} 1.2.1985"


@dataclass
class Desk:
    """A helpdesk that sees, a reviewer who steers, and a clerk who has no business here."""

    town: SmsTown
    messages: SmsMessages
    helper: Actor
    reviewer: Actor
    clerk: Actor
    at_one_school: Actor

    def newest(self) -> MessageDetail:
        return self.messages.message(self.helper, self.messages.ids(self.helper, MessageQuery())[0])

    def found(self, **query: object) -> list[str]:
        """Senders, the newest first."""
        ids = self.messages.ids(self.helper, MessageQuery(**query))  # type: ignore[arg-type]  # by name
        return [row.sender for row in self.messages.rows(self.helper, ids)]

    def events(self) -> list[tuple[str, str]]:
        with self.town.store.read() as session:
            rows = session.execute(select(AuditEvent.verb, AuditEvent.actor_label).order_by(AuditEvent.id))
            return [(verb, label) for verb, label in rows if label in {"Helpful", "Careful"}]


@pytest.fixture
def desk(store: Store, clock: Clock, make: Make) -> Desk:
    town = SmsTown(store, clock, make)
    with store.bookkeep() as session:
        school = make.school(session)
        return Desk(
            town,
            SmsMessages(store, SECRETS, clock),
            make.staff(session, Role.HELPDESK, name="Helpful"),
            make.staff(session, Role.REVIEWER, name="Careful"),
            make.staff(session, Role.CLERK, name="Clerk"),
            make.staff(session, Role.REVIEWER, school=school, name="Elsewhere"),
        )


def test_what_came_in_is_listed_counted_and_found(desk: Desk, clock: Clock) -> None:
    desk.town.texted(AN, GOOD)
    clock.turn(days=1)
    desk.town.texted(BINH, WRONG)
    desk.town.texted(BINH, WRONG)
    desk.town.texted(BINH, GOOD)
    today = clock().date()

    assert desk.found() == [BINH, BINH, BINH, AN]
    top = desk.messages.first(desk.helper, MessageQuery())
    assert (top.whole, [row.rule for row in top.rows]) == (True, ["id_taken", "duplicate", "syntax", "account"])
    assert desk.found(only="syntax") == [BINH]
    assert desk.found(only="review") == [BINH]
    assert desk.found(first=today, last=today) == [BINH, BINH, BINH]
    assert desk.found(typed="+84 905 123 456") == [AN]
    assert desk.found(typed="090512345") == [BINH, BINH, BINH, AN]  # half typed
    assert desk.found(typed=" 048 0900 01234 ") == [BINH, AN]  # the ID: who has it, and who wanted it, too
    assert desk.found(typed="nguyễn văn") == [BINH, AN]
    assert desk.found(typed="090512345", only="id_taken", first=today) == [BINH]
    assert desk.found(typed=ID_BINH) == []
    for query in (MessageQuery(), MessageQuery(typed="0905")):
        counts = desk.messages.counts(desk.helper, query)
        assert {key: number for key, number in counts.items() if number} == {
            "all": 4, "waiting": 1, "account": 1, "syntax": 1, "id_taken": 1, "duplicate": 1, "review": 1,
        }  # fmt: skip
    assert desk.messages.counts(desk.helper, MessageQuery(first=today))["all"] == 3
    days = desk.messages.days(desk.helper)
    assert [day.received for day in days[-3:]] == [0, 1, 3]
    assert (len(days), days[-1].day, days[-1].by_rule[Rule.DUPLICATE]) == (30, today, 1)


def test_nobody_sees_an_id_or_a_password_that_they_need_not(desk: Desk) -> None:
    desk.town.texted(AN, GOOD)
    shown = desk.newest()
    assert shown.text == "TK,Nguyen Van An,•••••••••234,20/12/1990"
    assert [(field.raw, field.understood) for field in shown.fields[1:3]] == [
        ("Nguyen Van An", "Nguyen Van An"),
        ("•••••••••234", "•••••••••234"),
    ]
    (reply,) = shown.replies
    assert reply.text is not None
    assert reply.text.startswith(f"TK: {AN}, MK: •••• la tai khoan")
    assert (reply.encoding, reply.parts, reply.length) == ("ucs2", 3, len(desk.town.words()[0]))
    assert ID_AN not in repr(shown) + repr(desk.messages.first(desk.helper, MessageQuery()))
    assert desk.town.words()[0][20:30] not in repr(shown)
    assert shown.account is not None
    assert (shown.account.name, shown.account.id_last3, shown.account.made_here) == ("Nguyen Van An", "234", True)
    assert (shown.paid.messages, shown.paid.total, shown.paid.each) == (1, 1500, 1500)


def test_who_may_not_is_told_so_and_so_is_everybody_where_it_is_off(desk: Desk) -> None:
    desk.town.texted(AN, WRONG)
    one = desk.newest().row.id
    steering: list[Callable[[Actor], object]] = [
        lambda actor: desk.messages.whole(actor, one),
        lambda actor: desk.messages.foresee(actor, one, GOOD),
        lambda actor: desk.messages.correct_and_process(actor, one, GOOD, 1),
        lambda actor: desk.messages.block(actor, AN, "x"),
        lambda actor: desk.messages.unblock(actor, AN),
        lambda actor: desk.messages.settle(actor, 1),
    ]
    helping: list[Callable[[Actor], object]] = [
        lambda actor: desk.messages.message(actor, one),
        lambda actor: desk.messages.answer(actor, AN, "Xin chao", one),
    ]
    for act, actor in [
        *((act, desk.helper) for act in steering),
        *((act, actor) for act in (*steering, *helping) for actor in (desk.clerk, desk.at_one_school)),
    ]:
        with pytest.raises(UserError, match="forbidden"):
            act(actor)
    desk.town.set("sms.enabled", False)
    with pytest.raises(UserError, match=r"sms\.off"):
        helping[0](desk.helper)


def test_a_message_is_corrected_and_processed_again_and_who_did_it_is_known(desk: Desk) -> None:
    desk.town.texted(BINH, WRONG)
    before = desk.newest()
    one = before.row.id
    whole = desk.messages.whole(desk.reviewer, one)
    assert whole.text == WRONG
    foreseen = [desk.messages.foresee(desk.reviewer, one, text) for text in (WRONG, OTHER)]
    assert foreseen == [Rule.SYNTAX, Rule.ACCOUNT]
    assert desk.messages.correct_and_process(desk.reviewer, one, OTHER, whole.version) is Rule.ACCOUNT

    after = desk.newest()
    assert (after.row.state, after.row.rule) == (MessageState.READ, Rule.ACCOUNT)
    assert (ID_BINH in after.came_as, after.came_as.startswith("TK Tran Thi Binh")) == (False, True)
    assert after.account is not None
    assert [reply.template for reply in after.replies] == [Template.SYNTAX, Template.ACCOUNT]
    assert desk.events() == [("read_whole", "Careful"), ("made_by_sms", "Careful"), ("corrected", "Careful")]
    with pytest.raises(UserError, match="changed_elsewhere"):
        desk.messages.correct_and_process(desk.reviewer, one, OTHER, whole.version)
    with pytest.raises(UserError, match=r"sms\.made_account"):
        desk.messages.foresee(desk.reviewer, one, OTHER)


def test_what_would_happen_is_foreseen_as_it_then_does(desk: Desk) -> None:
    desk.town.texted(AN, GOOD)
    desk.town.texted(AN, f"TK,Nguyen Van An,{ID_BINH},20/12/1990")
    desk.town.texted(BINH, GOOD)
    held = {row.rule: row for row in desk.messages.first(desk.helper, MessageQuery()).rows}
    for rule in (Rule.PHONE_TAKEN, Rule.ID_TAKEN):
        whole = desk.messages.whole(desk.reviewer, held[rule].id)
        assert desk.messages.foresee(desk.reviewer, held[rule].id, whole.text) is rule
        assert desk.messages.correct_and_process(desk.reviewer, held[rule].id, whole.text, whole.version) is rule
    desk.town.set("sms.repeat_reissues", True)
    assert desk.messages.foresee(desk.reviewer, held[Rule.PHONE_TAKEN].id, GOOD) is Rule.REPEATED
    desk.town.set("sms.pilot", True)
    assert desk.messages.foresee(desk.reviewer, held[Rule.ID_TAKEN].id, OTHER) is Rule.PILOT


def test_a_text_by_hand_goes_out_sealed_and_within_reason(desk: Desk) -> None:
    desk.town.texted(AN, WRONG)
    one = desk.newest().row.id
    desk.messages.answer(desk.helper, "+84 905 123 456", " Moi anh den quay so 3. ", one)
    reply = desk.newest().replies[-1]
    assert (reply.template, reply.text, reply.written_by) == (Template.MANUAL, "Moi anh den quay so 3.", "Helpful")
    assert desk.town.words()[-1] == "Moi anh den quay so 3."
    with desk.town.store.read() as session:
        assert not any("quay" in wording for wording in session.scalars(select(SmsReply.wording)))
    assert desk.events() == [("answered", "Helpful")]
    for phone, text, code in (
        (AN, " \n", "sms.answer_empty"),
        (AN, "a\x07b", "sms.answer_control"),
        (AN, "đ" * 671, "sms.answer_long"),
        ("8188", "x", "sms.no_mobile"),
    ):
        with pytest.raises(UserError, match=code.replace(".", r"\.")):
            desk.messages.answer(desk.helper, phone, text, one)


def test_a_blocked_number_is_listened_to_again_once_it_is_unblocked(desk: Desk, clock: Clock) -> None:
    desk.town.texted(AN, WRONG)
    desk.messages.block(desk.reviewer, AN, "A machine", desk.newest().row.id)
    clock.turn(minutes=5)
    assert desk.town.texted(AN, GOOD) == "blocked"
    assert desk.newest().blocked == "A machine"
    desk.messages.unblock(desk.reviewer, AN)
    clock.turn(minutes=5)
    assert desk.town.texted(AN, GOOD) == "account"
    assert [verb for verb, _who in desk.events()] == ["blocked", "unblocked"]
    with pytest.raises(UserError, match="not_found"):
        desk.messages.unblock(desk.reviewer, AN)


def test_what_had_to_be_looked_at_is_settled_once(desk: Desk) -> None:
    desk.town.texted(AN, GOOD)
    desk.town.texted(BINH, GOOD)
    found, counts = desk.messages.reviews(desk.helper)
    assert counts == {ReviewReason.CONFLICT: 1}
    (review,) = desk.newest().reviews
    assert review == found[0]
    desk.messages.settle(desk.reviewer, review.id, "Same family")
    assert desk.messages.reviews(desk.helper) == ([], {})
    assert desk.newest().reviews == ()
    with pytest.raises(UserError, match=r"sms\.settled"):
        desk.messages.settle(desk.reviewer, review.id)


def test_the_days_are_the_citys(desk: Desk, clock: Clock) -> None:
    desk.town.set("city.timezone", "Asia/Tokyo")
    clock.now = clock.now.replace(hour=14, minute=59)  # 23:59 there
    desk.town.texted(AN, GOOD)
    clock.turn(minutes=2)
    desk.town.texted(BINH, OTHER)
    days = desk.messages.days(desk.helper)
    assert [day.received for day in days[-2:]] == [1, 1]
    assert desk.found(first=days[-1].day) == [BINH]
    assert desk.found(last=days[-1].day - timedelta(days=1)) == [AN]


def test_practice_messages_come_in_only_where_one_practises(store: Store, clock: Clock, make: Make, desk: Desk) -> None:
    with pytest.raises(UserError, match=r"sms\.not_practice"):
        desk.messages.practise(desk.helper, AN, GOOD)
