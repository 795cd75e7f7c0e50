"""Whose account a text message made is a guardian like any other, reached by mail once they name an address."""

import re

import pytest
from sqlalchemy import select

from desktop.domain.accounts import Citizen, LoggedIn
from desktop.domain.line_links import LinkState
from desktop.domain.people import FamilyMember
from desktop.domain.reviews import QueueQuery
from desktop.services.accounts import Accounts
from desktop.services.completing import Completing
from desktop.services.line_links import LineLinks
from desktop.services.own_account import OwnAccount
from desktop.services.unfinished import UnfinishedRegistrations
from desktop.store import account_guardian, accounts, audit, settings, sms_accounts
from desktop.store.db import Store
from desktop.store.tables import Account, Child, ContactPoint, LineLink, Post, SmsAccount
from tests.conftest import Clock
from tests.make import Make
from tests.review_office import GIVEN, SECRETS, Office
from tests.services.test_reviews import refused
from tests.services.test_sms_log_in import OWN, Town
from tests.sms_office import AN, PHONE

MAIL = "an@mail.example"


class Home(Office):
    """An, whose account a text message made, has set a password and added what was missing."""

    def __init__(self, store: Store, clock: Clock, make: Make) -> None:
        super().__init__(store, clock, make)
        self.texts = Town(store, clock, make, SECRETS)
        self.account = OwnAccount(store, SECRETS, clock)
        self.inside = self.texts.set_own(self.texts.proof(self.texts.texted()))
        Completing(store, clock).complete(self.inside.citizen, " Nguyễn ", "Văn An", "ひがし市中央1-2-3")
        with store.bookkeep() as session:
            settings.put(session, "portal.url", "https://p.example")

    @property
    def an(self) -> Citizen:
        return self.inside.citizen

    def accepted(self) -> None:
        sent = self.submit(self.an)
        self.reviews.link(self.reviewer, sent.id, sent.version, self.child)
        self.minute()

    def guardians(self) -> list[FamilyMember]:
        return list(self.people.child(self.make.principal(), self.child).guardians)

    def contacts(self) -> list[tuple[str, str, bool]]:
        return [(each.kind, each.address, each.verified) for each in self.guardians()[0].contacts]

    def confirm_mail(self) -> None:
        self.account.add_address(self.an, MAIL, plain=False)
        found = re.search(r"https://p\.example/link/(\S+)", self.posts.claim("portal@city.example")[-1][1].body)
        assert found
        self.account.confirm(found.group(1))

    def mailed(self) -> list[tuple[str, str]]:
        with self.store.read() as session:
            return [(each.template, each.address) for each in session.scalars(select(Post).order_by(Post.id))]


@pytest.fixture
def home(store: Store, clock: Clock, make: Make) -> Home:
    return Home(store, clock, make)


@pytest.fixture
def small_home(sqlite_store: Store, clock: Clock, make: Make) -> Home:
    return Home(sqlite_store, clock, make)


def test_the_school_sees_the_phone_and_a_mail_address_as_soon_as_there_is_one(home: Home) -> None:
    sent = home.submit(home.an)
    assert home.reviews.get(home.reviewer, sent.id).address == PHONE
    assert list(home.reviews.queue_ids(home.reviewer, QueueQuery(typed="0905123456"))) == [sent.id]
    home.reviews.link(home.reviewer, sent.id, sent.version, home.child)
    home.minute()
    assert home.mailed() == []  # nobody is written to at no address
    assert home.contacts() == [("sms", PHONE, True)]
    assert home.guardians()[0].name == "Nguyễn Văn An"
    home.confirm_mail()
    assert home.contacts() == [("sms", PHONE, True), ("email", MAIL, True)]
    changed = home.registrations.withdraw_child(home.an, "w", home.child)
    assert home.reviews.get(home.reviewer, changed.id).address == MAIL
    home.reviews.accept(home.reviewer, changed.id, changed.version)
    home.minute()
    assert home.mailed()[-1] == ("withdrawn", MAIL)


def test_a_guardian_whose_phone_the_roster_knows_is_them(small_home: Home) -> None:
    with small_home.store.bookkeep() as session:
        child = session.get_one(Child, small_home.child)
        known = small_home.make.guardian(session, child, family="グエン", given="アン").id
        session.add(ContactPoint(guardian_id=known, kind="phone", address=PHONE, verified_at=small_home.clock()))
    small_home.accepted()
    assert [each.guardian_id for each in small_home.guardians()] == [known]
    assert ("sms", PHONE, True) in small_home.contacts()


