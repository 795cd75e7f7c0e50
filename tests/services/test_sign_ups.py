"""Whoever helps citizens sees whose mail never came, and sends it again."""

import re
from dataclasses import replace

import pytest
from sqlalchemy import update

from desktop.domain.accounts import LinkState, SignUpForm
from desktop.domain.errors import UserError
from desktop.domain.staff import Actor, Role
from desktop.secrets import Secrets, new_data_key
from desktop.services.accounts import Accounts
from desktop.services.posts import Posts
from desktop.services.sign_ups import SignUps
from desktop.store import audit
from desktop.store import settings as settings_store
from desktop.store.db import Store
from desktop.store.tables import Post
from tests.conftest import Clock
from tests.make import Make

SECRETS = Secrets.handed({"DATA_KEY": new_data_key()})
PASSWORD = "kaze no tani 7"
FORM = SignUpForm("hana@docomo.example", "青木", "花", PASSWORD, PASSWORD, "ja", "2026-04")


class Office:
    def __init__(self, store: Store, clock: Clock, make: Make) -> None:
        self.store, self.clock = store, clock
        self.accounts, self.posts = Accounts(store, SECRETS, clock), Posts(store, SECRETS, clock)
        self.sign_ups = SignUps(store, clock)
        with store.write(make.principal()) as session:
            make.installation(session)
            settings_store.put(session, "portal.url", "https://portal.example")
            self.helpdesk = make.staff(session, Role.HELPDESK)
            self.of_a_school = make.staff(session, *Role, school=make.school(session))
            audit.record(session, "made", "world")

    def proof(self) -> str:
        found = re.search(r"/link/(\S+)", self.posts.claim("portal@city.example")[-1][1].body)
        assert found
        return found.group(1)

    def states(self) -> list[LinkState]:
        return [row.state for row in self.sign_ups.open_ones(self.helpdesk)]


@pytest.fixture
def office(store: Store, clock: Clock, make: Make) -> Office:
    return Office(store, clock, make)


def refused(office: Office, actor: Actor, token_id: int) -> str:
    with pytest.raises(UserError) as error:
        office.sign_ups.send_again(actor, token_id)
    return error.value.code


def test_a_link_is_sent_opened_or_expired_until_it_is_used(office: Office, clock: Clock) -> None:
    office.accounts.sign_up(FORM)
    assert office.states() == [LinkState.SENT]
    proof = office.proof()
    office.accounts.open_link(proof)
    assert office.states() == [LinkState.OPENED]
    clock.turn(days=1)
    assert office.states() == [LinkState.EXPIRED]


def test_whoever_has_an_account_is_not_listed(office: Office) -> None:
    office.accounts.sign_up(FORM)
    token = office.sign_ups.open_ones(office.helpdesk)[0].token_id
    office.accounts.sign_up(FORM)
    assert len(office.states()) == 1
    office.accounts.log_in(FORM.email, PASSWORD, office.proof())
    office.accounts.sign_up(FORM)
    assert office.states() == []
    assert refused(office, office.helpdesk, token) == "link.used"


def test_a_mail_that_was_refused_says_why(office: Office) -> None:
    office.accounts.sign_up(FORM)
    office.accounts.sign_up(replace(FORM, email="ken@mail.example"))
    with office.store.bookkeep() as session:
        session.execute(update(Post).where(Post.address == FORM.email).values(state="failed", reason="filtered"))
    found = {row.address: (row.mail, row.reason) for row in office.sign_ups.open_ones(office.helpdesk)}
    assert found == {"hana@docomo.example": ("failed", "filtered"), "ken@mail.example": ("due", "")}


def test_staff_send_the_mail_again_also_after_a_day(office: Office, clock: Clock) -> None:
    office.accounts.sign_up(FORM)
    first = office.proof()
    token = office.sign_ups.open_ones(office.helpdesk)[0].token_id
    office.sign_ups.send_again(office.helpdesk, token)
    assert office.proof() == first
    clock.turn(days=2)
    office.sign_ups.send_again(office.helpdesk, token)
    assert office.states() == [LinkState.SENT]
    anew = office.proof()
    assert anew != first
    assert office.accounts.log_in(FORM.email, PASSWORD, anew)


def test_only_whoever_helps_the_whole_city_sees_sign_ups(office: Office) -> None:
    office.accounts.sign_up(FORM)
    with pytest.raises(UserError, match="forbidden"):
        office.sign_ups.open_ones(office.of_a_school)
    assert refused(office, office.of_a_school, 1) == "forbidden"
    assert refused(office, office.helpdesk, 99) == "not_found"
