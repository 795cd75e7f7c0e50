"""LINE's webhook: only LINE is believed, nothing is kept twice, lost, or taken in in the wrong order."""

import json
import random
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from desktop.domain.errors import UserError
from desktop.domain.line_events import Happening, read_body, signature_fits, understand
from desktop.domain.line_links import LinkState
from desktop.secrets import Secrets
from desktop.services.line_events import LineEvents
from desktop.services.line_links import LineLinks
from desktop.store.db import Store
from desktop.store.tables import Guardian, LineEvent
from tests.conftest import Clock
from tests.line_world import CHANNEL_SECRET, HANA, JIRO, SECRETS, Events, LineTown, body, sign
from tests.make import Make
from tests.review_office import Office

ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
)
LIKE_AN_EVENT = st.fixed_dictionaries(
    {},
    optional={
        "type": st.sampled_from(["message", "follow", "postback", "accountLink", "unsend", "x"]) | ANYTHING,
        "webhookEventId": ANYTHING,
        "timestamp": ANYTHING,
        "source": st.fixed_dictionaries({"userId": ANYTHING}) | ANYTHING,
        "replyToken": ANYTHING,
        "message": st.fixed_dictionaries({"type": ANYTHING, "text": ANYTHING}) | ANYTHING,
        "postback": ANYTHING,
        "link": ANYTHING,
        "unsend": ANYTHING,
    },
)


@pytest.fixture
def town(store: Store, clock: Clock, make: Make) -> LineTown:
    return LineTown(store, clock, make)


def test_the_documented_signature_fits_and_no_other() -> None:
    raw = b'{"destination":"U8e742f61d673b39c7fff3cecb7536ef0","events":[]}'
    assert signature_fits(CHANNEL_SECRET, raw, "GhRKmvmHys4Pi8DxkF4+EayaH0OqtJtaZxgTD9fMDLs=")
    for wrong in (None, "", "GhRKmvmHys4Pi8DxkF4+EayaH0OqtJtaZxgTD9fMDLt=", "é😀", "\ud800"):
        assert not signature_fits(CHANNEL_SECRET, raw, wrong)
    assert not signature_fits(CHANNEL_SECRET, raw + b" ", "GhRKmvmHys4Pi8DxkF4+EayaH0OqtJtaZxgTD9fMDLs=")


@given(st.lists(LIKE_AN_EVENT | ANYTHING, max_size=4))
def test_whatever_line_may_invent_is_read_and_understood(events: list[Any]) -> None:
    for event in read_body(json.dumps({"events": events}).encode()):
        assert event.body.isascii()
        assert event.event_id.isascii()
        told = understand(event.body)
        told.words.encode()  # PostgreSQL takes it
        assert "\0" not in told.words + told.message_ref


@pytest.mark.parametrize("raw", [b"", b"{", b"[]", b'"x"', b"{}", b'{"events":{}}', b"\xff\xfe", b"[" * 100_000])
def test_what_is_no_delivery_is_refused_even_if_signed(town: LineTown, raw: bytes) -> None:
    with pytest.raises(UserError, match=r"line\.nonsense"):
        town.events.receive(raw, sign(raw))
    assert town.states() == []


def test_nobody_but_line_is_believed(town: LineTown, store: Store, clock: Clock) -> None:
    raw = body(town.say.text("a"))
    for signature in (None, "", "x", sign(raw, "another secret"), sign(raw + b"\n")):
        with pytest.raises(UserError, match=r"line\.signature"):
            town.events.receive(raw, signature)
    with pytest.raises(UserError, match=r"line\.no_secret"):
        LineEvents(store, Secrets.handed({}), clock).receive(raw, sign(raw))
    assert town.states() == []


def test_a_delivery_is_kept_once_however_often_it_comes(town: LineTown) -> None:
    events = [town.say.text(str(number), at=town.clock() - timedelta(seconds=number)) for number in range(1000)]
    assert town.deliver() == 0
    assert town.deliver(*events) == 1000
    again = [{**event, "deliveryContext": {"isRedelivery": True}} for event in events]
    assert town.deliver(*again[:600], town.say.text("new"), *again[600:]) == 1
    assert len(town.states()) == 1001


