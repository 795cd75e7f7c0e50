"""What a citizen changes of their own account, and how the roster follows; nobody reaches another's."""

import re
from collections import Counter
from dataclasses import replace

import pytest
from sqlalchemy import event, select, text

from desktop.domain.accounts import ADDRESSES, Citizen, LoggedIn, Purpose
from desktop.domain.errors import UserError
from desktop.domain.people import Contact, FamilyMember
from desktop.domain.registrations import Kind, RegistrationState
from desktop.services import passwords
from desktop.services.accounts import Accounts
from desktop.services.own_account import OwnAccount
from desktop.store.db import Store
from desktop.store.tables import Account, Child, ContactPoint, Flag, Guardianship, Post
from tests.conftest import Clock
from tests.make import Make
from tests.review_office import GIVEN, SECRETS
from tests.services.test_accounts import ODD, PASSWORD
from tests.services.test_own_children import Home
from tests.services.test_reviews import refused

NEW = "hana2@au.example"
HASH = passwords.hashed(PASSWORD, "x")


class Portal(Home):
    """Mother, an accepted guardian, and father, who has registered nothing; both with a password."""

    def __init__(self, store: Store, clock: Clock, make: Make) -> None:
        super().__init__(store, clock, make)
        self.accounts, self.account = Accounts(store, SECRETS, clock), OwnAccount(store, SECRETS, clock)
        with store.bookkeep() as session:
            session.execute(text("UPDATE accounts SET password_hash = :hash"), {"hash": HASH})
            session.execute(text("INSERT INTO settings (key, value) VALUES ('portal.url', '\"https://p.example\"')"))

    def log_in(self, login: str, password: str) -> LoggedIn:
        inside = self.accounts.log_in(login, password)
        assert isinstance(inside, LoggedIn)
        return inside

    def newest(self) -> tuple[str, str]:
        """Template and text of the newest mail."""
        post, words = self.posts.claim("portal@city.example")[-1]
        return post.template, words.body

    def confirm(self) -> None:
        found = re.search(r"https://p\.example/link/(\S+)", self.newest()[1])
        assert found
        self.account.confirm(found.group(1))

    def has(self) -> FamilyMember:
        return self.people.child(self.make.principal(), self.child).guardians[0]

    def reached(self) -> list[tuple[str, bool, bool]]:
        return [(each.address, each.plain_text_only, each.usable) for each in self.has().contacts]

    def contact(self, address: str) -> Contact:
        return next(each for each in self.has().contacts if each.address == address)


@pytest.fixture
def portal(store: Store, clock: Clock, make: Make) -> Portal:
    return Portal(store, clock, make)


def test_another_address_is_used_once_its_own_mail_confirmed_it(portal: Portal) -> None:
    portal.account.add_address(portal.mother, NEW, plain=True)
    assert [(each.address, each.confirmed) for each in portal.account.addresses(portal.mother)] == [
        ("mother@mail.example", True), (NEW, False),
    ]  # fmt: skip
    assert portal.reached() == [("mother@mail.example", False, True)]
    portal.confirm()
    assert portal.reached() == [("mother@mail.example", False, True), (NEW, True, True)]
    again = lambda: portal.account.add_address(portal.mother, NEW.upper(), plain=False)  # noqa: E731
    assert refused(again) == "address.known"


def test_the_code_confirms_it_where_the_telephone_cannot_open_the_link(portal: Portal) -> None:
    reference = portal.account.add_address(portal.mother, NEW, plain=True)
    code = re.search(r"\b\d{8}\b", portal.newest()[1])
    assert code
    opened = portal.accounts.type_code(reference, code.group())
    assert opened.purpose is Purpose.ADD_ADDRESS
    assert portal.account.confirm(opened.proof).address == NEW
    assert refused(lambda: portal.account.confirm(opened.proof)) == "link.used"


def test_addresses_confirmed_before_a_guardian_is_accepted_are_theirs_then(portal: Portal) -> None:
    portal.account.add_address(portal.father, NEW, plain=True)
    portal.confirm()
    portal.accept(portal.father, "f")
    with portal.store.read() as session:
        row = session.scalars(select(ContactPoint).where(ContactPoint.address == NEW)).one()
    assert (row.plain_text_only, row.verified_at is not None) == (True, True)


