"""What people read, in their own language."""

import threading
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from desktop import i18n
from desktop.i18n import LANGUAGES, N_, _, current_language, guess_language, ngettext, set_language, speaking

TOKYO = timezone(timedelta(hours=9))
FRIDAY = datetime(2026, 11, 20, 10, 43, tzinfo=TOKYO)


@pytest.fixture(autouse=True)
def _the_process_keeps_its_language() -> Iterator[None]:
    before = current_language()
    yield
    set_language(before)


def test_a_text_without_a_translation_is_shown_in_english() -> None:
    for language in LANGUAGES:
        with speaking(language):
            assert _("A sentence that stands nowhere in the catalogues") == (
                "A sentence that stands nowhere in the catalogues"
            )
            assert ngettext("{n} unheard-of thing", "{n} unheard-of things", 2) == "{n} unheard-of things"


def test_an_empty_text_is_empty_and_not_the_catalogue_s_header() -> None:
    with speaking("ja"):
        assert _("") == ""


def test_a_mark_changes_nothing() -> None:
    assert N_("Rosters") == "Rosters"


def test_a_language_spoken_for_a_moment_does_not_reach_other_threads() -> None:
    set_language("ja")
    heard = []
    with speaking("vi"):
        thread = threading.Thread(target=lambda: heard.append(current_language()))
        thread.start()
        thread.join()
        assert current_language() == "vi"
    assert heard == ["ja"]
    assert current_language() == "ja"


def test_the_process_s_language_reaches_every_thread() -> None:
    set_language("en")
    heard = []
    thread = threading.Thread(target=lambda: heard.append(current_language()))
    thread.start()
    thread.join()
    assert heard == ["en"]


def test_a_language_within_a_language_ends_with_its_block() -> None:
    with speaking("vi"):
        with speaking("en"):
            assert current_language() == "en"
        assert current_language() == "vi"


def test_a_language_that_we_do_not_speak_is_refused() -> None:
    with pytest.raises(ValueError, match="fr"):
        set_language("fr")
    with pytest.raises(ValueError, match="fr"), speaking("fr"):
        pass


@pytest.mark.parametrize(
    ("environ", "language"),
    [
        ({"LANG": "ja_JP.UTF-8"}, "ja"),
        ({"LANG": "vi_VN"}, "vi"),
        ({"LANG": "en_GB.UTF-8"}, "en"),
        ({"LANG": "en_US.UTF-8", "LC_ALL": "vi_VN.UTF-8"}, "vi"),
        ({"LANG": "de_DE.UTF-8"}, "ja"),
        ({"LANG": "de_DE.UTF-8", "LANGUAGE": "de:vi:en"}, "vi"),
        ({"LANG": "C.UTF-8"}, "ja"),
        ({"LANG": "Vietnamese_Vietnam.1258"}, "vi"),
        ({"LANG": "en-AU"}, "en"),
    ],
)
def test_the_language_is_guessed_from_the_person_s_system(environ: dict[str, str], language: str) -> None:
    assert guess_language(environ) == language


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("ja", "2026年11月20日（金）"),
        ("en", "Fri 20 Nov 2026"),
        ("vi", "Th 6, 20/11/2026"),
    ],
)
def test_a_date_is_written_as_its_reader_writes_it(language: str, words: str) -> None:
    with speaking(language):
        assert i18n.format_date(date(2026, 11, 20)) == words


@pytest.mark.parametrize(
    ("moment", "words"),
    [
        (FRIDAY, "10:43"),
        (FRIDAY.replace(hour=0, minute=5), "0:05"),
        (FRIDAY.replace(day=19, hour=15, minute=10), "昨日 15:10"),
        (FRIDAY.replace(day=18), "11月18日（水）"),
        (FRIDAY.replace(day=21, hour=8, minute=0), "明日 8:00"),
        (FRIDAY.replace(month=12, day=1, hour=8, minute=0), "12月1日（火） 8:00"),
        (FRIDAY.replace(year=2025), "2025年11月20日（木）"),
    ],
)
def test_a_time_is_as_short_as_it_stays_clear(moment: datetime, words: str) -> None:
    with speaking("ja"):
        assert i18n.format_when(moment, now=FRIDAY.replace(hour=18)) == words


def test_yesterday_is_the_reader_s_yesterday_and_not_that_of_utc() -> None:
    late = datetime(2026, 11, 19, 14, 30, tzinfo=UTC)  # 23:30 in Tokyo
    just_after_midnight = datetime(2026, 11, 20, 0, 10, tzinfo=TOKYO)
    with speaking("en"):
        assert i18n.format_when(late, just_after_midnight) == "yesterday, 23:30"


def test_the_exact_time_leaves_no_question() -> None:
    with speaking("vi"):
        assert i18n.format_exact(FRIDAY) == "Th 6, 20/11/2026, 10:43"


@pytest.mark.parametrize(("language", "words"), [("ja", "12,345"), ("en", "12,345"), ("vi", "12.345")])
def test_numbers_are_grouped_as_usual(language: str, words: str) -> None:
    with speaking(language):
        assert i18n.format_number(12345) == words