def test_events_are_claimed_in_the_order_in_which_they_happened_and_by_one_worker(town: LineTown) -> None:
    events = [town.say.text(str(number), at=town.clock() - timedelta(seconds=number)) for number in range(30)]
    random.shuffle(events)
    town.deliver(*events)
    claimed = town.events.claim(answers=True)
    assert [understand(event.body).words for event in claimed] == [str(number) for number in reversed(range(30))]
    assert town.events.claim(answers=True) == []
    town.clock.turn(minutes=3)  # the worker died
    assert len(town.events.claim(answers=True)) == 30


def test_a_follow_that_comes_late_does_not_undo_a_later_block(town: LineTown) -> None:
    town.link(town.hana)
    assert town.lines() == {HANA: None}
    earlier = town.say.event("follow", at=town.clock() - timedelta(hours=1))
    town.tell(town.say.event("unfollow"), earlier)
    assert town.lines() == {HANA: "unfollowed"}
    assert town.links.state(town.hana).state is LinkState.BLOCKED
    town.clock.turn(minutes=1)
    town.tell(town.say.event("follow", follow={"isUnblocked": True}))
    assert town.lines() == {HANA: None}
    assert town.links.state(town.hana).state is LinkState.LINKED


def test_what_is_not_known_is_kept_and_left_alone(town: LineTown) -> None:
    town.tell(town.say.event("membership"), town.say.tap("line=unheard-of"), "x", town.say.event("join", None))
    assert town.states() == ["ignored"] * 4


def test_old_events_are_forgotten_and_open_ones_are_not(town: LineTown) -> None:
    town.tell(town.say.event("membership"))
    town.deliver(town.say.text("nobody took this in"))
    town.clock.turn(days=8)
    town.events.let_go()
    assert town.states() == ["waiting"]


def test_an_event_without_a_time_or_an_id_is_kept_all_the_same(town: LineTown) -> None:
    event = town.say.text("a")
    del event["webhookEventId"], event["timestamp"]
    assert (town.deliver(event), town.deliver(event)) == (1, 0)
    with town.store.read() as session:
        assert session.scalars(select(LineEvent.at)).one() == town.clock()


# Linking


def test_an_account_is_linked_and_its_guardian_reached_by_line(town: LineTown) -> None:
    assert town.links.state(town.hana).state is LinkState.NONE
    assert town.links.arrive(town.hana).state is LinkState.FRIEND
    nonce = town.begin(town.hana)
    assert 10 <= len(nonce) <= 255
    assert town.links.state(town.hana).state is LinkState.LINKING
    town.tell(town.say.linked(nonce))
    assert town.links.state(town.hana).state is LinkState.LINKED
    assert town.lines() == {HANA: None}


def test_a_nonce_works_once_and_for_ten_minutes(town: LineTown) -> None:
    first = town.begin(town.hana)
    town.clock.turn(minutes=11)
    assert town.links.state(town.hana).state is LinkState.FRIEND
    town.tell(town.say.linked(first))
    assert town.lines() == {}
    nonce = town.begin(town.hana)
    town.deliver(on_time := town.say.linked(nonce))
    town.clock.turn(hours=2)  # the worker was away; LINE's event was in time
    town.work()
    assert town.lines() == {HANA: None}
    town.tell({**on_time, "webhookEventId": "another"}, town.say.linked(nonce, JIRO), town.say.linked("", JIRO))
    assert town.lines() == {HANA: None}


def test_linking_that_line_refuses_is_a_state_that_staff_see_and_help_with(town: LineTown) -> None:
    town.tell(town.say.failed(town.begin(town.jiro)))
    assert town.links.state(town.jiro).state is LinkState.REFUSED
    helper = town.make.principal()
    listed = town.links.failed(helper)
    assert [(one.account_id, one.reason, one.invited_at) for one in listed] == [(town.jiro.account_id, "refused", None)]
    town.links.invite(helper, town.jiro.account_id)
    assert town.links.failed(helper)[0].invited_at == town.clock()
    with pytest.raises(UserError, match="not_found"):
        town.links.invite(helper, town.hana.account_id)


