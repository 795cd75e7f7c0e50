"""A desk on a shared database: others send, others write, and the line to it can be cut."""

import contextlib
import socket
import threading
import uuid
from collections.abc import Iterator

import pytest
from pytestqt.qtbot import QtBot
from sqlalchemy import make_url

from desktop.desk.behind import Behind, open_behind
from desktop.desk.place import DeskPlace
from desktop.desk.worker_keeper import Stage
from desktop.domain.audience import Audience
from desktop.domain.notices import Draft, NoticeText
from desktop.paths import Paths
from desktop.store.db import Store
from tests import postgres
from tests.desk.conftest import FORM, Open
from tests.desk.test_desk import LONG_MS, bands, says, window


class Cable:
    """A line to PostgreSQL's socket file that can be cut and mended; `port` is this end of it."""

    def __init__(self, socket_file: str) -> None:
        self._far = socket_file
        self._open: list[socket.socket] = []
        self._cut = False
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self) -> None:
        self._cut = True
        self._hang_up()

    def mend(self) -> None:
        self._cut = False

    def close(self) -> None:
        self._cut = True
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._hang_up()

    def _hang_up(self) -> None:
        while self._open:
            end = self._open.pop()
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            if self._cut:
                near.close()
                continue
            far = socket.socket(socket.AF_UNIX)
            far.connect(self._far)
            self._open += [near, far]
            for one, other in ((near, far), (far, near)):
                threading.Thread(target=_carry, args=(one, other), daemon=True).start()


def _carry(one: socket.socket, other: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := one.recv(65536):
            other.sendall(data)
    for end in (one, other):
        with contextlib.suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)
    one.close()


@pytest.fixture
def shared(postgres_url: str, empty_place: DeskPlace) -> Iterator[Behind]:
    """Another process's view of a founded shared database."""
    store = Store(postgres_url)
    postgres.empty(store.engine)
    store.close()
    opened = open_behind(DeskPlace(Paths(empty_place.paths.data_dir / "other"), postgres_url), lambda _touched: None)
    opened.services.setup.first_start(FORM)
    yield opened
    opened.close()


@pytest.fixture
def cable(shared: Behind) -> Iterator[Cable]:
    folder = make_url(shared.url).query["host"]
    made = Cable(f"{folder}/.s.PGSQL.5432")
    yield made
    made.close()


@pytest.fixture
def place(shared: Behind, cable: Cable, empty_place: DeskPlace) -> DeskPlace:
    url = make_url(shared.url).set(host="127.0.0.1", port=cable.port, query={})
    return DeskPlace(empty_place.paths, url.render_as_string(hide_password=False))


def test_while_the_line_is_cut_the_desk_says_so_and_comes_back_by_itself(
    open_desk: Open, place: DeskPlace, cable: Cable, shared: Behind, qtbot: QtBot
) -> None:
    program = open_desk(place, "hana")
    assert program.running is not None
    window(program).go("notices")
    qtbot.waitUntil(lambda: program.running.keeper.state.stage is Stage.RUNNING, timeout=LONG_MS)  # type: ignore[union-attr]
    cable.cut()
    qtbot.waitUntil(lambda: says(program, "Not connected to the database since"), timeout=LONG_MS)
    hana = shared.services.staff.actor_for("hana")
    shared.services.notices.create(hana, Draft("other", 1, {"ja": NoticeText("お弁当", "")}, Audience()))
    cable.mend()
    qtbot.waitUntil(lambda: not bands(program), timeout=LONG_MS)
    page = window(program).page("notices")
    assert page is not None
    qtbot.waitUntil(lambda: [row.title for row in page._rows] == ["お弁当"], timeout=LONG_MS)  # type: ignore[attr-defined]


def test_where_a_worker_of_its_own_sends_the_desk_starts_none(
    open_desk: Open, place: DeskPlace, shared: Behind, qtbot: QtBot
) -> None:
    shared.services.deliveries.sign_on(uuid.uuid4().hex, "server.example")
    program = open_desk(place, "hana")
    assert program.running is not None
    keeper = program.running.keeper
    qtbot.waitUntil(lambda: keeper.state.stage is Stage.ELSEWHERE, timeout=LONG_MS)
    assert keeper.pid is None
    assert not program.running.context.sends_here
    assert bands(program) == []


def test_a_database_that_does_not_answer_at_the_start_is_said_and_tried_again(
    open_desk: Open, place: DeskPlace, cable: Cable, qtbot: QtBot
) -> None:
    cable.cut()
    program = open_desk(place)
    front = window(program).centralWidget()
    assert front is not None
    assert program.behind is None
    cable.mend()
    with qtbot.waitSignal(program.opened, timeout=LONG_MS):
        program._try_again()
    assert program.running is not None
