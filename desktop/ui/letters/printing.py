"""Letters on a printer. Qt's part for printers is loaded with this module, when somebody wants to print."""

from collections.abc import Callable

from PySide6.QtPrintSupport import QPrintDialog, QPrinter
from PySide6.QtWidgets import QDialog, QWidget

from desktop.domain.errors import UserError
from desktop.domain.letters import LetterBatch
from desktop.i18n import _
from desktop.ui.letters.making import Step, draw, lay_out


def ask_for_printer(parent: QWidget) -> QPrinter | None:
    """The printer that somebody chose in the system's dialog, set to A4 on both sides."""
    printer = QPrinter(QPrinter.PrinterMode.HighResolution)
    lay_out(printer)
    printer.setDuplex(QPrinter.DuplexMode.DuplexLongSide)
    printer.setDocName(_("Registration letters"))
    dialog = QPrintDialog(printer, parent)
    return printer if dialog.exec() == QDialog.DialogCode.Accepted else None


def print_letters(printer: QPrinter, batch: LetterBatch, step: Step, hand_out: Callable[[], None]) -> None:
    """Draw on the printer; whatever stops it stops the printing. Raises UserError("letters.printer")."""
    try:
        draw(printer, batch, step, hand_out)
    except OSError:
        raise UserError("letters.printer") from None
    except BaseException:
        printer.abort()
        raise
