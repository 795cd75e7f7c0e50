"""Who gets in, what guards the pages, and what is said where something is wrong."""

import logging
import re
from pathlib import Path

import pytest

from desktop.portal.app import create_app
from desktop.portal.security import network
from desktop.store.db import Store
from tests.conftest import Clock
from tests.make import Make
from tests.portal.test_steps import began, chosen, submitted
from tests.portal.town import ADDRESS, CHILD, FROM, PASSWORD, SECRETS, SIGN_UP, Town

PAGES = ("/", "/sign-up", "/log-in", "/forgotten", "/terms", "/help", "/home", "/schools", "/child/new", "/nowhere")


def test_every_page_is_guarded_and_holds_no_script(small_town: Town) -> None:
    browser = small_town.logged_in()
    for path in PAGES:
        page = browser.get(path)
        headers = page.response.headers
        assert "default-src 'none'" in headers["Content-Security-Policy"]
        assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Cache-Control"] == "no-store"
        assert not re.search(r"<script|\sstyle=|\son\w+=|javascript:", page.html)
    with browser.client.get("/static/portal.css") as style:
        assert style.status_code == 200
    assert browser.client.get("/static/../base.html").status_code == 404


def test_cookies_are_for_this_host_and_no_script(sqlite_store: Store, clock: Clock, make: Make) -> None:
    town = Town(sqlite_store, clock, make, url="https://portal.example")
    client = town.app.test_client()
    page = client.get("/sign-up", base_url="https://portal.example")
    cookies = page.headers.getlist("Set-Cookie")
    assert cookies
    for cookie in cookies:
        assert cookie.startswith("__Host-")
        assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= set(cookie.split("; "))
    assert "max-age" in page.headers["Strict-Transport-Security"]


def test_a_form_from_elsewhere_is_refused(small_town: Town) -> None:
    browser = small_town.logged_in()
    for path in ("/sign-up", "/log-in", "/forgotten", "/log-out", "/mail-sent/again", "/child/new/x"):
        assert browser.client.post(path, data=SIGN_UP).status_code == 400
        assert browser.client.post(path, data={**SIGN_UP, "csrf_token": "x.y.z"}).status_code == 400
    assert browser.get("/home").path == "/home"  # still logged in


def test_a_page_that_stood_open_too_long_is_sent_once_more(small_town: Town) -> None:
    client = small_town.app.test_client()
    answer = client.post("/sign-up", data=SIGN_UP, headers={"Origin": "http://localhost"})
    assert answer.status_code == 400
    html = answer.get_data(as_text=True)
    assert ADDRESS in html
    assert PASSWORD not in html
    assert ADDRESS not in client.post("/sign-up", data=SIGN_UP, headers={"Origin": "http://evil.example"}).text


def test_wrong_passwords_are_held_and_said_until_when(small_town: Town) -> None:
    small_town.logged_in()
    browser = small_town.browser()
    answers = [browser.send("/log-in", {"login": ADDRESS, "password": "wrong one"}) for _ in range(11)]
    assert [page.status for page in answers] == [422] * 10 + [429]
    assert "12:15" in answers[-1].text
    assert answers[-1].holds(ADDRESS)
    assert "wrong one" not in answers[-1].html


def test_known_and_unknown_addresses_look_alike(small_town: Town) -> None:
    small_town.logged_in()
    pages = []
    for address in (ADDRESS, "nobody.yet@docomo.example"):
        browser = small_town.browser()
        for path, fields in (("/sign-up", {**SIGN_UP, "email": address}), ("/forgotten", {"email": address})):
            page = browser.send(path, fields)
            pages.append((path, page.path, page.status, re.sub(r'value="[^"]*"', "", page.html).replace(address, "")))
        page = browser.send("/log-in", {"login": address, "password": "wrong one"})
        pages.append(("/log-in", page.path, page.status, page.text.replace(address, "")))
    assert pages[:3] == pages[3:]


def test_the_log_in_leads_nowhere_else(small_town: Town) -> None:
    small_town.logged_in()
    for next_ in ("https://evil.example", "//evil.example", "/\\evil.example", "javascript:x", "/a b"):
        page = small_town.browser().send("/log-in", {"login": ADDRESS, "password": PASSWORD, "next": next_})
        assert page.path == "/home"


