"""Single mails that the system owes somebody: what the worker needs to send them."""

import uuid
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta

from desktop.domain.deliveries import MailOutcome
from desktop.domain.mail import MailText
from desktop.domain.posts import KEPT_FOR, LARGEST_CLAIM, Post, PostVerdict, judge
from desktop.secrets import Secrets
from desktop.services.account_links import Links
from desktop.services.clock import utc_now
from desktop.services.post_text import post_text
from desktop.settings import Settings
from desktop.store import accounts, attempts, citizen_sessions, db, posts, settings
from desktop.store.db import Clock, Session, Store
from desktop.store.deliveries.workers import may_send


class Posts:
    """The worker's. Nothing leaves a database that was copied or restored and is not released."""

    def __init__(
        self,
        store: Store,
        secrets: Secrets,
        clock: Clock = utc_now,
        errands: Sequence[Callable[[], object]] = (),
    ) -> None:
        """`errands` are what is to be done on time before mails leave, such as decisions that take effect."""
        self._store = store
        self._errands = errands
        self._links = Links(secrets)
        self._clock = clock

    def is_any_due(self) -> bool:
        """Cheap enough to be asked each second."""
        with self._store.read() as session:
            return posts.is_any_due(session) and may_send(session)

    def run_errands(self) -> None:
        for errand in self._errands:
            errand()

    def settings(self) -> Settings:
        with self._store.read() as session:
            return settings.load(session)

    def claim(self, sender: str) -> list[tuple[Post, MailText]]:
        """Lease the next few, with their words. Raises UserError("secrets.…") where links cannot be made."""
        with self._store.bookkeep() as session:
            if not may_send(session):
                return []
            posts.expire(session)
            known = settings.load(session)
            claimed = posts.claim(session, uuid.uuid4().hex, LARGEST_CLAIM, sender)
            whole = [self._with_link(session, post, known["portal.url"]) for post in claimed]
        return [(post, post_text(post, known["city.name"], known["portal.url"], sender)) for post in whole]

    def _with_link(self, session: Session, post: Post, portal: str) -> Post:
        token = accounts.token(session, post.token_id) if post.token_id is not None else None
        if token is None or token.useless:
            return post
        link = f"{portal}/link/{self._links.proof(token.id, token.nonce)}" if portal else ""
        return replace(post, link=link, code=self._links.code(token.id, token.nonce))

    def settle(self, post: Post, outcome: MailOutcome) -> PostVerdict:
        with self._store.bookkeep() as session:
            verdict = judge(post, outcome, db.now(session))
            posts.settle(session, post, verdict)
        return verdict

    def give_back(self, unsent: Sequence[Post]) -> None:
        """What was not begun."""
        with self._store.bookkeep() as session:
            for lease in {post.lease for post in unsent}:
                posts.give_back(session, lease)

    def let_go(self) -> None:
        """Forget mails, tokens, sessions and counts that nobody needs any more."""
        with self._store.bookkeep() as session:
            now = db.now(session)
            posts.let_go(session, now - KEPT_FOR)
            accounts.let_go(session, now - KEPT_FOR)
            citizen_sessions.let_go(session, now)
            attempts.let_go(session, now - timedelta(days=1))
