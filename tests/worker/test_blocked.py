"""Our own mail server that refuses everybody at RCPT: nobody's delivery fails, the channel stands still and says so."""

from desktop.store.db import Store
from tests.conftest import Clock
from tests.make import Make
from tests.outgoing import approved_notice, deliveries, notice_state, states, stopped_channels
from tests.sending import Post
from tests.stand_ins import scripted_smtp

BLOCKED = "554 5.7.1 Service unavailable; client [192.0.2.7] blocked"


def notice_to(store: Store, make: Make, *domains: str, each: int = 6) -> int:
    with store.bookkeep() as session:
        school = make.school(session)
        room = make.homeroom(session, school)
        children = [make.child(session, room) for _ in range(each * len(domains))]
        for number, child in enumerate(children):
            make.guardian(session, child, mail=f"family{number}@{domains[number % len(domains)]}")
        return approved_notice(session, make, school, children).id


def test_the_same_refusal_for_several_systems_stops_the_channel_and_fails_nobody(
    post: Post, store: Store, clock: Clock, make: Make
) -> None:
    notice = notice_to(store, make, "one.example", "two.example")
    post.set(**{"email.connections": 1})
    with scripted_smtp(replies={"RCPT": BLOCKED}) as server:
        post.use_mail(server)
        post.run()
        assert stopped_channels(store) == {"email": "server_refused"}
        assert set(states(store)) == {"due"}
    clock.turn(minutes=10)
    with scripted_smtp() as server:
        post.use_mail(server)
        post.run()
        assert len(server.mails) == 12
    assert notice_state(store, notice) == "done"
    assert stopped_channels(store) == {}


def test_one_system_that_refuses_us_fails_its_own_mails_alone(post: Post, store: Store, make: Make) -> None:
    notice_to(store, make, "one.example", each=12)
    with scripted_smtp(replies={"RCPT": BLOCKED}) as server:
        post.use_mail(server)
        post.run()
    assert {(row.state, row.reason) for row in deliveries(store)} == {("failed", "blocked")}
    assert stopped_channels(store) == {}


def test_a_few_refusals_among_others_are_the_families_own(post: Post, store: Store, make: Make) -> None:
    notice_to(store, make, "one.example", "two.example")
    replies = [BLOCKED, BLOCKED, BLOCKED, "250 Ok", BLOCKED, BLOCKED, BLOCKED, "250 Ok"]
    with scripted_smtp(replies={"RCPT": replies}) as server:
        post.use_mail(server)
        post.set(**{"email.connections": 1})
        post.run()
    assert states(store).count("failed") == 6
