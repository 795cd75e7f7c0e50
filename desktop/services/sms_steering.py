"""What an administrator sets about accounts by text message: the texts, the trial, and whom nobody listens to."""

from collections.abc import Sequence
from pathlib import Path

from desktop.domain.errors import UserError
from desktop.domain.mobile_networks import mobile_sender
from desktop.domain.names import trimmed
from desktop.domain.sms import SETTING_OF
from desktop.domain.sms_pilots import (
    LONGEST_NAME,
    MOST_PHONES,
    Block,
    PhoneList,
    PilotForm,
    Trial,
    read_phones,
)
from desktop.domain.sms_texts import Changed, SmsText
from desktop.domain.staff import Actor, Verb
from desktop.services.clock import utc_now
from desktop.services.roster_files import read_lines
from desktop.services.sms_permission import require_sms
from desktop.settings import SETTINGS, Settings, read_value
from desktop.store import audit, settings, sms_pilots
from desktop.store.db import Clock, Session, Store


def read_phone_file(data: bytes) -> PhoneList:
    """The mobile numbers in a CSV or XLSX file, in whichever columns. Raises UserError("roster.…") where it is none."""
    return read_phones((line.number, line.cells) for line in read_lines(data))


class SmsSteering:
    """Everything here raises UserError("forbidden") or ("sms.off")."""

    def __init__(self, store: Store, clock: Clock = utc_now) -> None:
        self._store = store
        self._clock = clock

    # Texts

    def texts(self, actor: Actor) -> tuple[SmsText, ...]:
        with self._store.read() as session:
            known = self._allowed(session, actor)
        return tuple(SmsText(template, known[key], SETTINGS[key].default) for template, key in SETTING_OF.items())

    def save_texts(self, actor: Actor, changes: Sequence[Changed]) -> None:
        """All of them or none. Raises UserError("settings.invalid") or ("changed_elsewhere")."""
        values = {key: read_value(key, change.wording) for change in changes if (key := SETTING_OF[change.template])}
        with self._store.write(actor) as session:
            known = self._allowed(session, actor)
            for change in changes:
                key = SETTING_OF[change.template]
                if known[key] != change.seen:
                    who, when = settings.last_change(session, key) or ("", None)
                    raise UserError("changed_elsewhere", who=who, when=when)
                settings.put(session, key, values[key])
                audit.record(session, "changed", "setting", key=key)

    # The trial

    def trial(self, actor: Actor) -> Trial:
        with self._store.read() as session:
            known = self._allowed(session, actor)
            units = tuple(sms_pilots.units(session))
            return Trial(known["sms.pilot"], units, sms_pilots.phones_together(session))

    def read_file(self, path: Path) -> PhoneList:
        """The mobile numbers in somebody's own CSV or XLSX file. Raises UserError("roster.…") where it is no list."""
        try:
            return read_phone_file(path.read_bytes())
        except OSError as error:
            raise UserError("roster.file_unreadable", name=path.name) from error

    def phones(self, actor: Actor, unit_id: int) -> tuple[str, ...]:
        """Raises UserError("not_found")."""
        with self._store.read() as session:
            self._allowed(session, actor)
            sms_pilots.require(session, unit_id)
            return tuple(sms_pilots.phones(session, unit_id))

    def units_with(self, actor: Actor, typed: str) -> tuple[str, ...]:
        """The units on whose lists a number stands, however it is written. Raises UserError("sms.no_mobile")."""
        phone = mobile_sender(typed)
        if phone is None:
            raise UserError("sms.no_mobile")
        with self._store.read() as session:
            self._allowed(session, actor)
            return tuple(sms_pilots.units_with(session, phone))

    def save_unit(self, actor: Actor, form: PilotForm) -> int:
        """Make or change a unit: its name, and the numbers on its list, these and no others.

        Raises UserError("sms.unit_name"), ("sms.unit_exists"), ("sms.unit_phones"), ("not_found") or
        ("changed_elsewhere").
        """
        name = trimmed(form.name)
        if not name or len(name) > LONGEST_NAME or not name.isprintable():
            raise UserError("sms.unit_name", most=LONGEST_NAME)
        if len(form.phones) > MOST_PHONES or any(mobile_sender(phone) != phone for phone in form.phones):
            raise UserError("sms.unit_phones", most=MOST_PHONES)
        with self._store.write(actor) as session:
            self._allowed(session, actor)
            if sms_pilots.is_name_taken(session, name, form.id):
                raise UserError("sms.unit_exists", name=name)
            return _changed(session, form, name) if form.id is not None else _added(session, form, name)

    def remove_unit(self, actor: Actor, unit_id: int) -> PilotForm:
        """What brings it back by `save_unit`. Raises UserError("not_found")."""
        with self._store.write(actor) as session:
            self._allowed(session, actor)
            unit = sms_pilots.require(session, unit_id)
            kept = PilotForm(unit.name, tuple(sms_pilots.phones(session, unit_id)))
            sms_pilots.remove(session, unit_id)
            audit.record(session, "removed", "sms_pilot_unit", unit_id, phones=len(kept.phones))
            return kept

    def switch_trial(self, actor: Actor, is_on: bool) -> None:
        """Whether only numbers on a list get an account, or everybody."""
        with self._store.write(actor) as session:
            self._allowed(session, actor)
            settings.put(session, "sms.pilot", is_on)
            audit.record(session, "changed", "setting", key="sms.pilot")

    # Whom nobody listens to

    def blocks(self, actor: Actor) -> tuple[Block, ...]:
        """The newest first. Unblocking is `SmsMessages.unblock`."""
        with self._store.read() as session:
            self._allowed(session, actor)
            return tuple(sms_pilots.blocks(session))

    def _allowed(self, session: Session, actor: Actor) -> Settings:
        return require_sms(session, actor, Verb.CHANGE_SETTINGS, self._clock())


def _added(session: Session, form: PilotForm, name: str) -> int:
    unit_id = sms_pilots.add(session, name)
    sms_pilots.set_phones(session, unit_id, form.phones)
    audit.record(session, "added", "sms_pilot_unit", unit_id, phones=len(set(form.phones)))
    return unit_id


def _changed(session: Session, form: PilotForm, name: str) -> int:
    assert form.id is not None
    unit = sms_pilots.require(session, form.id)
    audit.require_version(session, "sms_pilot_unit", unit.id, form.version, unit.version)
    sms_pilots.rename(session, unit, name)
    sms_pilots.set_phones(session, unit.id, form.phones)
    audit.record(session, "changed", "sms_pilot_unit", unit.id, phones=len(set(form.phones)))
    return unit.id