def test_whom_the_roster_knew_reads_the_language_that_they_chose_on_the_portal(portal: Portal) -> None:
    with portal.store.bookkeep() as session:
        child = session.get_one(Child, portal.child)
        guardian = portal.make.guardian(session, child, family="髙橋", mail=portal.father.login).id
    portal.accounts.set_language(portal.father, "vi")
    portal.accept(portal.father, "f")
    assert portal.people.guardian(portal.make.principal(), guardian).language == "vi"


def test_an_address_that_is_removed_gets_nothing_more_and_its_link_opens_nothing(portal: Portal) -> None:
    portal.account.add_address(portal.mother, NEW, plain=False)
    portal.confirm()
    _, added = portal.account.addresses(portal.mother)
    portal.account.set_plain(portal.mother, added.id, plain=True)
    assert portal.contact(NEW).plain_text_only
    portal.account.confirm_again(portal.mother, added.id)
    portal.account.remove_address(portal.mother, added.id)
    assert portal.reached() == [("mother@mail.example", False, True)]
    with pytest.raises(UserError, match=r"link\.used"):
        portal.confirm()
    assert refused(lambda: portal.account.remove_address(portal.mother, 0)) == "address.login"


def test_an_address_whose_mail_came_back_is_used_again_once_it_is_confirmed_anew(portal: Portal) -> None:
    portal.people.guardian(portal.make.principal(), portal.has().guardian_id)
    with portal.store.bookkeep() as session:
        session.execute(text("UPDATE contact_points SET suppressed_reason = 'bounced'"))
    assert portal.account.addresses(portal.mother)[0].stopped == "bounced"
    portal.account.set_plain(portal.mother, 0, plain=True)
    assert portal.reached() == [("mother@mail.example", True, False)]
    portal.account.confirm_again(portal.mother, 0)
    portal.confirm()
    assert portal.reached() == [("mother@mail.example", True, True)]


def test_a_new_log_in_id_holds_once_confirmed_and_both_addresses_are_told(portal: Portal) -> None:
    session = portal.log_in(portal.mother.login, PASSWORD).session
    assert refused(lambda: portal.account.change_login(portal.mother, "wrong", NEW)) == "log_in.refused"
    portal.account.change_login(portal.mother, PASSWORD, NEW)
    assert portal.accounts.citizen(session)
    portal.confirm()
    assert portal.accounts.citizen(session) is None
    assert refused(lambda: portal.log_in(portal.mother.login, PASSWORD)) == "log_in.refused"
    assert portal.log_in(NEW, PASSWORD).citizen.account_id == portal.mother.account_id
    assert portal.reached() == [(NEW, False, True)]
    with portal.store.read() as read:
        told = read.scalars(select(Post.address).where(Post.template == "login_changed").order_by(Post.id)).all()
    assert told == ["mother@mail.example", NEW]


def test_whether_an_address_has_a_log_in_id_is_told_by_mail_alone(portal: Portal) -> None:
    said: list[Counter[str]] = []
    for address in ("father@mail.example", NEW):
        statements: Counter[str] = Counter()

        def hear(_c: object, _u: object, statement: str, *_rest: object) -> None:
            statements[statement] += 1  # noqa: B023 - of this round

        event.listen(portal.store.engine, "before_cursor_execute", hear)
        portal.account.change_login(portal.mother, PASSWORD, address)
        event.remove(portal.store.engine, "before_cursor_execute", hear)
        said.append(statements)
    assert said[0] == said[1]
    with portal.store.read() as session:
        mails = session.scalars(select(Post.template).order_by(Post.id.desc()).limit(2)).all()
    assert mails == ["change_login", "known_already"]


def test_language_and_names_reach_the_roster(portal: Portal) -> None:
    portal.accounts.set_language(portal.mother, "vi")
    portal.account.set_names(portal.mother, "阮", "花")
    assert (portal.has().language, portal.has().name) == ("vi", "阮 花")
    assert portal.people.find(portal.clerk, "阮")
    assert refused(lambda: portal.account.set_names(portal.mother, " ", "花")) == "form.wrong"


def test_what_the_school_entered_beside_it_stays(portal: Portal) -> None:
    with portal.store.bookkeep() as session:
        guardian = session.scalars(select(Guardianship.guardian_id)).one()
        for kind, address in (("phone", "0829990000"), ("email", "work@mail.example")):
            session.add(ContactPoint(guardian_id=guardian, kind=kind, address=address, verified_at=portal.clock()))
    portal.account.set_plain(portal.mother, 0, plain=True)
    assert {address for address, _, _ in portal.reached()} == {
        "mother@mail.example", "0829990000", "work@mail.example",
    }  # fmt: skip


