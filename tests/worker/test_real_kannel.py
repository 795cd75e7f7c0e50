"""A citizen's phone, Kannel, the portal, the worker, Kannel again, and the phone: all of them real."""

import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import create_engine

from desktop.app import Opened, Place, build_services, opened
from desktop.domain.accounts import FirstLogIn
from desktop.paths import Paths
from desktop.portal.app import create_app
from desktop.portal.serving import Listen, serving
from desktop.secrets import Secrets
from desktop.store import schema
from desktop.store import settings as settings_store
from desktop.store.tables import SmsAccount, SmsMessage, SmsReply
from tests.command_line import DATA_KEY, ROOT, clean_environ
from tests.real_kannel import PATIENCE_S, Kannel, Phone, free_ports, kannel, part_of, wait_until

pytestmark = pytest.mark.needs("kannel")

KEY, PASSWORD = "Zd7kRw2mQx9tVb4nHs6pJc8yLf3gTa5e", "sendsms-password"
SECRETS = {"DATA_KEY": DATA_KEY, "SMS_KEY": KEY, "SMS_PASSWORD": PASSWORD}
ACCOUNT = re.compile(
    r"TK: (0\d{9}), MK: ([A-Za-z2-9]{10}) la tai khoan su dung HT Chinh quyen đien tu\. De nghi anh chi doi mat khau "
    r"trong vong 03 ngay de bao mat\. Cam on!"
)
WRONG_SYNTAX = "Loi. Tin nhan sai cu phap. Cu phap dung la: TK,Ho va ten,soCMND,nn.tt.nnnn (ngay thang nam sinh)"


@dataclass
class City:
    found: Opened
    kannel: Kannel

    def got(self, phone: Phone, parts: int) -> str:
        """What the phone shows when so many parts have come."""
        wait_until(lambda: len(phone.parts()) >= parts, "the reply")
        numbers, texts = zip(*phone.parts(), strict=True)
        assert len(set(numbers)) == 1
        return "".join(texts)

    def lets_in(self, login: str, password: str) -> bool:
        return isinstance(self.found.services.accounts.log_in(login, password), FirstLogIn)

    def reply_state(self, phone: str) -> str:
        with self.found.store.read() as session:
            return session.query(SmsReply).filter_by(phone=phone).one().state

    def message(self, sender: str) -> SmsMessage:
        with self.found.store.read() as session:
            return session.query(SmsMessage).filter_by(sender=sender).one()

    def name(self, message: SmsMessage) -> str:
        with self.found.store.read() as session:
            return session.query(SmsAccount).filter_by(account_id=message.account_id).one().name_typed


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[City]:
    folder = tmp_path_factory.mktemp("kannel")
    (port,) = free_ports(1)
    portal = f"http://127.0.0.1:{port}"
    place = Place(Paths(folder), f"sqlite:///{folder / 'renraku.sqlite'}")
    engine = create_engine(place.url)
    schema.upgrade(engine)
    engine.dispose()
    with (
        kannel(folder, portal, KEY, PASSWORD) as gateway,
        opened(place, secrets=Secrets.handed(SECRETS), pool_size=12) as found,
    ):
        settings = {"sms.enabled": True, "sms.url": gateway.url, "sms.user": "renraku", "portal.url": portal,
                    "city.timezone": "Asia/Ho_Chi_Minh"}  # fmt: skip
        with found.store.bookkeep() as session:
            schema.found_installation(session, practice=False)
            for key, value in settings.items():
                settings_store.put(session, key, value)
        app = create_app(found.services, found.secrets)
        with serving(app, Listen("127.0.0.1", port)), worker(folder):
            yield City(found, gateway)


@contextmanager
def worker(folder: Path) -> Iterator[None]:
    secrets = {f"RENRAKU_SECRET_{name}": value for name, value in SECRETS.items()}
    with (folder / "worker.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, str(ROOT / "main.py"), "--data-dir", str(folder), "worker"],
            env={**clean_environ(), **secrets},
            stdout=log,
            stderr=log,
        )
        try:
            yield
        finally:
            process.terminate()
            process.wait(PATIENCE_S)
    for name in ("worker.log", "kannel.log"):
        said = (folder / name).read_text(encoding="utf-8", errors="replace")
        for private in ("0905", "Nguyen", "Nguyễn", KEY, PASSWORD):
            assert private not in said, name


def test_a_message_gets_an_account_and_its_password_opens_the_log_in(city: City) -> None:
    with city.kannel.phone("0905123456 8188 text", "TK,Nguyen Van An,048090001234,20/12/1990") as phone:
        found = ACCOUNT.fullmatch(city.got(phone, parts=3))
        assert found, phone.said
        assert found[1] == "0905123456"
        assert city.lets_in(*found.groups())
        wait_until(lambda: city.reply_state("0905123456") == "delivered", "the delivery report")
        assert len(phone.parts()) == 3
    assert city.message("0905123456").state == "answered"


def test_parts_out_of_order_arrive_as_one_message(city: City) -> None:
    with city.kannel.phone("84905123457 8188", part_of("an Binh,201499999,1.2.1985", 2, of=2)):
        pass
    with city.kannel.phone("84905123457 8188", part_of("TK;Tran Thi Xu", 1, of=2)) as phone:
        found = ACCOUNT.fullmatch(city.got(phone, parts=3))
        assert found, phone.said
        assert found[1] == "0905123457"
    assert city.name(city.message("0905123457")) == "Tran Thi Xuan Binh"


def test_diacritics_arrive_as_they_were_written(city: City) -> None:
    written = "TK, Nguyễn Thị Ngọc Ánh ,048190005678,02/03/1990"
    raw = "".join(f"%{byte:02x}" for byte in written.encode("utf-16-be"))
    with city.kannel.phone("+84905123458 8188 ucs2", raw) as phone:
        assert ACCOUNT.fullmatch(city.got(phone, parts=3)), phone.said
    assert city.name(city.message("0905123458")) == "Nguyễn Thị Ngọc Ánh"


def test_what_cannot_be_read_gets_its_one_part(city: City) -> None:
    with city.kannel.phone("0905123459 8188 text", "xin chao") as phone:
        assert city.got(phone, parts=1) == WRONG_SYNTAX
        wait_until(lambda: city.reply_state("0905123459") == "delivered", "the delivery report")
    assert city.message("0905123459").state == "refused"


def test_it_says_whether_it_lets_us_in_without_sending(city: City) -> None:
    services = city.found.services
    assert services.checks.sms(services.settings.all()).code == "check.sms"
    other = Secrets.handed({**SECRETS, "SMS_PASSWORD": "other"})
    checks = build_services(city.found.store, other).checks
    assert checks.sms(services.settings.all()).code == "check.sms.unauthorized"
