"""The catalogues hold every text of the source, whole, in each language."""

import string

import pytest
from babel.messages.catalog import Catalog, Message

from desktop.i18n import LANGUAGES
from installer import catalogues

EVERY_LANGUAGE = pytest.mark.parametrize("language", sorted(LANGUAGES))


@pytest.fixture(scope="module")
def template() -> Catalog:
    return catalogues.extract()


def texts(catalogue: Catalog) -> list[Message]:
    return [message for message in catalogue if message.id]


def forms(message: Message) -> list[str]:
    return [message.string] if isinstance(message.string, str) else list(message.string or ())


def fields(text: str) -> set[str]:
    """The values that `text` is filled with."""
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def wanted_fields(message: Message) -> set[str]:
    ids = [message.id] if isinstance(message.id, str) else message.id
    return set().union(*(fields(text) for text in ids))


def test_the_languages_are_those_that_the_desk_speaks() -> None:
    assert sorted(catalogues.LANGUAGES) == sorted(LANGUAGES)


@EVERY_LANGUAGE
def test_a_catalogue_holds_what_the_source_holds_and_no_more(language: str, template: Catalog) -> None:
    source = {(message.id, message.context) for message in texts(template)}
    here = {(message.id, message.context) for message in texts(catalogues.read(language))}
    assert (sorted(map(str, source - here)), sorted(map(str, here - source))) == ([], [])


@EVERY_LANGUAGE
def test_a_catalogue_is_written_as_the_tool_writes_it(language: str, template: Catalog) -> None:
    """Otherwise the next `make messages` would change lines that nobody touched."""
    assert catalogues.po_file(language).read_bytes() == catalogues.updated(language, template)


@EVERY_LANGUAGE
def test_every_text_is_translated_in_all_its_forms(language: str) -> None:
    catalogue = catalogues.read(language)
    plurals = catalogue.num_plurals
    missing = [
        message.id
        for message in texts(catalogue)
        if not all(forms(message)) or (not isinstance(message.id, str) and len(forms(message)) != plurals)
    ]
    assert missing == []


@EVERY_LANGUAGE
def test_no_translation_is_a_guess(language: str) -> None:
    assert [message.id for message in texts(catalogues.read(language)) if message.fuzzy] == []


@EVERY_LANGUAGE
def test_a_translation_is_filled_with_the_values_of_its_source(language: str) -> None:
    differing = [
        (message.id, form)
        for message in texts(catalogues.read(language))
        for form in forms(message)
        if form and not _fits(form, message)
    ]
    assert differing == []


def _fits(form: str, message: Message) -> bool:
    """A plural form may leave a value out that its singular spells as a word, but none may bring a new one."""
    wanted, found = wanted_fields(message), fields(form)
    return found == wanted if isinstance(message.id, str) else found <= wanted and wanted - found <= {"n", "count"}


WIDE_ENOUGH = ("、", "，", "：", "／")
"""Japanese punctuation brings its own blank."""


@EVERY_LANGUAGE
def test_a_translation_begins_and_ends_as_its_source_does(language: str) -> None:
    """Blanks and line ends at the edges are there for what stands next to the text."""
    differing = [
        message.id
        for message in texts(catalogues.read(language))
        for form in forms(message)
        if form and _is_padded(form) != _is_padded(_first(message)) and not form.endswith(WIDE_ENOUGH)
    ]
    assert differing == []


def _is_padded(text: str) -> bool:
    return text != text.strip()


def _first(message: Message) -> str:
    return message.id if isinstance(message.id, str) else message.id[0]
