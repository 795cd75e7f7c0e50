"""Whatever is typed into whatever field: a clear page, the right status, and nothing of it lost."""

from collections.abc import Callable, Mapping

import pytest

from tests.make import Make
from tests.portal.test_sms_pages import DATA, PASSWORDS, SmsTown
from tests.portal.test_steps import began, chosen, school_form
from tests.portal.town import CHILD, PASSWORD, SIGN_UP, Browser, Town

ODD = ("", " ", "　", "x" * 10_000, "".join(map(chr, range(0x4E00, 0x4E00 + 10_000))), "\0", "\x1b[31m", "😀",
       "\u202eabc", '"><b>x</b>', "'; DROP TABLE accounts; --", "99999999999999999999")  # fmt: skip
TYPED = {"email", "family_name", "given_name", "family_name_kana", "given_name_kana", "login", "mail_code", "code",
         "student_number", "postal_address"}  # fmt: skip
"""Fields into which anything can be typed; the others are chosen from a list."""
ANSWERS = {200, 401, 404, 422, 429}


def sign_up(town: Town) -> tuple[Browser, str, Mapping[str, object]]:
    return town.browser("ja"), "/sign-up", SIGN_UP


def mail_code(town: Town) -> tuple[Browser, str, Mapping[str, object]]:
    browser = town.browser("ja")
    browser.send("/sign-up", SIGN_UP)
    return browser, "/mail-sent/code", {"mail_code": "1"}


def log_in(town: Town) -> tuple[Browser, str, Mapping[str, object]]:
    return town.browser("vi"), "/log-in", {"login": "a@b.example", "password": PASSWORD, "proof": "x", "next": "/home"}


def forgotten(town: Town) -> tuple[Browser, str, Mapping[str, object]]:
    return town.browser(), "/forgotten", {"email": "a@b.example"}


def child(town: Town) -> tuple[Browser, str, Mapping[str, object]]:
    browser = town.logged_in()
    return browser, browser.get("/child/new").path, CHILD


def choice(town: Town) -> tuple[Browser, str, Mapping[str, object]]:
    browser = town.logged_in()
    page = began(browser)
    return browser, page.path, {"registration_id": page.path.split("/")[2], "school_id": str(town.school)}


def school(town: Town) -> tuple[Browser, str, Mapping[str, object]]:
    browser = town.logged_in()
    page = chosen(town, browser, began(browser))
    return browser, page.path, {**school_form(town, page), "code": "ABCD"}


def first_password(town: Town) -> tuple[Browser, str, Mapping[str, object]]:
    sms, browser = SmsTown(town, Make(town.clock())), town.browser("vi")
    sms.tried(browser)
    return browser, "/first-password", PASSWORDS


def complete(town: Town) -> tuple[Browser, str, Mapping[str, object]]:
    browser, path, passwords = first_password(town)
    browser.send(path, {**passwords})
    return browser, "/complete", DATA


@pytest.mark.parametrize(
    "form", [sign_up, mail_code, log_in, forgotten, child, choice, school, first_password, complete]
)
def test_no_form_breaks_or_forgets(
    small_town: Town, form: Callable[[Town], tuple[Browser, str, Mapping[str, object]]]
) -> None:
    browser, path, right = form(small_town)
    for field in right:
        for odd in ODD:
            typed = {**right, field: odd}
            page = browser.send(path, typed)
            assert page.status in ANSWERS, (field, odd[:20])
            if page.status == 422:
                lost = [name for name in TYPED & typed.keys() if not page.holds(str(typed[name]))]
                assert lost == [], (field, odd[:20])


def test_what_is_no_form_at_all_is_refused(small_town: Town) -> None:
    browser = small_town.browser()
    kind = "application/x-www-form-urlencoded"
    token = b"csrf_token=" + browser.token().encode() + b"&"
    for body in (b"family_name=\xff\xfe", b"family_name=%82%A0", b"%", b"a" * 1_000_001, b"[]"):
        answer = browser.client.post("/sign-up", data=token + body, content_type=kind, follow_redirects=True)
        assert answer.status_code in (400, 413, 422)
        assert browser.client.post("/sign-up", data=body, content_type="multipart/form-data").status_code in (400, 413)
    assert browser.client.post("/sign-up", json={"email": "x"}).status_code == 400


def test_no_address_breaks_the_portal(small_town: Town) -> None:
    client = small_town.logged_in().client
    for path in (
        "/registrations/99999999999999999999/child", "/registrations/-1/child", "/registrations/1/school/2147483648",
        "/link/", "/link/" + "x" * 5000, "/link/%00", "/language/xx?next=//evil.example", "/%ff%fe",
        "/terms/..%2f..%2fportal.css", "/static/../base.html", "/child/new/%F0%9F%98%80",
    ):  # fmt: skip
        answer = client.get(path)
        assert answer.status_code in (200, 303, 404), path
        assert "evil" not in answer.headers.get("Location", "")
