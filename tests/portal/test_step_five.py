"""Step 5 whole (A31-A34): friend, menu, log-in, LINE's own page, linked; in Chromium on a telephone in Vietnamese.

LINE is a stand-in: it checks what the worker says, and its page does what LINE's does when somebody allows linking.
"""

import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Event, Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page

from desktop.app import build_services
from desktop.channels.line import LineSettings
from desktop.channels.line_talk import LineTalkChannel
from desktop.domain.line_account import LineTalk
from desktop.portal.app import create_app
from desktop.portal.serving import Listen, serving
from desktop.secrets import Secrets
from desktop.settings import Settings
from desktop.worker.line_desk import LineDesk
from tests.conftest import Clock
from tests.line_server import LineServer
from tests.line_world import CHANNEL_SECRET, HANA, Events, body, sign
from tests.portal.browsing import PHONE, chromium, visitor
from tests.portal.town import ADDRESS, PASSWORD, SECRETS, Town

pytestmark = pytest.mark.needs("chromium")


class Worker:
    """Takes in what LINE told, and answers through the stand-in."""

    def __init__(self, town: Town, line: LineServer) -> None:
        self._town, self._line = town, line

    def talk(self, settings: Settings) -> LineTalk:
        return LineTalkChannel(LineSettings(self._line.url, self._line.token), self._line.url)

    def work(self) -> None:
        desk = LineDesk(self._town.services.line_events, self, Event())
        desk.start()
        desk.finish()


class Line:
    """LINE's webhook calls, and its page on which a person allows linking."""

    def __init__(self, clock: Clock) -> None:
        self.say, self.portal, self.base = Events(clock), "", ""

    def tell(self, *events: Any) -> None:
        raw = body(*events)
        request = urllib.request.Request(
            f"{self.portal}/line/webhook", raw, {"x-line-signature": sign(raw), "content-type": "application/json"}
        )
        with urllib.request.urlopen(request) as answer:
            assert answer.status == 200

    @contextmanager
    def page(self, line_server: LineServer) -> Iterator[str]:
        line = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                asked = parse_qs(urlsplit(self.path).query)
                if "nonce" in asked and asked["linkToken"][0] in line_server.account.link_tokens:
                    line.tell(line.say.linked(asked["nonce"][0]))
                self.send_response(200)
                self.send_header("content-type", "text/html; charset=utf-8")
                self.end_headers()
                self.wfile.write("<h1>連携しました</h1>".encode())

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002  http.server's name
                """Nothing on the console."""

        server = HTTPServer(("127.0.0.1", 0), Handler)
        thread = Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/dialog/bot/accountLink"
        finally:
            server.shutdown()
            thread.join()
            server.server_close()


def link(worker: Worker, line: Line, line_server: LineServer, page: Page) -> None:
    line.tell(line.say.event("follow"), line.say.tap("line=link"))
    worker.work()
    messages: Any = line_server.account.replies[-1][1]
    page.goto(messages[1]["template"]["actions"][0]["uri"])
    page.fill("#login", ADDRESS)
    page.fill("#password", PASSWORD)
    page.locator("main button").first.click()
    page.get_by_text("bất cứ lúc nào").first.wait_for()  # that it can be ended is said before it begins
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    page.locator("main button").filter(has_text="LINEへ進む").click()
    page.get_by_text("連携しました").wait_for()
    worker.work()


def test_a_guardian_links_line_and_ends_it_again(small_town: Town, clock: Clock) -> None:
    secrets = Secrets.handed({"DATA_KEY": SECRETS.require("DATA_KEY"), "LINE_CHANNEL_SECRET": CHANNEL_SECRET})
    small_town.services = build_services(small_town.store, secrets, clock)
    small_town.app = create_app(small_town.services, secrets, clock)
    small_town.logged_in("vi")
    line = Line(clock)
    with (
        LineServer() as line_server,
        line.page(line_server) as allow_page,
        serving(small_town.app, Listen("127.0.0.1", 0)) as server,
        chromium() as browser,
    ):
        line.portal = f"http://127.0.0.1:{server.port}"
        small_town.set("portal.url", line.portal)
        small_town.set("line.link_url", allow_page)
        with visitor(browser, line.portal, "vi", PHONE) as page:
            link(Worker(small_town, line_server), line, line_server, page)
            page.goto("/line")
            page.get_by_text("đã liên kết với LINE").first.wait_for()
            page.locator("main button").filter(has_text="LINE連携を解除する").click()
            page.get_by_text("Bạn đã hủy liên kết LINE").wait_for()
    assert HANA not in str(line_server.account.texts())
