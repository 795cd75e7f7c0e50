"""LINE beside the bare connection that any client has to wait for."""

import json
import socket
from pathlib import Path

from desktop.store.db import Store
from tests.bench import figures, outbox, peers, workers
from tests.line_server import LineServer
from tests.make import Make

FAR = 0.050
CALLS, RECIPIENTS = 40, 500


def test_line_at_50_ms(shared_store: Store, make: Make, journal: Path) -> None:
    with LineServer() as line, peers.DelayingProxy(int(line.url.rpartition(":")[2]), FAR) as proxy:
        url = f"http://127.0.0.1:{proxy.port}"
        outbox.settle_in(shared_store, make, **{"line.enabled": True, "line.api_url": url})
        notice = outbox.notice(shared_store, make)

        def ours() -> float:
            outbox.empty(shared_store)
            outbox.fill(shared_store, notice, CALLS * RECIPIENTS, channel="line")
            said = workers.send_all(shared_store.url, journal, line.token)
            assert said["sent"] == CALLS * RECIPIENTS
            return float(said["seconds"]) / CALLS

        def bare() -> float:
            return figures.took(lambda: _bare_calls(proxy.port, line.token)) / CALLS

        ours_seconds, bare_seconds = figures.side_by_side(ours, bare, runs=3)
    figures.at_least(
        "LINE at 50 ms: multicasts of 500, claimed and marked", bare_seconds / ours_seconds, 0.9,
        "one raw socket", f"{1 / ours_seconds:.0f}/s beside {1 / bare_seconds:.0f}/s",
    )  # fmt: skip


def _bare_calls(port: int, token: str) -> None:
    """The same calls, written as they are and waited for, one behind the other."""
    ids = [f"U{number:032x}" for number in range(RECIPIENTS)]
    body = json.dumps({"to": ids, "messages": [{"type": "text", "text": outbox.BODY}]}).encode()
    head = (
        "POST /v2/bot/message/multicast HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
        f"Authorization: Bearer {token}\r\nContent-Length: {len(body)}\r\n\r\n"
    ).encode()
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for _ in range(CALLS):
            connection.sendall(head + body)
            answer = connection.recv(65536)
            assert answer.startswith(b"HTTP/1.1 200"), answer[:200]
