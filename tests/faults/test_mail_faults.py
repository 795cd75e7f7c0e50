"""Mail servers that are down, refuse, put off, hang up or say nothing."""

import time
from collections.abc import Callable
from datetime import timedelta
from threading import Event
from typing import Any

import pytest

from desktop.domain.claims import FEWEST_ATTEMPTS
from desktop.store.db import Store
from tests.conftest import NOON, Clock
from tests.make import Make
from tests.outgoing import (
    approved_notice,
    class_of,
    crowd,
    deliveries,
    notice_state,
    set_notice,
    states,
    stopped_channels,
)
from tests.sending import Post, message_ids, wait_for
from tests.stand_ins import CLOSE, HANG, ScriptedSmtp, SmtpScript, scripted_smtp

Families = Callable[..., int]


@pytest.fixture
def store(sqlite_store: Store) -> Store:
    """On SQLite alone: what is tried here is the talk with servers; claims and outcomes are tested on both."""
    return sqlite_store


@pytest.fixture
def families(store: Store, make: Make) -> Families:
    """A notice to so many families, by mail; returns its id."""

    def approve(size: int = 3, *, mails: tuple[str, ...] = (), **details: Any) -> int:
        with store.bookkeep() as session:
            school = make.school(session)
            room = make.homeroom(session, school)
            children = class_of(session, make, room, size)
            for mail in mails:
                children.append(make.child(session, room))
                make.guardian(session, children[-1], mail=mail)
            return approved_notice(session, make, school, children, **details).id

    return approve


def closed_port() -> int:
    with scripted_smtp() as server:
        return server.port


def attempts(store: Store) -> list[int]:
    return [row.attempts for row in deliveries(store)]


def test_a_mail_server_that_is_down_costs_no_attempt_and_is_told(post: Post, store: Store, families: Families) -> None:
    notice = families(5)
    post.use_mail(closed_port())
    waiting = post.run().as_json()["waiting"]
    assert (states(store), attempts(store)) == (["due"] * 5, [0] * 5)
    assert stopped_channels(store) == {"email": "server_down"}
    assert [(one["reason"], one["count"]) for one in waiting] == [("channel_stopped", 5)]
    with scripted_smtp() as server:
        post.use_mail(server)
        post.run()
        assert len(message_ids(server)) == 5
    assert stopped_channels(store) == {}
    assert notice_state(store, notice) == "done"


def test_a_running_worker_goes_on_when_the_server_is_back(post: Post, store: Store, families: Families) -> None:
    families(3)
    post.use_mail(closed_port())
    with post.running():
        wait_for(lambda: stopped_channels(store) == {"email": "server_down"})
        with scripted_smtp() as server:
            post.use_mail(server)
            wait_for(lambda: states(store) == ["accepted"] * 3)
        wait_for(lambda: stopped_channels(store) == {})


def test_one_refused_recipient_fails_alone_and_says_at_which_step(post: Post, store: Store, families: Families) -> None:
    families(3, mails=("gone@mail.example",))
    with scripted_smtp(recipients={"gone@mail.example": "550 5.1.1 User unknown"}) as server:
        post.use_mail(server)
        post.run()
    (gone,) = [row for row in deliveries(store) if row.address == "gone@mail.example"]
    assert (gone.state, gone.stage, gone.code, gone.reason) == ("failed", "rcpt", 550, "unknown_user")
    assert states(store) == ["accepted"] * 3 + ["failed"]


def test_a_greylisted_mail_comes_later(post: Post, store: Store, clock: Clock, families: Families) -> None:
    notice = families(1)
    with scripted_smtp(replies={"RCPT": ["451 4.7.1 Greylisted", "250 Ok"]}) as server:
        post.use_mail(server)
        waiting = post.run().as_json()["waiting"]
        assert waiting[0]["until"] == (NOON + timedelta(seconds=30)).isoformat()
        assert states(store) == ["due"]
        clock.turn(seconds=31)
        post.run()
    assert (states(store), attempts(store), notice_state(store, notice)) == (["accepted"], [2], "done")


