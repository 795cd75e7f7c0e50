"""LINE answering 400, 401, 409, both kinds of 429, 500, or nothing."""

import json
from datetime import timedelta

import pytest
from sqlalchemy import select

from desktop.store.db import Store
from desktop.store.tables import ContactPoint, School
from tests.conftest import NOON, Clock
from tests.make import Make
from tests.outgoing import approved_notice, crowd, deliveries, notice_state, states, stopped_channels
from tests.sending import Post, wait_for
from tests.stand_ins import Fault, LineServer, scripted_smtp

SILENCE_AFTER_ACCEPTING = Fault(accepts=True, closes=True)
BAD_TEXT = json.dumps(
    {
        "message": "The request body has 1 error(s)",
        "details": [{"message": "Length must be between 0 and 5000", "property": "messages[0].text"}],
    }
).encode()


def crowd_notice(store: Store, make: Make, size: int, *, mails: int = 0, useless_in_hours: float | None = None) -> int:
    """A notice to so many people by LINE (and some by mail); returns its id."""
    with store.bookkeep() as session:
        school = make.school(session)
        room = make.homeroom(session, school)
        children = [crowd(session, make, room, size)]
        if mails:
            children.append(crowd(session, make, room, mails, kind="email"))
        end = NOON + timedelta(hours=useless_in_hours) if useless_in_hours else None
        return approved_notice(session, make, school, children, useless_after=end).id


def user(number: int) -> str:
    return f"U{number:032x}"


def keys(line: LineServer) -> list[str]:
    return [request.retry_key for request in line.sends]


@pytest.mark.parametrize("named", [True, False], ids=["named", "unnamed"])
def test_one_bad_id_among_five_hundred_fails_alone(post: Post, store: Store, make: Make, named: bool) -> None:
    notice = crowd_notice(store, make, 500)
    with LineServer() as line:
        line.bad_ids, line.names_bad_ids = {user(123)}, named
        post.use_line(line)
        post.run()
    assert states(store, "line") == ["accepted"] * 499 + ["failed"]
    (bad,) = [row for row in deliveries(store) if row.state == "failed"]
    assert (bad.address, bad.reason, bad.code) == (user(123), "bad_id", 400)
    assert (len(line.got), set(line.got.values())) == (499, {1})
    assert len(set(keys(line))) == len(line.sends)
    assert notice_state(store, notice) == "done"


def test_a_bad_id_is_not_used_again(post: Post, store: Store, make: Make) -> None:
    crowd_notice(store, make, 3)
    with LineServer() as line:
        line.bad_ids = {user(1)}
        post.use_line(line)
        post.run()
    with store.read() as session:
        found = session.execute(select(ContactPoint.address, ContactPoint.suppressed_reason)).all()
    assert sorted(found) == [(user(0), None), (user(1), "bad_id"), (user(2), None)]


def test_five_hundred_and_one_people_take_two_calls(post: Post, store: Store, make: Make) -> None:
    crowd_notice(store, make, 501)
    with LineServer() as line:
        post.use_line(line)
        post.run()
    assert sorted(len(request.to) for request in line.sends) == [1, 500]
    assert states(store, "line") == ["accepted"] * 501


def test_a_wrong_token_stops_the_channel_and_mail_goes_on(post: Post, store: Store, make: Make) -> None:
    crowd_notice(store, make, 4, mails=3)
    with LineServer() as line, scripted_smtp() as mail:
        post.use_mail(mail)
        post.use_line(line)
        post.channels.line_token = "wrong"
        post.run()
        assert stopped_channels(store) == {"line": "unauthorized"}
        assert (states(store), states(store, "line")) == (["accepted"] * 3, ["due"] * 4)
        post.channels.line_token = line.token
        post.run()
    assert (states(store, "line"), stopped_channels(store)) == (["accepted"] * 4, {})
    assert set(line.got.values()) == {1}


def test_an_answer_that_was_lost_is_made_good_by_a_409(post: Post, store: Store, clock: Clock, make: Make) -> None:
    crowd_notice(store, make, 4)
    with LineServer([SILENCE_AFTER_ACCEPTING]) as line:
        post.use_line(line)
        post.run()
        assert states(store, "line") == ["due"] * 4
        clock.turn(minutes=1)
        post.run()
    assert states(store, "line") == ["accepted"] * 4
    assert set(line.got.values()) == {1}
    assert len(set(keys(line))) == len({request.body for request in line.sends}) == 1


def test_too_many_calls_wait_a_moment(post: Post, store: Store, clock: Clock, make: Make) -> None:
    crowd_notice(store, make, 4)
    with LineServer([Fault(429)]) as line:
        post.use_line(line)
        post.run()
        assert states(store, "line") == ["due"] * 4
        assert stopped_channels(store) == {}
        clock.turn(seconds=5)
        post.run()
    assert states(store, "line") == ["accepted"] * 4
    assert len(set(keys(line))) == 1


def test_a_used_up_quota_stops_line_alone(post: Post, store: Store, make: Make) -> None:
    crowd_notice(store, make, 4, mails=2)
    with LineServer(limit=3) as line, scripted_smtp() as mail:
        post.use_mail(mail)
        post.use_line(line)
        post.run()
        assert stopped_channels(store) == {"line": "quota"}
        assert (states(store), states(store, "line")) == (["accepted"] * 2, ["due"] * 4)
        line.limit = 100
        post.run()
    assert states(store, "line") == ["accepted"] * 4
    assert set(line.got.values()) == {1}


