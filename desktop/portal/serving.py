"""Serves the portal on a port until it is told to stop."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Event, Thread
from typing import Any

from flask import Flask
from waitress import create_server  # type: ignore[import-untyped]  # waitress has no types
from waitress.wasyncore import loop  # type: ignore[import-untyped]  # as above

from desktop.domain.errors import UserError
from desktop.portal.security import LONGEST_FORM

THREADS = 12
"""Each may use a connection of the database at a time, so the pool must have as many."""
_CONNECTIONS = 1000
_PATIENCE_S = 60
_LAST_WORDS_S = 10
_STREAM = socket.SOCK_STREAM


@dataclass(frozen=True, slots=True)
class Listen:
    host: str
    port: int


class Server:
    """A portal that listens. `run` answers until `stop` is called, by a signal or another thread."""

    def __init__(self, app: Flask, listen: Listen, *, behind_proxy: bool = False) -> None:
        self._sockets: dict[int, Any] = {}
        self._stopping = Event()
        self._server = create_server(
            app,
            map=self._sockets,
            sockets=[_listening(listen)],
            threads=THREADS,
            connection_limit=_CONNECTIONS,
            channel_timeout=_PATIENCE_S,
            max_request_body_size=2 * LONGEST_FORM,
            clear_untrusted_proxy_headers=not behind_proxy,  # behind one, the application decides whom it believes
            ident=None,
        )
        self.port = int(self._server.effective_port)

    def run(self) -> None:
        while not self._stopping.is_set():
            loop(timeout=60, map=self._sockets, use_poll=True, count=1)
        self._server.task_dispatcher.shutdown(timeout=_LAST_WORDS_S)  # what is in hand is answered first
        for channel in list(self._server.active_channels.values()):
            channel.handle_close()
        self._server.close()

    def stop(self) -> None:
        self._stopping.set()
        self._server.pull_trigger()


def _listening(listen: Listen) -> socket.socket:
    """One socket, also for a name like localhost that stands for several addresses."""
    try:
        family, _kind, _protocol, _name, address = socket.getaddrinfo(listen.host, listen.port, type=_STREAM)[0]
        return socket.create_server((str(address[0]), listen.port), family=family)
    except OSError as error:
        raise UserError("portal.cannot_listen", host=listen.host, port=listen.port) from error


@contextmanager
def serving(app: Flask, listen: Listen) -> Iterator[Server]:
    """Serve on a thread of its own inside the block."""
    server = Server(app, listen)
    thread = Thread(target=server.run, name="portal")
    thread.start()
    try:
        yield server
    finally:
        server.stop()
        thread.join()
