"""A Vietnamese family on a small telephone: the text's password, one's own, what is missing, and a child."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from desktop.portal.serving import Listen, serving
from tests.make import Make
from tests.portal.browsing import PHONE as SMALL
from tests.portal.browsing import chromium, visitor
from tests.portal.test_browser import click, fill_child, is_told
from tests.portal.test_sms_pages import DATA, OWN, SmsTown
from tests.portal.town import ADDRESS, Town
from tests.sms_office import PHONE

pytestmark = pytest.mark.needs("chromium")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


def log_in(page: Page, password: str) -> None:
    page.goto("/log-in")
    page.fill("#login", "+84 905 123 456")
    page.fill("#password", password)
    click(page, "Đăng nhập")


def set_own_password(page: Page) -> None:
    page.fill("#password", OWN)
    click(page, "Lưu")
    is_told(page)  # the password once more and the terms are missing
    page.fill("#again", OWN)
    page.check("#terms_version")
    click(page, "Lưu")


def complete(page: Page, sms: SmsTown) -> None:
    assert (page.input_value("#family_name"), page.input_value("#given_name")) == ("Nguyễn", "Văn An")
    page.fill("#email", ADDRESS)
    click(page, "Lưu")
    is_told(page)  # where they live is missing
    page.fill("#postal_address", DATA["postal_address"])
    click(page, "Lưu")
    page.fill("#mail_code", sms.town.mail_code())
    for _page in ("the code", "the button that confirms"):
        with page.expect_navigation():
            page.locator("main form button").first.click()


def register_child(page: Page, town: Town) -> None:
    page.goto("/schools")
    click(page, "子どもの情報登録")
    fill_child(page)
    click(page, "学校情報登録に進む")
    page.select_option("#school_id", str(town.school))
    click(page, "次へ")
    page.select_option("#homeroom_id", str(town.room))
    page.fill("#code", town.code)
    click(page, "確認画面へ")
    click(page, "送信")


def test_a_family_comes_from_the_text_message_to_a_registered_child(
    small_town: Town, make: Make, browser: Browser
) -> None:
    sms = SmsTown(small_town, make)
    with serving(small_town.app, Listen("127.0.0.1", 0)) as server:
        base = f"http://127.0.0.1:{server.port}"
        small_town.set("portal.url", base)
        with visitor(browser, base, "vi", SMALL) as page:
            log_in(page, sms.password(sms.account))
            set_own_password(page)
            complete(page, sms)
            register_child(page, small_town)
            page.goto("/own")
            assert page.locator("main").get_by_text(PHONE).count() == 1
    assert small_town.submitted() == [("高橋", "美咲", "ミサキ", "vi")]
