"""The texts that citizens get by text message, word for word (B7–B10, B12, B14)."""

from collections.abc import Sequence

from PySide6.QtWidgets import QVBoxLayout

from desktop.domain.errors import UserError
from desktop.domain.sms import SETTING_OF
from desktop.domain.sms_texts import SmsText
from desktop.i18n import _, format_number, ngettext
from desktop.ui.sms import steering_words as words
from desktop.ui.sms.text_card import TextCard
from desktop.ui.tabbed_page import TabPanel
from desktop.ui.theme import px, theme
from desktop.ui.widgets.bands import Band
from desktop.ui.widgets.headers import ActionBar
from desktop.ui.widgets.pieces import Button, column, row, scroll, widget_of
from desktop.wording.errors import word
from desktop.wording.sms import TEMPLATES

_WIDTH = 760


class TextsPanel(TabPanel):
    """A card for each text. All that was changed is saved together, or nothing of it."""

    def build(self) -> None:
        self.cards = {template: TextCard(template) for template in SETTING_OF}
        self._known = False
        self.band = Band("danger", "")
        self.band.hide()
        layout: QVBoxLayout = column(*self.cards.values(), None, spacing=16, margin=16)
        self._inner = widget_of(layout)
        self._area = scroll(widget_of(row((self._inner, 100), None)))
        self._area.setObjectName("settings")
        self.save_button = Button(_("Save"), "primary", shortcut="Ctrl+S", on_click=self.save_all)
        self.forget_button = Button(_("Discard the changes"), "big", on_click=self.forget)
        self.bar = ActionBar(self.save_button, self.forget_button)
        self.setLayout(column(self.band, (self._area, 1), self.bar, spacing=0))
        for card in self.cards.values():
            card.changed.connect(self._show_bar)
        theme.changed.connect(self._measure)
        self._measure()
        self._show_bar()

    def load(self) -> None:
        """What is being written stays; it is compared with what is saved when it is saved."""
        actor, steering = self.context.session.actor, self.context.sms_steering
        if not self._changed():
            self.run(lambda: steering.texts(actor), self._show, "texts")

    def unsaved(self) -> str:
        return _("Texts that you changed have not been saved.") if self._changed() else ""

    def forget(self) -> None:
        """Everything as it is saved."""
        self.band.hide()
        self._known = False
        actor, steering = self.context.session.actor, self.context.sms_steering
        self.run(lambda: steering.texts(actor), self._show, "texts")

    def save_all(self) -> None:
        actor, steering = self.context.session.actor, self.context.sms_steering
        changes = [card.change() for card in self._changed()]
        self.bar.block(_("Saving…"))
        self.context.tasks.run(
            lambda: steering.save_texts(actor, changes),
            lambda _nothing: self._on_saved(),
            owner=self,
            failed=self._on_refused,
        )

    def _changed(self) -> list[TextCard]:
        return [card for card in self.cards.values() if self._known and card.is_changed()]

    def _show(self, texts: Sequence[SmsText]) -> None:
        for text in texts:
            self.cards[text.template].show_text(text)
        self._known = True
        self._show_bar()

    def _show_bar(self) -> None:
        changed = self._changed()
        number = len(changed)
        save = ngettext("Save {n} change", "Save {n} changes", number).format(n=format_number(number))
        self.save_button.set_words(save if number else _("Save"))
        self.forget_button.setVisible(bool(number))
        wrong = [card for card in changed if card.problem()]
        if wrong:
            self.bar.block(_("Please correct: {fields}").format(fields=_(TEMPLATES[wrong[0].template])))
        else:
            self.bar.allow_unless("" if number else _("Nothing has been changed"))
        if self._known:
            self.sentence_changed.emit(words.texts_sentence([card.parts() for card in self.cards.values()]))

    def _on_saved(self) -> None:
        self.band.hide()
        self._known = False
        self.context.toasts.say(_("The texts were saved; they hold from the next message on"))
        self.load()

    def _on_refused(self, error: Exception) -> None:
        self._show_bar()
        if not isinstance(error, UserError):
            self.context.tasks.report(self, error)
            return
        message = word(error, self.context.clock().tzinfo)
        self.band.set_words(message.text, message.next_step)
        self.band.show()
        if error.code == "changed_elsewhere":
            actor, steering = self.context.session.actor, self.context.sms_steering
            self.run(lambda: steering.texts(actor), self._show_theirs, "texts")

    def _show_theirs(self, texts: Sequence[SmsText]) -> None:
        for text in texts:
            card = self.cards[text.template]
            if card.is_changed():
                card.show_theirs(text)
            else:
                card.show_text(text)
        self._show_bar()

    def _measure(self) -> None:
        self._inner.setMaximumWidth(px(_WIDTH))
