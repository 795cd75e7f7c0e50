"""Text as it should never come, from whoever helps with accounts by text message: kept or refused in words."""

from collections.abc import Callable

import pytest

from desktop.domain.sms import Template
from desktop.domain.sms_accounts import AccountQuery, DeskCheck, Document, Seen
from desktop.domain.sms_messages import MessageQuery
from desktop.domain.sms_pilots import PilotForm
from desktop.domain.sms_texts import Changed
from desktop.domain.staff import Role
from desktop.services.sms_accounts import SmsAccounts
from desktop.services.sms_messages import SmsMessages
from desktop.services.sms_steering import SmsSteering
from desktop.settings import SETTINGS
from desktop.store.db import Store
from tests.conftest import Clock
from tests.hostile.test_odd_text import ODD, refused
from tests.make import Make
from tests.sms_town import AN, BINH, SECRETS, SmsTown, good


class Helpers:
    """Somebody at the city's desk, beside a citizen with an account and one whose text nobody understood."""

    def __init__(self, store: Store, clock: Clock, make: Make) -> None:
        self.town = SmsTown(store, clock, make)
        self.messages = SmsMessages(store, SECRETS, clock)
        self.accounts, self.steering = SmsAccounts(store, SECRETS, clock), SmsSteering(store, clock)
        with store.write(make.principal()) as session:
            self.boss = make.staff(session, Role.ADMINISTRATOR)
            session.info["audited"] = True
        self.town.texted(AN, good(1))
        self.town.texted(BINH, "xin chao")
        self.account, self.refusal = 1, 2

    def seen(self) -> Seen:
        return self.accounts.account(self.boss, self.account).seen

    def finds(self, text: str) -> list[int]:
        return [
            *self.messages.ids(self.boss, MessageQuery(typed=text)),
            *self.accounts.ids(self.boss, AccountQuery(typed=text)),
        ]

    def attempts(self, text: str) -> list[Callable[[], object]]:
        """Everything that somebody can type, with this."""
        version = self.messages.message(self.boss, self.refusal).version
        check = DeskCheck(Document.CCCD, text, text)
        wording = SETTINGS["sms.reply_syntax"].default
        return [
            lambda: self.messages.answer(self.boss, BINH, text),
            lambda: self.messages.answer(self.boss, text, "xin chao"),
            lambda: self.messages.block(self.boss, "0905999999", text),
            lambda: self.messages.unblock(self.boss, text),
            lambda: self.messages.foresee(self.boss, self.refusal, text),
            lambda: self.messages.correct_and_process(self.boss, self.refusal, text, version),
            lambda: self.accounts.holder_of(self.boss, text),
            lambda: self.accounts.move(self.boss, self.account, self.seen(), text, check),
            lambda: self.accounts.verify(self.boss, self.account, self.seen(), check),
            lambda: self.accounts.lock(self.boss, self.account, self.seen(), text),
            lambda: self.steering.units_with(self.boss, text),
            lambda: self.steering.save_unit(self.boss, PilotForm(text, ())),
            lambda: self.steering.save_unit(self.boss, PilotForm("A", (text,))),
            lambda: self.steering.save_texts(self.boss, [Changed(Template.SYNTAX, wording, text)]),
        ]


@pytest.mark.parametrize("text", ODD.values(), ids=ODD.keys())
def test_what_helpers_type_is_kept_or_refused_in_words(
    sqlite_store: Store, clock: Clock, make: Make, text: str
) -> None:
    try_all(Helpers(sqlite_store, clock, make), text)


@pytest.mark.parametrize("name", ["NUL", "half a surrogate", "noncharacter"])
def test_what_only_postgresql_refuses_is_refused_in_words(
    postgres_store: Store, clock: Clock, make: Make, name: str
) -> None:
    try_all(Helpers(postgres_store, clock, make), ODD[name])


def try_all(helpers: Helpers, text: str) -> None:
    found: list[int] = []
    assert refused(lambda: found.extend(helpers.finds(text))) in ("", "text.broken")
    assert not found or not text.strip()
    assert "without words" not in [refused(attempt) for attempt in helpers.attempts(text)]
    for message in helpers.messages.ids(helpers.boss, MessageQuery()):
        assert helpers.messages.message(helpers.boss, message).text is not None
