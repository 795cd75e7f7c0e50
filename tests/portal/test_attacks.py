"""Strangers, other guardians and odd browsers against the portal: what they try, and what comes of it."""

import logging
import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from http.cookies import SimpleCookie
from threading import Barrier
from urllib.parse import urlsplit

import pytest
from sqlalchemy import select
from werkzeug.test import TestResponse

from desktop.portal.app import FOR_MACHINES, create_app
from desktop.store.tables import Account, CitizenSession, Registration
from tests.conftest import Clock
from tests.portal.test_own_data import NEW, OTHER, Home, home, small_home
from tests.portal.test_steps import chosen, school_form
from tests.portal.town import ADDRESS, CHILD, PASSWORD, SECRETS, SIGN_UP, Browser, Town

__all__ = ["home", "small_home"]  # fixtures

EVIL = "evil.example"
ELSEWHERE = (
    f"//{EVIL}", f"///{EVIL}", f"/\\{EVIL}", f"\\\\{EVIL}", f"/\t/{EVIL}", f"/\n/{EVIL}", f"\x01//{EVIL}",
    f" //{EVIL}", f"https:{EVIL}", f"https:/{EVIL}", "javascript:alert(1)", "data:text/html,x", f"/／{EVIL}",
    f"／／{EVIL}", f"/%09/{EVIL}", f"/%5c{EVIL}", f"/.//{EVIL}", f"/x/..//{EVIL}", "/home\r\nSet-Cookie: a=b",
)  # fmt: skip
"""Ways out of the portal that browsers or libraries have fallen for."""


_NO_PAGES = {"static", *(blueprint.name for blueprint in FOR_MACHINES)}


def _pages(town: Town, method: str) -> Iterator[str]:
    """The path of every page that people reach, with the number 1 or a nonsense word for what it asks."""
    for rule in town.app.url_map.iter_rules():
        if method in (rule.methods or ()) and rule.endpoint.partition(".")[0] not in _NO_PAGES:
            yield re.sub(r"<id:[^>]*>", "1", re.sub(r"<\w+>", "x", rule.rule))


def test_no_form_is_believed_without_its_own_browsers_token(small_home: Home) -> None:
    hers, stranger = small_home.hers, small_home.browser()
    before = hers.get("/own").text
    tried = [*_pages(small_home, "POST")]
    assert len(tried) > 25
    for path in tried:
        for token in ({}, {"csrf_token": stranger.token()}, {"csrf_token": ""}):
            answer = hers.client.post(path, data={**CHILD, **SIGN_UP, "login": ADDRESS, "old": PASSWORD, **token})
            assert answer.status_code == 400, path
        assert hers.client.put(path).status_code == 405
        assert hers.client.delete(path).status_code == 405
    assert hers.get("/own").text == before


def test_the_host_that_a_browser_names_stands_in_no_page_mail_or_way_on(small_home: Home) -> None:
    hers = small_home.hers
    hers.token()
    cookies = [cookie for name in ("renraku", "portal") if (cookie := hers.client.get_cookie(_named(name)))]
    client = small_home.app.test_client(use_cookies=False)
    headers = {"Host": EVIL, "X-Forwarded-Host": EVIL, "Forwarded": f"host={EVIL}",
               "Cookie": "; ".join(f"{cookie.key}={cookie.value}" for cookie in cookies)}  # fmt: skip
    answers = [client.get(path, headers=headers) for path in _pages(small_home, "GET")]
    assert "高橋" in client.get("/own", headers=headers).text
    small_home.services.posts.claim("renraku@city.example")
    for path, fields in (("/forgotten", {"email": ADDRESS}), ("/sign-up", {**SIGN_UP, "email": NEW})):
        answers.append(client.post(path, data={**fields, "csrf_token": hers.token()}, headers=headers))
        assert answers[-1].status_code == 303
    for answer in answers:
        assert EVIL not in answer.text + str(answer.headers)
    bodies = [words.body for _, words in small_home.services.posts.claim("renraku@city.example")]
    assert ["https://portal.example/link/" in body and EVIL not in body for body in bodies] == [True, True]


def _named(cookie: str) -> str:
    return f"__Host-{cookie}"


