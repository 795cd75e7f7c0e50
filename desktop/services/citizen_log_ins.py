"""The beginning of a citizen's session, by whatever way they proved who they are."""

import secrets as random

from desktop.domain.accounts import LoggedIn
from desktop.services.account_links import Links, session_hash
from desktop.store import audit, citizen_sessions
from desktop.store.db import Session


def begin(session: Session, links: Links, account_id: int) -> LoggedIn:
    cookie = random.token_urlsafe(32)
    hash_ = session_hash(cookie)
    ends_at = citizen_sessions.begin(session, account_id, hash_)
    audit.record(session, "logged_in", "account", account_id)
    found = citizen_sessions.find(session, hash_)
    if found is None:
        raise AssertionError("a session was over when it began")
    return LoggedIn(found[0], cookie, ends_at, links.browser(found[0].login))
