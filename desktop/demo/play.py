"""A day in the practice city: rosters come in, notices are written, approved by a second person, and sent."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from desktop.app import Services
from desktop.demo import texts
from desktop.demo.city import SCHOOLS, City, Habit, invent
from desktop.demo.files import write_address_list, write_rosters
from desktop.demo.registering import play_portal
from desktop.domain.audience import Audience, parse_audience
from desktop.domain.notices import Draft
from desktop.domain.saved_lists import SavedListForm
from desktop.domain.schools import school_year
from desktop.domain.staff import CITY, Actor, Grant, Role
from desktop.services.setup import FirstStart
from desktop.settings import Settings

CITY_NAME = "みどり市"
EXCURSION = ("homeroom:H001/3-1", "homeroom:H001/3-2", "group:H001/サッカー部", "staff:H001")
TEACHERS = (("mori", "森 美咲"), ("ueno", "上野 拓也"))
OFFICE = "office@higashi-es.example"
UPPER_GRADES = SavedListForm("5・6年生", None, ("grade:H001/5", "grade:H001/6"))


@dataclass(frozen=True, slots=True)
class Login:
    """Somebody at the school office; in practice the password is no secret."""

    login: str
    name: str
    password: str


CLERK = Login("hana", "山田 花子", "practice-hana")
APPROVER = Login("ken", "佐藤 健", "practice-ken")
ADMINISTRATOR = Login("admin", "伊藤 恵", "practice-admin")
LOGINS = (CLERK, APPROVER, ADMINISTRATOR)


@dataclass(frozen=True, slots=True)
class Imported:
    file: Path
    rows: int
    imported: int
    held: int


@dataclass(frozen=True, slots=True)
class ClassLine:
    """What one class was sent: guardians' messages by channel that went out, that did not, and children not reached."""

    homeroom: str
    children: int
    email: int
    line: int
    failed: int
    unreached: int