def test_no_way_on_leaves_the_portal(small_town: Town) -> None:
    small_town.logged_in()
    for way in ELSEWHERE:
        _leads_nowhere_else(small_town.browser(), way)


def _leads_nowhere_else(browser: Browser, way: str) -> None:
    fields = {"login": ADDRESS, "password": PASSWORD, "next": way, "csrf_token": browser.token()}
    answers = [
        browser.client.post("/log-in", data=fields),
        browser.client.get("/language/vi", query_string={"next": way}),
        browser.client.post("/sign-up", data={"csrf_token": browser.token(), "speak": "vi", "page": way}),
    ]
    for answer in answers:
        assert answer.status_code == 303
        assert _where_browsers_go(answer.headers["Location"]) in ("", "localhost")
        assert "a" not in SimpleCookie(answer.headers.get("Set-Cookie", ""))
    kept = browser.client.post("/log-in", data={**fields, "kept.family_name": "x"})
    for action in re.findall(r'action="([^"]*)"', kept.text):
        assert _where_browsers_go(action) in ("", "localhost")


def _where_browsers_go(target: str) -> str:
    """As the URL standard has it: tabs and ends of line fall out, and \\ is /."""
    cleaned = re.sub(r"[\t\r\n]", "", target).strip("".join(map(chr, range(33)))).replace("\\", "/")
    return urlsplit(cleaned).netloc or urlsplit(cleaned).scheme


def test_a_session_is_nobodys_choice_and_ends_with_the_log_out(small_town: Town) -> None:
    small_town.logged_in()
    browser = small_town.browser()
    browser.client.set_cookie("renraku", "chosen-by-somebody-else")
    browser.send("/log-in", {"login": ADDRESS, "password": PASSWORD})
    cookie = browser.client.get_cookie("renraku")
    assert cookie is not None
    assert len(cookie.value) == 43
    browser.send("/log-out", {})
    browser.client.set_cookie("renraku", cookie.value)  # whoever copied it
    assert browser.get("/home").path == "/log-in"
    with small_town.store.read() as session:
        assert all(cookie.value not in row.token_hash for row in session.scalars(select(CitizenSession)))


def test_a_link_of_another_account_does_its_owners_thing_and_no_other(small_home: Home) -> None:
    """Whoever opens it, in whatever session, and however often."""
    his = small_home.logged_in(email=OTHER, family_name="青木", given_name="健")
    his.send("/own/addresses/new", {"email": NEW})
    confirm = small_home.link()
    tabs = [small_home.hers.get(confirm) for _ in range(2)]
    assert [small_home.hers.send(tab.path, {}).status for tab in tabs] == [200, 410]
    assert NEW not in small_home.hers.get("/own").text
    assert "Not confirmed yet" not in his.get("/own").text

    his.send("/forgotten", {"email": OTHER})
    reset = small_home.link()
    assert small_home.hers.get(reset.replace("/link/", "/own/confirm/")).status == 404
    new = {"password": "umi no oto 3", "again": "umi no oto 3"}
    assert [small_home.hers.send(reset, new).status for _ in range(2)] == [200, 410]
    assert ADDRESS in small_home.hers.get("/own").text  # still her own session, and her own password
    assert his.get("/own").path == "/log-in"
    assert small_home.browser().send("/log-in", {"login": ADDRESS, "password": "umi no oto 3"}).status == 422


def test_what_was_sent_before_leaving_opens_nothing_afterwards(small_home: Home) -> None:
    links = []
    for path, fields in (
        ("/forgotten", {"email": ADDRESS}),
        ("/own/addresses/new", {"email": NEW}),
        ("/own/login", {"email": OTHER, "password": PASSWORD}),
    ):
        small_home.hers.send(path, fields)
        links.append(small_home.link())
    small_home.hers.send("/own/leave", {"password": PASSWORD})
    stranger = small_home.browser()
    for link in links:
        page = stranger.send(link, {"password": "umi no oto 3", "again": "umi no oto 3"})
        assert page.status in (404, 410)
        assert stranger.send(link.replace("/link/", "/own/confirm/"), {}).status in (404, 410)
    for login in (ADDRESS, OTHER, NEW, "closed 1"):
        for password in (PASSWORD, "umi no oto 3", ""):
            assert stranger.send("/log-in", {"login": login, "password": password}).status == 422


