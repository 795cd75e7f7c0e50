"""Citizens get an account, log in, and get a new password; nobody learns who has one."""

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import event, func, select, text

from desktop.domain.accounts import IDLE, LONGEST_SESSION, LoggedIn, Purpose, SignUpForm, clean_login
from desktop.domain.errors import UserError
from desktop.domain.posts import Template
from desktop.secrets import Secrets, new_data_key
from desktop.services.accounts import Accounts
from desktop.services.posts import Posts
from desktop.store import posts as posts_store
from desktop.store import settings as settings_store
from desktop.store.db import Store
from desktop.store.tables import Account, AccountToken, Attempt, AuditEvent, Base, CitizenSession, Consent, Post
from desktop.wording import accounts as wording
from tests.conftest import Clock
from tests.make import Make

SECRETS = Secrets.handed({"DATA_KEY": new_data_key()})
PASSWORD = "kaze no tani 7"
FORM = SignUpForm("Hana.Aoki@docomo.example", "青木", "花", PASSWORD, PASSWORD, "ja", "2026-04")
ODD = ("", " ", "　", "x" * 10_000, "\0", "\x1b[31m", "😀", "\u202eabc", "<b>x</b>", "'; DROP TABLE accounts; --",
       "\ud800", "ÿþ", "%00", "a@b@c", "\r\nBcc: x@y.example")  # fmt: skip


class Town:
    """The portal's services on one database, and the mails that they would send."""

    def __init__(self, store: Store, clock: Clock, make: Make) -> None:
        self.store = store
        self.accounts = Accounts(store, SECRETS, clock)
        self.posts = Posts(store, SECRETS, clock)
        with store.bookkeep() as session:
            make.installation(session)
            settings_store.put(session, "portal.url", "https://portal.example")
            settings_store.put(session, "city.name", "ひがし市")

    def mail(self) -> str:
        """The newest mail's text."""
        claimed = self.posts.claim("portal@city.example")
        return claimed[-1][1].body

    def proof(self) -> str:
        found = re.search(r"https://portal\.example/link/(\S+)", self.mail())
        assert found
        return found.group(1)

    def code(self) -> str:
        found = re.search(r"\b\d{8}\b", self.mail())
        assert found
        return found.group()

    def log_in(self, login: str, password: str, proof: str = "", browser: str = "") -> LoggedIn:
        inside = self.accounts.log_in(login, password, proof, browser)
        assert isinstance(inside, LoggedIn)
        return inside

    def joined(self, form: SignUpForm = FORM) -> None:
        self.accounts.sign_up(form)
        self.accounts.log_in(form.email, form.password, self.proof())

    def count(self, table: type[Base]) -> int:
        with self.store.read() as session:
            return session.scalar(select(func.count()).select_from(table)) or 0


@pytest.fixture
def town(store: Store, clock: Clock, make: Make) -> Town:
    return Town(store, clock, make)


def refused(act: Callable[[], object]) -> str:
    with pytest.raises(UserError) as error:
        act()
    return error.value.code


# Getting an account


def test_the_link_and_the_log_in_make_an_account_and_opening_the_link_does_not(town: Town) -> None:
    town.accounts.sign_up(FORM)
    proof = town.proof()
    opened = town.accounts.open_link(proof)
    assert (opened.purpose, opened.address) == (Purpose.ACTIVATE, "hana.aoki@docomo.example")
    assert town.count(Account) == 0
    inside = town.log_in(" hana.aoki@DOCOMO.example", PASSWORD, opened.proof)
    assert (inside.citizen.login, inside.citizen.family_name) == ("hana.aoki@docomo.example", "青木")
    assert town.accounts.citizen(inside.session) == inside.citizen
    with town.store.read() as session:
        consent = session.scalars(select(Consent)).one()
        assert (consent.account_id, consent.terms_version) == (inside.citizen.account_id, "2026-04")