def test_a_message_that_line_does_not_take_fails_the_notice_once(post: Post, store: Store, make: Make) -> None:
    notice = crowd_notice(store, make, 600)
    with LineServer([Fault(400, BAD_TEXT)] * 9) as line:
        post.use_line(line)
        post.run()
    assert states(store, "line") == ["failed"] * 600
    assert {row.reason for row in deliveries(store)} == {"bad_message"}
    assert len(line.sends) <= 2  # one for each slot that was at it
    assert notice_state(store, notice) == "done"


def test_silence_for_a_day_is_said_to_be_doubt(post: Post, store: Store, clock: Clock, make: Make) -> None:
    notice = crowd_notice(store, make, 4)
    with LineServer([Fault(closes=True)] * 50) as line:
        post.use_line(line)
        post.run()
        clock.turn(hours=22, minutes=59)
        post.run()
        clock.turn(minutes=2)
        post.run()
        assert len(line.sends) == 2
        assert states(store, "line") == ["in_doubt"] * 4
        clock.turn(hours=10)
        post.run()
    assert len(line.sends) == 2
    assert notice_state(store, notice) == "done"


def test_silence_until_the_notice_is_useless_is_doubt_too(post: Post, store: Store, clock: Clock, make: Make) -> None:
    crowd_notice(store, make, 4, useless_in_hours=1)
    with LineServer([Fault(closes=True)] * 9) as line:
        post.use_line(line)
        post.run()
        clock.turn(hours=2)
        post.run()
    assert states(store, "line") == ["in_doubt"] * 4


def test_after_an_unanswered_call_nobody_is_tried_with_a_new_key(
    post: Post, store: Store, clock: Clock, make: Make
) -> None:
    crowd_notice(store, make, 4)
    with LineServer([Fault(closes=True)]) as line:
        line.bad_ids = {user(1)}
        post.use_line(line)
        post.run()
        clock.turn(minutes=1)
        post.run()
    assert len(set(keys(line))) == 1
    assert states(store, "line") == ["in_doubt"] * 4


def test_a_call_that_never_reached_line_is_made_later_with_its_key(
    post: Post, store: Store, clock: Clock, make: Make
) -> None:
    crowd_notice(store, make, 4)
    with LineServer() as gone:
        post.use_line(gone)
    post.run()
    assert stopped_channels(store).keys() == {"line"}
    assert states(store, "line") == ["due"] * 4
    with LineServer() as line:
        post.use_line(line)
        post.run()
    assert (states(store, "line"), set(line.got.values())) == (["accepted"] * 4, {1})
    assert stopped_channels(store) == {}


def test_line_switched_off_refuses_and_mail_goes_on(post: Post, store: Store, make: Make) -> None:
    crowd_notice(store, make, 2, mails=2)
    with scripted_smtp() as mail:
        post.use_mail(mail)
        post.run()
    assert (states(store), states(store, "line")) == (["accepted"] * 2, ["due"] * 2)
    assert stopped_channels(store) == {"line": "not_configured"}


@pytest.mark.parametrize("useless_in", [None, 30], ids=["a-day", "until-useless"])
def test_line_switched_off_for_good_does_not_keep_a_notice_open(
    post: Post, store: Store, clock: Clock, make: Make, useless_in: float | None
) -> None:
    notice = crowd_notice(store, make, 2, useless_in_hours=useless_in)
    post.run()
    clock.turn(hours=23)
    post.run()
    assert (states(store, "line"), notice_state(store, notice)) == (["due"] * 2, "sending")
    clock.turn(hours=8)
    post.run()
    assert (states(store, "line"), notice_state(store, notice)) == (["failed"] * 2, "done")
    assert {row.reason for row in deliveries(store)} == {"not_configured"}


def test_a_channel_that_a_dead_worker_said_stands_still_is_seen_to_work(post: Post, store: Store, make: Make) -> None:
    """The one that lives was there before, and had no trouble of its own."""
    with LineServer() as line:
        post.use_line(line)
        with post.running():
            post.deliveries.stop_channel("line", "unauthorized", timedelta(minutes=1))
            wait_for(lambda: bool(stopped_channels(store)))
            crowd_notice(store, make, 3)
            wait_for(lambda: states(store, "line") == ["accepted"] * 3)
            wait_for(lambda: stopped_channels(store) == {})


@pytest.mark.parametrize("store", ["sqlite"], indirect=True)
def test_nothing_urgent_waits_behind_bulk_that_line_does_not_answer(post: Post, store: Store, make: Make) -> None:
    crowd_notice(store, make, 1100)
    post.channels.line_seconds = 4
    with LineServer([Fault(), Fault()]) as line:
        post.use_line(line)
        with post.running():
            wait_for(lambda: len(line.sends) == 2)
            with store.bookkeep() as session:
                school = session.scalars(select(School)).one()
                child = crowd(session, make, make.homeroom(session, school, "3-2"), 3, first=5000)
                approved_notice(session, make, school, [child], include=["homeroom:H001/3-2"], urgent=True)
            wait_for(lambda: len(line.got) == 3, 3.5)