def test_two_accounts_that_want_one_log_in_id_do_not_get_it_both(home: Home) -> None:
    """Both asked while it was free, and a third signed up with it meanwhile."""
    his = home.logged_in(email=OTHER, family_name="青木", given_name="健")
    links = []
    for browser in (home.hers, his):
        browser.send("/own/login", {"email": NEW, "password": PASSWORD})
        links.append(home.link())
    answers = _at_once([partial(_sent, home.browser(), _confirming(link), {}) for link in links])
    assert sorted(answers) == [200, 410]
    with home.store.read() as session:
        assert sorted(session.scalars(select(Account.login).where(Account.login != NEW))) in ([ADDRESS], [OTHER])


def _confirming(link: str) -> str:
    return link.replace("/link/", "/own/confirm/")


def _sent(browser: Browser, path: str, fields: dict[str, str]) -> int:
    return browser.send(path, fields).status


def _at_once(acts: list[Callable[[], int]]) -> list[int]:
    barrier = Barrier(len(acts))

    def act(one: Callable[[], int]) -> int:
        barrier.wait()
        return one()

    with ThreadPoolExecutor(len(acts)) as threads:
        return [*threads.map(act, acts)]


def _twins(town: Town, browser: Browser, count: int) -> list[Browser]:
    """Tabs of one browser."""
    tabs = []
    for _ in range(count):
        tab = town.browser()
        for name in ("renraku", "portal"):
            cookie = browser.client.get_cookie(name)
            assert cookie is not None
            tab.client.set_cookie(name, cookie.value)
        tab._token = browser.token()
        tabs.append(tab)
    return tabs


def test_one_form_sent_by_many_tabs_at_once_is_one_registration(town: Town) -> None:
    hers = town.logged_in()
    hers.token()
    form = hers.get("/child/new").path
    begun = _at_once([partial(_sent, tab, form, CHILD) for tab in _twins(town, hers, 5)])
    assert begun == [200] * 5
    school = chosen(town, hers, hers.send(form, CHILD))
    confirm = hers.send(school.path, school_form(town, school))
    version = {"version": confirm.hidden("version")}
    sent = _at_once([partial(_sent, tab, confirm.path, version) for tab in _twins(town, hers, 5)])
    assert set(sent) <= {200, 409}
    assert 200 in sent
    with town.store.read() as session:
        assert session.scalars(select(Registration.state)).all() == ["submitted"]


def test_nothing_that_a_stranger_can_see_tells_who_has_an_account(small_home: Home) -> None:
    """Status, headers, cookies and the length of every answer, also of asking for new mails and codes."""
    taken, free = "hana.aoki@docomo.example", "hana.aoka@docomo.example"
    seen = [[_outside(answer) for answer in _asked(small_home, address)] for address in (taken, free)]
    assert seen[0] == seen[1]
    assert len(seen[0]) > 12


def _asked(home: Home, address: str) -> Iterator[TestResponse]:
    for path, fields in (("/sign-up", {**SIGN_UP, "email": address}), ("/forgotten", {"email": address})):
        browser = home.browser()
        for where, typed in ((path, fields), ("/mail-sent/code", {"mail_code": "00000000"}), ("/mail-sent/again", {})):
            data = {"csrf_token": browser.token(), **typed}
            yield browser.client.post(where, data=data, headers=browser.headers)
            yield browser.client.get("/mail-sent", headers=browser.headers)
    browser = home.browser()
    for proof in ("", "1.x"):
        data = {"login": address, "password": "wrong one", "proof": proof, "csrf_token": browser.token()}
        yield browser.client.post("/log-in", data=data, headers=browser.headers)


def _outside(answer: TestResponse) -> tuple[object, ...]:
    """All but what is random."""
    names = [re.sub("form-.*", "form", one.partition("=")[0]) for one in answer.headers.getlist("Set-Cookie")]
    random = r'value="[^"]*"|form=[\w-]+'
    where, text = (re.sub(random, "", one) for one in (answer.headers.get("Location", ""), answer.text))
    return answer.status_code, sorted(names), sorted(answer.headers.keys()), where, text.replace("aoka", "aoki")


