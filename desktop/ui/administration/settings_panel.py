"""The city's settings, by what they are for, with a way to try out mail and LINE."""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QLineEdit, QVBoxLayout, QWidget

from desktop.domain.errors import UserError
from desktop.i18n import N_, _
from desktop.settings import Settings
from desktop.ui.administration import state
from desktop.ui.administration.state import CheckLine, SettingLine
from desktop.ui.context import SECRETS
from desktop.ui.tabbed_page import TabPanel
from desktop.ui.theme import px, theme
from desktop.ui.widgets.bands import Band, NoteBox
from desktop.ui.widgets.beside import Beside
from desktop.ui.widgets.forms import Choice, FormField, LineField
from desktop.ui.widgets.headers import ActionBar
from desktop.ui.widgets.pieces import Button, Label, card, clear_layout, column, row, scroll, widget_of
from desktop.wording.errors import word

if TYPE_CHECKING:  # the window paints before anything is imported that needs SQLAlchemy
    from desktop.services.checks import Check, Checks

_WIDTH = 720
_CHECK_WORDS = {"email": N_("Try the mail server"), "line": N_("Try LINE"), "sms": N_("Try the SMS gateway")}
_PRACTICE = N_("In practice, mails and LINE messages go to stand-ins on this computer; these settings are not used.")
_PRACTICE_SMS = N_("In practice, text messages go to stand-ins on this computer; the gateway is not used.")