def test_a_mail_put_off_for_a_day_fails(post: Post, store: Store, clock: Clock, families: Families) -> None:
    notice = families(1)
    with scripted_smtp(replies={"RCPT": "451 4.7.1 Greylisted"}) as server:
        post.use_mail(server)
        for _ in range(FEWEST_ATTEMPTS):
            post.run()
            clock.turn(hours=5)
    (mail,) = deliveries(store)
    assert (mail.state, mail.reason, mail.attempts) == ("failed", "greylisted", FEWEST_ATTEMPTS)
    assert notice_state(store, notice) == "done"


def test_a_server_that_hangs_up_in_mid_data_has_not_got_the_mail(
    post: Post, store: Store, clock: Clock, families: Families
) -> None:
    families(1)
    with ScriptedSmtp(SmtpScript(close_after_received=400)) as server:
        post.use_mail(server)
        post.run()
        (mail,) = deliveries(store)
        assert (mail.state, server.mails) == ("due", [])
        server.script.close_after_received = None
        clock.turn(minutes=1)
        post.run()
        assert set(message_ids(server).values()) == {1}
    assert states(store) == ["accepted"]


@pytest.mark.parametrize("end", [CLOSE, HANG], ids=["hangs-up", "says-nothing"])
def test_a_mail_without_a_reply_is_in_doubt_counted_and_sent_again_as_the_same_mail(
    post: Post, store: Store, clock: Clock, families: Families, end: str
) -> None:
    families(1)
    with scripted_smtp(replies={"BODY": [end, "250 Ok"]}) as server:
        post.use_mail(server)
        post.run()
        clock.turn(minutes=1)
        post.run()
    assert list(message_ids(server).values()) == [2]
    (mail,) = deliveries(store)
    assert (mail.state, mail.in_doubt_count, mail.attempts) == ("accepted", 1, 2)


def test_a_server_that_never_confirms_does_not_get_a_mail_for_ever(
    post: Post, store: Store, clock: Clock, families: Families
) -> None:
    notice = families(1)
    with scripted_smtp(replies={"BODY": CLOSE}) as server:
        post.use_mail(server)
        for _ in range(8):
            post.run()
            clock.turn(minutes=16)
    assert list(message_ids(server).values()) == [5]
    assert states(store) == ["in_doubt"]
    assert notice_state(store, notice) == "done"


def test_a_refused_log_in_stops_the_channel_until_the_settings_are_mended(
    post: Post, store: Store, families: Families
) -> None:
    families(3)
    with scripted_smtp(user="sender", password="right") as server:
        post.use_mail(server)
        post.set(**{"email.user": "sender"})
        post.channels.password = "wrong"
        post.run()
        assert (states(store), attempts(store)) == (["due"] * 3, [0] * 3)
        assert stopped_channels(store) == {"email": "auth_refused"}
        post.channels.password = "right"
        post.run()
    assert (states(store), stopped_channels(store)) == (["accepted"] * 3, {})


@pytest.mark.parametrize(
    ("step", "reply", "reason"),
    [
        ("MAIL", "553 5.1.8 Sender address rejected", "sender_refused"),
        ("RCPT", "554 5.7.1 Relay access denied", "relay_denied"),
        ("MAIL", "530 5.7.0 Authentication required", "auth_required"),
    ],
)
def test_what_is_refused_because_of_us_fails_nobody(
    post: Post, store: Store, families: Families, step: str, reply: str, reason: str
) -> None:
    families(3)
    with scripted_smtp(replies={step: reply}) as server:
        post.use_mail(server)
        post.run()
    assert states(store) == ["due"] * 3
    assert stopped_channels(store) == {"email": reason}


@pytest.mark.parametrize(
    "wrong", [{"email.host": ""}, {"email.from": ""}, {"email.from": "no address"}], ids=["host", "from", "bad-from"]
)
def test_wrong_settings_stop_the_channel_and_lose_nothing(
    post: Post, store: Store, families: Families, wrong: dict[str, str]
) -> None:
    families(2)
    with scripted_smtp() as server:
        post.use_mail(server)
        post.set(**wrong)
        post.run()
        assert stopped_channels(store) == {"email": "not_configured"}
        post.use_mail(server)
        post.set(**{"email.from": "notices@city.example"})
        post.run()
    assert states(store) == ["accepted"] * 2


