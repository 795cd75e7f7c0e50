"""LINE through a city hall's proxy: a real one, small, that knows CONNECT."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Self

import pytest

from desktop.channels.line import LineChannel, LineSettings
from desktop.channels.proxy import DIRECT, proxy_for
from desktop.domain.deliveries import DeliveryError, LineKind
from desktop.domain.errors import UserError
from desktop.settings import read_value
from tests.channels.test_line import multicast, user
from tests.stand_ins import Fault, LineServer, make_certificates

LINE = "https://line.example"


class ConnectProxy:
    """Leads every tunnel to one port of this computer, whatever name was asked for; or answers `refusal`."""

    def __init__(self, to_port: int, refusal: bytes = b"") -> None:
        self._to_port = to_port
        self._refusal = refusal
        self._server = socket.create_server(("127.0.0.1", 0))
        self._open: list[socket.socket] = []
        self._threads: list[threading.Thread] = []
        self.asked: list[str] = []
        self.url = f"http://127.0.0.1:{self._server.getsockname()[1]}"

    def __enter__(self) -> Self:
        self._run(self._accept)
        return self

    def __exit__(self, *_args: object) -> None:
        for each in [self._server, *self._open]:
            with suppress(OSError):  # the other side was first
                each.shutdown(socket.SHUT_RDWR)
            each.close()
        for thread in self._threads:
            thread.join(10)

    def _accept(self) -> None:
        while True:
            try:
                client, _address = self._server.accept()
            except OSError:
                return
            self._open.append(client)
            head = b""
            while b"\r\n\r\n" not in head:
                head += client.recv(4096)
            self.asked.append(head.decode())
            if self._refusal:
                client.sendall(self._refusal)
                client.close()
                continue
            upstream = socket.create_connection(("127.0.0.1", self._to_port))
            self._open.append(upstream)
            client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            self._run(lambda a=client, b=upstream: _copy(a, b))  # type: ignore[misc]  # defaults bind the two
            self._run(lambda a=upstream, b=client: _copy(a, b))  # type: ignore[misc]  # as above

    def _run(self, work: Callable[[], None]) -> None:
        thread = threading.Thread(target=work, daemon=True)
        self._threads.append(thread)
        thread.start()


def _copy(source: socket.socket, target: socket.socket) -> None:
    try:
        while data := source.recv(65536):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        return


@pytest.fixture
def server(tmp_path: Path) -> Iterator[LineServer]:
    with LineServer(tls=make_certificates(tmp_path, "line.example")) as server:
        yield server


@pytest.fixture
def ca_file(tmp_path: Path) -> str:
    return str(tmp_path / "ca.pem")


@pytest.fixture(autouse=True)
def _no_proxy_of_this_computer(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("https_proxy", "HTTPS_PROXY", "http_proxy", "HTTP_PROXY", "all_proxy", "no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)


def port_of(server: LineServer) -> int:
    return int(server.url.rsplit(":", 1)[1])


def line_by(proxy: str, server: LineServer, ca_file: str) -> LineChannel:
    return LineChannel(LineSettings(LINE, server.token, 5, 10, ca_file, proxy))


def test_a_multicast_goes_through_the_proxys_tunnel(server: LineServer, ca_file: str) -> None:
    with ConnectProxy(port_of(server)) as proxy:
        sender = line_by(proxy.url, server, ca_file)
        assert sender.send(multicast(1)).kind is LineKind.ACCEPTED
        sender.close()
    assert server.got == {user(1): 1}
    assert proxy.asked[0].startswith("CONNECT line.example:443 ")
    assert "Bearer" not in proxy.asked[0]


def test_without_a_setting_the_systems_proxy_is_taken_with_its_password(
    server: LineServer, ca_file: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with ConnectProxy(port_of(server)) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url.replace("//", "//city:hall@"))
        sender = line_by("", server, ca_file)
        assert sender.send(multicast(1)).kind is LineKind.ACCEPTED
        sender.close()
    assert "authorization: Basic Y2l0eTpoYWxs" in proxy.asked[0].replace("Proxy-A", "a").replace("proxy-a", "a")


@pytest.mark.parametrize("answer", ["407 Proxy Authentication Required", "403 Forbidden", "502 Bad Gateway"])
def test_a_proxy_that_refuses_has_sent_nothing(answer: str, server: LineServer, ca_file: str) -> None:
    with ConnectProxy(port_of(server), f"HTTP/1.1 {answer}\r\nContent-Length: 0\r\n\r\n".encode()) as proxy:
        sender = line_by(proxy.url, server, ca_file)
        outcome = sender.send(multicast(1))
        with pytest.raises(DeliveryError) as caught:
            sender.quota()
        sender.close()
    assert (outcome.kind, outcome.reason) == (LineKind.UNAVAILABLE, "proxy_refused")
    assert caught.value.reason == "proxy_refused"
    assert not server.got


def test_a_proxy_that_is_down_leaves_no_doubt(server: LineServer, ca_file: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    outcome = line_by(f"http://127.0.0.1:{port}", server, ca_file).send(multicast(1))
    assert (outcome.kind, outcome.reason) == (LineKind.UNAVAILABLE, "proxy_down")


def test_a_connection_that_breaks_after_the_proxy_let_it_through_leaves_doubt(tmp_path: Path) -> None:
    certificates = make_certificates(tmp_path, "line.example")
    with (
        LineServer([Fault(accepts=True, closes=True)], tls=certificates) as server,
        ConnectProxy(port_of(server)) as proxy,
    ):
        sender = line_by(proxy.url, server, str(certificates.ca_file))
        outcome = sender.send(multicast(1))
        sender.close()
    assert (outcome.kind, outcome.reason) == (LineKind.UNKNOWN, "connection_lost")


def test_a_certificate_that_is_not_lines_is_refused_through_the_tunnel_too(server: LineServer, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    other = make_certificates(tmp_path / "other", "line.example")
    with ConnectProxy(port_of(server)) as proxy:
        sender = line_by(proxy.url, server, str(other.ca_file))
        assert sender.send(multicast(1)).reason == "certificate"
        sender.close()


@pytest.mark.parametrize(
    ("url", "chosen", "found"),
    [
        (LINE, "", "http://proxy.city.example:8080"),
        (LINE, DIRECT, ""),
        (LINE, "http://other.example:3128", "http://other.example:3128"),
        ("https://api.inside.example", "", ""),
        ("http://127.0.0.1:8000", "http://other.example:3128", ""),
        ("http://localhost:8000", "", ""),
    ],
)
def test_which_proxy_it_is(url: str, chosen: str, found: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "proxy.city.example:8080")
    monkeypatch.setenv("NO_PROXY", "inside.example")
    assert proxy_for(url, chosen) == found


def test_the_setting_takes_an_address_direct_or_nothing_and_no_password() -> None:
    assert read_value("line.proxy", " http://proxy.city.example:8080/ ") == "http://proxy.city.example:8080"
    assert read_value("line.proxy", "direct") == "direct"
    assert read_value("line.proxy", "") == ""
    for wrong in ("proxy.city.example", "http://city:hall@proxy.city.example", "socks5://proxy.city.example"):
        with pytest.raises(UserError, match=r"settings\.invalid"):
            read_value("line.proxy", wrong)