class SettingsPanel(TabPanel):
    """A card for each group. Save names how much has changed; what cannot be read is said at its field."""

    def build(self) -> None:
        self._saved: dict[str, str] = {}
        self.fields: dict[str, FormField] = {}
        self.secret_fields: dict[str, LineField] = {}
        self.notes: dict[str, NoteBox] = {}
        self.check_buttons: dict[str, Button] = {}
        self.band = Band("danger", "")
        self.band.hide()
        self._cards: QVBoxLayout = column(spacing=16, margin=(16, 16, 16, 16))
        self._inner = widget_of(self._cards)
        # The cards take what there is up to their widest; beyond that the room stays empty.
        self._area = scroll(widget_of(row((self._inner, 100), None)))
        self.save_button = Button(_("Save"), "primary", shortcut="Ctrl+S", on_click=self.save_all)
        self.forget_button = Button(_("Discard the changes"), "big", on_click=self.forget)
        self.bar = ActionBar(self.save_button, self.forget_button)
        self.setLayout(column(self.band, (self._area, 1), self.bar, spacing=0))
        self._area.setObjectName("settings")
        theme.changed.connect(self._measure)
        self._measure()

    def _measure(self) -> None:
        self._inner.setMaximumWidth(px(_WIDTH))

    def load(self) -> None:
        settings, secrets = self.context.settings, self.context.secrets

        def fetch() -> tuple[dict[str, list[SettingLine]], Mapping[str, str | None]]:
            listed = {} if secrets is None else secrets.list()
            return state.setting_lines(settings.list()), listed

        if not self.unsaved():
            self.run(fetch, lambda found: self._show(*found), "settings")

    def unsaved(self) -> str:
        if self._changed() or self._typed_secrets():
            return _("Settings that you changed have not been saved.")
        return ""

    def _show(self, groups: Mapping[str, list[SettingLine]], secrets: Mapping[str, str | None]) -> None:
        self.sentence_changed.emit(_("What holds for every school of the city."))
        if [line.key for lines in groups.values() for line in lines] != list(self.fields):
            self._lay_out(groups)
        for lines in groups.values():
            for line in lines:
                self._saved[line.key] = line.value
                self._set(line.key, line.value)
        for name, field in self.secret_fields.items():
            where = secrets.get(name)
            field.set_help(_("It is set. Type a new one to replace it.") if where else _("Not set yet."))
        self._show_bar()

    # Building

    def _lay_out(self, groups: Mapping[str, list[SettingLine]]) -> None:
        """Anew where a part of the program was switched on or off meanwhile."""
        clear_layout(self._cards)
        for known in (self._saved, self.fields, self.secret_fields, self.notes, self.check_buttons):
            known.clear()
        for group, lines in groups.items():
            if lines:
                self._cards.addWidget(self._card(group, lines))
        self._cards.addStretch(1)

    def _card(self, group: str, lines: list[SettingLine]) -> QWidget:
        items: list[QWidget] = [Label(_(state.GROUPS[group]), "cardTitle")]
        if group in state.CHECKED and self.context.practice:
            items.append(NoteBox("info", _practice_words(group)))
        if group in state.ABOUT:
            items.append(Label(_(state.ABOUT[group]), "muted minor", wrap=True))
        fields: list[QWidget] = [self._field(line) for line in lines]
        if self.context.secrets is not None and not self.context.practice:
            fields += [self._secret(name, words) for name, words in state.SECRETS.get(group, ())]
        items += [_pair(fields[at : at + 2]) for at in range(0, len(fields), 2)]
        if group in state.CHECKED and self.context.checks is not None:
            items.append(self._check_row(group))
        return card(*items, margin=(20, 16, 20, 16), spacing=12)

    def _field(self, line: SettingLine) -> FormField:
        if line.choices:
            choice = Choice(line.label)
            choice.offer(line.choices, line.value)
            choice.picked.connect(lambda _value: self._on_changed(line.key))
            self.fields[line.key] = FormField(line.label, choice, line.help)
        else:
            field = LineField(line.label, line.help, text=line.value)
            field.line.textEdited.connect(lambda _text: self._on_changed(line.key))
            self.fields[line.key] = field
        return self.fields[line.key]

    def _secret(self, name: str, words: str) -> FormField:
        field = LineField(_(words), optional=_("kept in this computer’s keyring"))
        field.line.setEchoMode(QLineEdit.EchoMode.Password)
        field.line.textEdited.connect(lambda _text: self._show_bar())
        self.secret_fields[name] = field
        return field

    def _check_row(self, group: str) -> QWidget:
        note = NoteBox("info", "")
        note.hide()
        button = Button(_(_CHECK_WORDS[group]), "", "connected", on_click=lambda: self.check(group))
        self.notes[group] = note
        self.check_buttons[group] = button
        return widget_of(column(row(button, None), note))

    # Values

    def value(self, key: str) -> str:
        field = self.fields[key]
        if isinstance(field, LineField):
            return field.text().strip()
        return str(field.editor.value()) if isinstance(field.editor, Choice) else ""

    def _set(self, key: str, value: str) -> None:
        field = self.fields[key]
        if isinstance(field, LineField):
            field.line.setText(value)
        elif isinstance(field.editor, Choice):
            field.editor.choose(value)
        field.clear()

    def _changed(self) -> dict[str, str]:
        return {key: self.value(key) for key in self.fields if self.value(key) != self._saved.get(key)}

    def _typed_secrets(self) -> dict[str, str]:
        return {name: text for name, field in self.secret_fields.items() if (text := field.text())}

    def _on_changed(self, key: str) -> None:
        problem = state.setting_problem(key, self.value(key))
        if problem:
            self.fields[key].show_error(problem)
        else:
            self.fields[key].clear()
        self._show_bar()

    def _show_bar(self) -> None:
        changed = self._changed()
        number = len(changed) + len(self._typed_secrets())
        self.save_button.set_words(state.save_words(number))
        self.forget_button.setVisible(bool(number))
        wrong = [key for key, value in changed.items() if state.setting_problem(key, value)]
        if wrong:
            name = self.fields[wrong[0]].editor.accessibleName()
            self.bar.block(_("Please correct: {fields}").format(fields=name))
        elif not number:
            self.bar.block(_("Nothing has been changed"))
        else:
            self.bar.allow()
        for button in self.check_buttons.values():
            button.setEnabled(not number)
            button.setToolTip(_("Save first, then try.") if number else "")

    def forget(self) -> None:
        """Everything as it is saved."""
        for key, value in self._saved.items():
            self._set(key, value)
        for field in self.secret_fields.values():
            field.line.clear()
        self._show_bar()

    # Saving and trying out

    def save_all(self) -> None:
        context, changed, typed = self.context, self._changed(), self._typed_secrets()
        actor = context.session.actor

        def work() -> None:
            for key, value in changed.items():
                context.settings.set(actor, key, value)
            for name, value in typed.items():
                assert context.secrets is not None
                context.secrets.set(name, value)
            if typed:
                context.changes.announce(frozenset({SECRETS}))

        self.bar.block(_("Saving…"))
        context.tasks.run(work, lambda _nothing: self._on_saved(), owner=self, failed=self._on_refused)

    def _on_saved(self) -> None:
        self.band.hide()
        self._saved |= self._changed()
        for field in self.secret_fields.values():
            field.line.clear()
        self.context.toasts.say(_("The settings were saved"))
        self.load()

    def _on_refused(self, error: Exception) -> None:
        """What was saved before the refusal stays saved; the rest is still in its fields."""
        self._show_bar()
        if not isinstance(error, UserError):
            self.context.tasks.report(self, error)
            return
        message = word(error)
        self.band.set_words(message.text, message.next_step)
        self.band.show()

    def check(self, group: str) -> None:
        """Connect as sending would; nothing is sent."""
        checks, settings = self.context.checks, self.context.settings
        if checks is None:
            return
        self.check_buttons[group].setEnabled(False)
        self._show_check(group, CheckLine("info", _("Trying…")))
        now = self.context.clock()

        def work() -> CheckLine:
            stored = settings.all()
            if stored.practice:
                return CheckLine("success", _practice_words(group))
            return state.check_line(_CHECKS[group](checks, stored), now)

        self.context.tasks.run(
            work,
            lambda line: self._show_check(group, line),
            owner=self,
            lane=f"check {group}",
            failed=lambda error: self._on_check_failed(group, error),
        )

    def _on_check_failed(self, group: str, error: Exception) -> None:
        self._show_check(group, CheckLine("danger", _("It could not be tried.")))
        self.context.tasks.report(self, error)

    def _show_check(self, group: str, line: CheckLine) -> None:
        old = self.notes[group]
        note = NoteBox(line.kind, line.text)
        parent = old.parentWidget()
        layout = parent.layout() if parent else None
        if layout is not None:
            layout.replaceWidget(old, note)
        old.hide()
        old.deleteLater()
        self.notes[group] = note
        note.show()
        self._show_bar()


def _pair(fields: Sequence[QWidget]) -> QWidget:
    """Two fields beside each other where there is room; a lone one takes the left half."""
    left, *rest = fields
    return Beside((left, 1), (rest[0] if rest else QWidget(), 1))


def _check_mail(checks: "Checks", found: Settings) -> "Check":
    return checks.mail(found)


def _check_line(checks: "Checks", found: Settings) -> "Check":
    return checks.line(found)


def _check_sms(checks: "Checks", found: Settings) -> "Check":
    return checks.sms(found)


_CHECKS: Mapping[str, "Callable[[Checks, Settings], Check]"] = {
    "email": _check_mail,
    "line": _check_line,
    "sms": _check_sms,
}


def _practice_words(group: str) -> str:
    words = _PRACTICE_SMS if group == "sms" else _PRACTICE
    return _(words)