def test_leaving_ends_everything_at_once_and_gives_each_school_its_withdrawal(portal: Portal) -> None:
    session = portal.log_in(portal.mother.login, PASSWORD).session
    draft = portal.changed(given_name="美月")
    with portal.store.bookkeep() as write:
        write.add(Flag(child_id=portal.child, reference="x", set_by=portal.clerk.staff_id or 0, set_at=portal.clock()))
    assert refused(lambda: portal.account.close(portal.mother, "wrong")) == "log_in.refused"
    portal.account.close(portal.mother, PASSWORD)
    assert portal.accounts.citizen(session) is None
    assert refused(lambda: portal.log_in(portal.mother.login, PASSWORD)) == "log_in.refused"
    assert portal.reached() == []
    left = portal.registrations.all(portal.mother)
    assert [(each.kind, each.state, each.closes_account) for each in left[:1]] == [
        (Kind.WITHDRAWAL, RegistrationState.SUBMITTED, True)
    ]
    assert portal.registrations.get(portal.mother, draft.id).state is RegistrationState.TAKEN_BACK
    mails = len(portal.mails())
    portal.agreed(left[0])
    assert portal.count(Guardianship) == 0
    assert len(portal.mails()) == mails  # nothing is sent there any more


def test_what_was_decided_for_somebody_who_left_meanwhile_is_not_carried_out(portal: Portal) -> None:
    sent = portal.submit(portal.father, replace(GIVEN, relationship="father"))
    portal.reviews.link(portal.reviewer, sent.id, sent.version, portal.child)
    portal.account.close(portal.father, PASSWORD)
    assert portal.minute() == 0
    assert [member.name for member in portal.people.child(portal.make.principal(), portal.child).guardians] == [
        "高橋 mother"
    ]
    begin = lambda: portal.registrations.begin(portal.father, "x", GIVEN)  # noqa: E731 - a page that was still open
    assert refused(begin) == "not_found"


def test_whoever_left_may_begin_anew_with_the_same_address(portal: Portal) -> None:
    portal.account.close(portal.mother, PASSWORD)
    with portal.store.read() as session:
        assert session.scalars(select(Account.login).order_by(Account.id)).all() == [
            f"closed {portal.mother.account_id}", portal.father.login,
        ]  # fmt: skip


def test_nobody_reaches_anothers_addresses(portal: Portal) -> None:
    portal.account.add_address(portal.mother, NEW, plain=False)
    theirs = portal.account.addresses(portal.mother)[1].id
    acts = (
        lambda: portal.account.remove_address(portal.father, theirs),
        lambda: portal.account.set_plain(portal.father, theirs, plain=True),
        lambda: portal.account.confirm_again(portal.father, theirs),
    )
    assert {refused(act) for act in acts} == {"not_found"}
    assert NEW not in repr(portal.account.addresses(portal.father))


def test_mails_to_ever_other_addresses_end(portal: Portal) -> None:
    for number in range(ADDRESSES.most):
        portal.account.add_address(portal.mother, NEW, plain=False)
        assert number >= 0
    more = lambda: portal.account.add_address(portal.mother, NEW, plain=False)  # noqa: E731
    assert refused(more) == "address.held"
    for number in range(4):
        portal.account.add_address(portal.father, f"a{number}@mail.example", plain=False)
    portal.account.add_address(portal.father, "last@mail.example", plain=False)
    assert refused(lambda: portal.account.add_address(portal.father, "x@mail.example", plain=False)) == (
        "address.too_many"
    )


def test_odd_text_is_refused_or_kept_and_never_breaks_anything(sqlite_store: Store, clock: Clock, make: Make) -> None:
    portal = Portal(sqlite_store, clock, make)
    citizen: Citizen = portal.mother
    for odd in ODD:
        assert refused(lambda: portal.account.add_address(citizen, odd, plain=False)) == "form.wrong"  # noqa: B023
        assert refused(lambda: portal.account.change_login(citizen, PASSWORD, odd)) == "form.wrong"  # noqa: B023
        assert refused(lambda: portal.account.confirm(odd)) == "link.unknown"  # noqa: B023
        if portal.account.check_names(odd, ""):
            assert refused(lambda: portal.account.set_names(citizen, odd, "")) == "form.wrong"  # noqa: B023
        else:
            portal.account.set_names(citizen, odd, "")
