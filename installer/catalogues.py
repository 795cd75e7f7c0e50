"""Keeps the text catalogues: `messages` takes new texts from the source into the .po files, `compile` makes .mo files.

Headers carry a fixed date and texts stand sorted, each on one line and without its place in the source, so that a file
changes only when a text does.
"""

import os
import sys
from collections.abc import Iterator
from copy import deepcopy
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parent.parent
TRANSLATIONS = ROOT / "translations"
LANGUAGES = ("en", "ja", "vi")
KEYWORDS = {"_": None, "N_": None, "ngettext": (1, 2), "pgettext": ((1, "c"), 2)}
SOMETIME = datetime(2026, 1, 1, tzinfo=UTC)


def po_file(language: str) -> Path:
    return TRANSLATIONS / language / "LC_MESSAGES" / "renraku.po"


def read(language: str) -> Catalog:
    """The catalogue as it stands in the tree; empty where there is none yet."""
    path = po_file(language)
    if not path.exists():
        return _empty(language)
    with path.open("rb") as file:
        return read_po(file, locale=language)


def extract() -> Catalog:
    """The texts that the source holds now, without translations."""
    template = _empty(None)
    with (TRANSLATIONS / "babel.cfg").open(encoding="utf-8") as file:
        methods, options = parse_mapping_cfg(file)  # type: ignore[no-untyped-call]  # Babel has no types here
    found = extract_from_dir(
        ROOT, methods, options, KEYWORDS, comment_tags=("Translators:",), directory_filter=_is_source
    )
    for _file, _line, message, comments, context in found:
        template.add(message, auto_comments=comments, context=context)
    return template


def updated(language: str, template: Catalog) -> bytes:
    """The .po file as it should be: the source's texts, with the translations that already stand."""
    catalogue = read(language)
    # A copy: a text that is new here would else be the template's own, and get the English words for all languages.
    catalogue.update(deepcopy(template), no_fuzzy_matching=True, update_creation_date=False)
    catalogue.obsolete.clear()
    catalogue.fuzzy = False
    if language == "en":
        for message in catalogue:
            message.string = message.id or message.string
    out = BytesIO()
    write_po(out, catalogue, width=0, sort_output=True, ignore_obsolete=True)
    return out.getvalue()


def update_all() -> None:
    template = extract()
    for language in LANGUAGES:
        _write(po_file(language), updated(language, template))


def compile_all() -> None:
    for language in LANGUAGES:
        out = BytesIO()
        write_mo(out, read(language), use_fuzzy=False)
        _write(po_file(language).with_suffix(".mo"), out.getvalue())


def stale() -> Iterator[str]:
    """The catalogues that do not hold what the source holds."""
    template = extract()
    for language in LANGUAGES:
        path = po_file(language)
        if not path.exists() or path.read_bytes() != updated(language, template):
            yield str(path.relative_to(ROOT))


def _empty(language: str | None) -> Catalog:
    return Catalog(
        locale=language,
        domain="renraku",
        header_comment="# The texts of Renraku.",
        project="Renraku",
        version="1",
        msgid_bugs_address="see README.md",
        creation_date=SOMETIME,
        revision_date=SOMETIME,
        last_translator="Renraku",
        language_team="Renraku",
        charset="utf-8",
        fuzzy=False,
    )


def _is_source(directory: str | os.PathLike[str]) -> bool:
    """The project's own folders; without this the virtual environment would be searched too."""
    path = Path(directory)
    return path == ROOT or path.relative_to(ROOT).parts[0] in ("desktop", "resources")


def _write(path: Path, content: bytes) -> None:
    """Written whole and only when it changes: a reader never meets half a file, and its time stays true."""
    if path.exists() and path.read_bytes() == content:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    half = path.with_name(f"{path.name}.{os.getpid()}.new")
    half.write_bytes(content)
    half.replace(path)


def main(arguments: list[str]) -> int:
    if arguments == ["messages"]:
        update_all()
    elif arguments == ["compile"]:
        compile_all()
    elif arguments == ["check"]:
        outdated = list(stale())
        for name in outdated:
            print(f"{name} does not match the source: run `make messages` and translate what is new", file=sys.stderr)
        return 1 if outdated else 0
    else:
        print("usage: catalogues.py messages|compile|check", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