def test_the_code_typed_on_the_open_page_makes_an_account_too(town: Town) -> None:
    reference = town.accounts.sign_up(FORM)
    digits = town.code()
    wide = f" {digits[:4]}　{digits[4:]}".translate(str.maketrans("0123456789", "０１２３４５６７８９"))
    assert town.accounts.type_code(reference, wide).purpose is Purpose.ACTIVATE
    assert town.log_in(FORM.email, PASSWORD).citizen.given_name == "花"
    assert refused(lambda: town.accounts.type_code(reference, digits)) == "link.used"


def test_without_the_link_nobody_logs_in(town: Town) -> None:
    town.accounts.sign_up(FORM)
    assert refused(lambda: town.log_in(FORM.email, PASSWORD)) == "log_in.refused"
    proof = town.proof()
    assert refused(lambda: town.log_in(FORM.email, "another pass 9", proof)) == "log_in.refused"
    assert refused(lambda: town.log_in("other@mail.example", PASSWORD, proof)) == "log_in.refused"
    assert town.count(Account) == 0


def test_five_wrong_codes_hold_the_right_one_for_fifteen_minutes(town: Town, clock: Clock) -> None:
    reference = town.accounts.sign_up(FORM)
    digits = town.code()
    wrong = str((int(digits) + 1) % 10**8).zfill(8)
    assert [refused(lambda: town.accounts.type_code(reference, wrong)) for _ in range(5)] == ["code.wrong"] * 5
    assert refused(lambda: town.accounts.type_code(reference, digits)) == "code.held"
    clock.turn(minutes=15)
    assert town.accounts.type_code(reference, digits)


def test_a_link_is_good_for_a_day_and_once(town: Town, clock: Clock) -> None:
    town.accounts.sign_up(FORM)
    proof = town.proof()
    clock.turn(hours=23, minutes=59)
    town.log_in(FORM.email, PASSWORD, proof)
    assert refused(lambda: town.accounts.open_link(proof)) == "link.used"
    clock.turn(minutes=1)
    assert refused(lambda: town.accounts.open_link(proof)) == "link.expired"


def test_of_two_sign_ups_of_one_address_only_the_one_whose_mail_is_answered_counts(town: Town) -> None:
    """Somebody else's password never becomes the password of an address that they cannot read."""
    town.accounts.sign_up(replace(FORM, password="stranger's word", again="stranger's word"))
    town.proof()
    town.accounts.sign_up(FORM)
    mine = town.proof()
    town.log_in(FORM.email, PASSWORD, mine)
    assert refused(lambda: town.log_in(FORM.email, "stranger's word")) == "log_in.refused"


def test_a_mail_can_be_sent_again_with_the_same_link(town: Town) -> None:
    reference = town.accounts.sign_up(FORM)
    first = town.proof()
    town.accounts.send_again(reference)
    assert town.proof() == first
    assert refused(lambda: town.accounts.send_again("1.forged")) == "link.unknown"
    assert refused(lambda: town.accounts.send_again(first)) == "link.unknown"  # the link is not the page's reference


def test_nobody_is_flooded_with_mails(town: Town, clock: Clock) -> None:
    for _ in range(8):
        town.accounts.sign_up(FORM)
    assert town.count(Post) == 5
    clock.turn(hours=1)
    town.accounts.forgot(FORM.email, "ja")
    assert town.count(Post) == 6


def test_codes_of_one_address_cannot_be_guessed_by_asking_for_ever_new_ones(town: Town, clock: Clock) -> None:
    """Each request has a code of its own, also beyond the mails of an hour: the address counts all tries together."""
    town.joined()
    for _ in range(10):
        reference = town.accounts.forgot(FORM.email, "ja")
        codes = [refused(lambda: town.accounts.type_code(reference, "00000000")) for _ in range(5)]  # noqa: B023
        assert codes == ["code.wrong"] * 5
    proof = town.proof()
    assert refused(lambda: town.accounts.type_code(reference, "00000001")) == "code.held"
    assert town.accounts.open_link(proof).purpose is Purpose.RESET  # whoever has the mail still gets in
    assert refused(lambda: town.accounts.type_code(town.accounts.forgot("b@mail.example", "ja"), "1")) == "code.wrong"
    clock.turn(hours=1)
    assert refused(lambda: town.accounts.type_code(reference, "00000000")) == "code.wrong"


# Nobody learns who has an account


