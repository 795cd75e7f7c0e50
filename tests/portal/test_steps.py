"""Steps 1 to 4: from the front page to a registration that the school looks at (A14-A29)."""

from tests.portal.town import ADDRESS, CHILD, FROM, PASSWORD, SIGN_UP, Browser, Page, Town


def began(browser: Browser, **changes: str) -> Page:
    """A child's form, sent; on to the page that asks for the school."""
    form = browser.get("/child/new")
    return browser.send(form.path, {**CHILD, **changes})


def school_form(town: Town, page: Page) -> dict[str, object]:
    return {
        "version": page.hidden("version"),
        "homeroom_id": str(town.room),
        "club_ids": [str(town.club)],
        "other_ids": [str(town.choir)],
        "student_number": "7",
        "code": town.code.lower(),
    }


def chosen(town: Town, browser: Browser, page: Page) -> Page:
    """The school chosen; its form."""
    id_ = page.path.split("/")[2]
    return browser.send(page.path, {"registration_id": id_, "school_id": str(town.school)})


def submitted(town: Town, browser: Browser) -> Page:
    form = chosen(town, browser, began(browser))
    confirm = browser.send(form.path, school_form(town, form))
    return browser.send(confirm.path, {"version": confirm.hidden("version")})


def test_a_family_registers_from_the_front_page_on(town: Town) -> None:
    browser = town.browser("vi")
    assert browser.get("/").status == 200
    sent = browser.send("/sign-up", SIGN_UP)
    assert (sent.path, sent.holds(ADDRESS), sent.holds(FROM)) == ("/mail-sent", True, True)
    log_in = browser.send("/mail-sent/code", {"mail_code": town.mail_code()})
    assert (log_in.path, log_in.holds(ADDRESS)) == ("/log-in", True)
    home = browser.send("/log-in", {"login": ADDRESS, "password": PASSWORD})
    assert home.path == "/home"
    assert "小中学校・幼稚園" in home.text
    assert "子どもの情報登録" in browser.get("/schools").text
    assert "学校情報登録に進む" in browser.get("/child/new").text

    form = chosen(town, browser, began(browser))
    assert "（未定）" in form.text
    confirm = browser.send(form.path, school_form(town, form))
    assert confirm.path.endswith("/confirm")
    for shown in ("高橋", "美咲", "タカハシ", "ミサキ", "ひがし小学校", "3年", "サッカー部", "PTA合唱団", "7", "送信"):
        assert shown in confirm.text
    done = browser.send(confirm.path, {"version": confirm.hidden("version")})
    assert done.path.endswith("/done")
    for shown in ("docomo", "au", "SoftBank", FROM):
        assert done.holds(shown)


def test_by_the_link_the_account_begins_with_the_first_log_in(town: Town) -> None:
    town.set("portal.url", "https://portal.example")
    browser = town.browser()
    browser.send("/sign-up", SIGN_UP)
    link = next(word for word in town.mail().split() if "/link/" in word).removeprefix("https://portal.example")
    assert browser.get(link).status == 200
    refused = browser.send("/log-in", {"login": ADDRESS, "password": PASSWORD})
    assert refused.status == 422  # opening the link alone made nothing
    page = browser.get(link)
    home = browser.send("/log-in", {"login": ADDRESS, "password": PASSWORD, "proof": page.hidden("proof")})
    assert home.path == "/home"
    assert browser.get(link).status == 410
