"""The worker answers people on LINE: by the free reply, by a message where that was lost, never twice.

Nothing of it is lost while LINE is slow or away.
"""

import json
import logging
from collections.abc import Iterator

import pytest
from sqlalchemy import select, text, update

from desktop.services.today_list import today
from desktop.store.db import Store
from desktop.store.tables import Installation, LineEvent, School
from tests.conftest import Clock
from tests.line_server import Fault, LineServer
from tests.line_world import HANA, JIRO, LineTown
from tests.make import Make

NOT_READ = "このLINEでは返信・欠席連絡を受け付けていません。学校にお電話ください。"


@pytest.fixture
def town(store: Store, clock: Clock, make: Make) -> Iterator[LineTown]:
    town = LineTown(store, clock, make)
    with LineServer() as server:
        town.server = server
        yield town


def replies(town: LineTown) -> list[str]:
    assert town.server is not None
    return town.server.account.texts()


def later(town: LineTown, seconds: float) -> None:
    town.clock.turn(seconds=seconds)
    town.work()


def test_whoever_writes_is_told_once_an_hour_in_their_language_that_nobody_reads_it(town: LineTown) -> None:
    town.link(town.hana)
    assert town.server is not None
    town.server.account.replies.clear()
    town.tell(town.say.text("今日は休みます"), town.say.event("message", message={"type": "sticker", "id": "9"}))
    assert replies(town) == [f"{NOT_READ}\n\nひがし小学校：082-000-0001"]
    later(town, 3601)
    town.tell(town.say.text("again"))
    assert len(replies(town)) == 2
    principal = town.make.principal()
    listed = town.inbox.rows(principal)
    assert [(one.kind, one.words, one.answered, one.guardian) for one in reversed(listed)] == [
        ("text", "今日は休みます", True, "青木 健一"),
        ("sticker", "", False, "青木 健一"),
        ("text", "again", True, "青木 健一"),
    ]  # fmt: skip
    assert (town.inbox.counts(principal).new, town.inbox.counts(principal).today) == (3, 3)
    assert town.inbox.handled(principal, [listed[0].id]) == 1
    assert town.inbox.counts(principal).new == 2


def test_a_stranger_is_answered_in_every_language(town: LineTown) -> None:
    town.tell(town.say.text("hello", JIRO))
    said = replies(town)[0]
    assert NOT_READ in said
    assert "Please phone the school." in said
    assert "gọi điện" in said


def test_the_menu_gives_a_link_with_a_token_of_line_for_this_person(town: LineTown) -> None:
    town.tell(town.say.tap("line=link", JIRO))
    assert town.server is not None
    account = town.server.account
    assert list(account.link_tokens.values()) == [JIRO]
    _token, messages = account.replies[0]
    button = messages[1]["template"]["actions"][0]  # type: ignore[index]  # LINE's own JSON
    assert button["uri"] == f"https://portal.example/line/link?linkToken={next(iter(account.link_tokens))}"
    assert "10分" in str(messages[0]["text"])


def test_before_the_opening_the_menu_says_when(town: LineTown) -> None:
    town.set(line_opens_at="2027-03-26T09:00")
    town.tell(town.say.tap("line=link", JIRO))
    assert "2027年3月26日（金） 9:00" in replies(town)[0]
    assert town.server is not None
    assert town.server.account.link_tokens == {}


@pytest.mark.parametrize(
    "fault",
    [Fault(500), Fault(429, b'{"message":"The API rate limit has been exceeded. Try again later."}'),
     Fault(closes=True), Fault(503, accepts=True), Fault()],
    ids=["500", "429", "cut", "taken, but 503", "silent"],
)  # fmt: skip
def test_an_answer_that_line_did_not_take_goes_again_and_arrives_once(town: LineTown, fault: Fault) -> None:
    assert town.server is not None
    town.server.account.faults.append(fault)
    town.tell(town.say.text("a"))
    assert town.states() == ["answering"]
    later(town, 2)
    assert town.states() == ["done"]
    assert len(replies(town)) == 1
    assert town.server.sends == []


def test_an_answer_whose_free_reply_is_lost_goes_as_one_message_with_one_key(town: LineTown) -> None:
    assert town.server is not None
    town.deliver(town.say.text("a"))
    town.clock.turn(minutes=5)  # the worker was away: the reply token is spent
    town.server.faults.extend([Fault(500), Fault(accepts=True, closes=True)])
    town.work()
    later(town, 30)
    later(town, 60)
    assert town.states() == ["done"]
    assert town.server.got == {HANA: 1}
    assert len({(send.retry_key, send.body) for send in town.server.sends}) == 1
    assert len(town.server.sends) == 3


