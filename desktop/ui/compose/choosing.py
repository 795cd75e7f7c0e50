"""Choosing whom a notice is for: the picker, the list by name, saved lists, the addresses for copies."""

from collections.abc import Callable

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from desktop.domain.audience import parse_part
from desktop.domain.saved_lists import SavedListRow
from desktop.ui.app_context import AppContext
from desktop.ui.audience_list import AudienceList
from desktop.ui.compose import work
from desktop.ui.compose.editor import Editor
from desktop.ui.compose.picker import AudiencePicker
from desktop.ui.compose.state import audience_words, sender_choices
from desktop.ui.copies_dialog import CopiesDialog, edit_copies
from desktop.ui.saved_lists import Present, SavedListsDialog


class Choosing(QObject):
    """Works for the compose page. `changed` is called where what was opened may have changed whom it reaches."""

    def __init__(
        self, app: AppContext, editor: Editor, facts: Callable[[], work.Facts | None], changed: Callable[[], object],
        page: QWidget,
    ) -> None:  # fmt: skip
        super().__init__(page)
        self._context = app
        self._editor = editor
        self._facts = facts
        self._changed = changed
        self._page = page
        self.picker: AudiencePicker | None = None
        self.lists: SavedListsDialog | None = None
        self.copies: CopiesDialog | None = None
        editor.part_asked.connect(self.pick)
        editor.lists_asked.connect(self.open_lists)
        editor.copies.addresses_asked.connect(self.edit_copies)

    def pick(self, leave_out: bool) -> None:
        form = self._editor.form
        picker = AudiencePicker(
            self._context, form.school_id, form.include, form.exclude, leave_out=leave_out, parent=self._page
        )
        picker.picked.connect(lambda part, label: self._editor.add_part(part, label, exclude=leave_out))
        picker.open()
        picker.search.setFocus()
        self.picker = picker

    def show_list(self, *, unreached: bool) -> None:
        AudienceList(self._context, self._editor.form.draft(), unreached=unreached, parent=self._page).open()

    def open_lists(self) -> None:
        known, form = self._facts(), self._editor.form
        if known is None:
            return
        include, exclude = tuple(map(str, form.include)), tuple(map(str, form.exclude))
        owners = sender_choices(known.schools, known.sending.city, city_too=known.city_too)
        present = Present(include, exclude, audience_words(form), form.school_id, owners)
        self.lists = SavedListsDialog(self._context, present, self._page)
        self.lists.used.connect(self._use)
        self.lists.open()

    def _use(self, chosen: SavedListRow) -> None:
        self._editor.add_part(parse_part(chosen.part), chosen.name, exclude=False)

    def edit_copies(self) -> None:
        known, school_id = self._facts(), self._editor.form.school_id
        if known is None:
            return
        school = known.school(school_id)
        sender = school.name if school else known.sending.city
        edit_copies(self._context, school_id, sender, self._page, self._take_copies, self._changed)

    def _take_copies(self, dialog: CopiesDialog) -> None:
        self.copies = dialog