def test_a_line_that_another_account_links_is_that_accounts_alone(town: LineTown) -> None:
    town.link(town.hana)
    town.link(town.jiro)
    assert town.links.state(town.hana).state is LinkState.UNLINKED
    assert town.links.state(town.jiro).state is LinkState.LINKED
    assert town.lines() == {}


def test_another_line_takes_the_first_ones_place(town: LineTown) -> None:
    town.link(town.hana)
    nonce = town.begin(town.hana)
    assert town.lines() == {HANA: None}  # until the new one is there
    town.tell(town.say.linked(nonce, JIRO))
    assert town.lines() == {JIRO: None}


def test_whoever_unlinks_gets_mail_alone_and_can_link_again(town: LineTown) -> None:
    town.link(town.hana)
    town.links.unlink(town.hana)
    assert town.lines() == {}
    assert town.links.state(town.hana).state is LinkState.UNLINKED
    town.link(town.hana)
    assert town.lines() == {HANA: None}
    town.tell(town.say.tap("line=unlink"))
    assert town.lines() == {HANA: None}  # it was asked back
    town.tell(town.say.tap("line=unlink-surely"))
    assert town.lines() == {}


def test_linking_has_an_opening_and_the_state_says_so(town: LineTown) -> None:
    town.set(line_opens_at="2027-03-26T09:00")
    status = town.links.state(town.hana)
    assert status.opens_at == datetime(2027, 3, 26, 0, 0, tzinfo=UTC)
    with pytest.raises(UserError) as refused:
        town.begin(town.hana)
    assert (refused.value.code, refused.value.details["opens"]) == ("line.not_open", status.opens_at)
    town.clock.now = datetime(2027, 3, 26, 0, 0, tzinfo=UTC)
    assert town.links.state(town.hana).opens_at is None
    town.begin(town.hana)


@pytest.mark.parametrize("token", ["", "x" * 201, "a\nb", "日本"])
def test_what_line_never_gave_is_no_link_token(town: LineTown, token: str) -> None:
    with pytest.raises(UserError, match=r"line\.token"):
        town.links.begin(town.hana, token)
    assert town.links.state(town.hana).state is LinkState.NONE


def test_a_line_id_from_an_old_list_counts_as_linked_and_can_be_unlinked(town: LineTown) -> None:
    with town.store.write(town.make.principal()) as session:
        town.make.contact(session, session.get_one(Guardian, town.guardian), "line", HANA)
        session.info["audited"] = True
    assert town.links.state(town.hana).state is LinkState.LINKED
    town.links.unlink(town.hana)
    assert town.links.state(town.hana).state is LinkState.UNLINKED
    assert town.lines() == {}


def test_who_links_before_the_school_accepts_is_reached_by_line_afterwards(
    store: Store, clock: Clock, make: Make
) -> None:
    office = Office(store, clock, make)
    links, events, say = LineLinks(store, clock), LineEvents(store, SECRETS, clock), Events(clock)
    sent = office.submit(office.mother)
    nonce = parse_qs(urlsplit(links.begin(office.mother, "t")).query)["nonce"][0]
    raw = body(say.linked(nonce))
    events.receive(raw, sign(raw))
    events.take_in(events.claim(answers=True))
    assert links.state(office.mother).state is LinkState.LINKED
    office.reviews.link(office.reviewer, sent.id, sent.version, office.child)
    office.minute()
    contacts = office.people.child(make.principal(), office.child).guardians[0].contacts
    assert [(one.kind, one.usable) for one in contacts] == [("email", True), ("line", True)]


@pytest.mark.parametrize(
    ("event", "happening"),
    [
        (
            {"type": "message", "message": {"type": "text", "text": " 市民ポータルサイトLINE連携\n"}},
            Happening.ASKED_FOR_LINK,
        ),
        ({"type": "postback", "postback": {"data": "市民ポータルサイトLINE連携"}}, Happening.ASKED_FOR_LINK),
        ({"type": "accountLink", "link": {"result": "maybe"}}, Happening.OTHER),
        ({"type": "message", "message": {"type": "sticker"}}, Happening.SAID),
        ([], Happening.OTHER),
    ],
)
def test_what_events_mean(event: object, happening: Happening) -> None:
    assert understand(json.dumps(event)).happening is happening
