"""Settings: what they are and changing them. Secrets are never settings; they live in desktop/secrets.py."""

from desktop.domain.staff import CITY, Actor, Verb
from desktop.i18n import _
from desktop.services.clock import utc_now
from desktop.services.permission import require
from desktop.settings import SETTINGS, Settings, read_value, show_value
from desktop.store import audit, settings
from desktop.store.db import Clock, Store

SettingLine = tuple[str, str, str, str]
"""A setting as it is shown: key, value, default, label."""


class SettingsService:
    def __init__(self, store: Store, clock: Clock = utc_now) -> None:
        self._store = store
        self._clock = clock

    def all(self) -> Settings:
        """All settings as they stand. Raises UserError("database.not_initialised")."""
        with self._store.read() as session:
            return settings.load(session)

    def get(self, key: str) -> str:
        """A setting as it is typed. Raises UserError("settings.unknown")."""
        found = self.all()
        if key not in SETTINGS:
            read_value(key, "")  # says so
        return show_value(found[key])

    def list(self) -> list[SettingLine]:
        """All but those of a part that is switched off; `get` and `set` know these too."""
        found = self.all()
        plain = Settings({}, found.practice)
        return [
            (key, show_value(found[key]), show_value(plain[key]), _(setting.label))
            for key, setting in SETTINGS.items()
            if found.is_shown(key)
        ]

    def set(self, actor: Actor, key: str, text: str) -> None:
        """Raises UserError("settings.unknown"), ("settings.invalid") or ("forbidden")."""
        value = read_value(key, text)
        with self._store.write(actor) as session:
            require(actor, Verb.CHANGE_SETTINGS, CITY, settings.today(session, self._clock()))
            settings.put(session, key, value)
            audit.record(session, "changed", "setting", key=key)