def test_every_answer_is_guarded_also_of_errors_and_machines(small_home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    app = create_app(small_home.services, SECRETS, small_home.clock)
    app.add_url_rule("/broken", "broken", lambda: 1 / 0)  # type: ignore[arg-type]
    client = app.test_client()
    answers = [
        client.get("/"), client.get("/own"), client.get("/nowhere"), client.put("/log-in"), client.post("/log-in"),
        client.get("/broken"), client.post("/line/webhook", data=b"x"), client.get("/static/portal.css"),
        client.get("/static/none"), client.post("/sign-up", data=b"a" * 1_000_001, content_type="text/plain"),
        client.get("/link/x"), client.options("/home"), client.head("/home"), client.get("/health"),
    ]  # fmt: skip
    monkeypatch.setattr("desktop.portal.security.PER_MINUTE", 1)
    answers.extend(client.get("/terms") for _ in range(2))
    assert {400, 404, 405, 429, 500, 503} <= {answer.status_code for answer in answers}
    for answer in answers:
        headers = answer.headers
        assert "unsafe" not in headers["Content-Security-Policy"]
        assert "default-src 'none'" in headers["Content-Security-Policy"]
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["X-Frame-Options"] == "DENY"
        assert headers["Referrer-Policy"] == "same-origin"
        assert "Server" not in headers
        assert headers.get("Cache-Control") == "no-store" or answer.request.path.startswith("/static/")
        answer.close()


def test_the_log_of_an_attack_names_nobody_and_repeats_nothing(
    small_home: Home, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    small_home.hers.send("/forgotten", {"email": ADDRESS})
    link = small_home.link()
    stranger = small_home.browser()
    for path in _pages(small_home, "GET"):
        stranger.get(f"{path}?who=himitsu&next=/{ADDRESS}")
    for path in _pages(small_home, "POST"):
        stranger.send(f"{path}?who=himitsu", {**CHILD, **SIGN_UP, "login": ADDRESS, "password": "himitsu 123"})
        stranger.client.post(path, data=b"himitsu=%ff", content_type="application/x-www-form-urlencoded")
    stranger.get(link)
    small_home.hers.send("/own/leave", {"password": PASSWORD})
    said = caplog.text
    assert "/own/leave" in said
    for secret in ("himitsu", ADDRESS, "docomo", "高橋", "たかはし", "青木", link.removeprefix("/link/"), PASSWORD):
        assert secret not in said, secret


ODD_NAMES = ("青木\r\nBcc: eve@evil.example", "青木\nSubject: x", "青木\0", "青木\u2028x", "青木\x85x")


def test_no_name_or_address_becomes_a_header_of_a_mail(small_town: Town) -> None:
    browser = small_town.browser()
    for odd in ODD_NAMES:
        for fields in ({"family_name": odd}, {"email": f"{odd}@mail.example"}, {"email": f"a@mail.example{odd}"}):
            assert browser.send("/sign-up", {**SIGN_UP, **fields}).status == 422
        assert browser.send("/forgotten", {"email": f"{ADDRESS}{odd[2:]}"}).status == 422
    assert small_town.services.posts.claim("renraku@city.example") == []


def test_whoever_opens_pages_changes_nothing(small_home: Home) -> None:
    """Scanners of mails, previews of messengers and browsers that look ahead open whatever there is."""
    before = small_home.hers.get("/own").text
    for path in _pages(small_home, "GET"):
        small_home.hers.get(path)
        small_home.hers.client.head(path)
    assert small_home.hers.get("/own").text == before
    assert small_home.services.posts.claim("renraku@city.example") is not None


def test_a_stranger_who_tries_on_and_on_does_not_keep_the_owner_out(small_town: Town, clock: Clock) -> None:
    hers = small_town.logged_in()
    hers.send("/log-out", {})
    for _ in range(3):
        stranger = small_town.browser()
        tries = [stranger.send("/log-in", {"login": ADDRESS, "password": "wrong one"}).status for _ in range(11)]
        assert tries[-1] == 429
        assert hers.send("/log-in", {"login": ADDRESS, "password": PASSWORD}).path == "/home"
        hers.send("/log-out", {})
        clock.turn(minutes=15)
