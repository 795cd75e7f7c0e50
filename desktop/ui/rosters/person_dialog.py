"""What the dialogs about a child, a guardian and a waiting contact have in common: a name and how it is read."""

from PySide6.QtWidgets import QWidget

from desktop.i18n import _
from desktop.ui.checked_dialog import CheckedDialog, F
from desktop.ui.rosters import typed, words
from desktop.ui.widgets.forms import LineField, UnderstoodField
from desktop.ui.widgets.pieces import pair


class PersonDialog(CheckedDialog[F]):
    """A form that begins with somebody's name."""

    def words_of(self, code: str) -> str:
        return words.problem(code)

    def name_rows(self) -> tuple[QWidget, QWidget]:
        """The fields of the name and of its reading, side by side."""
        names = LineField(_("Family name")), LineField(_("Given name"))
        kana = (
            UnderstoodField(_("Family name (kana)"), typed.kana),
            UnderstoodField(_("Given name (kana)"), typed.kana),
        )
        self.fields |= {"family_name": names[0], "given_name": names[1]}
        self.fields |= {"family_name_kana": kana[0], "given_name_kana": kana[1]}
        return pair(*names), pair(*kana)
