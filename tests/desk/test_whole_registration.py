"""Guardians register themselves from end to end: the five steps of the leaflet, a reviewer, and a notice to them.

A real browser, without JavaScript, in front of a real portal; a real window; the real worker as the desk's child; a
mail server and LINE on loopback. Only the minute in which a decision can be taken back is not waited for.
"""

import base64
import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes, policy
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import pytest
import requests
from playwright.sync_api import Page
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot
from sqlalchemy import update

from desktop.desk.behind import Behind
from desktop.desk.place import DeskPlace
from desktop.desk.program import Program
from desktop.domain.audience import parse_audience
from desktop.domain.line_events import LINK_DATA
from desktop.domain.notices import Channel, Draft, NoticeState, NoticeText
from desktop.portal.app import create_app
from desktop.portal.serving import Listen, serving
from desktop.store.tables import Registration
from desktop.ui.registrations.page import RegistrationsPage
from tests.desk.conftest import Open
from tests.desk.test_desk import LONG_MS, runs, window
from tests.line_world import CHANNEL_SECRET, HANA, JIRO, Events, body, sign
from tests.portal.browsing import DESKTOP, PHONE, chromium, visitor
from tests.stand_ins import LineServer, ScriptedSmtp

pytestmark = pytest.mark.needs("chromium")

PASSWORD = "kaze no tani 7"


@dataclass(frozen=True)
class Parent:
    """Somebody with a child of the roster; `types_code`: the link of the mail cannot be opened on that telephone."""

    language: str
    size: dict[str, int]
    address: str
    name: tuple[str, str]
    child: tuple[str, str, str, str]
    born: tuple[str, str, str]
    homeroom: tuple[str, str]
    number: str
    line: str
    types_code: bool = False


LAN = Parent(
    "vi", PHONE, "lan@mail.example", ("Nguyễn", "Lan"), ("Nguyễn", "An", "ぐえん", "あん"), ("2017", "5", "2"),
    ("3年", "1"), "2", HANA,
)  # fmt: skip
NAO = Parent(
    "ja", DESKTOP, "nao@docomo.test", ("井上", "直"), ("井上", "海", "ｲﾉｳｴ", "カイ"), ("2017", "9", "30"),
    ("3年", "2"), "1", JIRO, types_code=True,
)  # fmt: skip


class City:
    """What stands around the guardian: the school's desk, the mail server, LINE, and the portal at `base`."""

    def __init__(self, behind: Behind, mail: ScriptedSmtp, line: LineServer, qtbot: QtBot) -> None:
        self.services, self.mail, self.line, self.qtbot = behind.services, mail, line, qtbot
        self.store = behind.found.store
        self.hana, self.ken = (self.services.staff.actor_for(login) for login in ("hana", "ken"))
        self.say = Events(lambda: datetime.now(UTC))
        self.base = f"http://127.0.0.1:{_free_port()}"
        ((self.school, *_),) = self.services.registrations.schools()
        self.code = self.services.registration_codes.for_letters(self.hana, self.school, 1)

    def set(self, **values: str) -> None:
        for key, value in values.items():
            self.services.settings.set(self.hana, key.replace("_", ".", 1), value)

    def mails(self, address: str) -> list[str]:
        """Texts that came for somebody, the newest last."""
        received = [one for one in self.mail.mails if one.address == address]
        read = [message_from_bytes(one.data, policy=policy.default).get_body(("plain",)) for one in received]
        return [part.get_content() for part in read if part is not None]

    def newest_mail(self, address: str, after: int = 0) -> str:
        self.qtbot.waitUntil(lambda: len(self.mails(address)) > after, timeout=LONG_MS)
        return self.mails(address)[-1]

    def line_tells(self, *events: Any) -> None:
        """LINE calls the webhook."""
        raw = body(*events)
        answer = requests.post(
            f"{self.base}/line/webhook", data=raw, headers={"x-line-signature": sign(raw)}, timeout=20
        )
        assert answer.status_code == 200

    def line_said(self) -> list[str]:
        return [str(message) for _token, messages in self.line.account.replies for message in messages]


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as asked:
        return int(asked.getsockname()[1])


