"""The practice city: who lives there, and the day that the demonstration plays."""

import shutil
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from threading import Event
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import create_engine, make_url, text

from desktop.app import Opened, Place, build_services, opened
from desktop.cli.demo import _clear
from desktop.demo.city import SCHOOLS, City, Habit, invent
from desktop.demo.files import write_rosters
from desktop.demo.play import ADMINISTRATOR, CLERK, LOGINS, ClassLine, Play
from desktop.demo.texting import play_texting
from desktop.domain.notices import NoticeState
from desktop.domain.people import ListQuery, Node
from desktop.domain.reviews import QueueQuery
from desktop.domain.rosters.columns import guess_columns
from desktop.domain.rosters.reader import Defaults, read_rows
from desktop.domain.sms_accounts import AccountQuery
from desktop.domain.sms_messages import MessageQuery
from desktop.paths import Paths
from desktop.secrets import Secrets
from desktop.sending import work
from desktop.services.roster_files import read_sheet
from desktop.store.db import Store
from desktop.worker.lock import DataDirLock
from tests.command_line import CommandLine, Ended

HALF_PAST_ELEVEN_AT_NIGHT = datetime(2026, 11, 20, 14, 30, tzinfo=UTC)
TEN_TO_SIX_IN_THE_MORNING = datetime(2027, 4, 1, 20, 50, tzinfo=UTC)


# Who lives there


@pytest.fixture(scope="module")
def city() -> City:
    return invent(2026)


def test_it_is_the_same_city_every_time(city: City) -> None:
    assert invent(2026) == city
    assert invent(2026, seed=1) != city


def test_about_six_hundred_families_have_children_in_three_schools(city: City) -> None:
    families = {child.guardians for child in city.children}
    assert 590 <= len(families) <= 600
    assert set(Counter(child.school for child in city.children)) == {school.code for school in SCHOOLS}
    siblings = Counter(child.guardians for child in city.children)
    across = [family for family in siblings if len({c.school for c in city.children if c.guardians == family}) > 1]
    assert len(across) > 20


def test_every_way_of_reaching_a_family_occurs_in_the_classes_that_are_written_to(city: City) -> None:
    meant = [c for c in city.of("H001") if c.grade == "3" or "サッカー部" in c.clubs]
    assert {child.guardians[0].habit for child in meant} == set(Habit)
    assert {child.guardians[0].language for child in meant} == {"ja", "vi", "en"}
    assert any(len(child.guardians) == 2 for child in meant)


def test_no_address_is_of_this_world(city: City) -> None:
    addresses = {guardian.email for guardian in city.guardians if guardian.email}
    assert {address.rpartition(".")[2] for address in addresses} == {"example", "test"}
    line_ids = [guardian.line_id for guardian in city.guardians if guardian.line_id]
    assert len(set(line_ids)) == len(line_ids)


@pytest.mark.parametrize("year", [2026, 2027])
def test_the_rosters_are_read_without_a_problem(tmp_path: Path, year: int) -> None:
    for file in write_rosters(invent(year), {school.code: school.name for school in SCHOOLS}, tmp_path):
        sheet = read_sheet(file.read_bytes())
        rows = read_rows(sheet, guess_columns(sheet.header.cells), Defaults("", year, date(year, 11, 20)))
        assert rows.problems == ()
        assert len(rows.good) == len(sheet.lines) > 0


# Its day


@dataclass(frozen=True)
class Day:
    found: Opened
    play: Play
    trip: int
    status: dict[str, Any]
    classes: list[ClassLine]


