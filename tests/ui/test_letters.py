"""Letters that ask families to register: what is on the paper, and the page that makes them."""

import re
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import segno
from PySide6.QtCore import QPoint
from PySide6.QtGui import QImage, QPainter
from PySide6.QtPrintSupport import QPrinter
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from desktop.domain.errors import UserError
from desktop.domain.help_contacts import HelpContact, Subject
from desktop.domain.letters import Addressee, LetterBatch, LetterPaper, SchoolLetters
from desktop.domain.staff import Actor, Grant, Role, Scope, ScopeKind
from desktop.secrets import Secrets, new_data_key
from desktop.store import audit, settings
from desktop.store.db import Store
from desktop.ui.app_context import AppContext
from desktop.ui.letters import making, sheet
from desktop.ui.letters.page import LettersPage
from desktop.ui.letters.printing import print_letters
from desktop.ui.long_work import Cancelled
from desktop.ui.main_window import MainWindow
from desktop.ui.tasks import InlineTasks
from desktop.wording.letters import letter_words, to_lines
from tests.conftest import Clock
from tests.make import Make
from tests.ui.conftest import Shot
from tests.ui.office import app_context, show_page

PORTAL = "https://portal.city.example"
TOKYO = ZoneInfo("Asia/Tokyo")
PAPER = LetterPaper(
    "ひがし小学校", "082-000-0001", "ひがし市", PORTAL, f"{PORTAL}/terms", "https://city.example/guide", "https://line.example/@city",
    "renraku@city.example", "K7MX-9PQR", datetime(2027, 3, 17, 9, tzinfo=TOKYO),
    datetime(2027, 3, 26, 9, tzinfo=TOKYO), (HelpContact((Subject.REGISTRATION,), "学事課 082-420-0975"),),
    date(2027, 3, 10),
)  # fmt: skip


def batch(*languages: str, back: str = "") -> LetterBatch:
    letters = tuple(
        Addressee(number, f"山﨑 花{number}", "3年", "3-1", False, str(number), language)
        for number, language in enumerate(languages, start=1)
    )
    return LetterBatch((SchoolLetters(1, PAPER, letters),), back)


def pages(pdf: Path) -> int:
    """As the document's own catalogue counts them."""
    return max(int(count) for count in re.findall(rb"/Type\s*/Pages.*?/Count\s+(\d+)", pdf.read_bytes(), re.DOTALL))


def nothing(*_arguments: object) -> None:
    pass


# Paper


def test_each_letter_begins_on_a_new_sheet(qapp: QApplication, tmp_path: Path) -> None:
    path = tmp_path / "letters.pdf"
    for back in ("", "vi"):
        making.write_pdf(path, batch("ja", "vi", "en", back=back), nothing, nothing)
        assert path.read_bytes().startswith(b"%PDF-")
        assert pages(path) == 6
        assert b"/ToUnicode" in path.read_bytes()  # its text can be searched and read aloud
    assert [file.name for file in tmp_path.iterdir()] == ["letters.pdf"]


def test_the_qr_code_on_the_paper_is_the_portals_address(qapp: QApplication) -> None:
    front, *_rest = making.first_sides(batch("ja"), sheet.WIDTH)
    matrix = segno.make(PORTAL, error="m", micro=False).matrix
    at = found_square(front)
    side = sheet.QR / len(matrix)
    read = [
        [front.pixelColor(at + QPoint(int((x + 0.5) * side), int((y + 0.5) * side))).lightness() < 128
         for x in range(len(matrix))]
        for y in range(len(matrix))
    ]  # fmt: skip
    assert read == [[bool(module) for module in line] for line in matrix]


def found_square(image: QImage) -> QPoint:
    """The upper left corner of the QR code: a corner of its frame is 7 modules of black."""
    for y in range(sheet.BOX_AT, sheet.BOX_AT + 300):
        for x in range(sheet.LEFT + 10, sheet.LEFT + 100):
            if all(image.pixelColor(x + more, y + 2).lightness() < 60 for more in (0, 20, 60, 100)):
                return QPoint(x, y)
    raise AssertionError("no QR code")


