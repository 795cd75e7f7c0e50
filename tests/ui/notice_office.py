"""A school office with families, a clerk and somebody who approves, for tests of the screens about notices."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from threading import Event

import pytest
from pytestqt.qtbot import QtBot

from desktop.app import Opened, Place, Services, build_services
from desktop.domain.audience import parse_audience
from desktop.domain.notices import Channel, Draft, NoticeText
from desktop.domain.staff import Actor, Role
from desktop.paths import Paths
from desktop.secrets import Environment, Secrets
from desktop.sending import work
from desktop.store import audit, schema
from desktop.store.db import Session, Store, Touched
from desktop.store.tables import Group, Homeroom, Installation
from desktop.ui.app_context import AppContext
from desktop.ui.compose.page import ComposePage
from desktop.ui.main_window import MainWindow
from desktop.ui.notice.page import NoticePage
from desktop.ui.notices.page import NoticesPage
from desktop.ui.page import Page, PageSpec
from desktop.ui.tasks import Tasks
from desktop.ui.today.page import TodayPage
from tests.conftest import Clock
from tests.make import Make
from tests.ui.office import announce, app_context

PASSWORD = "wide green harbour"
TITLE = "遠足の延期"
BODY = (
    "保護者の皆さまへ\n\n明日11月21日（土）の遠足は、雨の予報のため24日（火）に延期します。明日はお休みです。\n\n"
    "24日は8時20分までに登校し、お弁当と水筒を持たせてください。"
)
VIETNAMESE = NoticeText("Hoãn chuyến dã ngoại", "Kính gửi quý phụ huynh,\n\nChuyến dã ngoại được hoãn đến ngày 24/11.")
CLASSES = ("homeroom:H001/3-1", "homeroom:H001/3-2", "group:H001/サッカー部")
NAMES = (
    *("青木 陽菜", "石田 蓮", "上田 結衣", "大野 湊", "岡本 さくら", "加藤 大和", "木村 凛", "Nguyễn An"),
    *("小林 悠真", "佐々木 葵", "清水 樹", "髙橋 美咲", "田中 陸", "中村 蓮", "西田 紬", "野村 蒼"),
    *("橋本 杏", "藤井 律", "松本 芽依", "山﨑 花"),
)


class Stage:
    """The window with the four pages about notices, and its database's writes told to it as in the application."""

    def __init__(self, context: AppContext, window: MainWindow, seen: list[Touched]) -> None:
        self.context, self.window, self._seen = context, window, seen

    def announce(self) -> None:
        announce(self.context, self._seen)

    def page(self, key: str) -> Page:
        page = self.window.page(key)
        assert page is not None
        return page

    @property
    def compose(self) -> ComposePage:
        page = self.page("compose")
        assert isinstance(page, ComposePage)
        return page

    @property
    def notice(self) -> NoticePage:
        page = self.page("notice")
        assert isinstance(page, NoticePage)
        return page

    @property
    def notices(self) -> NoticesPage:
        page = self.page("notices")
        assert isinstance(page, NoticesPage)
        return page

    @property
    def today(self) -> TodayPage:
        page = self.page("today")
        assert isinstance(page, TodayPage)
        return page


@dataclass
class Office:
    """`clerk` writes; `head` approves and has a password."""

    store: Store
    url: str
    clock: Clock
    folder: Path
    clerk: Actor
    head: Actor
    school_id: int
    head_login: str
    administrator: Actor
    seen: list[Touched] = field(default_factory=list)

    def context(self, tasks: Tasks, actor: Actor | None = None, *, approve: bool = False) -> AppContext:
        sits = actor or (self.head if approve else self.clerk)
        return app_context(self.store, tasks, sits, self.clock, self.folder, school_id=self.school_id)

    def stage(
        self, qtbot: QtBot, context: AppContext, first: str = "notices", size: tuple[int, int] = (1280, 800),
        **target: object,
    ) -> Stage:  # fmt: skip
        specs = [
            PageSpec("today", TodayPage.title, "home", lambda: TodayPage(context)),
            PageSpec("notices", NoticesPage.title, "megaphone", lambda: NoticesPage(context)),
            PageSpec("compose", ComposePage.title, "edit", lambda: ComposePage(context), under="notices"),
            PageSpec("notice", NoticePage.title, "megaphone", lambda: NoticePage(context), under="notices"),
        ]
        window = MainWindow(context, specs)
        qtbot.addWidget(window)
        window.resize(*size)
        window.show()
        qtbot.waitUntil(lambda: window.current_key != "")
        window.activateWindow()  # shortcuts work in the active window alone
        qtbot.waitUntil(window.isActiveWindow)
        if first != window.current_key or target:
            window.go(first, dict(target))
        return Stage(context, window, self.seen)

    def draft(self, *include: str, title: str = TITLE, exclude: tuple[str, ...] = (), kind: str = "announcement",
              vietnamese: bool = False) -> Draft:  # fmt: skip
        texts = {"ja": NoticeText(title, BODY)}
        if vietnamese:
            texts["vi"] = VIETNAMESE
        return Draft(
            kind=kind,
            school_id=self.school_id,
            texts=texts,
            audience=parse_audience(include or CLASSES, exclude),
            channels=frozenset(Channel),
        )

    def submitted(self, context: AppContext, draft: Draft | None = None) -> int:
        """A notice that the clerk wrote and asked approval for."""
        notice_id = context.notices.create(self.clerk, draft or self.draft())
        context.approvals.submit(self.clerk, notice_id, context.notices.get(self.clerk, notice_id).version)
        return notice_id

    def approved(self, context: AppContext, draft: Draft | None = None) -> int:
        notice_id = self.submitted(context, draft)
        context.approvals.approve(self.head, notice_id, now=True)
        return notice_id

    def send(self) -> None:
        """What the worker does, with the practice channels, until nothing is left to do."""
        paths = Paths(self.folder)
        secrets = Secrets([Environment({})])
        with_services = Opened(Place(paths, self.url), self.store, secrets, _services(self.store, self.clock))
        work(with_services, Event(), until_idle=True)