def _statements(town: Town, act: Callable[[], object]) -> Counter[str]:
    seen: Counter[str] = Counter()

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        seen[statement] += 1

    event.listen(town.store.engine, "before_cursor_execute", note)
    act()
    event.remove(town.store.engine, "before_cursor_execute", note)
    return seen


def test_known_and_unknown_addresses_cost_the_same_statements(town: Town) -> None:
    town.joined()
    unknown = replace(FORM, email="new@mail.example")
    known = _statements(town, lambda: town.accounts.sign_up(FORM))
    assert _statements(town, lambda: town.accounts.sign_up(unknown)) == known
    forgotten = _statements(town, lambda: town.accounts.forgot(FORM.email, "ja"))
    assert _statements(town, lambda: town.accounts.forgot("else@mail.example", "ja")) == forgotten

    def wrong(login: str, proof: str) -> Callable[[], object]:
        return lambda: refused(lambda: town.log_in(login, "wrong password 1", proof))

    for proof in ("", "1.x", "99.x"):
        assert _statements(town, wrong(FORM.email, proof)) == _statements(town, wrong("else@mail.example", proof))


def test_a_known_address_is_told_by_mail_alone(town: Town) -> None:
    town.joined()
    reference = town.accounts.sign_up(FORM)
    assert "/link/" not in town.mail()
    assert refused(lambda: town.accounts.type_code(reference, "12345678")) == "code.wrong"
    with town.store.read() as session:
        assert session.scalars(select(Post.template).order_by(Post.id)).all()[-1] == Template.KNOWN_ALREADY


def test_known_and_unknown_logins_are_held_alike(town: Town) -> None:
    town.joined()
    for login in (FORM.email, "nobody@mail.example"):
        codes = [refused(lambda: town.log_in(login, "wrong password 1")) for _ in range(11)]  # noqa: B023
        assert codes == ["log_in.refused"] * 10 + ["log_in.held"]


def test_a_log_in_that_is_held_opens_again(town: Town, clock: Clock) -> None:
    town.joined()
    for _ in range(10):
        refused(lambda: town.log_in(FORM.email, "wrong password 1"))
    assert refused(lambda: town.log_in(FORM.email, PASSWORD)) == "log_in.held"
    clock.turn(minutes=15)
    assert town.log_in(FORM.email, PASSWORD)
    assert refused(lambda: town.log_in(FORM.email, "wrong password 1")) == "log_in.refused"


def test_a_stranger_who_tries_without_end_keeps_nobody_out_for_good(town: Town) -> None:
    """Neither the browser of before, nor whoever has the mail of a new password, nor a sign-up with its link."""

    def tried(login: str) -> None:
        for _ in range(10):
            refused(lambda: town.log_in(login, "wrong password 1"))
        assert refused(lambda: town.log_in(login, PASSWORD)) == "log_in.held"

    tried(FORM.email)
    town.accounts.sign_up(FORM)
    before = town.log_in(FORM.email, PASSWORD, town.proof())
    assert town.log_in(FORM.email, PASSWORD, browser=before.browser)
    assert refused(lambda: town.log_in(FORM.email, PASSWORD)) == "log_in.held"
    town.accounts.change_password(before.citizen, before.session, PASSWORD, "umi no oto 3", "umi no oto 3")

    town.accounts.forgot(FORM.email, "ja")
    browser = town.accounts.reset(town.proof(), PASSWORD, PASSWORD)
    tried(FORM.email)
    for _ in range(10):
        assert refused(lambda: town.log_in(FORM.email, "wrong", "", browser)) == "log_in.refused"
        assert refused(lambda: town.log_in("b@mail.example", "wrong", "", browser)) == "log_in.refused"
    for login in (FORM.email, "b@mail.example"):  # it is counted, too, and good for one login alone
        assert refused(lambda: town.log_in(login, PASSWORD, "", browser)) == "log_in.held"  # noqa: B023
    assert refused(lambda: town.log_in(FORM.email, PASSWORD, "", "x" * 16 + ".y")) == "log_in.held"


# A new password


