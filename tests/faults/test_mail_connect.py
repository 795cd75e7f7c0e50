"""A mail server that cannot be talked to in secret, does not know us, or is slow; then it is put right."""

from dataclasses import replace
from typing import Any

import pytest

from desktop.store.db import Store
from tests.faults.harness import Families, came_again, recover
from tests.outgoing import deliveries, stopped_channels
from tests.sending import Post
from tests.stand_ins import CLOSE, HANG, Certificates, ScriptedSmtp, SmtpScript, make_certificates


@pytest.fixture
def store(sqlite_store: Store) -> Store:
    return sqlite_store


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return make_certificates(tmp_path_factory.mktemp("right"))


@pytest.fixture(scope="module")
def others(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    """Of another authority, for another host."""
    return make_certificates(tmp_path_factory.mktemp("wrong"), "mail.other.test")


FAULTS: dict[str, tuple[dict[str, Any], str]] = {
    "no TLS offered": ({"tls": None}, "tls_not_offered"),
    "TLS put off": ({"replies": {"STARTTLS": "454 4.7.0 Not now"}}, "server_busy"),
    "TLS refused": ({"replies": {"STARTTLS": "554 5.7.0 Never"}}, "server_refused"),
    "TLS garbage": ({"garbage": b"\x16\x03\x01garbage" * 9}, "tls_failed"),
    "hangs up at TLS": ({"replies": {"STARTTLS": CLOSE}}, "connection_lost"),
    "silent at TLS": ({"replies": {"STARTTLS": HANG}}, "timeout"),
    "wrong password": ({"password": "another"}, "auth_refused"),
    "log-in put off": ({"replies": {"AUTH": "454 4.7.0 Later"}}, "auth_later"),
    "log-in nonsense": ({"replies": {"AUTH": "334 !!!"}}, ""),
    "no log-in offered": ({"user": ""}, "auth_not_offered"),
    "hangs up at log-in": ({"replies": {"AUTH": CLOSE}}, "connection_lost"),
    "sender refused": ({"replies": {"MAIL": "550 5.7.1 Who are you?"}}, "sender_refused"),
    "we are blocked": ({"replies": {"MAIL": "554 5.7.1 Client host blocked"}}, "blocked"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_until_it_is_mended_nothing_goes_out_and_nobody_fails_for_it(
    post: Post, families: Families, certificates: Certificates, fault: str
) -> None:
    script, reason = FAULTS[fault]
    well = SmtpScript(tls=certificates, user="office", password="open sesame")
    families.notice(mails=4)
    families.notice(mails=1, urgent=True)
    post.channels.ca_file, post.channels.password = str(certificates.ca_file), "open sesame"
    post.channels.connect_seconds = 0.3
    post.set(**{"email.security": "starttls", "email.user": "office"})
    with ScriptedSmtp(replace(well, **script)) as server:
        post.use_mail(server)
        post.run()
        assert {(row.state, row.attempts) for row in deliveries(post.store)} == {("due", 0)}
        assert reason in ("", stopped_channels(post.store)["email"])
        server.script = well
        recover(post)
    assert came_again(post) == 0


@pytest.mark.parametrize("implicit", [True, False], ids=["tls", "starttls"])
def test_nothing_is_said_to_a_server_with_somebody_elses_certificate(
    post: Post, families: Families, certificates: Certificates, others: Certificates, implicit: bool
) -> None:
    families.notice(mails=3)
    post.channels.ca_file = str(certificates.ca_file)
    post.set(**{"email.security": "tls" if implicit else "starttls"})
    with ScriptedSmtp(SmtpScript(tls=others, implicit_tls=implicit)) as wrong:
        post.use_mail(wrong)
        post.run()
    assert not [said for said in wrong.commands if said[:4] in {"AUTH", "MAIL"}]
    assert stopped_channels(post.store) == {"email": "certificate"}
    with ScriptedSmtp(SmtpScript(tls=certificates, implicit_tls=implicit)) as right:
        post.use_mail(right)
        recover(post)


def test_a_slow_server_gets_everything_once(post: Post, families: Families) -> None:
    families.notice(mails=12)
    with ScriptedSmtp(SmtpScript(pause_s=0.05)) as server:
        post.use_mail(server)
        recover(post)
    assert came_again(post) == 0
    assert sum(row.in_doubt_count for row in deliveries(post.store)) == 0


def test_a_mail_that_is_too_big_or_a_mailbox_that_is_full_says_so(post: Post, families: Families) -> None:
    families.notice(mails=3)
    replies = {"RCPT": ["552 5.2.2 Over quota", "250 Ok"], "BODY": ["552 5.3.4 Too big", "250 Ok"]}
    with ScriptedSmtp(SmtpScript(replies=replies)) as server:
        post.use_mail(server)
        recover(post)
    assert sorted(row.reason or "" for row in deliveries(post.store)) == ["", "mailbox_full", "too_big"]