def test_what_has_become_useless_stops_and_is_counted(
    post: Post, store: Store, clock: Clock, families: Families
) -> None:
    notice = families(3, useless_after=NOON + timedelta(hours=1))
    post.use_mail(closed_port())
    post.run()
    clock.turn(hours=2)
    with scripted_smtp() as server:
        post.use_mail(server)
        post.run()
    assert server.mails == []
    assert states(store) == ["expired"] * 3
    assert notice_state(store, notice) == "done"


def test_one_slow_carrier_does_not_hold_the_others(post: Post, store: Store, families: Families) -> None:
    slow = tuple(f"slow{number}@docomo.ne.jp" for number in range(4))
    families(20, mails=slow)
    with scripted_smtp(recipients=dict.fromkeys(slow, HANG)) as server:
        post.use_mail(server)
        with post.running():
            wait_for(lambda: states(store).count("accepted") == 20)
            assert states(store).count("leased") > 0


def test_a_carrier_is_written_to_at_its_pace_and_the_others_at_once(
    post: Post, store: Store, families: Families
) -> None:
    families(20, mails=tuple(f"a{number}@docomo.ne.jp" for number in range(12)))
    post.set(**{"email.rates": "docomo=8"})
    began = time.monotonic()
    with scripted_smtp() as server:
        post.use_mail(server)
        post.run()
    assert time.monotonic() - began > 0.4  # eight at once, four more in half a second
    assert states(store) == ["accepted"] * 32
    assert all(address.endswith("docomo.ne.jp") for address in server.addresses[-3:])


def test_nothing_urgent_waits_behind_bulk(post: Post, store: Store, make: Make) -> None:
    with store.bookkeep() as session:
        school = make.school(session)
        room, other = make.homeroom(session, school), make.homeroom(session, school, "3-2")
        child = crowd(session, make, room, 200, kind="email")
        urgent = make.child(session, other)
        make.guardian(session, urgent, mail="urgent@mail.example")
        approved_notice(session, make, school, [child])
    held = {f"crowd{number}@mail.example": HANG for number in range(200)}
    with scripted_smtp(recipients=held) as server:
        post.use_mail(server)
        with post.running():
            wait_for(lambda: server.connections >= 4)
            with store.bookkeep() as session:
                approved_notice(session, make, school, [urgent], include=["homeroom:H001/3-2"], urgent=True)
            wait_for(lambda: server.addresses == ["urgent@mail.example"])
            assert sum(command.startswith("RCPT TO:<crowd") for command in server.commands) < 100


class StoppingSmtp(ScriptedSmtp):
    """Stops the notice at the fifth mail, and takes its time over each."""

    def __init__(self, stop: Callable[[], None]) -> None:
        super().__init__()
        self._stop, self._bodies, self._time = stop, 0, Event()

    def reply_to(self, step: str) -> str:
        if step == "BODY":
            self._bodies += 1
            if self._bodies == 5:
                self._stop()
            self._time.wait(0.03)
        return super().reply_to(step)


def test_stop_works_within_a_second_and_resume_sends_the_rest_once(post: Post, store: Store, make: Make) -> None:
    with store.bookkeep() as session:
        school = make.school(session)
        child = crowd(session, make, make.homeroom(session, school), 400, kind="email")
        notice = approved_notice(session, make, school, [child])
    with StoppingSmtp(lambda: set_notice(store, notice.id, state="stopped")) as server:
        post.use_mail(server)
        post.run()
        assert 5 <= len(server.mails) < 300
        assert sorted(set(states(store))) == ["accepted", "due"]
        sent_before = len(server.mails)
        set_notice(store, notice.id, state="sending")
        post.run()
        assert len(server.mails) > sent_before
    assert len(message_ids(server)) == sum(message_ids(server).values()) == 400
    assert notice_state(store, notice.id) == "done"