def test_a_forgotten_password_is_replaced_and_every_session_ends(town: Town) -> None:
    town.joined()
    inside = town.log_in(FORM.email, PASSWORD)
    town.accounts.forgot(FORM.email.upper(), "en")
    proof = town.proof()
    assert town.accounts.open_link(proof).purpose is Purpose.RESET
    assert refused(lambda: town.accounts.reset(proof, "short", "short")) == "form.wrong"
    town.accounts.reset(proof, "umi no oto 3", "umi no oto 3")
    assert town.accounts.citizen(inside.session) is None
    assert refused(lambda: town.log_in(FORM.email, PASSWORD)) == "log_in.refused"
    assert town.log_in(FORM.email, "umi no oto 3")
    assert refused(lambda: town.accounts.reset(proof, "mori no koe 5", "mori no koe 5")) == "link.used"


def test_a_new_password_lets_in_whoever_was_held(town: Town) -> None:
    town.joined()
    for _ in range(10):
        refused(lambda: town.log_in(FORM.email, "wrong password 1"))
    town.accounts.forgot(FORM.email, "ja")
    town.accounts.reset(town.proof(), "umi no oto 3", "umi no oto 3")
    assert town.log_in(FORM.email, "umi no oto 3")


def test_a_link_for_one_thing_does_no_other(town: Town) -> None:
    town.accounts.sign_up(FORM)
    proof = town.proof()
    assert refused(lambda: town.accounts.reset(proof, "umi no oto 3", "umi no oto 3")) == "link.unknown"
    town.log_in(FORM.email, PASSWORD, proof)
    town.accounts.forgot("nobody@mail.example", "ja")
    assert "/link/" not in town.mail()


def test_changing_the_password_needs_the_old_one_and_keeps_this_browser(town: Town) -> None:
    town.joined()
    here, there = (town.log_in(FORM.email, PASSWORD) for _ in range(2))

    def change(old: str) -> None:
        town.accounts.change_password(here.citizen, here.session, old, "umi no oto 3", "umi no oto 3")

    assert refused(lambda: change("wrong password 1")) == "log_in.refused"
    change(PASSWORD)
    assert town.accounts.citizen(here.session) == here.citizen
    assert town.accounts.citizen(there.session) is None


# Sessions


def test_a_session_ends_when_nobody_is_there_and_at_the_latest_after_half_a_day(town: Town, clock: Clock) -> None:
    town.joined()
    idle = town.log_in(FORM.email, PASSWORD)
    clock.turn(IDLE - timedelta(minutes=1))
    assert town.accounts.citizen(idle.session)
    clock.turn(IDLE)
    assert town.accounts.citizen(idle.session) is None
    busy = town.log_in(FORM.email, PASSWORD)
    began = clock.now
    while clock.now < began + LONGEST_SESSION - timedelta(minutes=30):
        assert town.accounts.citizen(busy.session)
        clock.turn(minutes=30)
    clock.turn(minutes=30)
    assert town.accounts.citizen(busy.session) is None


def test_logging_out_ends_one_session_or_all(town: Town) -> None:
    town.joined()
    here, there, third = (town.log_in(FORM.email, PASSWORD) for _ in range(3))
    town.accounts.log_out(here.session)
    assert town.accounts.citizen(here.session) is None
    assert town.accounts.citizen(there.session)
    town.accounts.log_out_everywhere(there.citizen)
    assert town.accounts.citizen(third.session) is None


def test_a_language_is_kept(town: Town) -> None:
    town.joined()
    inside = town.log_in(FORM.email, PASSWORD)
    town.accounts.set_language(inside.citizen, "vi")
    found = town.accounts.citizen(inside.session)
    assert found
    assert found.language == "vi"
    assert refused(lambda: town.accounts.set_language(inside.citizen, "xx")) == "form.wrong"


# What is stored


def test_the_database_holds_nothing_by_which_one_could_get_in(town: Town) -> None:
    reference = town.accounts.sign_up(FORM)
    proof, digits = town.proof(), ""
    town.accounts.send_again(reference)
    digits = town.code()
    inside = town.log_in(FORM.email, PASSWORD, proof)
    stored = ""
    with town.store.read() as session:
        for table in Base.metadata.sorted_tables:
            stored += repr(session.execute(select(table)).all())
    for secret in (PASSWORD, proof, proof.partition(".")[2], digits, reference, inside.session):
        assert secret not in stored


