"""Letters onto paper: as a PDF that is there whole or not at all, on a printer, or as a picture to look at."""

import os
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QMarginsF, Qt
from PySide6.QtGui import QImage, QPagedPaintDevice, QPageLayout, QPageSize, QPainter, QPdfWriter

from desktop.domain.errors import UserError
from desktop.domain.letters import LetterBatch, SchoolLetters
from desktop.i18n import _
from desktop.ui.letters.sheet import HEIGHT, PER_INCH, WIDTH, Side
from desktop.wording.letters import letter_words, to_lines

Step = Callable[[int, int], None]


def write_pdf(path: Path, batch: LetterBatch, step: Step, hand_out: Callable[[], None]) -> None:
    """Save the letters, two sides each. What `step` or `hand_out` raises leaves what stood there before.

    Raises UserError("letters.unwritable", name=).
    """
    beside = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        _write(beside, batch, step)
        hand_out()
        beside.replace(path)
    except OSError:
        raise UserError("letters.unwritable", name=path.name) from None
    finally:
        beside.unlink(missing_ok=True)


def _write(path: Path, batch: LetterBatch, step: Step) -> None:
    path.touch(mode=0o600)
    writer = QPdfWriter(str(path))
    writer.setTitle(_("Registration letters"))
    writer.setCreator("Renraku")
    writer.setResolution(PER_INCH)
    lay_out(writer)
    draw(writer, batch, step)


def lay_out(device: QPagedPaintDevice) -> None:
    """A4 to its edges."""
    paper = QPageLayout(QPageSize(QPageSize.PageSizeId.A4), QPageLayout.Orientation.Portrait, QMarginsF())
    paper.setMode(QPageLayout.Mode.FullPageMode)
    device.setPageLayout(paper)


def draw(device: QPagedPaintDevice, batch: LetterBatch, step: Step, last: Callable[[], None] = lambda: None) -> None:
    """Each letter begins on the front of a sheet; `last` is called before the last sheet is let go.

    Raises OSError where the paper cannot be written on.
    """
    painter = QPainter()
    if not painter.begin(device):
        raise OSError("cannot be written on")
    try:
        painter.scale(device.logicalDpiX() / PER_INCH, device.logicalDpiY() / PER_INCH)
        done = 0
        for school in batch.schools:
            for pages in _letters(school, batch.back):
                step(done, batch.letters)
                if done:
                    device.newPage()
                pages(painter, device)
                done += 1
        last()
    finally:
        ended = painter.end()
    if not ended:
        raise OSError("could not be finished")
    step(done, batch.letters)


def _letters(school: SchoolLetters, back: str) -> "list[Callable[[QPainter, QPagedPaintDevice], None]]":
    sides = {
        language: Side(letter_words(school.paper, language))
        for language in {each.language for each in school.addressees} | ({back} if back else set())
    }

    def drawing(language: str, to: tuple[str, str]) -> Callable[[QPainter, QPagedPaintDevice], None]:
        def on(painter: QPainter, device: QPagedPaintDevice) -> None:
            sides[language].paint(painter, to)
            device.newPage()
            if back and back != language:
                sides[back].paint(painter, to)

        return on

    return [drawing(each.language, to_lines(each)) for each in school.addressees]


def first_sides(batch: LetterBatch, width: int) -> list[QImage]:
    """Front and back of the first letter as pictures, `width` pixels wide; empty where there is none."""
    if not batch.letters:
        return []
    school = next(each for each in batch.schools if each.addressees)
    addressee = school.addressees[0]
    languages = [addressee.language, *([batch.back] if batch.back and batch.back != addressee.language else [])]
    return [_picture(Side(letter_words(school.paper, each)), to_lines(addressee), width) for each in languages]


def _picture(side: Side, to: tuple[str, str], width: int) -> QImage:
    image = QImage(width, round(width * HEIGHT / WIDTH), QImage.Format.Format_RGB32)
    image.fill(Qt.GlobalColor.white)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.scale(width / WIDTH, width / WIDTH)
    side.paint(painter, to)
    painter.end()
    return image