@dataclass(frozen=True, slots=True)
class Play:
    """One practice city in the making. `send` runs a worker until nothing is left to send."""

    services: Services
    now: Callable[[], datetime]
    send: Callable[[], None]

    def found(self) -> None:
        """Make the city's offices and the people in them."""
        school = SCHOOLS[0]
        self.services.setup.create(practice=True)
        administrator = self.services.setup.first_start(
            FirstStart(
                city=CITY_NAME,
                school_name=school.name,
                school_code=school.code,
                school_kind=school.kind,
                admin_name=ADMINISTRATOR.name,
                admin_login=ADMINISTRATOR.login,
                admin_password=ADMINISTRATOR.password,
                approver_name=APPROVER.name,
                approver_login=APPROVER.login,
                approver_password=APPROVER.password,
            )
        )
        everywhere = [Grant(Role.CLERK, CITY), Grant(Role.REVIEWER, CITY)]
        self.services.staff.add(
            administrator, CLERK.login, CLERK.name, everywhere, CLERK.password, _office(CLERK.login)
        )
        for row in self.services.staff.all(administrator):
            if not row.email:
                self.services.staff.set_email(administrator, row.id, _office(row.login), row.version)
        self._people_of(school.code, administrator)

    def _people_of(self, code: str, administrator: Actor) -> None:
        """Who teaches there and is written to by mail alone, and where the school keeps what it sent."""
        teaches = self.services.staff.parse_grants([f"clerk:{code}"])
        for login, name in TEACHERS:
            self.services.staff.add(administrator, login, name, teaches, None, _office(login))
        school = next(row.id for row in self.services.schools.all(administrator) if row.code == code)
        self.services.copies.set_addresses(administrator, school, [OFFICE])

    def import_rosters(self, folder: Path) -> list[Imported]:
        """Write each school's roster as the school would, and import it."""
        city = invent(school_year(self._today().date()))
        administrator = self._actor(ADMINISTRATOR)
        imported = []
        for file in write_rosters(city, {school.code: school.name for school in SCHOOLS}, folder):
            reading = self.services.rosters.read(file)
            done = self.services.rosters.import_(administrator, reading)
            imported.append(Imported(file, done.rows, done.imported, len({problem.line for problem in done.held})))
        self._past(city, administrator)
        self._keep(administrator, folder)
        return imported

    def _keep(self, administrator: Actor, folder: Path) -> None:
        """What is left of the old bulk mail: addresses whose children nobody has entered yet; and an audience kept."""
        rosters = self.services.rosters
        rosters.import_(administrator, rosters.read(write_address_list(folder), school="H003"))
        school = next(row.id for row in self.services.schools.all(administrator) if row.code == "H001")
        self.services.saved_lists.save(administrator, replace(UPPER_GRADES, school_id=school))

    def _past(self, city: City, administrator: Actor) -> None:
        """What happened before today: mails came back, families left LINE, and somebody knew the old telephones."""
        contacts = self.services.contacts
        contacts.suppress(administrator, "email", _of(city, Habit.BOUNCED, "email"), "bounced")
        contacts.suppress(administrator, "line", _of(city, Habit.LINE_BLOCKED, "line_id"), "unfollowed")
        contacts.set_plain(administrator, _of(city, Habit.OLD_PHONE, "email"))

    def send_notices(self) -> int:
        """An urgent closure of one school, and the trip of two classes and a club; the trip's number."""
        self._approved("H002", "closure", texts.CLOSURE, parse_audience(["school:H002"]))
        trip = self._approved("H001", "announcement", texts.EXCURSION, parse_audience(EXCURSION))
        self.send()
        return trip

    def leave_notices(self) -> None:
        """What the office has lying about: planned, waiting for approval, sent back, begun."""
        self._approved("H001", "announcement", texts.DISMISSAL, parse_audience(["grade:H001/1"]), self._later())
        self._submitted("H002", "announcement", texts.CONCERT, parse_audience(["group:H002/吹奏楽部", "grade:H002/3"]))
        returned = self._submitted("H001", "announcement", texts.MARATHON, parse_audience(["school:H001"]))
        self.services.approvals.send_back(self._actor(APPROVER), returned, "雨天の場合にどうするかも書いてください。")
        self._written("H001", "other", texts.LUNCH, Audience())

    def register_guardians(self) -> None:
        """What guardians sent on the portal, for a reviewer to look at."""
        play_portal(self.services, invent(school_year(self._today().date())), self._actor(ADMINISTRATOR))

    def classes(self, notice_id: int) -> list[ClassLine]:
        """What each class was sent, as the notice's page shows it."""
        reports, clerk = self.services.reports, self._actor(CLERK)
        rows = reports.recipients(clerk, reports.recipient_ids(clerk, notice_id))
        rooms = defaultdict(list)
        for row in rows:
            rooms[row.homeroom].append(row)
        lines = []
        for homeroom, members in sorted(rooms.items()):
            states = [(member.child_id, member.email_state, member.line_state) for member in members]
            reached = {child for child, *channels in states if "accepted" in channels}
            lines.append(
                ClassLine(
                    homeroom,
                    children=len({child for child, *_ in states}),
                    email=sum(email == "accepted" for _, email, _ in states),
                    line=sum(line == "accepted" for *_, line in states),
                    failed=sum(state not in {"", "accepted"} for _, *channels in states for state in channels),
                    unreached=len({child for child, *_ in states} - reached),
                )
            )
        return lines

    def status(self, notice_id: int) -> dict[str, object]:
        return self.services.reports.status(self._actor(CLERK), notice_id)

    def _written(
        self, school: str, kind: str, said: texts.Texts, audience: Audience, send_at: datetime | None = None
    ) -> int:
        clerk = self._actor(CLERK)
        codes = {row.code: row.id for row in self.services.schools.all(clerk)}
        draft = Draft(kind, codes[school], said, audience, send_at=send_at)
        return self.services.notices.create(clerk, draft)

    def _submitted(
        self, school: str, kind: str, said: texts.Texts, audience: Audience, send_at: datetime | None = None
    ) -> int:
        notice = self._written(school, kind, said, audience, send_at)
        clerk = self._actor(CLERK)
        self.services.approvals.submit(clerk, notice, self.services.notices.get(clerk, notice).version)
        return notice

    def _approved(
        self, school: str, kind: str, said: texts.Texts, audience: Audience, send_at: datetime | None = None
    ) -> int:
        """Written by one person, approved by another, as always."""
        notice = self._submitted(school, kind, said, audience, send_at)
        self.services.approvals.approve(self._actor(APPROVER), notice)
        return notice

    def _later(self) -> datetime:
        """In about two hours, but by day: not before eight, and tomorrow where it would be in the evening."""
        now = self._today()
        at_eight = now.replace(hour=8, minute=0, second=0, microsecond=0)
        later = max(at_eight, (now + timedelta(hours=2)).replace(minute=0, second=0, microsecond=0))
        return later if later <= at_eight.replace(hour=18) else at_eight + timedelta(days=1)

    def _actor(self, who: Login) -> Actor:
        return self.services.staff.actor_for(who.login)

    def _settings(self) -> Settings:
        return self.services.settings.all()

    def _today(self) -> datetime:
        return self.now().astimezone(self._settings().zone)


def _of(city: City, habit: Habit, kind: str) -> list[str]:
    """The addresses of guardians of one habit."""
    addresses: Iterable[str] = (getattr(guardian, kind) for guardian in city.guardians if guardian.habit is habit)
    return sorted(filter(None, addresses))


def _office(login: str) -> str:
    return f"{login}@office.example"