def test_a_session_that_ended_loses_nothing_that_was_typed(small_town: Town, clock: Clock) -> None:
    browser = small_town.logged_in()
    form = browser.get("/child/new")
    clock.turn(hours=3)
    asked = browser.send(form.path, CHILD)
    assert (asked.status, asked.holds("たかはし")) == (401, True)
    fields = dict(re.findall(r'<textarea name="([^"]+)" hidden>\s*([^<]*)</textarea>', asked.html))
    wrong = browser.send("/log-in", {**fields, "login": ADDRESS, "password": "wrong one", "next": form.path})
    assert wrong.holds("たかはし")
    back = browser.send("/log-in", {**fields, "login": ADDRESS, "password": PASSWORD, "next": form.path})
    assert back.holds("たかはし")
    assert f'action="{form.path}"' in back.html
    assert browser.send(form.path, CHILD).path.endswith("/school")
    assert browser.get("/home").path == "/home"


def test_nobody_reaches_anothers_child(small_town: Town) -> None:
    mother, stranger = small_town.logged_in(), small_town.logged_in(email="eve@docomo.example")
    done = submitted(small_town, mother)
    draft = began(mother)
    for page in (done, draft):
        base = "/".join(page.path.split("/")[:3])
        for path in ("child", "school", f"school/{small_town.school}", "confirm", "done"):
            assert stranger.get(f"{base}/{path}").status == 404
            if path != "done":
                answer = stranger.send(f"{base}/{path}", {**CHILD, "version": "1", "school_id": str(small_town.school)})
                assert answer.status in (404, 422)
                assert "高橋" not in answer.text or path == "child"  # what eve typed herself
    assert "高橋" not in stranger.get("/schools").text


def test_logging_out_everywhere_ends_every_session(small_town: Town) -> None:
    phone = small_town.logged_in()
    computer = small_town.browser()
    computer.send("/log-in", {"login": ADDRESS, "password": PASSWORD})
    small = small_town.browser()
    assert small.send("/log-out-everywhere", {}).status == 401
    computer.send("/log-out-everywhere", {})
    assert phone.get("/home").path == "/log-in"
    assert computer.get("/home").path == "/log-in"


def test_each_reader_is_spoken_to_in_their_language(small_town: Town) -> None:
    page = small_town.browser("vi-VN,vi;q=0.9,en;q=0.5").get("/nowhere")
    assert (page.status, 'lang="vi"' in page.html) == (404, True)
    assert 'lang="ja"' in small_town.browser("fr").get("/").html  # the city's
    browser = small_town.browser("en")
    browser.get("/language/vi?next=/sign-up")
    signing_up = browser.get("/sign-up")
    assert 'lang="vi"' in signing_up.html
    assert '<span class="ja" lang="ja">送信</span>' in signing_up.html


def test_whom_to_ask_stands_on_a_page_for_everybody(small_town: Town) -> None:
    small_town.set("contacts.registration", "市役所 学事課 082-420-0000")
    small_town.set("portal.guide_url", "https://city.example/portal")
    page = small_town.browser("en").get("/help")
    assert "市役所 学事課 082-420-0000" in page.text
    assert "your child’s school" in page.text
    assert page.holds(FROM)
    assert 'href="https://city.example/portal"' in page.html


def test_another_language_in_the_middle_of_a_form_loses_nothing(small_town: Town) -> None:
    browser = small_town.logged_in()
    for path, fields in (("/sign-up", SIGN_UP), (browser.get("/child/new").path, CHILD)):
        page = browser.send(path, {**fields, "given_name": "まだ途中", "speak": "vi", "page": path})
        assert (page.status, page.path, page.holds("まだ途中"), 'lang="vi"' in page.html) == (200, path, True, True)
        assert "problems" not in page.html
    assert browser.send("/sign-up", {**SIGN_UP, "speak": "vi", "page": "//evil.example"}).path == "/home"


def test_before_the_opening_the_pages_say_when(small_town: Town, clock: Clock) -> None:
    for step in ("portal.opens_at", "registration.opens_at"):
        small_town.set(step, "2026-11-21T09:00")
    browser = small_town.browser()
    for page in (browser.get("/"), browser.get("/sign-up")):
        assert "Sat 21 Nov 2026, 9:00" in page.text
    assert browser.send("/sign-up", SIGN_UP).status == 403
    clock.turn(hours=24)
    assert browser.send("/sign-up", SIGN_UP).path == "/mail-sent"


