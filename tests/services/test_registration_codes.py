"""A school's secret registration code (A28): right ones are known, wrong ones are counted, nobody reads it anywhere."""

from collections.abc import Callable

import pytest
from sqlalchemy import select

from desktop.domain.accounts import Citizen
from desktop.domain.errors import UserError
from desktop.domain.registration_codes import ALPHABET, LENGTH
from desktop.domain.staff import Role
from desktop.secrets import Secrets, new_data_key
from desktop.services.registration_codes import RegistrationCodes
from desktop.store import audit
from desktop.store.db import Store
from desktop.store.tables import Base, Post, School
from tests.conftest import Clock
from tests.make import Make

SECRETS = Secrets.handed({"DATA_KEY": new_data_key()})
ODD = ("", " ", "x" * 10_000, "\0", "😀", "\u202e", "<b>", "' OR 1=1 --", "\ud800", "ÿ")


class Desk:
    """A school, its clerk, and the families before the form."""

    def __init__(self, store: Store, clock: Clock, make: Make) -> None:
        self.store, self.clock, self.make = store, clock, make
        self.codes = RegistrationCodes(store, SECRETS, clock)
        with store.write(make.principal()) as session:
            make.installation(session)
            school, other = make.school(session), make.school(session, "H002", "にし小学校")
            self.school, self.other = school.id, other.id
            self.clerk = make.staff(session, Role.CLERK, school=school)
            self.helpdesk = make.staff(session, Role.HELPDESK, Role.REVIEWER, Role.APPROVER)
            audit.record(session, "made", "world")

    def check(self, code: str, account: int = 1, school: int | None = None) -> int:
        return self.codes.check(citizen(account), school or self.school, code)

    def stored(self) -> str:
        with self.store.read() as session:
            return repr([session.execute(select(table)).all() for table in Base.metadata.sorted_tables])


def citizen(number: int) -> Citizen:
    return Citizen(number, f"p{number}@mail.example", "青木", "花", "ja")


def refused(act: Callable[[], object]) -> str:
    with pytest.raises(UserError) as error:
        act()
    return error.value.code


@pytest.fixture
def desk(store: Store, clock: Clock, make: Make) -> Desk:
    return Desk(store, clock, make)


def test_letters_carry_one_code_and_it_is_known_however_it_is_typed(desk: Desk) -> None:
    code = desk.codes.for_letters(desk.clerk, desk.school, 30)
    assert desk.codes.for_letters(desk.clerk, desk.school, 5) == code
    assert desk.codes.status(desk.clerk, desk.school).letters == 35
    plain = code.replace("-", "")
    assert len(plain) == LENGTH
    assert set(plain) <= set(ALPHABET)
    wide = "".join(chr(ord(letter) + 0xFEE0) for letter in plain.lower())
    assert {desk.check(typed) for typed in (code, plain, plain.lower(), f" {plain[:4]} {plain[4:]} ", wide)} == {
        desk.check(code)
    }


def test_one_schools_code_is_not_anothers(desk: Desk) -> None:
    code = desk.codes.for_letters(desk.clerk, desk.school, 1)
    assert refused(lambda: desk.check(code, school=desk.other)) == "registration_code.wrong"


def test_a_renewed_code_leaves_the_old_one_good_for_a_fortnight(desk: Desk, clock: Clock) -> None:
    old = desk.codes.for_letters(desk.clerk, desk.school, 30)
    status = desk.codes.renew(desk.clerk, desk.school)
    assert (status.letters, status.old_letters) == (0, 30)
    new = desk.codes.for_letters(desk.clerk, desk.school, 1)
    assert new != old
    assert desk.check(old) != desk.check(new)
    clock.turn(days=14)
    assert refused(lambda: desk.check(old)) == "registration_code.wrong"
    assert desk.check(new)
    assert desk.codes.status(desk.clerk, desk.school).old_until is None


def test_an_old_code_can_end_at_once_but_not_last_for_years(desk: Desk) -> None:
    old = desk.codes.for_letters(desk.clerk, desk.school, 1)
    for days in (-1, 366):
        assert refused(lambda: desk.codes.renew(desk.clerk, desk.school, days)) == "registration_code.days"  # noqa: B023
    desk.codes.renew(desk.clerk, desk.school, 0)
    assert refused(lambda: desk.check(old)) == "registration_code.wrong"


def test_five_wrong_codes_hold_one_accounts_form_and_nobody_elses(desk: Desk, clock: Clock) -> None:
    code = desk.codes.for_letters(desk.clerk, desk.school, 1)
    assert {refused(lambda: desk.check("WRONG")) for _ in range(5)} == {"registration_code.wrong"}
    assert refused(lambda: desk.check(code)) == "registration_code.held"
    assert desk.check(code, account=2)
    clock.turn(minutes=15)
    assert desk.check(code)


def test_a_school_with_many_wrong_codes_is_told_once_an_hour(desk: Desk, clock: Clock) -> None:
    code = desk.codes.for_letters(desk.clerk, desk.school, 1)
    for number in range(25):
        refused(lambda: desk.check("WRONG", account=number))  # noqa: B023
    assert desk.codes.status(desk.clerk, desk.school).many_wrong
    assert desk.check(code, account=99)
    with desk.store.read() as session:
        mails = session.scalars(select(Post)).all()
        assert [mail.address for mail in mails] == [session.get_one(School, desk.school).email]
        assert mails[0].parameters["count"] == "20"
    clock.turn(hours=1)
    assert not desk.codes.status(desk.clerk, desk.school).many_wrong


def test_the_helpdesk_reads_no_code_and_makes_none(desk: Desk) -> None:
    for act in (
        lambda: desk.codes.for_letters(desk.helpdesk, desk.school, 1),
        lambda: desk.codes.renew(desk.helpdesk, desk.school),
        lambda: desk.codes.status(desk.helpdesk, desk.school),
        lambda: desk.codes.for_letters(desk.clerk, desk.other, 1),
    ):
        assert refused(act) == "forbidden"


def test_the_database_and_the_audit_hold_no_code(desk: Desk) -> None:
    codes = [desk.codes.for_letters(desk.clerk, desk.school, 1)]
    desk.codes.renew(desk.clerk, desk.school)
    codes.append(desk.codes.for_letters(desk.clerk, desk.school, 1))
    desk.check(codes[0])
    stored = desk.stored()
    for code in codes:
        assert code not in stored
        assert code.replace("-", "") not in stored


@pytest.mark.parametrize("odd", ODD)
def test_odd_text_is_a_wrong_code(desk: Desk, odd: str) -> None:
    desk.codes.for_letters(desk.clerk, desk.school, 1)
    assert refused(lambda: desk.check(odd)) == "registration_code.wrong"
