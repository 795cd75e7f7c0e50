"""LINE at the portal: the webhook that believes nobody but LINE, and the pages on which a citizen links and unlinks."""

import html
from urllib.parse import parse_qs, urlsplit

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text

from desktop.app import build_services
from desktop.domain.line_events import LARGEST_BODY
from desktop.portal.app import create_app
from desktop.secrets import Secrets, new_data_key
from desktop.store import settings as settings_store
from desktop.store.db import Store
from desktop.store.tables import LineEvent
from tests.conftest import Clock
from tests.line_world import CHANNEL_SECRET, Events, body, sign
from tests.make import Make
from tests.portal.town import ADDRESS, PASSWORD, Browser, Town

SECRETS = Secrets.handed({"DATA_KEY": new_data_key(), "LINE_CHANNEL_SECRET": CHANNEL_SECRET})


@pytest.fixture
def webhook(store: Store, clock: Clock, make: Make) -> FlaskClient:
    with store.bookkeep() as session:
        make.installation(session)
        settings_store.put(session, "portal.url", "https://portal.example")
    return create_app(build_services(store, SECRETS, clock), SECRETS, clock).test_client()


def deliver(webhook: FlaskClient, raw: bytes, signature: str | None) -> int:
    headers = {"X-Line-Signature": signature} if signature is not None else {}
    return webhook.post("/line/webhook", data=raw, headers=headers, content_type="application/json").status_code


def kept(store: Store) -> int:
    with store.read() as session:
        return session.query(LineEvent).count()


def test_what_line_signs_is_kept_and_answered_at_once(webhook: FlaskClient, store: Store, clock: Clock) -> None:
    say = Events(clock)
    raw = body(*(say.text(str(number)) for number in range(1000)))
    assert [deliver(webhook, raw, sign(raw)) for _ in range(2)] == [200, 200]
    assert kept(store) == 1000
    empty = b'{"destination":"U8e742f61d673b39c7fff3cecb7536ef0","events":[]}'
    assert deliver(webhook, empty, "GhRKmvmHys4Pi8DxkF4+EayaH0OqtJtaZxgTD9fMDLs=") == 200


def test_what_nobody_or_somebody_else_signed_is_refused(
    webhook: FlaskClient, store: Store, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    raw = body(Events(clock).text("内緒"))
    assert {deliver(webhook, raw, signature) for signature in (None, "", "x", sign(raw, "other"))} == {401}
    assert deliver(webhook, b"nonsense", sign(b"nonsense")) == 400
    assert deliver(webhook, b" " * (LARGEST_BODY + 1), "x") == 413
    assert webhook.get("/line/webhook").status_code == 405
    assert kept(store) == 0
    assert "内緒" not in caplog.text


def test_a_delivery_that_cannot_be_kept_is_refused_so_that_line_brings_it_again(
    webhook: FlaskClient, store: Store, clock: Clock
) -> None:
    raw = body(Events(clock).text("a"))
    with store.bookkeep() as session:
        session.execute(text("ALTER TABLE line_events RENAME TO away"))
    assert deliver(webhook, raw, sign(raw)) in (500, 503)
    with store.bookkeep() as session:
        session.execute(text("ALTER TABLE away RENAME TO line_events"))
    assert deliver(webhook, raw, sign(raw)) == 200
    assert kept(store) == 1


def test_without_the_channel_secret_line_is_asked_to_come_again(small_town: Town) -> None:
    client = small_town.app.test_client()
    assert deliver(client, body(), sign(body())) == 503


# Pages


def test_a_citizen_logs_in_on_the_way_and_is_sent_on_to_line(small_town: Town) -> None:
    browser = small_town.logged_in()
    browser.send("/log-out", {})
    page = browser.get("/line/link?linkToken=from-line")
    assert page.path == "/log-in"
    next_ = html.unescape(page.hidden("next"))
    page = browser.send("/log-in", {"login": ADDRESS, "password": PASSWORD, "next": next_})
    assert (page.path, page.hidden("linkToken")) == ("/line/link", "from-line")
    assert "You can unlink at any time" in page.text
    assert "form-action 'self' https://access.line.me;" in page.response.headers["Content-Security-Policy"]
    assert "is not linked with LINE yet" in browser.get("/line").text

    gone = browser.client.post("/line/link", data={"csrf_token": browser.token(), "linkToken": "from-line"})
    target = urlsplit(gone.headers["Location"])
    assert (gone.status_code, target.netloc, target.path) == (303, "access.line.me", "/dialog/bot/accountLink")
    query = parse_qs(target.query)
    assert query["linkToken"] == ["from-line"]
    assert len(query["nonce"][0]) == 43
    assert "LINE has not answered yet" in browser.get("/line").text


def test_before_the_opening_the_page_says_when_and_leads_nowhere(small_town: Town) -> None:
    small_town.set("line.opens_at", "2027-03-26T09:00")
    browser = small_town.logged_in()
    page = browser.get("/line/link?linkToken=t")
    assert "Fri 26 Mar 2027, 9:00" in page.text
    assert 'name="linkToken"' not in page.html
    refused = browser.send("/line/link", {"linkToken": "t"})
    assert refused.status == 400
    assert "opens on" in refused.text


def test_who_is_linked_can_unlink(small_town: Town, make: Make, clock: Clock) -> None:
    browser = small_town.logged_in()
    citizen = small_town.services.accounts.citizen(_session_of(browser))
    assert citizen is not None
    url = small_town.services.line_links.begin(citizen, "t")
    nonce = parse_qs(urlsplit(url).query)["nonce"][0]
    raw = body(Events(clock).linked(nonce))
    services = build_services(small_town.store, SECRETS, clock)
    services.line_events.receive(raw, sign(raw))
    services.line_events.take_in(services.line_events.claim(answers=True))
    assert "is linked with LINE" in browser.get("/line").text
    assert "You have unlinked LINE" in browser.send("/line/unlink", {}).text


def _session_of(browser: Browser) -> str:
    cookie = browser.client.get_cookie("renraku")
    assert cookie is not None
    return cookie.value


@pytest.mark.parametrize("token", ["x" * 5000, "\n", "日本"])
def test_a_link_token_that_line_never_gave_harms_nobody(small_town: Town, token: str) -> None:
    browser = small_town.logged_in()
    assert "<b>" not in browser.get("/line/link?linkToken=%3Cb%3E").html
    assert browser.send("/line/link", {"linkToken": token}).status == 400
