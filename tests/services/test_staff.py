"""Signing in, and keeping staff with their roles."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from sqlalchemy import select, update

from desktop.domain.errors import UserError
from desktop.domain.staff import (
    CITY,
    Actor,
    ActorKind,
    Grant,
    Role,
    Scope,
    ScopeKind,
    StaffImport,
    StaffRow,
    school_scope,
)
from desktop.services.staff import StaffService
from desktop.store import audit
from desktop.store.db import Store
from desktop.store.tables import AuditEvent, School, Staff
from tests.conftest import Clock
from tests.make import Make

PASSWORD = "correct horse 7"
ADMINISTRATOR = Grant(Role.ADMINISTRATOR, CITY)


@pytest.fixture
def service(store: Store, clock: Clock) -> StaffService:
    return StaffService(store, clock)


@pytest.fixture
def school(store: Store, make: Make) -> School:
    with store.write(make.principal()) as session:
        east = make.school(session)
        make.school(session, "H002", "にし中学校", "junior_high")
        audit.record(session, "added", "school", east.id)
    return east


def add(service: StaffService, make: Make, login: str, *grants: Grant, password: str | None = PASSWORD) -> int:
    return service.add(make.principal(), login, f"{login} さん", grants or (Grant(Role.CLERK, CITY),), password)


def row_of(service: StaffService, make: Make, login: str) -> StaffRow:
    return next(row for row in service.all(make.principal()) if row.login == login)


def refused(call: Callable[[], object]) -> UserError:
    with pytest.raises(UserError) as error:
        call()
    return error.value


# Signing in


def test_a_member_of_staff_signs_in(service: StaffService, make: Make) -> None:
    staff_id = add(service, make, "hanako")
    actor = service.sign_in(" Hanako ", PASSWORD)
    assert (actor.kind, actor.label, actor.staff_id) == (ActorKind.STAFF, "hanako さん", staff_id)
    assert actor.grants == (Grant(Role.CLERK, CITY),)


def test_a_password_typed_in_full_width_is_the_same(service: StaffService, make: Make) -> None:
    add(service, make, "hanako")
    assert service.sign_in("ｈａｎａｋｏ", "ｃｏｒｒｅｃｔ　ｈｏｒｓｅ　７").label == "hanako さん"


@pytest.mark.parametrize(("login", "password"), [("hanako", "wrong horse 7"), ("nobody", PASSWORD), ("hanako", "")])
def test_a_wrong_password_and_an_unknown_login_look_alike(
    service: StaffService, make: Make, login: str, password: str
) -> None:
    add(service, make, "hanako")
    error = refused(lambda: service.sign_in(login, password))
    assert (error.code, error.details) == ("sign_in.refused", {})


def test_somebody_without_a_password_or_no_longer_active_cannot_sign_in(service: StaffService, make: Make) -> None:
    add(service, make, "hanako", ADMINISTRATOR)
    add(service, make, "taro", password=None)
    add(service, make, "jiro")
    service.deactivate(make.principal(), row_of(service, make, "jiro").id, 1)
    assert refused(lambda: service.sign_in("taro", "")).code == "sign_in.refused"
    assert refused(lambda: service.sign_in("jiro", PASSWORD)).code == "sign_in.refused"


def test_ten_wrong_passwords_lock_for_a_quarter_of_an_hour(service: StaffService, make: Make, clock: Clock) -> None:
    add(service, make, "hanako")
    for _ in range(9):
        assert refused(lambda: service.sign_in("hanako", "wrong")).code == "sign_in.refused"
    tenth = refused(lambda: service.sign_in("hanako", "wrong"))
    assert (tenth.code, tenth.details["until"]) == ("sign_in.locked", clock.now + timedelta(minutes=15))
    assert refused(lambda: service.sign_in("hanako", PASSWORD)).code == "sign_in.locked"
    assert row_of(service, make, "hanako").locked_until == clock.now + timedelta(minutes=15)
    clock.turn(minutes=15)
    assert row_of(service, make, "hanako").locked_until is None
    assert service.sign_in("hanako", PASSWORD).label == "hanako さん"


def test_after_the_time_is_over_there_are_ten_attempts_again(service: StaffService, make: Make, clock: Clock) -> None:
    add(service, make, "hanako")
    for _ in range(10):
        refused(lambda: service.sign_in("hanako", "wrong"))
    clock.turn(minutes=16)
    assert refused(lambda: service.sign_in("hanako", "wrong")).code == "sign_in.refused"


def test_the_right_password_takes_the_count_back(service: StaffService, make: Make) -> None:
    add(service, make, "hanako")
    for _ in range(2):
        for _ in range(9):
            refused(lambda: service.sign_in("hanako", "wrong"))
        service.sign_in("hanako", PASSWORD)


def test_the_tenth_attempt_may_still_be_right(service: StaffService, make: Make) -> None:
    add(service, make, "hanako")
    for _ in range(9):
        refused(lambda: service.sign_in("hanako", "wrong"))
    assert service.sign_in("hanako", PASSWORD)


def test_many_attempts_at_once_are_all_counted(service: StaffService, make: Make) -> None:
    add(service, make, "hanako")

    def attempt(_: int) -> str:
        return refused(lambda: service.sign_in("hanako", "wrong")).code

    with ThreadPoolExecutor(4) as threads:
        codes = list(threads.map(attempt, range(16)))
    assert codes.count("sign_in.refused") == 9
    assert codes.count("sign_in.locked") == 7


def test_an_administrator_unlocks(service: StaffService, make: Make) -> None:
    staff_id = add(service, make, "hanako")
    for _ in range(10):
        refused(lambda: service.sign_in("hanako", "wrong"))
    service.unlock(make.principal(), staff_id)
    assert service.sign_in("hanako", PASSWORD)


def test_signing_in_and_being_refused_leave_an_event(service: StaffService, make: Make, store: Store) -> None:
    staff_id = add(service, make, "hanako")
    refused(lambda: service.sign_in("hanako", "wrong"))
    refused(lambda: service.sign_in("nobody", "wrong"))
    service.sign_in("hanako", PASSWORD)
    with store.read() as session:
        events = session.execute(select(AuditEvent.verb, AuditEvent.subject_id, AuditEvent.details)).all()
    assert [tuple(event) for event in events[1:]] == [
        ("sign_in_refused", staff_id, {}),
        ("sign_in_refused", None, {}),
        ("signed_in", staff_id, {}),
    ]


def test_a_password_of_older_parameters_is_hashed_anew(service: StaffService, make: Make, store: Store) -> None:
    staff_id = add(service, make, "hanako")
    old = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
    with store.bookkeep() as session:
        session.execute(update(Staff).where(Staff.id == staff_id).values(password_hash=old))
    assert service.sign_in("hanako", PASSWORD)
    with store.read() as session:
        kept = session.scalars(select(Staff.password_hash)).one()
    assert kept is not None
    assert kept.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert service.sign_in("hanako", PASSWORD)


def test_the_command_line_acts_as_somebody(service: StaffService, make: Make) -> None:
    staff_id = add(service, make, "hanako")
    actor = service.actor_for("hanako", via="command line, OS user x")
    assert (actor.kind, actor.staff_id, actor.via) == (ActorKind.COMMAND_LINE, staff_id, "command line, OS user x")
    assert refused(lambda: service.actor_for("nobody")).code == "staff.unknown"
    add(service, make, "root-user", ADMINISTRATOR)
    service.deactivate(make.principal(), staff_id, 1)
    assert refused(lambda: service.actor_for("hanako")).code == "staff.inactive"


# Passwords


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("short7!", "password.too_short"),
        ("x7!" * 50, "password.too_long"),
        ("hanako2026", "password.is_login"),
        ("Password1", "password.common"),
        ("ｐａｓｓｗｏｒｄ", "password.common"),
        ("12345678", "password.common"),
    ],
)
def test_a_weak_password_is_refused(service: StaffService, make: Make, password: str, code: str) -> None:
    assert refused(lambda: add(service, make, "hanako", password=password)).code == code


def test_one_changes_ones_own_password(service: StaffService, make: Make) -> None:
    add(service, make, "hanako")
    actor = service.sign_in("hanako", PASSWORD)
    assert refused(lambda: service.change_own_password(actor, "wrong", "battery staple 9")).code == "password.wrong"
    assert refused(lambda: service.change_own_password(actor, PASSWORD, "short")).code == "password.too_short"
    service.change_own_password(actor, PASSWORD, "battery staple 9")
    assert service.sign_in("hanako", "battery staple 9")
    assert refused(lambda: service.sign_in("hanako", PASSWORD)).code == "sign_in.refused"


def test_an_administrator_gives_a_new_password(service: StaffService, make: Make) -> None:
    staff_id = add(service, make, "hanako", password=None)
    assert not row_of(service, make, "hanako").has_password
    service.set_password(make.principal(), staff_id, "battery staple 9")
    assert service.sign_in("hanako", "battery staple 9")


# Who may manage whom


def test_a_clerk_manages_nobody(service: StaffService, make: Make) -> None:
    staff_id = add(service, make, "hanako")
    clerk = service.sign_in("hanako", PASSWORD)
    for call in (
        lambda: service.all(clerk),
        lambda: service.add(clerk, "taro", "太郎", [Grant(Role.CLERK, CITY)], None),
        lambda: service.set_grants(clerk, staff_id, [ADMINISTRATOR], 1),
        lambda: service.set_password(clerk, staff_id, "battery staple 9"),
        lambda: service.unlock(clerk, staff_id),
        lambda: service.rename(clerk, staff_id, "花子", 1),
        lambda: service.deactivate(clerk, staff_id, 1),
        lambda: service.reactivate(clerk, staff_id, 1),
    ):
        assert refused(call).code == "forbidden"


def test_whoever_manages_a_school_manages_nobody_of_elsewhere(
    service: StaffService, make: Make, school: School
) -> None:
    here = school_scope(school.id)
    local = Actor(ActorKind.STAFF, "副校長", None, (Grant(Role.ADMINISTRATOR, here),))
    boss = add(service, make, "boss", ADMINISTRATOR)
    clerk = service.add(local, "taro", "太郎", [Grant(Role.CLERK, here)], None)
    assert [row.login for row in service.all(local)] == ["taro"]
    assert refused(lambda: service.set_password(local, boss, "battery staple 9")).code == "forbidden"
    assert refused(lambda: service.set_grants(local, clerk, [ADMINISTRATOR], 1)).code == "forbidden"
    assert refused(lambda: service.add(local, "jiro", "次郎", [], None)).code == "forbidden"


def test_the_last_administrator_stays(service: StaffService, make: Make) -> None:
    first, second = add(service, make, "first", ADMINISTRATOR), add(service, make, "second", ADMINISTRATOR)
    service.deactivate(make.principal(), first, 1)
    clerk = [Grant(Role.CLERK, CITY)]
    ended = [Grant(Role.ADMINISTRATOR, CITY, to_date=date(2026, 11, 19))]
    assert refused(lambda: service.deactivate(make.principal(), second, 1)).code == "staff.last_administrator"
    assert refused(lambda: service.set_grants(make.principal(), second, clerk, 1)).code == "staff.last_administrator"
    assert refused(lambda: service.set_grants(make.principal(), second, ended, 1)).code == "staff.last_administrator"
    service.reactivate(make.principal(), first, 2)
    service.set_grants(make.principal(), second, clerk, 1)
    assert service.sign_in("first", PASSWORD)


def test_of_two_administrators_who_remove_each_other_one_stays(service: StaffService, make: Make) -> None:
    ids = [add(service, make, login, ADMINISTRATOR) for login in ("first", "second")]

    def remove(staff_id: int) -> str:
        try:
            service.deactivate(make.principal(), staff_id, 1)
        except UserError as error:
            return error.code
        return "gone"

    with ThreadPoolExecutor(2) as threads:
        assert sorted(threads.map(remove, ids)) == ["gone", "staff.last_administrator"]


def test_of_two_who_edit_the_second_is_told(service: StaffService, make: Make) -> None:
    staff_id = add(service, make, "hanako")
    service.rename(make.principal(), staff_id, "花子", 1)
    error = refused(lambda: service.rename(make.principal(), staff_id, "はな子", 1))
    assert (error.code, error.details["who"]) == ("changed_elsewhere", "tests")
    assert row_of(service, make, "hanako").name == "花子"


@pytest.mark.parametrize(
    ("login", "name", "code"),
    [
        ("", "花子", "staff.login_syntax"),
        ("花子", "花子", "staff.login_syntax"),
        ("hana ko", "花子", "staff.login_syntax"),
        ("hanako", " 　", "staff.name_required"),
        ("hanako", "花\x00子", "staff.name_wrong"),
        ("hanako", "花" * 101, "staff.name_wrong"),
        ("TARO", "太郎", "staff.login_taken"),
    ],
)
def test_a_login_and_a_name_must_make_sense(
    service: StaffService, make: Make, login: str, name: str, code: str
) -> None:
    add(service, make, "taro")
    assert refused(lambda: service.add(make.principal(), login, name, [ADMINISTRATOR], None)).code == code


# Roles


def test_roles_are_read_as_typed(service: StaffService, store: Store, make: Make, school: School) -> None:
    with store.write(make.principal()) as session:
        room, club = make.homeroom(session, school), make.group(session, school)
        audit.record(session, "added", "homeroom")
    assert service.parse_grants(["clerk", "approver:H001", "clerk:H001/3-1", "clerk:H001/サッカー部"]) == (
        Grant(Role.CLERK, CITY),
        Grant(Role.APPROVER, school_scope(school.id)),
        Grant(Role.CLERK, Scope(ScopeKind.HOMEROOM, school.id, room.id)),
        Grant(Role.CLERK, Scope(ScopeKind.GROUP, school.id, club.id)),
    )


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("boss", "staff.role_unknown"),
        ("", "staff.role_unknown"),
        ("clerk:", "staff.grant_syntax"),
        ("clerk:H001/", "staff.grant_syntax"),
        ("clerk:H999", "school.unknown"),
        ("clerk:H001/9-9", "school.part_unknown"),
    ],
)
def test_a_role_that_means_nothing_is_refused(service: StaffService, school: School, text: str, code: str) -> None:
    assert refused(lambda: service.parse_grants([text])).code == code


def test_grants_come_back_as_they_were_given(service: StaffService, make: Make, school: School) -> None:
    grants = (
        ADMINISTRATOR,
        Grant(Role.APPROVER, school_scope(school.id), date(2026, 4, 1), date(2027, 3, 31)),
        Grant(Role.CLERK, Scope(ScopeKind.HOMEROOM, school.id, 7)),
    )
    add(service, make, "hanako", *grants)
    assert row_of(service, make, "hanako").grants == grants


# Two people


def test_one_person_alone_cannot_send(service: StaffService, make: Make) -> None:
    assert service.approver_missing()
    add(service, make, "principal", Grant(Role.APPROVER, CITY), Grant(Role.CLERK, CITY))
    assert service.approver_missing()
    add(service, make, "clerk")
    assert not service.approver_missing()


def test_an_approver_of_elsewhere_is_none(service: StaffService, make: Make, school: School) -> None:
    add(service, make, "clerk", Grant(Role.CLERK, school_scope(school.id)))
    add(service, make, "principal", Grant(Role.APPROVER, school_scope(school.id + 1)))
    assert service.approver_missing()


def test_an_approver_who_has_left_is_none(service: StaffService, make: Make) -> None:
    add(service, make, "clerk")
    gone = add(service, make, "principal", Grant(Role.APPROVER, CITY))
    service.deactivate(make.principal(), gone, 1)
    assert service.approver_missing()


# Files


def test_staff_come_from_a_file(service: StaffService, make: Make, school: School, tmp_path: Path) -> None:
    file = tmp_path / "staff.csv"
    text = "login,name,roles\nhanako,山田 花子,clerk:H001\n\ntaro,髙橋 太郎,approver:H001,clerk:H001\n"
    file.write_bytes(text.encode("cp932"))
    assert service.import_file(make.principal(), file) == StaffImport(2, 0, 0)
    assert service.import_file(make.principal(), file) == StaffImport(0, 0, 2)
    file.write_text("hanako,山田 花子,clerk\n", encoding="utf-8-sig")
    assert service.import_file(make.principal(), file) == StaffImport(0, 1, 0)
    assert row_of(service, make, "hanako").grants == (Grant(Role.CLERK, CITY),)
    assert row_of(service, make, "taro").name == "髙橋 太郎"


def test_a_file_may_say_where_staff_are_reached(
    service: StaffService, make: Make, school: School, tmp_path: Path
) -> None:
    file = tmp_path / "staff.csv"
    text = "login,name,email,roles\nhanako,山田 花子,Hana@School.Example,clerk:H001\ntaro,髙橋 太郎,,clerk:H001\n"
    file.write_text(text, encoding="utf-8")
    assert service.import_file(make.principal(), file) == StaffImport(2, 0, 0)
    assert (row_of(service, make, "hanako").email, row_of(service, make, "taro").email) == ("hana@school.example", "")
    text = "hanako,山田 花子,clerk:H001\ntaro,髙橋 太郎,clerk:H001,taro＠school.example\n"
    file.write_text(text, encoding="utf-8")
    assert service.import_file(make.principal(), file) == StaffImport(0, 1, 1)
    assert row_of(service, make, "hanako").email == "hana@school.example"  # what is not said stays
    assert row_of(service, make, "taro").email == "taro@school.example"


@pytest.mark.parametrize("cells", ["taro@school", "a@b.example,c@d.example"])
def test_an_address_that_cannot_be_one_is_told_with_its_line(
    service: StaffService, make: Make, school: School, tmp_path: Path, cells: str
) -> None:
    file = tmp_path / "staff.csv"
    file.write_text(f"hanako,山田 花子,clerk:H001\ntaro,髙橋 太郎,{cells},clerk:H001\n", encoding="utf-8")
    error = refused(lambda: service.import_file(make.principal(), file))
    problems = error.details["problems"]
    assert [(each.line, each.code) for each in problems] == [(2, "staff.email_wrong")]  # type: ignore[attr-defined]


def test_every_bad_line_is_told_and_nothing_is_taken_in(
    service: StaffService, make: Make, school: School, tmp_path: Path
) -> None:
    file = tmp_path / "staff.csv"
    file.write_text(
        "good,良,clerk\n花,花子,clerk\nx,,clerk\ny,Y\nz,Z,boss\nw,W,clerk:H9\ngood,良,clerk\n", encoding="utf-8"
    )
    error = refused(lambda: service.import_file(make.principal(), file))
    assert error.code == "staff.import"
    assert [(problem.line, problem.code) for problem in error.details["problems"]] == [  # type: ignore[attr-defined]
        (2, "staff.login_syntax"),
        (3, "staff.name_required"),
        (4, "staff.role_required"),
        (5, "staff.role_unknown"),
        (6, "school.unknown"),
        (7, "staff.login_twice"),
    ]
    assert service.all(make.principal()) == []


@pytest.mark.parametrize("content", [b"", b"\n\n", b"\x00\x01\x02", b"hanako,\x81", None])
def test_a_file_that_is_none_is_refused(
    service: StaffService, make: Make, tmp_path: Path, content: bytes | None
) -> None:
    file = tmp_path / "staff.csv"
    if content is not None:
        file.write_bytes(content)
    assert refused(lambda: service.import_file(make.principal(), file)).code == "staff.file_unreadable"