def test_a_spent_reply_token_is_replaced_by_a_message_at_once(town: LineTown) -> None:
    assert town.server is not None
    event = town.say.text("a")
    town.server.account._spent.add(event["replyToken"])
    town.tell(event)
    assert town.server.got == {HANA: 1}
    assert town.states() == ["done"]


def test_a_greeting_costs_no_message_of_the_month(town: LineTown) -> None:
    town.deliver(town.say.event("follow"))
    later(town, 300)
    assert town.server is not None
    assert town.server.sends == []
    assert town.states() == ["failed"]
    town.tell(town.say.event("follow", JIRO))
    assert "市民ポータルサイトLINE連携" in replies(town)[0]


def test_while_line_is_away_events_are_taken_in_all_the_same(town: LineTown) -> None:
    town.link(town.hana)
    assert town.server is not None
    server, town.server = town.server, None
    town.tell(town.say.text("a"), town.say.event("unfollow"), town.say.text("b", JIRO))
    assert town.lines() == {HANA: "unfollowed"}
    assert town.states() == ["done", "answering", "done", "answering"]
    server.account.replies.clear()
    town.server = server
    later(town, 30)
    assert len(replies(town)) == 2


def test_an_answer_that_is_of_no_use_any_more_is_given_up(town: LineTown) -> None:
    town.server = None
    town.tell(town.say.tap("line=link"))
    later(town, 3600)
    assert town.states() == ["failed"]


def test_nothing_happens_in_a_database_that_was_restored_until_it_is_released(town: LineTown, store: Store) -> None:
    with store.bookkeep() as session:
        session.execute(update(Installation).values(released=False))
    town.tell(town.say.text("a"))
    assert town.states() == ["waiting"]


def test_what_came_in_stands_on_today_until_somebody_has_dealt_with_it(town: LineTown, store: Store) -> None:
    town.tell(town.say.text("a", JIRO))
    with store.read() as session:
        actor = town.make.principal()
        waiting = {one.kind: one.count for one in today(session, actor, town.clock().date()).waiting}
    assert waiting["from_parents"] == 1


def test_a_database_that_goes_away_keeps_nobody_from_working_afterwards(town: LineTown, store: Store) -> None:
    town.deliver(town.say.text("a"))
    with store.bookkeep() as session:
        session.execute(text("ALTER TABLE incoming_messages RENAME TO away"))
    town.work()
    assert town.states() == ["waiting"]
    with store.bookkeep() as session:
        session.execute(text("ALTER TABLE away RENAME TO incoming_messages"))
    later(town, 10)
    assert town.states() == ["done"]


def test_what_a_parent_takes_back_on_line_is_not_shown(town: LineTown) -> None:
    event = town.say.text("secret")
    town.tell(event, town.say.event("unsend", unsend={"messageId": event["message"]["id"]}))
    assert [(one.kind, one.words) for one in town.inbox.rows(town.make.principal())] == [("taken_back", "")]


def test_in_standby_somebody_else_answers(town: LineTown) -> None:
    town.tell(town.say.text("a", mode="standby"))
    assert replies(town) == []
    assert len(town.inbox.rows(town.make.principal())) == 1


def test_many_at_once_are_all_taken_in(town: LineTown) -> None:
    town.deliver(*(town.say.text(str(number), f"U{number:032x}") for number in range(20)))
    town.deliver(*(town.say.event("follow", f"U{number:032x}", mode="standby") for number in range(280)))
    town.work()
    assert set(town.states()) == {"done"}
    assert len(replies(town)) == 20


def test_the_log_names_nobody(town: LineTown, caplog: pytest.LogCaptureFixture) -> None:
    assert town.server is not None
    with caplog.at_level(logging.DEBUG):
        town.server.account.faults.append(Fault(500))
        town.tell(town.say.text("内緒の話"), "odd", town.say.tap("line=link", JIRO))
    assert not any(secret in caplog.text for secret in ("内緒", HANA, JIRO))


def test_a_school_without_a_telephone_is_left_out(town: LineTown, store: Store) -> None:
    town.link(town.hana)
    with store.bookkeep() as session:
        session.execute(update(School).values(phone=""))
    town.tell(town.say.text("a"))
    assert replies(town)[-1] == NOT_READ


def test_an_unfinished_call_is_wiped_once_it_is_done(town: LineTown, store: Store) -> None:
    town.deliver(town.say.tap("line=link"))
    later(town, 300)
    assert town.server is not None
    sent = json.loads(town.server.sends[0].body)
    assert sent["to"] == HANA
    with store.read() as session:
        assert session.execute(select(LineEvent.state, LineEvent.call_body)).all() == [("done", None)]
