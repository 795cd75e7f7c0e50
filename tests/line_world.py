"""A city whose LINE account has friends: citizens, a webhook that signs, and the desk that takes events in."""

import base64
import hashlib
import hmac
import itertools
import json
from collections.abc import Callable
from datetime import datetime
from threading import Event
from typing import Any
from urllib.parse import parse_qs, urlsplit

from sqlalchemy import select

from desktop.channels.line import LineSettings
from desktop.channels.line_talk import LineTalkChannel, UnconfiguredTalk
from desktop.domain.accounts import Citizen
from desktop.domain.line_account import LineTalk
from desktop.secrets import Secrets, new_data_key
from desktop.services.inbox import Inbox
from desktop.services.line_events import LineEvents
from desktop.services.line_links import LineLinks
from desktop.settings import Settings
from desktop.store import audit
from desktop.store import settings as settings_store
from desktop.store.db import Store
from desktop.store.tables import Account, ContactPoint, LineEvent
from desktop.worker.line_desk import LineDesk
from tests.conftest import Clock
from tests.line_server import LineServer
from tests.make import Make

CHANNEL_SECRET = "8c570fa6dd201bb328f1c1eac23a96d8"
SECRETS = Secrets.handed({"DATA_KEY": new_data_key(), "LINE_CHANNEL_SECRET": CHANNEL_SECRET})
HANA = "U" + "a" * 32
JIRO = "U" + "b" * 32


def sign(raw: bytes, secret: str = CHANNEL_SECRET) -> str:
    return base64.b64encode(hmac.new(secret.encode(), raw, hashlib.sha256).digest()).decode()


class Events:
    """Makes events as LINE would at the clock's time, each with an id and a reply token of its own."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._numbers = itertools.count(1)

    def event(
        self, kind: str, user_id: str | None = HANA, *, at: datetime | None = None, **more: Any
    ) -> dict[str, Any]:
        number = next(self._numbers)
        moment = at or self._clock()
        made = {
            "type": kind,
            "mode": "active",
            "timestamp": int(moment.timestamp() * 1000),
            "webhookEventId": f"01EVENT{number:019}",
            "deliveryContext": {"isRedelivery": False},
            **more,
        }
        if user_id is not None:
            made["source"] = {"type": "user", "userId": user_id}
            if kind != "unfollow":
                made["replyToken"] = f"{number:032x}"
        return made

    def text(self, words: str, user_id: str = HANA, **more: Any) -> dict[str, Any]:
        message = {"type": "text", "id": f"{next(self._numbers):018}", "text": words}
        return self.event("message", user_id, message=message, **more)

    def tap(self, data: str, user_id: str = HANA, **more: Any) -> dict[str, Any]:
        return self.event("postback", user_id, postback={"data": data}, **more)

    def linked(self, nonce: str, user_id: str = HANA, **more: Any) -> dict[str, Any]:
        return self.event("accountLink", user_id, link={"result": "ok", "nonce": nonce}, **more)

    def failed(self, nonce: str) -> dict[str, Any]:
        """LINE names nobody here."""
        return self.event("accountLink", None, link={"result": "failed", "nonce": nonce})


def body(*events: Any) -> bytes:
    return json.dumps({"destination": "U" + "e" * 32, "events": list(events)}, ensure_ascii=False).encode()


class LineTown:
    """The services of one database and its LINE. Implements `worker.line_desk.TalkFactory`."""

    def __init__(self, store: Store, clock: Clock, make: Make) -> None:
        self.store, self.clock, self.make = store, clock, make
        self.events = LineEvents(store, SECRETS, clock)
        self.links = LineLinks(store, clock)
        self.inbox = Inbox(store, clock)
        self.say = Events(clock)
        self.server: LineServer | None = None
        with store.write(make.principal()) as session:
            make.installation(session)
            school = make.school(session)
            child = make.child(session, make.homeroom(session, school))
            guardian = make.guardian(session, child, mail="hana@mail.example")
            rows = [
                Account(
                    origin="email", login=f"{name}@mail.example", address=f"{name}@mail.example", family_name=name,
                    language=language, created_at=clock(), guardian_id=guardian.id if name == "hana" else None,
                )
                for name, language in (("hana", "ja"), ("jiro", "vi"))
            ]  # fmt: skip
            session.add_all(rows)
            session.flush()
            self.hana, self.jiro = (
                Citizen(row.id, row.login, row.family_name, row.given_name, row.language) for row in rows
            )
            self.guardian, self.child, self.school = guardian.id, child.id, school.id
            settings_store.put(session, "portal.url", "https://portal.example")
            settings_store.put(session, "line.enabled", True)
            audit.record(session, "made", "world")

    def set(self, **values: Any) -> None:
        with self.store.bookkeep() as session:
            for key, value in values.items():
                settings_store.put(session, key.replace("_", ".", 1), value)

    def talk(self, settings: Settings) -> LineTalk:
        if self.server is None:
            return UnconfiguredTalk()
        return LineTalkChannel(LineSettings(self.server.url, self.server.token, 1, 0.5), self.server.url)

    def deliver(self, *events: Any) -> int:
        """LINE calls the webhook."""
        raw = body(*events)
        return self.events.receive(raw, sign(raw))

    def work(self) -> None:
        """The worker takes in and answers what is there now."""
        desk = LineDesk(self.events, self, Event())
        desk.start()
        desk.finish()

    def tell(self, *events: Any) -> None:
        self.deliver(*events)
        self.work()

    def begin(self, citizen: Citizen) -> str:
        """The citizen allows it on the portal; gives the nonce that LINE will hand back."""
        query = parse_qs(urlsplit(self.links.begin(citizen, "link-token")).query)
        assert query["linkToken"] == ["link-token"]
        return query["nonce"][0]

    def link(self, citizen: Citizen, user_id: str = HANA) -> None:
        self.tell(self.say.linked(self.begin(citizen), user_id))

    def lines(self) -> dict[str, str | None]:
        """LINE addresses of the guardian, and why one is not used."""
        with self.store.read() as session:
            rows = session.scalars(
                select(ContactPoint).where(ContactPoint.kind == "line", ContactPoint.guardian_id == self.guardian)
            )
            return {row.address: row.suppressed_reason for row in rows}

    def states(self) -> list[str]:
        with self.store.read() as session:
            return list(session.scalars(select(LineEvent.state).order_by(LineEvent.id)))
