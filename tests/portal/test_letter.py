"""What the schools' letters say of the portal is what stands there (A14, A15, A20-A24, A40)."""

import pytest

from desktop.i18n import _, speaking
from desktop.wording import letters
from tests.portal.test_steps import began, chosen
from tests.portal.town import Town

BOOKMARK = {"ja": "ブックマーク", "en": "Bookmark this page", "vi": "dấu trang"}


@pytest.mark.parametrize("language", BOOKMARK)
def test_where_the_letter_leads_one_is_told_to_bookmark_the_page(small_town: Town, language: str) -> None:
    browser = small_town.browser(language)
    assert BOOKMARK[language] in browser.get("/").text
    assert browser.get("/terms").status == 200


def test_the_letters_name_what_one_chooses_as_the_pages_do(small_town: Town) -> None:
    browser = small_town.logged_in("vi")
    school = chosen(small_town, browser, began(browser))
    pages = {
        letters.SEND: small_town.browser("vi").get("/sign-up"),
        letters.SCHOOLS: browser.get("/home"),
        letters.CHILD: browser.get("/schools"),
        letters.SCHOOL: browser.get("/child/new"),
        letters.CODE: school,
    }
    for label, page in pages.items():
        for language in ("vi", "ja"):
            with speaking(language):
                assert _(label) in page.text