def test_what_the_network_sends_too_much_of_is_held_back(small_town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("desktop.portal.security.PER_MINUTE", 5)
    browser = small_town.browser()
    answers = [browser.get("/") for _ in range(12)]  # however the minute falls that is counted
    assert [page.status for page in answers[:5]] == [200] * 5
    held = [page for page in answers if page.status == 429]
    assert held
    assert held[0].response.headers["Retry-After"]


def test_a_household_is_one_network(small_town: Town) -> None:
    for address, counted in (("192.0.2.7", "192.0.2.7"), ("2001:db8::1", "2001:db8::/64")):
        with small_town.app.test_request_context(environ_base={"REMOTE_ADDR": address}):
            assert network() == counted


def test_only_trusted_proxies_say_who_asks(small_town: Town) -> None:
    told = {"X-Forwarded-For": "198.51.100.9, 192.0.2.7"}
    seen = []
    for proxies in (0, 1):
        small_town.set("portal.trusted_proxies", proxies)
        app = create_app(small_town.services, SECRETS, small_town.clock)
        app.add_url_rule("/who", "who", network)
        seen.append(app.test_client().get("/who", headers=told).text)
    assert seen == ["127.0.0.1", "192.0.2.7"]


def test_while_the_database_is_away_the_page_says_so_and_keeps_what_was_typed(
    small_town: Town, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    browser = small_town.logged_in("vi")
    token = browser.token()
    form = browser.get("/child/new")
    (tmp_path / "renraku.db").rename(tmp_path / "away.db")
    answer = browser.client.post(form.path, data={**CHILD, "csrf_token": token}, headers=browser.headers)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "60")
    assert "たかはし" in answer.text
    assert 'lang="vi"' in answer.text
    assert browser.get("/health").status == 503
    (tmp_path / "away.db").rename(tmp_path / "renraku.db")
    assert browser.send(form.path, CHILD).path.endswith("/school")
    assert "たかはし" not in caplog.text


def test_a_fault_is_logged_without_the_path_and_worded(small_town: Town, caplog: pytest.LogCaptureFixture) -> None:
    app = create_app(small_town.services, SECRETS, small_town.clock)
    app.add_url_rule("/broken/<proof>", "broken", lambda proof: 1 / 0)  # type: ignore[arg-type]
    answer = app.test_client().get("/broken/secret-proof?who=hana")
    assert answer.status_code == 500
    assert "ZeroDivisionError" in caplog.text
    assert "secret-proof" not in caplog.text
    assert "hana" not in caplog.text
    caplog.clear()
    logging.getLogger("desktop").setLevel(logging.NOTSET)


def test_a_link_that_is_old_used_or_nobodys_says_what_to_do(small_town: Town, clock: Clock) -> None:
    small_town.set("portal.url", "https://portal.example")
    browser = small_town.browser()
    browser.send("/forgotten", {"email": ADDRESS})
    assert browser.get("/link/nonsense").status == 404
    browser = small_town.logged_in(email="new@docomo.example")
    browser.send("/forgotten", {"email": "new@docomo.example"})
    link = next(word for word in small_town.mail().split() if "/link/" in word).removeprefix("https://portal.example")
    weak = browser.send(link, {"password": "short", "again": "short"})
    assert weak.status == 422
    other = "yama no oto 9"
    assert browser.send(link, {"password": other, "again": other}).path == "/password-set"
    assert browser.get("/home").path == "/log-in"
    assert browser.send("/log-in", {"login": "new@docomo.example", "password": other}).path == "/home"
    assert browser.send(link, {"password": other, "again": other}).status == 410
    clock.turn(hours=25)
    assert browser.get(link).status == 410


def test_two_tabs_and_the_same_form_twice(small_town: Town) -> None:
    browser = small_town.logged_in()
    form = browser.get("/child/new")
    first, again = browser.send(form.path, CHILD), browser.send(form.path, {**CHILD, "given_name": "美月"})
    assert first.path == again.path
    assert browser.get(form.path).holds("美月")  # going back finds what was sent last
    id_ = first.path.split("/")[2]
    here, there = browser.get(f"/registrations/{id_}/child"), browser.get(f"/registrations/{id_}/child")
    browser.send(here.path, {**CHILD, "version": here.hidden("version")})
    late = browser.send(there.path, {**CHILD, "given_name": "花", "version": there.hidden("version")})
    assert (late.status, late.holds("花")) == (409, True)
    school = chosen(small_town, browser, first)
    assert school.status == 200
    done = submitted(small_town, browser)
    assert browser.send(done.path.replace("done", "confirm"), {"version": "3"}).path == done.path


def test_a_likely_slip_is_asked_about_and_may_be_kept(small_town: Town) -> None:
    typed = {**SIGN_UP, "email": "hana@gmial.com"}
    browser = small_town.browser()
    asked = browser.send("/sign-up", typed)
    assert asked.status == 422
    assert asked.holds("hana@gmail.com")
    assert asked.holds(PASSWORD)
    kept = browser.send("/sign-up", {**typed, "email_asked": "hana@gmial.com", "email_choice": "typed"})
    assert kept.holds("hana@gmial.com")
    taken = browser.send("/sign-up", {**typed, "email_asked": "hana@gmial.com", "email_choice": "meant"})
    assert (taken.path, taken.holds("hana@gmail.com")) == ("/mail-sent", True)