@pytest.mark.parametrize("language", ["ja", "en", "vi"])
def test_a_letter_says_everything_in_the_readers_language_and_fits_on_its_side(
    qapp: QApplication, language: str
) -> None:
    words = letter_words(PAPER, language)
    text = repr(words) + words.code
    for wanted in ("「子どもの情報登録」", "「学校情報登録に進む」", "「小中学校・幼稚園」", "「送信」", "学校コード"):
        assert wanted in text
    free = {"ja": "無料", "en": "free", "vi": "miễn phí"}[language]
    bookmark = {"ja": "ブックマーク", "en": "Bookmark", "vi": "dấu trang"}[language]
    for wanted in (
        free,
        bookmark,
        "市民ポータルサイト 使い方",
        "市民ポータルサイトLINE連携",
        "学事課 082-420-0975",
        "9:00",
        PAPER.phone,
        PAPER.line_url,
    ):
        assert wanted in text
    for wanted in (PORTAL, PAPER.code, PAPER.guide_url, PAPER.terms_url, PAPER.from_address):
        assert wanted in text
    assert sheet.Side(words).ends_at <= sheet.BOTTOM


def test_class_and_name_stand_where_the_envelope_has_its_window(qapp: QApplication) -> None:
    who = batch("vi").schools[0].addressees[0]
    assert to_lines(who) == ("3-1\u30001番", "山﨑 花1 さんの保護者様")
    image = QImage(sheet.WIDTH, sheet.HEIGHT, QImage.Format.Format_RGB32)
    image.fill(0xFFFFFF)
    painter = QPainter(image)
    sheet.Side(letter_words(PAPER, "ja")).paint_to(painter, ("3-1　1番", "とても長い名前のお子さま" * 3))
    painter.end()
    inked = [(x, y) for x in range(0, 2100, 3) for y in range(0, 2970, 3) if image.pixelColor(x, y).lightness() < 128]
    assert min(x for x, _y in inked) >= 200
    assert max(x for x, _y in inked) <= 1100
    assert max(y for _x, y in inked) <= 450


def test_stopping_leaves_what_was_there_and_nothing_else(qapp: QApplication, tmp_path: Path) -> None:
    path = tmp_path / "letters.pdf"
    path.write_text("before")

    def stop(done: int, _total: int) -> None:
        if done == 2:
            raise Cancelled

    def renewed() -> None:
        raise UserError("letters.renewed", school="ひがし小学校")

    with pytest.raises(Cancelled):
        making.write_pdf(path, batch("ja", "ja", "ja"), stop, nothing)
    with pytest.raises(UserError, match=r"letters\.renewed"):
        making.write_pdf(path, batch("ja"), nothing, renewed)
    with pytest.raises(UserError, match=r"letters\.unwritable"):
        making.write_pdf(tmp_path / "nowhere" / "letters.pdf", batch("ja"), nothing, nothing)
    assert {file.name: file.read_text() for file in tmp_path.iterdir()} == {"letters.pdf": "before"}


@pytest.mark.qt_log_ignore("QPainter::begin")
def test_a_printer_gets_the_same_sheets_and_they_count_when_all_are_there(qapp: QApplication, tmp_path: Path) -> None:
    def printer(name: str) -> QPrinter:
        made = QPrinter(QPrinter.PrinterMode.HighResolution)
        made.setOutputFormat(QPrinter.OutputFormat.PdfFormat)
        made.setOutputFileName(str(tmp_path / name))
        making.lay_out(made)
        return made

    told: list[object] = []

    def step(done: int, total: int) -> None:
        told.append((done, total))

    print_letters(printer("out.pdf"), batch("ja", "vi"), step, lambda: told.append("out"))
    assert told == [(0, 2), (1, 2), "out", (2, 2)]
    assert pages(tmp_path / "out.pdf") == 4
    with pytest.raises(UserError, match=r"letters\.printer"):
        print_letters(printer("nowhere/out.pdf"), batch("ja"), nothing, lambda: told.append("never"))
    assert "never" not in told


# The page


class Office:
    def __init__(self, store: Store, make: Make, clock: Clock, tasks: InlineTasks, folder: Path) -> None:
        with store.write(make.principal()) as session:
            make.installation(session)
            school = make.school(session)
            room, other = make.homeroom(session, school, "3-1"), make.homeroom(session, school, "2-1")
            self.school, self.room = school.id, room.id
            children = [make.child(session, room, "青木", number=str(number)) for number in range(1, 4)]
            make.guardian(session, children[0], language="vi")
            self.children = tuple(child.id for child in children)
            make.child(session, other, "石井", number="1")
            settings.put(session, "portal.url", PORTAL)
            self.clerk = make.staff(session, Role.CLERK, school=school)
            audit.record(session, "made", "world")
        self.store = store
        self.secrets = Secrets.handed({"DATA_KEY": new_data_key()})
        self.sit(self.clerk, clock, tasks, folder)

    def sit(self, actor: Actor, clock: Clock, tasks: InlineTasks, folder: Path) -> None:
        """Somebody is at the desk."""
        self.context: AppContext = app_context(
            self.store, tasks, actor, clock, folder, school_id=self.school, secrets=self.secrets
        )

    def page(self, qtbot: QtBot, **target: object) -> tuple[MainWindow, LettersPage]:
        window = show_page(qtbot, self.context, "letters", "printer", lambda: LettersPage(self.context))
        page = window.page("letters")
        assert isinstance(page, LettersPage)
        page.show_target(**target)
        return window, page


