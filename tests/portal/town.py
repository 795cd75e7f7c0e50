"""A city with its portal open, and a guardian's browser in front of it."""

import re
from dataclasses import dataclass
from html import unescape

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from desktop.app import Services, build_services
from desktop.portal.app import create_app
from desktop.secrets import Secrets, new_data_key
from desktop.store import audit
from desktop.store import settings as settings_store
from desktop.store.db import Store
from desktop.store.tables import Account, Registration
from tests.conftest import Clock
from tests.make import Make

SECRETS = Secrets.handed({"DATA_KEY": new_data_key()})
PASSWORD = "kaze no tani 7"
ADDRESS = "hana.aoki@docomo.example"
SIGN_UP = {
    "email": ADDRESS,
    "family_name": "青木",
    "given_name": "花",
    "password": PASSWORD,
    "again": PASSWORD,
    "terms_version": "2026-11",
}
CHILD = {
    "family_name": "高橋",
    "given_name": "美咲",
    "family_name_kana": "たかはし",
    "given_name_kana": "ﾐｻｷ",
    "sex": "female",
    "birth_date_year": "2017",
    "birth_date_month": "6",
    "birth_date_day": "14",
    "relationship": "mother",
}
FROM = "renraku@city.example"


class Town:
    """The portal of an invented city with two schools; `mail()` is what the newest letter box holds."""

    def __init__(self, store: Store, clock: Clock, make: Make, url: str = "") -> None:
        self.store, self.clock = store, clock
        self.services: Services = build_services(store, SECRETS, clock)
        with store.write(make.principal()) as session:
            make.installation(session, practice=True)
            for key, value in {"city.name": "ひがし市", "portal.url": url, "email.from": FROM}.items():
                settings_store.put(session, key, value)
            school, other = make.school(session), make.school(session, "H002", "にし中学校", "junior_high")
            self.school, self.other = school.id, other.id
            self.room, self.foreign = make.homeroom(session, school).id, make.homeroom(session, other, "1-2").id
            self.club = make.group(session, school).id
            self.choir = make.group(session, school, "PTA合唱団", "other").id
            audit.record(session, "made", "world")
        self.code = self.services.registration_codes.for_letters(make.principal(), self.school, 1)
        self.app: Flask = create_app(self.services, SECRETS, clock)

    def set(self, key: str, value: object) -> None:
        with self.store.bookkeep() as session:
            settings_store.put(session, key, value)

    def mail(self) -> str:
        """The newest mail's text."""
        return self.services.posts.claim(FROM)[-1][1].body

    def mail_code(self) -> str:
        return _found(r"\b\d{8}\b", self.mail())

    def submitted(self) -> list[tuple[str, str, str, str]]:
        """What the school now has to look at: name, kana and the guardian's language."""
        wanted = select(
            Registration.family_name, Registration.given_name, Registration.given_name_kana, Account.language
        ).join(Account, Account.id == Registration.account_id)
        with self.store.read() as session:
            rows = session.execute(wanted.where(Registration.state == "submitted").order_by(Registration.id))
            return [(family, given, kana, language) for family, given, kana, language in rows]

    def browser(self, language: str = "en") -> "Browser":
        return Browser(self.app.test_client(), language)

    def logged_in(self, language: str = "en", **changes: str) -> "Browser":
        """Somebody new who has just logged in, by way of the code."""
        browser = self.browser(language)
        sign_up = {**SIGN_UP, **changes}
        browser.send("/sign-up", sign_up)
        browser.send("/mail-sent/code", {"mail_code": self.mail_code()})
        browser.send("/log-in", {"login": sign_up["email"], "password": PASSWORD})
        return browser


@dataclass
class Page:
    """What came back: where it ended, with which status, and its text."""

    response: TestResponse

    @property
    def status(self) -> int:
        return self.response.status_code

    @property
    def path(self) -> str:
        return self.response.request.path

    @property
    def html(self) -> str:
        return self.response.get_data(as_text=True)

    @property
    def text(self) -> str:
        return " ".join(unescape(re.sub(r"<[^>]*>", " ", self.html)).split())

    def hidden(self, name: str) -> str:
        return _found(rf'name="{name}" value="([^"]*)"', self.html)

    def holds(self, typed: str) -> bool:
        """Whether what was typed stands in the page's fields still."""
        return typed in unescape(self.html)


class Browser:
    """Goes where redirects lead, keeps cookies, and sends each form with its page's token."""

    def __init__(self, client: FlaskClient, language: str) -> None:
        self.client = client
        self.headers = {"Accept-Language": language}
        self._token = ""

    def get(self, path: str) -> Page:
        return Page(self.client.get(path, headers=self.headers, follow_redirects=True))

    def token(self) -> str:
        self._token = self._token or self.get("/log-in").hidden("csrf_token")
        return self._token

    def send(self, path: str, fields: dict[str, object] | dict[str, str]) -> Page:
        data = {"csrf_token": self.token(), **fields}
        return Page(self.client.post(path, data=data, headers=self.headers, follow_redirects=True))


def _found(pattern: str, text: str) -> str:
    found = re.search(pattern, text)
    assert found, text[:2000]
    return found.group(found.lastindex or 0)
