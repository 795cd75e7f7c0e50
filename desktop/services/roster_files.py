"""Roster files as bytes: CSV in any encoding in use, and XLSX; recognised by what they are, not by their names."""

import csv
import io
import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, time, timedelta

from desktop.domain.errors import UserError
from desktop.domain.rosters.bare_lists import invented_headers
from desktop.domain.rosters.columns import guess_columns, header_line, is_header
from desktop.domain.rosters.rows import Line, Sheet
from desktop.services.oneroster import LARGEST_UNPACKED, is_oneroster, oneroster_sheet

LARGEST_FILE = 64 * 2**20
MOST_LINES = 200_000
MOST_COLUMNS = 500
_MOST_CELLS = 20_000_000

_UTF8_MARK = b"\xef\xbb\xbf"
_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")
_SIGNATURES = {
    b"\xd0\xcf\x11\xe0": "roster.old_excel",
    b"%PDF": "roster.file_pdf",
    b"\x89PNG": "roster.file_picture",
    b"\xff\xd8\xff": "roster.file_picture",
    b"GIF8": "roster.file_picture",
}
_DELIMITERS = (",", ";", "\t")
# Python's cp932 passes bytes that are no characters through as controls and private ones.
_CONTROL = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f\uf8f0-\uf8f3]")
_FILLED_CELL = re.compile(rb"""<(?:\w+:)?c\s[^>]*?\br=["']([A-Z]+)([0-9]+)["'](?:[^>]*[^/>])?>""")

_FORMULA = re.compile("'*[=+\\-@\t\r＝＋－＠]")
_GUARDED = re.compile("'+[=+\\-@\t\r＝＋－＠]")
_NUMBER = re.compile(r"[+-][0-9 ().-]*")

Cell = str | int | float | bool | date | datetime | time | timedelta


def read_lines(data: bytes) -> list[Line]:
    """A file's lines as they stand, whatever their columns mean. Raises UserError("roster.…") for what is no list."""
    _require_list(data)
    if data.startswith(b"PK\x03\x04"):
        return list(_xlsx_lines(data))
    text, _encoding = _decode(data)
    return list(_csv_lines(text, _delimiter(text)))


def read_sheet(data: bytes) -> Sheet:
    """Read a file's lines and find its header. Raises UserError("roster.…") for what is no list."""
    _require_list(data)
    if data.startswith(b"PK\x03\x04") and is_oneroster(data):
        return oneroster_sheet(data)
    if data.startswith(b"PK\x03\x04"):
        return _sheet("xlsx", list(_xlsx_lines(data)))
    text, encoding = _decode(data)
    delimiter = _delimiter(text)
    return _sheet("csv", list(_csv_lines(text, delimiter)), encoding, delimiter)