@pytest.fixture
def office(sqlite_store: Store, make: Make, clock: Clock, inline: InlineTasks, tmp_path: Path) -> Office:
    return Office(sqlite_store, make, clock, inline, tmp_path)


def test_a_class_is_chosen_counted_and_saved(
    qtbot: QtBot, office: Office, tmp_path: Path, shot: Shot, caplog: pytest.LogCaptureFixture
) -> None:
    window, page = office.page(qtbot, school_id=office.school, homeroom_id=office.room)
    assert page.form.whom.currentText() == "3-1"
    assert page.save.words() == "Save 3 letters as PDF…"
    shot(window, "letters")
    path = tmp_path / "letters.pdf"
    page.save_to(path)
    assert pages(path) == 6
    code = office.context.registration_codes.for_letters(office.clerk, office.school, 0)
    assert code not in caplog.text
    assert office.context.registration_codes.status(office.clerk, office.school).letters == 3
    page.form.whom.setCurrentIndex(0)
    page.form.changed.emit()
    assert page.save.words() == "Save 4 letters as PDF…"


def test_chosen_children_are_brought_along(qtbot: QtBot, office: Office) -> None:
    _window, page = office.page(qtbot, child_ids=office.children[:2])
    assert page.form.whom.currentText() == "The 2 chosen children"
    assert page.save.words() == "Save 2 letters as PDF…"
    page.form.family.setChecked(False)
    assert page._header.sentence() == "2 letters, in Japanese."


def test_renewing_says_how_many_letters_are_out_and_until_when_they_are_good(
    qtbot: QtBot, office: Office, tmp_path: Path, shot: Shot
) -> None:
    window, page = office.page(qtbot, school_id=office.school)
    page.save_to(tmp_path / "old.pdf")
    page.renew()
    dialog = page.dialog
    assert dialog is not None
    qtbot.waitUntil(dialog.isVisible)
    assert "4 letters are out" in dialog.words.text()
    assert "4 Dec 2026" in dialog.field.message()
    shot(window, "letters-renew")
    dialog.days.setValue(0)
    assert "at once" in dialog.field.message()
    dialog.days.setValue(7)
    dialog.save.click()
    status = office.context.registration_codes.status(office.clerk, office.school)
    assert (status.letters, status.old_letters) == (0, 4)
    page.save_to(tmp_path / "new.pdf")
    assert office.context.registration_codes.status(office.clerk, office.school).letters == 4


def test_it_follows_the_school_that_is_looked_at(
    qtbot: QtBot, office: Office, sqlite_store: Store, make: Make, clock: Clock, inline: InlineTasks, tmp_path: Path
) -> None:
    with sqlite_store.write(make.principal()) as session:
        other = make.school(session, "H002", "にし小学校")
        make.child(session, make.homeroom(session, other, "1-1"))
        boss = make.staff(session, Role.ADMINISTRATOR)
        teacher = make.staff(session, name="組 担")
        audit.record(session, "made", "world")
    office.sit(boss, clock, inline, tmp_path)
    _window, page = office.page(qtbot)
    office.context.session.look_at(other.id)
    assert (page.form.school.currentText(), page.save.words()) == ("にし小学校", "Save 1 letter as PDF…")
    only_a_class = Grant(Role.CLERK, Scope(ScopeKind.HOMEROOM, office.school, office.room))
    office.sit(replace(teacher, grants=(only_a_class,)), clock, inline, tmp_path)
    _window, page = office.page(qtbot)
    assert not page.save.isEnabled()
    assert page.save.accessibleDescription() == "Your roles do not include this here."


def test_without_the_portals_address_no_letter_is_made(
    qtbot: QtBot, office: Office, sqlite_store: Store, make: Make
) -> None:
    with sqlite_store.write(make.principal()) as session:
        settings.put(session, "portal.url", "")
        audit.record(session, "changed", "setting")
    _window, page = office.page(qtbot)
    assert not page.save.isEnabled()
    assert not page.print.isEnabled()
    assert "Address of the portal" in page.form.note.accessibleName()
