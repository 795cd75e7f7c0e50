"""Steps 1 to 4 in Debian's Chromium: on a telephone in Vietnamese, on a desktop in Japanese, without JavaScript."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from desktop.portal.serving import Listen, serving
from tests.portal.browsing import DESKTOP, PHONE, chromium, visitor
from tests.portal.town import CHILD, PASSWORD, SIGN_UP, Town

pytestmark = pytest.mark.needs("chromium")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


def click(page: Page, label: str) -> None:
    with page.expect_navigation():
        page.locator("main button, main a").filter(has_text=label).first.click()
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")  # nothing sticks out sideways


def change_language(page: Page, language: str) -> None:
    with page.expect_navigation():
        page.locator(f".languages button[value={language}]").click()
    page.locator(f"html[lang={language}]").wait_for()
    assert page.input_value("#given_name") == SIGN_UP["given_name"]


def is_told(page: Page) -> None:
    """What is not right stands on top and has the focus."""
    page.locator("#problems:focus").wait_for()


def register(town: Town, page: Page, language: str) -> None:
    """Everything that a guardian does, with a slip here and there."""
    page.goto("/")
    click(page, "ログインIDを取得する")
    for field in ("email", "family_name", "given_name", "password"):
        page.fill(f"#{field}", SIGN_UP[field])
    change_language(page, "en")
    change_language(page, language)
    click(page, "送信")
    is_told(page)  # the password once more and the terms are missing
    assert page.input_value("#email") == SIGN_UP["email"]
    page.fill("#again", PASSWORD)
    page.check("#terms_version")
    click(page, "送信")

    link = next(word for word in town.mail().split() if "/link/" in word)
    page.goto(link)
    assert page.input_value("#login") == SIGN_UP["email"]
    page.fill("#password", PASSWORD)
    click(page, "ログイン")
    click(page, "小中学校・幼稚園")
    click(page, "子どもの情報登録")
    fill_child(page)
    click(page, "学校情報登録に進む")
    page.select_option("#school_id", str(town.school))
    click(page, "次へ")
    page.select_option("#homeroom_id", label=page.locator("#homeroom_id option", has_text="（未定）").inner_text())
    page.check(f"#club_ids-{town.club}")
    page.fill("#code", "wrong")
    click(page, "確認画面へ")
    is_told(page)
    page.fill("#code", town.code)
    click(page, "確認画面へ")
    assert page.locator("main").get_by_text("○組（未定）").count() == 1
    page.go_back()
    assert page.is_checked(f"#club_ids-{town.club}")
    page.go_forward()
    click(page, "送信")
    assert page.locator("#from_address").input_value() == "renraku@city.example"


def fill_child(page: Page) -> None:
    for field, value in CHILD.items():
        if field == "sex":
            page.check(f"#sex-{value}")
        elif field.startswith("birth_date") or field == "relationship":
            page.select_option(f"#{field}", value)
        else:
            page.fill(f"#{field}", value)


@pytest.mark.parametrize(("language", "size"), [("vi", PHONE), ("ja", DESKTOP)])
def test_a_guardian_registers_a_child(small_town: Town, browser: Browser, language: str, size: dict[str, int]) -> None:
    with serving(small_town.app, Listen("127.0.0.1", 0)) as server:
        base = f"http://127.0.0.1:{server.port}"
        small_town.set("portal.url", base)
        with visitor(browser, base, language, size) as page:
            register(small_town, page, language)
    assert small_town.submitted() == [("高橋", "美咲", "ミサキ", language)]