@contextmanager
def line_dialog(city: City) -> Iterator[str]:
    """LINE's own page, on which somebody allows linking: it hands the nonce back by the webhook."""

    class Dialog(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if not self.path.startswith("/dialog?"):
                self.send_error(404)  # the browser would like an icon
                return
            asked = parse_qs(urlsplit(self.path).query)
            (token,), (nonce,) = asked["linkToken"], asked["nonce"]
            city.line_tells(city.say.linked(nonce, city.line.account.link_tokens[token]))
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write("<main>許可しました</main>".encode())

        def log_message(self, *_words: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Dialog)
    thread = Thread(target=server.serve_forever, name="LINE's dialog")
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/dialog"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_from_the_letter_to_the_first_notice(
    open_desk: Open, school: Behind, place: DeskPlace, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RENRAKU_SECRET_LINE_CHANNEL_ACCESS_TOKEN", "channel-token")
    monkeypatch.setenv("RENRAKU_SECRET_LINE_CHANNEL_SECRET", CHANNEL_SECRET)
    monkeypatch.setenv("RENRAKU_SECRET_DATA_KEY", base64.b64encode(bytes(32)).decode())
    with ScriptedSmtp() as mail, LineServer() as line:
        city = City(school, mail, line, qtbot)
        with line_dialog(city) as dialog:
            city.set(
                email_host="127.0.0.1", email_port=str(mail.port), email_security="none",
                email_from="renraku@city.example", line_enabled="on", line_api_url=line.url, line_link_url=dialog,
                portal_url=city.base, notice_quiet_hours="off", notice_hold_minutes="0",
            )  # fmt: skip
            app = create_app(school.services, school.found.secrets)
            with serving(app, Listen("127.0.0.1", urlsplit(city.base).port or 0)), chromium() as browser:
                program = open_desk(place, "hana")
                qtbot.waitUntil(lambda: runs(program), timeout=LONG_MS)
                for parent in (LAN, NAO):
                    with visitor(browser, city.base, parent.language, parent.size) as page:
                        get_login(city, page, parent)
                        register_child(city, page, parent)
                        link_line(city, page, parent)
                accept_all(program, qtbot, 2)
                a_minute_later(city)
                assert "accepted" not in city.newest_mail(NAO.address, after=1)  # it is in Japanese
                assert "Nhà trường" in city.newest_mail(LAN.address, after=1)
                send_notice(city)
        told = [parent for parent in (LAN, NAO) for text in city.mails(parent.address) if "雨のため延期します" in text]
        assert told == [LAN, NAO]
        assert (line.got[LAN.line], line.got[NAO.line]) == (1, 1)


def click(page: Page, label: str) -> None:
    """A button or link by its words; what comes is loaded, and nothing sticks out sideways."""
    with page.expect_navigation():
        page.locator("main button, main a").filter(has_text=label).first.click()
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def get_login(city: City, page: Page, parent: Parent) -> None:
    """Steps 1 and 2."""
    page.goto("/")
    click(page, "ログインIDを取得する")
    typed = {"email": parent.address, "family_name": parent.name[0], "given_name": parent.name[1]}
    for field, text in {**typed, "password": PASSWORD, "again": PASSWORD}.items():
        page.fill(f"#{field}", text)
    page.check("#terms_version")
    click(page, "送信")
    text = city.newest_mail(parent.address)
    if parent.types_code:
        (code,) = re.findall(r"\b\d{8}\b", text)
        page.fill("#mail_code", code)
        click(page, "続ける")
    else:
        page.goto(next(word for word in text.split() if word.startswith(f"{city.base}/link/")))
    assert page.input_value("#login") == parent.address
    page.fill("#password", PASSWORD)
    click(page, "ログイン")


def register_child(city: City, page: Page, parent: Parent) -> None:
    """Steps 3 and 4."""
    click(page, "小中学校・幼稚園")
    click(page, "子どもの情報登録")
    fields = ("family_name", "given_name", "family_name_kana", "given_name_kana")
    for field, text in zip(fields, parent.child, strict=True):
        page.fill(f"#{field}", text)
    page.check("#sex-male")
    for field, number in zip(("year", "month", "day"), parent.born, strict=True):
        page.select_option(f"#birth_date_{field}", number)
    page.select_option("#relationship", "mother")
    click(page, "学校情報登録に進む")
    page.select_option("#school_id", str(city.school))
    click(page, "次へ")
    offered = city.services.registrations.places(city.school).homerooms
    (room,) = (id_ for id_, grade, name, _unplaced in offered if (grade, name) == parent.homeroom)
    page.select_option("#homeroom_id", str(room))
    page.fill("#student_number", parent.number)
    page.fill("#code", city.code)
    click(page, "確認画面へ")
    assert parent.child[0] in page.inner_text("main")
    click(page, "送信")
    assert page.input_value("#from_address") == "renraku@city.example"


def link_line(city: City, page: Page, parent: Parent) -> None:
    """Step 5: a friend taps the menu, is led to the portal and from there to LINE, and allows it."""
    city.line_tells(city.say.event("follow", parent.line))
    city.line_tells(city.say.tap(LINK_DATA, parent.line))
    found: list[str] = []

    def has_link() -> bool:
        tokens = [token for token, user in city.line.account.link_tokens.items() if user == parent.line]
        found[:] = [token for token in tokens if any(quote(token, safe="") in said for said in city.line_said())]
        return bool(found)

    city.qtbot.waitUntil(has_link, timeout=LONG_MS)
    page.goto(f"/line/link?linkToken={quote(found[0], safe='')}")
    click(page, "LINEへ進む")
    assert page.inner_text("main") == "許可しました"

    def is_linked() -> bool:
        page.goto("/line")
        return page.locator("form[action='/line/unlink']").count() == 1

    city.qtbot.waitUntil(is_linked, timeout=LONG_MS)


def accept_all(program: Program, qtbot: QtBot, count: int) -> None:
    """The reviewer links each to the child of the roster beside it, by key."""
    window(program).go("registrations")
    window(program).activateWindow()
    qtbot.waitUntil(window(program).isActiveWindow, timeout=LONG_MS)

    def page() -> RegistrationsPage:
        found = window(program).page("registrations")
        assert isinstance(found, RegistrationsPage)
        return found

    for _each in range(count):
        qtbot.waitUntil(
            lambda: (shown := page().reviewing) is not None and shown.pane.bar.link.isVisible(), timeout=LONG_MS
        )
        reviewing = page().reviewing
        assert reviewing is not None
        seen = reviewing.pane.submission
        qtbot.keyClick(page(), Qt.Key.Key_L, Qt.KeyboardModifier.AltModifier)
        qtbot.waitUntil(lambda: reviewing.pane.submission is not seen, timeout=LONG_MS)  # noqa: B023  asked at once
    assert program.running is not None
    assert program.running.context.reviews.counts(program.desk.session.actor) == {}


def a_minute_later(city: City) -> None:
    with city.store.bookkeep() as session:
        session.execute(update(Registration).values(carry_out_at=datetime.now(UTC)))


def send_notice(city: City) -> None:
    texts = {"ja": NoticeText("遠足の延期", "雨のため延期します。")}
    both = frozenset({Channel.EMAIL, Channel.LINE})
    draft = Draft("announcement", city.school, texts, parse_audience(["homeroom:H001/3-1", "homeroom:H001/3-2"]), both)
    notices, approvals = city.services.notices, city.services.approvals
    notice = notices.create(city.hana, draft)
    approvals.submit(city.hana, notice, notices.get(city.hana, notice).version)
    approvals.approve(city.ken, notice)
    city.qtbot.waitUntil(lambda: notices.get(city.hana, notice).state is NoticeState.DONE, timeout=LONG_MS)