def test_what_was_done_is_recorded_without_names_or_addresses(town: Town) -> None:
    town.joined()
    refused(lambda: town.log_in(FORM.email, "wrong password 1"))
    with town.store.read() as session:
        events = session.scalars(select(AuditEvent)).all()
    told = repr([(e.actor_label, e.verb, e.subject, e.details) for e in events])
    assert {"asked_for", "proved", "logged_in", "log_in_refused"} <= {e.verb for e in events}
    assert "青木" not in told
    assert "docomo" not in told.lower()


def test_what_nobody_needs_any_more_is_forgotten(town: Town, clock: Clock) -> None:
    town.joined()
    town.accounts.forgot(FORM.email, "ja")
    with town.store.bookkeep() as session:
        session.execute(text("UPDATE posts SET state = 'sent'"))
    clock.turn(days=32)
    town.posts.let_go()
    assert [town.count(table) for table in (Post, AccountToken, CitizenSession, Attempt)] == [0, 0, 0, 0]
    assert town.count(Account) == 1


# Bad input


@pytest.mark.parametrize("odd", ODD)
@pytest.mark.parametrize("field", ["email", "family_name", "given_name", "password", "again", "language"])
def test_odd_text_in_a_field_is_refused_there_or_kept_as_it_is(
    sqlite_store: Store, clock: Clock, make: Make, field: str, odd: str
) -> None:
    town = Town(sqlite_store, clock, make)
    form = replace(FORM, **{field: odd})
    if problems := town.accounts.check_sign_up(form):
        assert {p.field for p in problems} <= {field, "again", "password"}
        assert all(wording.problem(p) for p in problems)
        assert refused(lambda: town.accounts.sign_up(form)) == "form.wrong"
        assert town.count(AccountToken) == 0
    else:
        town.joined(form)
        with town.store.read() as session:
            row = session.scalars(select(Account)).one()
        assert getattr(row, field) == odd.strip()


@pytest.mark.parametrize("odd", ODD)
def test_odd_text_at_the_door_is_refused(town: Town, odd: str) -> None:
    reference = town.accounts.sign_up(FORM)
    assert refused(lambda: town.log_in(odd, odd, odd)) == "log_in.refused"
    assert refused(lambda: town.accounts.open_link(odd)) == "link.unknown"
    assert refused(lambda: town.accounts.open_link(f"1.{odd}")) == "link.unknown"
    assert refused(lambda: town.accounts.type_code(odd, "1")) == "link.unknown"
    assert refused(lambda: town.accounts.type_code(reference, odd)) == "code.wrong"
    assert town.accounts.citizen(odd) is None


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(typed=st.text(max_size=60))
def test_a_login_is_the_same_however_often_it_is_cleaned(typed: str) -> None:
    assert clean_login(clean_login(typed)) == clean_login(typed)


# Single mails


def test_a_mail_that_is_not_due_yet_can_be_taken_back(town: Town, clock: Clock) -> None:
    def put() -> int:
        with town.store.bookkeep() as session:
            return posts_store.put(
                session,
                Template.PASSWORD_CHANGED,
                "a@mail.example",
                "ja",
                timedelta(days=1),
                after=timedelta(seconds=60),
            )

    def take_back(post: int) -> bool:
        with town.store.bookkeep() as session:
            return posts_store.take_back(session, post)

    early, late = put(), put()
    assert not town.posts.is_any_due()
    assert take_back(early)
    assert not take_back(early)
    clock.turn(seconds=60)
    assert not take_back(late)
    assert [post.id for post, _ in town.posts.claim("portal@city.example")] == [late]


def test_mails_speak_their_readers_language(town: Town) -> None:
    for number, language in enumerate(("ja", "en", "vi")):
        town.accounts.sign_up(replace(FORM, email=f"p{number}@mail.example", language=language))
    texts = [mail for _, mail in town.posts.claim("portal@city.example")]
    assert [mail.language for mail in texts] == ["ja", "en", "vi"]
    assert len({mail.subject for mail in texts}) == 3
