"""Audiences and search in a big city, on both databases."""

from functools import partial

import pytest

from desktop.domain.audience import parse_audience
from desktop.domain.notices import Channel, Draft
from desktop.domain.people import ListQuery
from desktop.services.audiences import Audiences
from desktop.services.people import People
from desktop.store import search
from desktop.store.db import Store
from tests.bench import city, figures
from tests.make import Make

CHILDREN = figures.size(200_000, least=10_000)
TYPED = ("佐", "佐藤", "サトウ", "親1", "親12345", "8000", "80012345", "guardian2", "guardian212345@", "髙橋")


@pytest.mark.timeout(1200)
def test_audiences_and_search(any_store: Store, make: Make) -> None:
    """One city of 200,000 children and 400,000 guardians serves both."""
    city.build(any_store, CHILDREN)
    name = any_store.engine.dialect.name
    actor = make.principal()
    audiences = Audiences(any_store)
    for what, part, aim in (
        ("a class", "homeroom:H1007/3-1", 0.010),
        ("a school", "school:H1007", 0.080),
        ("the city", "city", 1.5),
    ):
        draft = Draft("announcement", None, {}, parse_audience([part], []), frozenset({Channel.EMAIL, Channel.LINE}))
        assert audiences.preview(actor, draft).count.children
        seconds = figures.typical(lambda draft=draft: figures.took(lambda: audiences.preview(actor, draft)))  # type: ignore[misc]  # mypy knows no defaults of a lambda
        figures.below(f"audience preview of {what} in {CHILDREN:,} children, {name}", seconds, aim)
    times = []
    for typed in TYPED * 20:
        with any_store.read() as session:
            times.append(figures.took(lambda typed=typed: search.find(session, typed, "guardian", None)))  # type: ignore[misc]  # as above
    figures.below(f"search among {2 * CHILDREN:,} guardians, p95, {name}", figures.p95(times), 0.005)
    people = People(any_store)
    times = [
        figures.took(partial(people.first_guardians, actor, ListQuery(typed=typed, order=""))) for typed in TYPED * 20
    ]
    figures.note(f"what is shown of a search among {2 * CHILDREN:,} guardians, with its rows, p95, {name}",
                 figures.in_words(figures.p95(times)))  # fmt: skip
