"""What could lose, double or misdirect a message between approval and the channels."""

from datetime import timedelta
from pathlib import Path
from queue import Queue
from threading import Event

import pytest
from sqlalchemy import update

from desktop.domain.claims import MailClaim, MailJob, MailWish, State, mail_verdict
from desktop.domain.deliveries import MailConnection, MailKind, MailOutcome, MailStage
from desktop.services.deliveries import Deliveries
from desktop.store import audit
from desktop.store.db import Store
from desktop.store.deliveries import fan_out, people
from desktop.store.tables import Delivery, Guardianship
from desktop.worker.mail_slot import MailSlot, MailWork
from desktop.worker.moments import boot_seconds
from desktop.worker.setup import MailSetup
from desktop.worker.slots import Finished, Lease, MailUnsent, Report, Surroundings, Trouble
from tests.conftest import NOON, Clock
from tests.make import Make
from tests.outgoing import approved_notice, class_of, deliveries
from tests.services.notice_office import Office

_GREYLISTED = MailOutcome(1, MailKind.DEFERRED, MailStage.RCPT, 450, "greylisted")


@pytest.fixture
def office(store: Store, clock: Clock, make: Make) -> Office:
    return Office(store, clock, make)


def test_an_address_that_is_entered_during_the_fan_out_does_not_break_it(postgres_store: Store, make: Make) -> None:
    """Between two statements another desk's commit becomes visible."""
    with postgres_store.bookkeep() as session:
        make.installation(session)
        school = make.school(session)
        child, *_ = class_of(session, make, make.homeroom(session, school), 1)
        other = make.guardian(session, child, mail=None)
        notice = approved_notice(session, make, school, [child])
    with postgres_store.bookkeep() as session:
        due = fan_out.take(session, notice.id, NOON)
        assert due is not None
        people.add_people(session, due, NOON.date())
        fan_out.add_recipients(session, notice.id)
        fan_out.add_deliveries(session, due, ["ja"], "ja", NOON)
        with postgres_store.bookkeep() as elsewhere:
            make.contact(elsewhere, other, "email", "late@mail.example")
        fan_out.link_recipients(session, due)
    assert len(deliveries(postgres_store, notice.id)) == 1


def test_whoever_must_not_be_written_to_any_more_gets_nothing_when_it_is_sent_again(office: Office) -> None:
    """A court may have spoken between the two."""
    notice = office.sending()
    for child in office.children[:2]:
        office.settle(notice, "failed", child)
    office.finish(notice)
    with office.store.write(office.make.principal()) as session:
        session.execute(
            update(Guardianship).where(Guardianship.child_id == office.children[0].id).values(do_not_contact=True)
        )
        audit.record(session, "changed", "guardianship")

    assert office.reports.resend_failed(office.author, notice) == 1
    assert office.count(Delivery, Delivery.notice_id == notice, Delivery.state == "failed") == 1


def test_a_child_that_left_does_not_keep_its_family_from_a_siblings_copy(office: Office) -> None:
    notice = office.sending()
    office.settle(notice, "failed", office.children[0])
    office.finish(notice)
    assert office.reports.resend_failed(office.author, notice) == 1


def test_a_mail_that_is_sent_again_days_later_is_still_tried_more_than_once(office: Office) -> None:
    notice = office.sending()
    for child in office.children[:2]:
        office.settle(notice, "failed", child)
    office.finish(notice)
    office.clock.turn(days=3)
    office.reports.resend_failed(office.author, notice)
    worker = Deliveries(office.store, office.clock)
    claims = worker.claim_mail(worker.sign_on("w", "here"), [MailWish(None, False, 10)])

    verdicts = {mail_verdict(job, _GREYLISTED, office.clock()).state for claim in claims for job in claim.jobs}
    assert verdicts == {State.DUE}


def test_a_stopped_notice_ends_when_it_is_of_no_use_any_more(office: Office) -> None:
    """Nobody can resume it then, so it must not wait for anybody for ever."""
    notice = office.sending(useless_after=NOON + timedelta(hours=2))
    office.approvals.stop(office.author, notice)
    office.clock.turn(hours=3)

    Deliveries(office.store, office.clock).clean_up()

    assert {one.state for one in deliveries(office.store, notice)} == {"expired"}
    assert office.state(notice) == "done"


def test_a_notice_that_was_stopped_by_hand_stays_stopped(office: Office) -> None:
    notice = office.sending()
    office.approvals.stop(office.author, notice)
    office.clock.turn(days=3)
    Deliveries(office.store, office.clock).clean_up()
    assert office.state(notice) == "stopped"


class NoServer:
    """A mail server that must not be asked."""

    def connect(self) -> MailConnection:
        raise AssertionError("nothing may be sent without a journal")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full to stand for a full disk")
@pytest.mark.parametrize("is_settled", [True, False])
def test_a_connection_that_cannot_keep_its_journal_gives_its_mails_back(tmp_path: Path, is_settled: bool) -> None:
    """The disk is full: nothing may be sent, and nobody may wait for ever for a thread that died of it."""
    (tmp_path / "mail-1.journal").symlink_to("/dev/full")
    reports: Queue[Report] = Queue()
    slot = MailSlot("mail-1", Surroundings(reports, Event(), lambda _id: True), tmp_path, None, urgent_only=False)
    job = MailJob(7, 1, "a@mail.example", "ja", False, 0, 0, NOON, None)
    lease = Lease("token", "email", boot_seconds() + 50)
    setup = MailSetup(NoServer(), "notices@city.example", "0123456789ab")

    slot.do(MailWork(MailClaim("token", (job,)), lease, setup, {}, boot_seconds(), is_settled))
    slot.leave()

    said = [reports.get_nowait() for _ in range(reports.qsize())]
    assert MailUnsent("token", (7,)) in said
    assert said[-1] == Finished(slot, lease)
    assert [one.permanent for one in said if isinstance(one, Trouble)] == [False]