def test_a_phone_that_two_guardians_of_the_child_have_says_of_neither_that_it_is_them(small_home: Home) -> None:
    with small_home.store.bookkeep() as session:
        child = session.get_one(Child, small_home.child)
        for name in ("一", "二"):
            known = small_home.make.guardian(session, child, family="グエン", given=name).id
            session.add(ContactPoint(guardian_id=known, kind="phone", address=PHONE, verified_at=small_home.clock()))
    small_home.accepted()
    assert len(small_home.guardians()) == 3


def test_a_new_phone_takes_the_place_of_the_old_one(small_home: Home) -> None:
    small_home.accepted()
    with small_home.store.write(small_home.make.principal()) as session:
        sms_accounts.move(session, small_home.an.account_id, "0385123456")
        today = settings.today(session, small_home.clock())
        account_guardian.follow(session, small_home.an.account_id, today, gone=[PHONE])
        audit.record(session, "moved", "account", small_home.an.account_id)
    assert small_home.contacts() == [("sms", "0385123456", True)]


def test_leaving_ends_everything_and_frees_phone_and_id(home: Home) -> None:
    home.accepted()
    home.confirm_mail()
    home.account.close(home.an, OWN)
    assert home.contacts() == []
    assert home.mailed()[-1] == ("closed", MAIL)
    assert refused(lambda: home.texts.accounts.log_in(PHONE, OWN)) == "log_in.refused"
    with home.store.read() as session:
        left = session.get_one(SmsAccount, home.an.account_id)
        assert (left.id_hash, left.sealed_id, left.postal_address) == (None, None, "")
    assert home.texts.texted(PHONE, AN) != home.an.account_id


def test_the_log_in_stays_a_phone_until_a_desk_moves_it(small_home: Home) -> None:
    change = lambda: small_home.account.change_login(small_home.an, OWN, MAIL)  # noqa: E731
    assert refused(change) == "login.at_desk"
    assert small_home.account.addresses(small_home.an) == []
    for which in (lambda: small_home.account.set_plain(small_home.an, 0, plain=True),
                  lambda: small_home.account.remove_address(small_home.an, 0)):  # fmt: skip
        assert refused(which) == "not_found"


def test_a_password_is_changed_and_a_mail_says_so_only_where_there_is_an_address(small_home: Home) -> None:
    service = Accounts(small_home.store, SECRETS, small_home.clock)

    def change(old: str, new: str) -> None:
        service.change_password(small_home.an, small_home.inside.session, old, new, new)

    change(OWN, "một câu dài 8")
    assert small_home.mailed() == []
    small_home.confirm_mail()
    change("một câu dài 8", "một câu khác 9")
    assert small_home.mailed()[-1] == ("password_changed", MAIL)
    assert isinstance(service.log_in(PHONE, "một câu khác 9"), LoggedIn)


def test_staff_read_the_phone_where_they_can_write_to_nobody(home: Home) -> None:
    unfinished, line = UnfinishedRegistrations(home.store, home.clock), LineLinks(home.store, home.clock)
    draft = home.registrations.begin(home.an, "t", GIVEN)
    with home.store.bookkeep() as session:
        session.add(LineLink(account_id=home.an.account_id, state=LinkState.REFUSED.value, changed_at=home.clock()))
    home.clock.turn(hours=2)
    principal = home.make.principal()
    assert [row.address for row in unfinished.rows(principal)] == [PHONE]
    assert [row.address for row in line.failed(principal)] == [PHONE]
    assert refused(lambda: unfinished.remind(principal, draft.id)) == "address.none"
    assert refused(lambda: line.invite(principal, home.an.account_id)) == "address.none"
    home.confirm_mail()
    unfinished.remind(principal, draft.id)
    line.invite(principal, home.an.account_id)
    assert [address for _, address in home.mailed()[1:]] == [MAIL, MAIL]
    with home.store.read() as session:
        assert "" not in session.scalars(select(Post.address)).all()
        assert accounts.by_login(session, PHONE) is not None
        assert session.get_one(Account, home.an.account_id).address == ""
