"""What the connections report is written down, whatever one of them says."""

from collections import Counter

import pytest

from desktop.domain.claims import MailResult, MailWish
from desktop.domain.deliveries import LineKind, LineOutcome, MailKind, MailOutcome, MailStage
from desktop.services.deliveries import Deliveries
from desktop.store.db import Store
from desktop.worker.ledger import Ledger
from desktop.worker.moments import boot_seconds
from desktop.worker.slots import Lease
from tests.conftest import Clock
from tests.make import Make
from tests.outgoing import approved_notice, crowd, states

IMPOSSIBLE = 10**30
"""A reply code that no column of either database holds."""


def test_an_outcome_that_cannot_be_written_down_does_not_keep_the_others_from_it(
    store: Store, clock: Clock, make: Make, caplog: pytest.LogCaptureFixture
) -> None:
    with store.bookkeep() as session:
        make.installation(session)
        school = make.school(session)
        child = crowd(session, make, make.homeroom(session, school), 4, kind="email")
        approved_notice(session, make, school, [child])
    sending = Deliveries(store, clock)
    worker = sending.sign_on("one", "here")
    sending.begin_due()
    (claim,) = sending.claim_mail(worker, [MailWish(None, False, 9)])
    ledger = Ledger(sending)
    lease = Lease(claim.token, "email", boot_seconds() + 50)
    ledger.leases[claim.token] = lease
    for turn, job in enumerate(claim.jobs):
        if turn == 1:
            outcome = MailOutcome(job.delivery_id, MailKind.REFUSED, MailStage.END_OF_DATA, IMPOSSIBLE, "unknown_user")
            lease.results.append(MailResult(claim.token, job, outcome))
        else:
            lease.accepted.append(job.delivery_id)
    ledger.take_results()
    ledger.take_accepted()
    ledger.write_down()
    assert ledger.waiting == 0
    assert Counter(states(store)) == {"accepted": 3, "leased": 1}
    assert "could not be written down" in caplog.text


def test_nor_does_what_line_answered(store: Store, clock: Clock, make: Make, caplog: pytest.LogCaptureFixture) -> None:
    with store.bookkeep() as session:
        make.installation(session)
        school = make.school(session)
        room = make.homeroom(session, school)
        children = [crowd(session, make, room, 3), crowd(session, make, room, 2, kind="email")]
        approved_notice(session, make, school, children)
    sending = Deliveries(store, clock)
    worker = sending.sign_on("one", "here")
    sending.begin_due()
    ledger = Ledger(sending)
    call = sending.claim_line(worker, urgent=False)
    assert call is not None
    ledger.line_done(call, LineOutcome(LineKind.REJECTED_MESSAGE, IMPOSSIBLE))
    (claim,) = sending.claim_mail(worker, [MailWish(None, False, 9)])
    accepted = [job.delivery_id for job in claim.jobs]
    ledger.leases[claim.token] = Lease(claim.token, "email", boot_seconds() + 50, accepted)
    ledger.take_results()
    ledger.take_accepted()
    ledger.write_down()
    assert ledger.waiting == 0
    assert (states(store), states(store, "line")) == (["accepted"] * 2, ["leased"] * 3)
    assert "could not be written down" in caplog.text
    clock.turn(seconds=61)
    assert sending.take_over_expired(worker) == 3
    again = sending.claim_line(worker, urgent=False)
    assert again is not None
    assert (again.call, again.unknown) == (call.call, True)