def _require_list(data: bytes) -> None:
    if not data.strip():
        raise UserError("roster.file_empty")
    if len(data) > LARGEST_FILE:
        raise UserError("roster.file_too_big", megabytes=LARGEST_FILE // 2**20)
    for signature, code in _SIGNATURES.items():
        if data.startswith(signature):
            raise UserError(code)


def _sheet(form: str, lines: list[Line], encoding: str = "", delimiter: str = "") -> Sheet:
    if not lines:
        raise UserError("roster.file_empty")
    named = any(is_header(cell) for line in lines[:10] for cell in line.cells)
    if not named and (headers := invented_headers([line.cells for line in lines])):
        return Sheet(form, Line(0, headers), tuple(lines), encoding, delimiter)
    at = header_line([line.cells for line in lines])
    header = lines[at]
    last = max((index for index, cell in enumerate(header.cells, start=1) if cell.strip()), default=0)
    header = Line(header.number, tuple(cell.strip() for cell in header.cells[:last]))
    body = tuple(line for line in lines[at + 1 :] if line.cells[:last] != lines[at].cells[:last])
    if not body:
        raise UserError("roster.no_rows")
    return Sheet(form, header, body, encoding, delimiter)


def _decode(data: bytes) -> tuple[str, str]:
    """BOM, then strict UTF-8, then cp932 (`shift_jis` fails on 髙 and 﨑)."""
    if data.startswith(_UTF16_MARKS):
        encodings = ["utf-16"]
    else:
        encodings = ["utf-8-sig"] if data.startswith(_UTF8_MARK) else ["utf-8", "cp932"]
    for encoding in encodings:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if _CONTROL.search(text):
            raise UserError("roster.file_binary")
        return text, encoding
    raise UserError("roster.file_binary" if b"\x00" in data else "roster.encoding")


def _delimiter(text: str) -> str:
    """The delimiter with which the first lines show most known headers, or else most columns."""

    def score(delimiter: str) -> tuple[int, int]:
        rows = [cells for _, cells in zip(range(12), _records(text, delimiter, strict=False), strict=False)]
        cells = [line.cells for line in rows] or [()]
        columns = guess_columns(cells[header_line(cells)])
        return sum(column.target is not None for column in columns.all), max(map(len, cells))

    return max(_DELIMITERS, key=score)


def _csv_lines(text: str, delimiter: str) -> Iterator[Line]:
    try:
        lines = list(_records(text, delimiter, strict=True))
    except csv.Error as error:
        if "end of data" in str(error):
            raise UserError("roster.quote_open") from None
        lines = list(_records(text, delimiter, strict=False))
    return _bounded(lines)


def _records(text: str, delimiter: str, *, strict: bool) -> Iterator[Line]:
    """Records with the number of the line on which each begins: quoted cells may hold line breaks."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=strict)
    guarded = "'" in text
    while True:
        begins = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            if "field limit" in str(error):
                raise UserError("roster.quote_open") from None
            raise
        yield Line(begins, tuple(map(_unguarded, cells)) if guarded else tuple(cells))


def _unguarded(cell: str) -> str:
    return cell[1:] if _GUARDED.match(cell) else cell


def _bounded(lines: Iterable[Line]) -> Iterator[Line]:
    """Lines that say something, as long as they are no more than a roster can have."""
    count = 0
    for line in lines:
        if not any(cell.strip() for cell in line.cells):
            continue
        count += 1
        if count > MOST_LINES + 10:
            raise UserError("roster.too_many_rows", limit=MOST_LINES)
        if len(line.cells) > MOST_COLUMNS:
            raise UserError("roster.too_many_columns", limit=MOST_COLUMNS)
        yield line


def _xlsx_lines(data: bytes) -> Iterator[Line]:
    _check_package(data)
    from python_calamine import CalamineError, SheetVisibleEnum, load_workbook  # noqa: PLC0415 - only for XLSX

    try:
        workbook = load_workbook(io.BytesIO(data))
        visible = [sheet.name for sheet in workbook.sheets_metadata if sheet.visible == SheetVisibleEnum.Visible]
        for name in visible or workbook.sheet_names:
            rows = workbook.get_sheet_by_name(name).to_python(skip_empty_area=False)
            lines = [Line(number, tuple(map(_text, row))) for number, row in enumerate(rows, start=1)]
            if any(cell.strip() for line in lines for cell in line.cells):
                return _bounded(lines)
    except CalamineError:
        raise UserError("roster.file_damaged") from None
    raise UserError("roster.file_empty")


def _check_package(data: bytes) -> None:
    """Refuse what is no workbook, and one that would unpack to more than a roster can be."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as package:
            entries = package.infolist()
            if "xl/workbook.xml" not in package.namelist():
                raise UserError("roster.zip_unknown")
            if sum(entry.file_size for entry in entries) > LARGEST_UNPACKED:
                raise UserError("roster.file_too_big", megabytes=LARGEST_UNPACKED // 2**20)
            for entry in entries:
                if entry.filename.startswith("xl/worksheets/") and entry.filename.endswith(".xml"):
                    _check_extent(package.read(entry))
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError):
        raise UserError("roster.file_damaged") from None


def _check_extent(sheet: bytes) -> None:
    """The reader makes a table up to the last filled cell; one far-off cell must not cost gigabytes."""
    columns, rows = {b"A"}, 0
    for column, row in _FILLED_CELL.findall(sheet):
        columns.add(column)
        rows = max(rows, int(row[:9]))
    width = max(map(_column_number, columns))
    if width > MOST_COLUMNS:
        raise UserError("roster.too_many_columns", limit=MOST_COLUMNS)
    if rows > MOST_LINES + 10 or rows * width > _MOST_CELLS:
        raise UserError("roster.too_many_rows", limit=MOST_LINES)


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters[:4]:
        number = number * 26 + letter - 64
    return number


def _text(cell: Cell) -> str:
    """A cell as a clerk sees it: codes without `.0`, days in ISO form."""
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        return str(int(cell))
    if isinstance(cell, datetime) and cell.time() == time.min:
        return cell.date().isoformat()
    return cell.isoformat() if isinstance(cell, date | time) else str(cell)


def csv_bytes(rows: Iterable[Sequence[str]], encoding: str = "utf-8-sig", delimiter: str = ",") -> bytes:
    """A CSV file; cells that a spreadsheet would run as a formula stand behind an apostrophe, which reading takes away.

    Where the encoding lacks a character the file is UTF-8 with a BOM, which Excel knows.
    """
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=delimiter, lineterminator="\r\n").writerows([*map(_guarded, row)] for row in rows)
    try:
        return out.getvalue().encode(encoding)
    except UnicodeEncodeError:
        return out.getvalue().encode("utf-8-sig")


def _guarded(cell: str) -> str:
    """A signed number, such as a telephone's, is no formula."""
    return f"'{cell}" if _FORMULA.match(cell) and not _NUMBER.fullmatch(cell) else cell


def xlsx_bytes(rows: Iterable[Sequence[str]]) -> bytes:
    """A workbook of one sheet in which every cell is text: no code loses its zeros, nothing is a formula."""
    import xlsxwriter  # type: ignore[import-untyped]  # noqa: PLC0415 - ships no types; slow, needed only here

    out = io.BytesIO()
    workbook = xlsxwriter.Workbook(out, {"constant_memory": True, "in_memory": True})
    sheet = workbook.add_worksheet()
    for number, row in enumerate(rows):
        for column, cell in enumerate(row):
            sheet.write_string(number, column, cell)
    workbook.close()
    return out.getvalue()
