"""What the worker does beside sending."""

from datetime import date
from functools import partial
from threading import Event

from desktop.domain.staff import WORKER
from desktop.services.people import People
from desktop.store import search
from desktop.store.db import Store
from desktop.worker import loop
from tests.conftest import Clock
from tests.make import Make
from tests.sending import Post


def test_a_school_lets_go_of_a_child_whose_last_day_has_passed(
    post: Post, store: Store, clock: Clock, make: Make
) -> None:
    with store.bookkeep() as session:
        school = make.school(session)
        child = make.child(session, make.homeroom(session, school), "髙橋", "美咲")
    people = People(store, clock)
    people.withdraw(make.principal(), [child.id], date(2026, 11, 25))
    with store.read() as session:
        assert search.find(session, "髙橋", "child", [school.id]) == [child.id]
    clock.turn(days=7)
    loop.run(
        post.deliveries, post.channels, post.journal, Event(), until_idle=True, chores=partial(people.let_go, WORKER)
    )
    with store.read() as session:
        assert search.find(session, "髙橋", "child", [school.id]) == []
