"""From the outbox to a mail server and back into the outbox, beside what others need to hand over as many mails."""

from pathlib import Path

import pytest

from desktop.store.db import Store
from tests.bench import figures, outbox, peers, workers
from tests.make import Make

MAILS = figures.size(10_000)
FEWER = 1_000
"""For those that are slower: their rate does not depend on how many."""
FAR, FAR_MAILS, KEPT_MAILS = 0.020, 1_000, 40
SIZE = 3_700


class Outgoing:
    """Mails that wait, and a worker to send them."""

    def __init__(self, store: Store, make: Make, journal: Path, port: int) -> None:
        self._store, self._journal = store, journal
        outbox.settle_in(store, make, **{"email.host": "127.0.0.1", "email.port": port})
        self._notice = outbox.notice(store, make)

    def seconds(self, count: int) -> float:
        outbox.empty(self._store)
        outbox.fill(self._store, self._notice, count)
        said = workers.send_all(self._store.url, self._journal)
        assert said["sent"] == count
        return float(said["seconds"])


@pytest.mark.timeout(600)
def test_ten_thousand_mails(
    shared_store: Store, make: Make, postfix: peers.Postfix, journal: Path, tmp_path: Path
) -> None:
    with postfix.sink() as port:
        outgoing = Outgoing(shared_store, make, journal, port)
        ours, theirs, kept = figures.side_by_side(
            lambda: outgoing.seconds(MAILS) / MAILS,
            lambda: figures.took(lambda: postfix.send(port, MAILS, SIZE)) / MAILS,
            lambda: figures.took(lambda: peers.kept_smtplib(port, FEWER)) / FEWER,
        )
        others = {
            library.name: figures.typical(lambda library=library: library.seconds(port, FEWER) / FEWER, 1)  # type: ignore[misc]  # mypy knows no defaults of a lambda
            for library in peers.libraries(tmp_path)
        }
    rates = f"{1 / ours:,.0f}/s"
    what = "mail: claim, render, send, mark; 10,000 on PostgreSQL"
    figures.at_least(what, theirs / ours, 0.6, "smtp-source", f"{rates} beside {1 / theirs:,.0f}/s")
    figures.at_least(what, kept / ours, 4, "kept smtplib", f"{rates} beside {1 / kept:,.0f}/s")
    for name, seconds in others.items():
        figures.note(what, f"{seconds / ours:.2f} × {name} ({rates} beside {1 / seconds:,.0f}/s)")


@pytest.mark.timeout(600)
def test_a_distant_server(shared_store: Store, make: Make, postfix: peers.Postfix, journal: Path) -> None:
    with postfix.sink() as sink, peers.DelayingProxy(sink, FAR) as proxy:
        outgoing = Outgoing(shared_store, make, journal, proxy.port)
        ours, kept = figures.side_by_side(
            lambda: outgoing.seconds(FAR_MAILS) / FAR_MAILS,
            lambda: figures.took(lambda: peers.kept_smtplib_in_threads(proxy.port, KEPT_MAILS, 4)) / KEPT_MAILS,
            runs=3,
        )
    what = "mail to a server 20 ms away, 4 connections"
    figures.at_least(what, kept / ours, 3.5, "kept smtplib", f"{1 / ours:,.0f}/s beside {1 / kept:,.0f}/s")