@pytest.fixture(scope="module")
def empty_database(postgres_url: str) -> Iterator[str]:
    """A shared database in which nothing is yet."""
    name = f"practice_{uuid4().hex}"
    admin = create_engine(postgres_url, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    yield make_url(postgres_url).set(database=name).render_as_string(hide_password=False)
    with admin.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    admin.dispose()


@pytest.fixture(
    scope="module",
    params=[("sqlite", HALF_PAST_ELEVEN_AT_NIGHT), ("postgresql", TEN_TO_SIX_IN_THE_MORNING)],
    ids=["late in the evening on SQLite", "early in a new school year on PostgreSQL"],
)
def day(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Day]:
    """The demonstration, with the clock standing at an awkward hour."""
    database, moment = request.param
    paths = Paths(tmp_path_factory.mktemp("practice"))
    paths.make()
    url = f"sqlite:///{paths.database}" if database == "sqlite" else request.getfixturevalue("empty_database")

    def now() -> datetime:
        told: datetime = moment
        return told

    secrets = Secrets.of_practice(paths.database)
    store = Store(url, clock=now)
    found = Opened(Place(paths, url), store, secrets, build_services(store, secrets, now))
    play = Play(found.services, now, lambda: _send(found))
    play.found()
    play_texting(found, found.services.staff.actor_for(ADMINISTRATOR.login), now())
    play.import_rosters(paths.data_dir / "rosters")
    trip = play.send_notices()
    play.leave_notices()
    play.register_guardians()
    yield Day(found, play, trip, play.status(trip), play.classes(trip))
    store.close()
    shutil.rmtree(paths.data_dir)


def _send(found: Opened) -> None:
    work(found, Event(), until_idle=True)


def test_the_trip_went_out_at_any_hour(day: Day) -> None:
    assert (day.status["state"], day.status["held"]) == ("done", None)
    assert day.status["deliveries"]["email"]["accepted"] > 50
    assert day.status["deliveries"]["email"]["failed"] >= 1
    assert day.status["deliveries"]["line"]["accepted"] > 30


def test_the_schools_staff_and_those_who_keep_a_copy_are_counted_apart(day: Day) -> None:
    assert day.status["staff"] == {"accepted": 2}
    assert day.status["copies"] == {"accepted": 3}


def test_the_old_bulk_mails_addresses_wait_for_their_children(day: Day) -> None:
    clerk = day.found.services.staff.actor_for(CLERK.login)
    waiting = day.found.services.waiting
    rows = waiting.rows(clerk, waiting.ids(clerk, ListQuery(order="name")))
    assert len(rows) == 6


def test_what_each_class_was_sent_is_told(day: Day) -> None:
    assert [line.homeroom for line in day.classes][:2] == ["3-1", "3-2"]
    assert all(line.children and line.email for line in day.classes[:2])
    assert sum(line.unreached for line in day.classes) >= 2


def test_the_office_has_notices_in_every_state(day: Day) -> None:
    clerk = day.found.services.staff.actor_for(CLERK.login)
    rows = day.found.services.notices.rows(clerk)
    states = Counter(row.state for row in rows)
    assert states == {
        NoticeState.DONE: 2,
        NoticeState.APPROVED: 1,
        NoticeState.SUBMITTED: 1,
        NoticeState.DRAFT: 2,
    }
    assert [row.urgent for row in rows if row.state is NoticeState.DONE].count(True) == 1
    returned = [day.found.services.notices.get(clerk, row.id).returned_reason for row in rows]
    assert sum(reason is not None for reason in returned) == 1


def test_what_is_planned_goes_out_by_day(day: Day) -> None:
    clerk = day.found.services.staff.actor_for(CLERK.login)
    (planned,) = day.found.services.notices.rows(clerk, states=[NoticeState.APPROVED])
    assert planned.due_at is not None
    due = planned.due_at.astimezone(day.found.services.settings.all().zone)
    assert day.play.now() < due
    assert 8 <= due.hour <= 18


def test_the_clerk_sees_all_three_schools_with_everybody_in_them(day: Day) -> None:
    clerk = day.found.services.staff.actor_for(CLERK.login)
    assert [school.code for school in day.found.services.schools.all(clerk)] == ["H001", "H002", "H003"]
    assert day.found.services.people.counts(clerk, Node())[0] == 672
    assert len(day.found.services.people.child_ids(clerk, ListQuery(only="unreached"))) > 10


def test_a_month_of_text_messages_lies_there_in_every_state(day: Day) -> None:
    services = day.found.services
    clerk = services.staff.actor_for(CLERK.login)
    messages = services.sms_messages.counts(clerk, MessageQuery())
    assert messages["all"] > 50
    assert all(messages[only] for only in ("answered", "account", "syntax", "id_taken", "duplicate", "held", "review"))
    accounts = services.sms_accounts.counts(clerk, AccountQuery())
    wanted = ("waiting", "day1", "day3", "reissued1", "reissued2", "reissued3", "locked", "verified", "conflict")
    assert [only for only in wanted if not accounts[only]] == []
    paid = [month.total.paid for month in services.sms_ledger.months(clerk)[:2]]
    assert sum(paid) == 1500 * (messages["all"] - messages["duplicate"])


def test_everybody_can_sign_in_with_the_printed_password(day: Day) -> None:
    for who in LOGINS:
        assert day.found.services.staff.sign_in(who.login, who.password).label == who.name


# The command


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> tuple[CommandLine, Ended]:
    """The demonstration as a process, far from Japan, and what it printed."""
    renraku = CommandLine(tmp_path_factory.mktemp("played"))
    return renraku, renraku.run("demo", environ={"TZ": "America/New_York"}).done()


def test_without_a_screen_the_demo_sends_prints_and_says_so(played: tuple[CommandLine, Ended]) -> None:
    _renraku, ended = played
    assert "遠足の延期" in ended.out
    assert "there is no screen" in ended.out
    for who in LOGINS:
        assert who.login in ended.out
        assert who.password in ended.out


def test_it_can_be_played_again_on_a_fresh_database(played: tuple[CommandLine, Ended]) -> None:
    renraku, ended = played
    leftover = renraku.data_dir / "rosters" / "old.csv"
    leftover.write_text("")
    again = renraku.run("demo", "--headless", "--json").done().json
    assert again["notice"]["state"] == "done"
    assert f"accepted {again['notice']['deliveries']['email']['accepted']}" in ended.out
    assert len(again["pictures"]) >= 5
    assert all(Path(picture).read_bytes().startswith(b"\x89PNG") for picture in again["pictures"])
    assert not leftover.exists()


def test_a_real_database_is_not_touched(tmp_path: Path) -> None:
    renraku = CommandLine(tmp_path / "data")
    renraku("init").done()
    before = (tmp_path / "data" / "renraku.sqlite").read_bytes()
    ended = renraku("demo", "--headless", "--json")
    assert (ended.code, ended.out, len(ended.err.splitlines())) == (1, "", 1)
    assert "real" in ended.err
    assert (tmp_path / "data" / "renraku.sqlite").read_bytes() == before


def test_a_real_database_is_not_touched_even_where_a_practice_key_was_left(tmp_path: Path) -> None:
    renraku = CommandLine(tmp_path / "data")
    renraku("init").done()
    Secrets.of_practice(tmp_path / "data" / "renraku.sqlite")
    assert renraku("demo", "--headless").code == 1
    assert renraku("settings", "list").code == 0


def test_what_a_demonstration_left_half_done_is_no_obstacle(tmp_path: Path) -> None:
    paths = Paths(tmp_path)
    Secrets.of_practice(paths.database)
    paths.database.write_bytes(b"")
    place = Place(paths, f"sqlite:///{paths.database}")
    _clear(place)
    assert not place.exists()


def test_a_practice_city_that_is_in_use_is_left_alone(tmp_path: Path) -> None:
    renraku = CommandLine(tmp_path / "practice")
    with DataDirLock(Paths(tmp_path / "practice").lock):
        ended = renraku("demo", "--headless")
    assert ended.code == 1
    assert "open in another window" in ended.err


def test_init_does_not_make_a_practice_database_real(tmp_path: Path) -> None:
    paths = Paths(tmp_path / "practice")
    paths.make()
    with opened(Place(paths, f"sqlite:///{paths.database}"), checked=False) as found:
        found.services.setup.create(practice=True)
    ended = CommandLine(paths.data_dir)("init")
    assert ended.code == 1
    assert "ractice" in ended.err


def test_a_shared_database_that_is_not_empty_is_left_alone(tmp_path: Path, postgres_url: str) -> None:
    ended = CommandLine(tmp_path / "practice", ("--database", postgres_url))("demo", "--headless", "--json")
    assert (ended.code, ended.out, len(ended.err.splitlines())) == (1, "", 1)
    assert "not empty" in ended.err


def test_a_reviewer_finds_submissions_of_each_sort(day: Day) -> None:
    clerk = day.found.services.staff.actor_for(CLERK.login)
    reviews = day.found.services.reviews
    rows = reviews.queue_rows(clerk, reviews.queue_ids(clerk, QueueQuery()))
    assert len(rows) == 4
    assert "Nguyễn Bảo An" in [row.child for row in rows]
    assert len(reviews.exact(clerk, QueueQuery())) == 1
    assert len(day.found.services.sign_ups.open_ones(clerk)) == 1
