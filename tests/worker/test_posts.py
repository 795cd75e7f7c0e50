"""The worker sends single mails beside the notices: at least once, with one Message-ID."""

from datetime import timedelta
from email import message_from_bytes
from threading import Event

import pytest
from sqlalchemy import select, update

from desktop.domain.posts import Template
from desktop.secrets import Secrets, new_data_key
from desktop.services.posts import Posts
from desktop.store import posts as posts_store
from desktop.store.db import Store
from desktop.store.tables import Installation
from desktop.store.tables import Post as PostRow
from desktop.worker import loop
from tests.conftest import Clock
from tests.sending import Post
from tests.stand_ins import CLOSE, ScriptedSmtp, SmtpScript

SECRETS = Secrets.handed({"DATA_KEY": new_data_key()})


@pytest.fixture
def posts(store: Store, clock: Clock) -> Posts:
    return Posts(store, SECRETS, clock)


def put(store: Store, *addresses: str, useful_for: timedelta = timedelta(days=1)) -> None:
    with store.bookkeep() as session:
        for address in addresses:
            posts_store.put(session, Template.PASSWORD_CHANGED, address, "en", useful_for)


def work(post: Post, posts: Posts) -> loop.Outcome:
    return loop.run(post.deliveries, post.channels, post.journal, Event(), until_idle=True, posts=posts)


def states(store: Store) -> list[str]:
    with store.read() as session:
        return list(session.scalars(select(PostRow.state).order_by(PostRow.id)))


def message_ids(server: ScriptedSmtp) -> list[str]:
    return [str(message_from_bytes(mail.data)["Message-ID"]) for mail in server.mails]


def test_single_mails_go_out_and_are_counted(post: Post, posts: Posts, store: Store) -> None:
    put(store, *(f"p{number}@mail.example" for number in range(25)))
    with ScriptedSmtp() as server:
        post.use_mail(server)
        outcome = work(post, posts)
    assert outcome.sent == {"email": 25, "line": 0}
    assert server.addresses == [f"p{number}@mail.example" for number in range(25)]
    assert len(set(message_ids(server))) == 25
    assert set(states(store)) == {"sent"}


def test_a_mail_that_may_have_arrived_goes_again_with_the_same_message_id(
    post: Post, posts: Posts, store: Store, clock: Clock
) -> None:
    put(store, "p@mail.example")
    with ScriptedSmtp(SmtpScript(replies={"BODY": (CLOSE, "250 2.0.0 Queued")})) as server:
        post.use_mail(server)
        work(post, posts)
        assert states(store) == ["due"]
        clock.turn(minutes=1)
        work(post, posts)
    assert states(store) == ["sent"]
    assert len(set(message_ids(server))) == 1


def test_an_address_that_is_refused_keeps_no_other_from_its_mail(post: Post, posts: Posts, store: Store) -> None:
    put(store, "gone@mail.example", "no mail address", "p@mail.example")
    with ScriptedSmtp(SmtpScript(recipients={"gone@mail.example": "550 5.1.1 No such user"})) as server:
        post.use_mail(server)
        work(post, posts)
    assert states(store) == ["failed", "failed", "sent"]


def test_a_mail_waits_for_a_server_that_is_down_as_long_as_it_is_of_use(
    post: Post, posts: Posts, store: Store, clock: Clock
) -> None:
    put(store, "late@mail.example", useful_for=timedelta(minutes=5))
    put(store, "p@mail.example")
    with ScriptedSmtp() as server:
        post.use_mail(server)
    work(post, posts)
    assert states(store) == ["due", "due"]
    clock.turn(minutes=10)
    with ScriptedSmtp() as server:
        post.use_mail(server)
        work(post, posts)
        assert server.addresses == ["p@mail.example"]
    assert states(store) == ["expired", "sent"]


def test_a_dead_workers_mails_go_to_the_next_when_its_lease_is_over(
    post: Post, posts: Posts, store: Store, clock: Clock
) -> None:
    put(store, "p@mail.example")
    first = posts.claim("notices@city.example")[0][0]
    assert posts.claim("notices@city.example") == []
    clock.turn(minutes=3)
    with ScriptedSmtp() as server:
        post.use_mail(server)
        work(post, posts)
    assert message_ids(server) == [first.message_id]


def test_a_restored_database_sends_no_single_mail_before_it_is_released(post: Post, posts: Posts, store: Store) -> None:
    put(store, "p@mail.example")
    with store.bookkeep() as session:
        session.execute(update(Installation).values(released=False))
    with ScriptedSmtp() as server:
        post.use_mail(server)
        work(post, posts)
    assert server.addresses == []
    assert states(store) == ["due"]
