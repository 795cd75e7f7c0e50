"""How much may be in doubt after the loss of a machine (DESIGN "Sending" 6)."""

from desktop.store.db import Store
from tests.make import Make
from tests.outgoing import approved_notice, crowd, states
from tests.sending import Post
from tests.stand_ins import ScriptedSmtp

MAILS = 220


class CountingSmtp(ScriptedSmtp):
    """Looks now and then, before it answers a mail, how many mails a worker holds."""

    def __init__(self, store: Store) -> None:
        super().__init__()
        self._store = store
        self._answered = 0
        self.held: list[int] = []

    def reply_to(self, step: str) -> str:
        if step == "BODY":
            self._answered += 1
            if self._answered % 10 == 5:
                self.held.append(states(self._store).count("leased"))
        return super().reply_to(step)


def test_a_connection_never_has_more_than_a_hundred_mails_that_the_database_does_not_know_the_end_of(
    post: Post, store: Store, make: Make
) -> None:
    with store.bookkeep() as session:
        school = make.school(session)
        child = crowd(session, make, make.homeroom(session, school), MAILS, kind="email")
        approved_notice(session, make, school, [child])
    post.set(**{"email.connections": 1})
    with CountingSmtp(store) as server:
        post.use_mail(server)
        outcome = post.run()
    assert outcome.sent["email"] == MAILS
    assert 50 < max(server.held) <= 100
