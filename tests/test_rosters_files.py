"""Roster files as bytes."""

import io
import zipfile
from datetime import date, datetime
from pathlib import Path

import pytest
import xlsxwriter  # type: ignore[import-untyped]  # ships no types
from hypothesis import given
from hypothesis import strategies as st

from desktop.domain.errors import UserError
from desktop.services.roster_files import csv_bytes, read_sheet, xlsx_bytes

ROWS = [["学年", "組", "氏　名"], ["3", "1", "髙﨑 一郎"], ["3", "2", "﨑山 二郎"]]


def cells(data: bytes) -> list[tuple[str, ...]]:
    return [line.cells for line in read_sheet(data).lines]


def workbook(rows: list[list[object]], path: Path) -> bytes:
    book = xlsxwriter.Workbook(path)
    sheet = book.add_worksheet()
    day = book.add_format({"num_format": "yyyy/mm/dd"})
    for number, row in enumerate(rows):
        for column, cell in enumerate(row):
            if isinstance(cell, date):
                sheet.write_datetime(number, column, datetime(cell.year, cell.month, cell.day), day)
            else:
                sheet.write(number, column, cell)
    book.close()
    return path.read_bytes()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_a_list_reads_alike_in_every_encoding_and_with_every_delimiter(encoding: str, delimiter: str) -> None:
    sheet = read_sheet(csv_bytes(ROWS, encoding, delimiter))
    assert sheet.header.cells == ("学年", "組", "氏　名")
    assert [line.cells for line in sheet.lines] == [("3", "1", "髙﨑 一郎"), ("3", "2", "﨑山 二郎")]
    assert sheet.delimiter == delimiter


def test_lines_are_numbered_as_people_see_them() -> None:
    sheet = read_sheet('名簿\r\n\r\n学年,氏名\r\n3,"山田\r\n太郎"\r\n\r\n4,鈴木 花\r\n'.encode())
    assert [(line.number, line.cells) for line in sheet.lines] == [(4, ("3", "山田\r\n太郎")), (7, ("4", "鈴木 花"))]


def test_a_workbook_keeps_codes_and_days(tmp_path: Path) -> None:
    data = workbook([["学年", "組", "氏名", "生年月日"], [3, 1.0, "山田 太郎", date(2017, 9, 1)]], tmp_path / "a.xlsx")
    assert cells(data) == [("3", "1", "山田 太郎", "2017-09-01")]


def test_a_workbook_we_write_is_text_throughout() -> None:
    assert cells(xlsx_bytes([["学年", "氏名", "電話"], ["3", "=1+1", "09012345678"]])) == [("3", "=1+1", "09012345678")]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "roster.file_empty"),
        (b" \r\n ", "roster.file_empty"),
        (b",,\r\n,,\r\n", "roster.file_empty"),
        ("学年,氏名\r\n".encode(), "roster.no_rows"),
        (b"%PDF-1.7 ...", "roster.file_pdf"),
        (b"\x89PNG\r\n\x1a\n", "roster.file_picture"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "roster.old_excel"),
        (bytes(range(256)), "roster.file_binary"),
        (b"\x80\xff\xfd\xa0", "roster.file_binary"),
        (b"name,\x82", "roster.encoding"),
        (b"PK\x03\x04 broken", "roster.file_damaged"),
        ('学年,氏名\r\n3,"山田 太郎\r\n4,鈴木 花\r\n'.encode(), "roster.quote_open"),
    ],
)
def test_what_is_no_list_is_refused_in_plain_words(data: bytes, code: str) -> None:
    with pytest.raises(UserError) as refused:
        read_sheet(data)
    assert refused.value.code == code


def test_a_zip_that_is_no_workbook_is_refused() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as package:
        package.writestr("letter.txt", "hello")
    with pytest.raises(UserError) as refused:
        read_sheet(out.getvalue())
    assert refused.value.code == "roster.zip_unknown"


def test_one_far_off_cell_costs_no_memory(tmp_path: Path) -> None:
    book = xlsxwriter.Workbook(tmp_path / "far.xlsx")
    sheet = book.add_worksheet()
    sheet.write(0, 0, "氏名")
    sheet.write(1_048_575, 16_383, "x")
    book.close()
    with pytest.raises(UserError) as refused:
        read_sheet((tmp_path / "far.xlsx").read_bytes())
    assert refused.value.code == "roster.too_many_columns"


def test_a_format_down_to_the_last_line_is_no_content(tmp_path: Path) -> None:
    book = xlsxwriter.Workbook(tmp_path / "styled.xlsx")
    sheet = book.add_worksheet()
    sheet.write_row(0, 0, ["学年", "氏名"])
    sheet.write_row(1, 0, ["3", "山田 太郎"])
    sheet.write_blank(1_048_575, 1, None, book.add_format({"bold": True}))
    book.close()
    assert cells((tmp_path / "styled.xlsx").read_bytes()) == [("3", "山田 太郎")]


def test_what_an_encoding_lacks_is_written_in_utf8_with_its_mark() -> None:
    assert csv_bytes([["葛\U000e0100城"]], "cp932").startswith(b"\xef\xbb\xbf")


@given(st.binary(max_size=300))
def test_any_bytes_are_a_list_or_refused(data: bytes) -> None:
    try:
        sheet = read_sheet(data)
    except UserError as refused:
        assert refused.code.startswith("roster.")  # noqa: PT017 - most bytes are a list, so nothing need be raised
    else:
        assert sheet.lines


@given(
    st.lists(
        st.lists(st.text("あ髙ễ,;\"'=\n ", min_size=1, max_size=6), min_size=2, max_size=4), min_size=1, max_size=5
    )
)
def test_what_is_written_is_read_back(body: list[list[str]]) -> None:
    rows = [["学年", "組", "氏名", "性別"], *body]
    wanted = [tuple(row) for row in body if any(cell.strip() for cell in row)]
    if wanted:
        assert cells(csv_bytes(rows)) == wanted
