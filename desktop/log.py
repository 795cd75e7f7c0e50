"""The log: on stderr and in a few small files, in UTC, without the people whom the work is about.

Addresses, LINE ids and telephone numbers are masked in the finished line, so that arguments and tracebacks are covered
too. Names cannot be recognised by a machine: code that logs uses ids, never names.
"""

import logging
import re
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import TextIO

_FILE_BYTES = 1_000_000
_FILES_KEPT = 5
_FORMAT = "%(asctime)sZ %(levelname)s %(name)s: "
_TALKATIVE = ("urllib3", "linebot", "alembic", "mail.log", "asyncio")

# A local part begins where a word does: without that condition a long line without an @ would take quadratic time.
_EDGE = r"\s\"'<>()\[\]{},;|=:/"
_EMAIL = re.compile(rf"""(?:"[^"\n]*"|(?<![^{_EDGE}@＠])[^{_EDGE}@＠]+)(?:[@＠]|%40)[^{_EDGE}@＠]+""", re.IGNORECASE)
_ENCODED_EMAIL = re.compile(rf"(?<![^{_EDGE}])(?=[^{_EDGE}]*%40)[^{_EDGE}]+", re.IGNORECASE)
_LINE_ID = re.compile(r"U[0-9a-f]{32}")
_TIMESTAMP = r"(?:19|20)\d\d-\d\d-\d\d[ T]\d\d:\d\d"
_GAP = r"[ \-./()\u00a0\u2010-\u2015\u2212\u3000\u30fc\uff08\uff09\uff0d]{0,2}"
_PHONE = re.compile(rf"(?<!\d)(?!{_TIMESTAMP})[+＋]?\d(?:{_GAP}\d){{8,}}")
_DATABASE_VALUES = re.compile(r"^(?:DETAIL|CONTEXT):.*?(?=^(?:\[SQL|\(Background)|^$|\Z)", re.MULTILINE | re.DOTALL)
"""PostgreSQL repeats the whole row that it refused, names and all."""


def masked(text: str) -> str:
    """`text` with everything that could be an address, a LINE id or a telephone number taken out."""
    text = _DATABASE_VALUES.sub("<values left out>\n", text)
    text = _LINE_ID.sub("<line id>", text)
    text = _EMAIL.sub("<address>", text)
    text = _ENCODED_EMAIL.sub("<address>", text)
    return _PHONE.sub("<number>", text)


class MaskingFormatter(logging.Formatter):
    """One line's time, level and place, then its text and traceback, masked."""

    def __init__(self) -> None:
        super().__init__("%(message)s")
        self._head = logging.Formatter(_FORMAT, datefmt="%Y-%m-%dT%H:%M:%S")
        self._head.converter = time.gmtime

    def format(self, record: logging.LogRecord) -> str:
        body = masked(super().format(record))
        head = logging.makeLogRecord({**record.__dict__, "exc_info": None, "exc_text": None, "stack_info": None})
        return self._head.format(head) + body


@contextmanager
def logging_to(
    directory: Path | None, process: str, *, level: int = logging.INFO, stream: TextIO | None = None
) -> Iterator[None]:
    """Log to stderr and, given a directory, to `<process>.log` in it.

    Each process has its own file: two that rotate the same one would lose lines.
    """
    handlers: list[logging.Handler] = [logging.StreamHandler(stream or sys.stderr)]
    if directory is not None:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        handlers.append(_file(directory / f"{process}.log"))
    root = logging.getLogger()
    before = root.level
    root.setLevel(level)
    for handler in handlers:
        handler.setFormatter(MaskingFormatter())
        root.addHandler(handler)
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(max(level, logging.WARNING))
    try:
        yield
    finally:
        root.setLevel(before)
        for handler in handlers:
            root.removeHandler(handler)
            handler.close()


def _file(path: Path) -> RotatingFileHandler:
    return RotatingFileHandler(path, maxBytes=_FILE_BYTES, backupCount=_FILES_KEPT, encoding="utf-8", delay=True)