def _services(store: Store, clock: Clock) -> Services:
    return build_services(store, Secrets([Environment({})]), clock)


@pytest.fixture(scope="session")
def office_template(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Office:
    """An office in a file of its own, to be copied: its families and passwords take a second to make."""
    folder = tmp_path_factory.mktemp("office")
    shutil.copy(sqlite_template, folder / "renraku.db")
    url, clock = f"sqlite:///{folder / 'renraku.db'}", Clock()
    store = Store(url, clock=clock)
    office = _found(store, url, clock, folder)
    store.close()
    return office


@pytest.fixture
def office(office_template: Office, tmp_path: Path, clock: Clock, seen: list[Touched]) -> Iterator[Office]:
    shutil.copy(office_template.folder / "renraku.db", tmp_path / "renraku.db")
    url = f"sqlite:///{tmp_path / 'renraku.db'}"
    store = Store(url, seen.append, clock=clock)
    with store.write(Make(clock()).principal()) as session:
        session.get_one(Installation, 1).location = schema.location(session)  # a copy of a database sends nothing
        audit.record(session, "released", "installation")
    seen.clear()
    yield replace(office_template, store=store, url=url, clock=clock, folder=tmp_path, seen=seen)
    store.close()


def _found(store: Store, url: str, clock: Clock, folder: Path) -> Office:
    """One school, two classes, a club; families of every kind."""
    make = Make(clock())
    with store.write(make.principal()) as session:
        make.installation(session, practice=True)
        school = make.school(session, name="東小学校")
        rooms = [make.homeroom(session, school, label) for label in ("3-1", "3-2")]
        club = make.group(session, school)
        for at, name in enumerate(NAMES):
            _family(make, session, rooms[at // 12], name, at, club if at % 6 == 0 else None)
        clerk = make.staff(session, Role.CLERK, school=school, name="山田 花子")
        head = make.staff(session, Role.APPROVER, school=school, name="田中 一郎")
        administrator = make.staff(session, Role.ADMINISTRATOR, name="佐藤 管理")
        school_id = school.id
        audit.record(session, "founded", "school", school_id)
    services = _services(store, clock)
    logins = {row.id: row.login for row in services.staff.all(administrator)}
    assert head.staff_id is not None
    services.settings.set(administrator, "city.name", "東広島市")
    services.settings.set(administrator, "email.from", "renraku@city.example")
    services.staff.set_password(administrator, head.staff_id, PASSWORD)
    return Office(store, url, clock, folder, clerk, head, school_id, logins[head.staff_id], administrator)


def _family(make: Make, session: Session, room: Homeroom, name: str, at: int, club: Group | None) -> None:
    family, _space, given = name.partition(" ")
    groups = (club,) if club else ()
    child = make.child(session, room, family, given, kana=(family, given), number=str(at % 12 + 1), groups=groups)
    if name.startswith("髙橋"):
        return  # nobody to write to
    language = "vi" if name.startswith("Nguyễn") else "ja"
    mail = f"family{at}@mail.example"
    if name.startswith("上田"):
        mail = "unknown@mail.example"
    if name.startswith("橋本"):
        mail = "a..b.@docomo.ne.jp.example"
    make.guardian(
        session, child, family=family, given="健一", language=language, mail=mail, line="" if at % 2 else None,
        plain=name.startswith("橋本"),
    )  # fmt: skip
    if at == 0:
        make.guardian(session, child, family=family, given="由美", mail="second@mail.example", relationship="mother")
