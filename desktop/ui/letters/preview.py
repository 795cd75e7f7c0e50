"""The first letter as it will look."""

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QImage, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from desktop.i18n import _
from desktop.ui.letters.sheet import HEIGHT, WIDTH
from desktop.ui.theme import colour, px
from desktop.ui.widgets.pieces import Label, clear_layout, column

PICTURE_WIDTH = 1240
"""Pixels of a side: enough for a sharp one at twice the usual scale."""
_WIDEST = 620


class SheetPicture(QWidget):
    """A sheet of paper, as wide as there is room, with an edge so that it is seen as one."""

    def __init__(self, image: QImage, words: str) -> None:
        super().__init__()
        self._image = image
        self.setAccessibleName(words)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._measure(_WIDEST)

    def sizeHint(self) -> QSize:
        return QSize(px(_WIDEST), self.height())

    def minimumSizeHint(self) -> QSize:
        return QSize(px(200), self.minimumHeight())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._measure(self.width())

    def _measure(self, width: int) -> None:
        height = round(min(width, px(_WIDEST)) * HEIGHT / WIDTH)
        if height != self.minimumHeight():
            self.setFixedHeight(height)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        width = min(self.width(), px(_WIDEST))
        target = self.rect().adjusted(0, 0, width - self.width(), 0)
        painter.drawImage(target, self._image)
        painter.setPen(colour("border"))
        painter.drawRect(target.adjusted(0, 0, -1, -1))


class Preview(QWidget):
    """Front and back of the first letter, without its code."""

    def __init__(self) -> None:
        super().__init__()
        self._sheets = column(spacing=16)
        note = Label(_("The first letter. Its code is only on paper."), "muted minor", wrap=True)
        self.setLayout(column(Label(_("How it looks"), "bold"), note, self._sheets, None, margin=16, spacing=8))
        self.setAccessibleName(_("Preview"))

    def show_pictures(self, pictures: Sequence[QImage]) -> None:
        clear_layout(self._sheets)
        for image, words in zip(pictures, (_("Front"), _("Back side")), strict=False):
            self._sheets.addWidget(SheetPicture(image, words), 0, Qt.AlignmentFlag.AlignTop)
