"""Attacks on the two-person rule: no single member of staff gets a normal notice out."""

from threading import Barrier, Thread

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test

from desktop.domain.errors import UserError
from desktop.domain.notices import NoticeState, NoticeText
from desktop.domain.staff import Actor
from desktop.store import approvals, audit, notices
from desktop.store.db import Store
from desktop.store.tables import Approval, NoticeEditor, SoloRelease, Submission
from tests.conftest import NOON, Clock
from tests.make import Make
from tests.services.notice_office import Office


@pytest.fixture
def office(store: Store, clock: Clock, make: Make) -> Office:
    return Office(store, clock, make)


def _refuses(office: Office, actor: Actor, notice: int) -> None:
    assert not office.approvals.may_approve(actor, notice)
    with pytest.raises(UserError) as refused:
        office.approvals.approve(actor, notice, seen=office.notices.get(actor, notice).binding)
    assert refused.value.code == "notice.own_approval"


def _submit(office: Office, actor: Actor, notice: int) -> None:
    office.approvals.submit(actor, notice, office.notices.get(actor, notice).version)


def test_the_author_cannot_approve(office: Office) -> None:
    _refuses(office, office.principal, office.submitted(office.principal))


def test_the_author_cannot_approve_what_another_submitted(office: Office) -> None:
    notice = office.notices.create(office.principal, office.draft())
    _submit(office, office.author, notice)
    _refuses(office, office.principal, notice)


def test_the_author_cannot_approve_what_another_edited_and_submitted(office: Office) -> None:
    notice = office.notices.create(office.principal, office.draft())
    office.edit(office.author, notice, kind="other")
    _submit(office, office.author, notice)
    _refuses(office, office.principal, notice)


def test_an_editor_cannot_approve_what_the_author_submitted(office: Office) -> None:
    notice = office.notices.create(office.author, office.draft())
    office.edit(office.principal, notice, kind="other")
    _submit(office, office.author, notice)
    _refuses(office, office.principal, notice)


def test_the_author_of_an_earlier_version_wrote_the_later_one_too(office: Office) -> None:
    """Principal writes and submits, it comes back, the author changes a word: most of it is still the principal's."""
    notice = office.submitted(office.principal)
    office.approvals.send_back(office.approver, notice, "一字違います")
    office.edit(office.author, notice, texts={"ja": NoticeText("遠足の延期", "明日の遠足は延期です。")})
    _submit(office, office.author, notice)
    _refuses(office, office.principal, notice)


def test_an_approver_who_corrects_it_has_become_an_editor(office: Office) -> None:
    notice = office.submitted()
    office.edit(office.principal, notice, kind="other")
    _submit(office, office.author, notice)
    _refuses(office, office.principal, notice)
    office.approvals.approve(office.approver, notice)


def test_who_submitted_this_version_once_cannot_approve_it_when_another_submits_it(office: Office) -> None:
    notice = office.notices.create(office.author, office.draft())
    _submit(office, office.principal, notice)
    office.approvals.send_back(office.approver, notice, "待ってください")
    _submit(office, office.author, notice)
    _refuses(office, office.principal, notice)


def test_who_only_submitted_an_earlier_version_may_approve_a_later_one(office: Office) -> None:
    notice = office.notices.create(office.author, office.draft())
    _submit(office, office.principal, notice)
    office.edit(office.author, notice, kind="other")
    _submit(office, office.author, notice)
    office.approvals.approve(office.principal, notice)
    assert office.state(notice) == "approved"


def test_an_approval_does_not_outlive_an_edit(office: Office) -> None:
    notice = office.approved()
    office.edit(office.author, notice, kind="other")
    with pytest.raises(UserError, match=r"notice\.not_submitted"):
        office.approvals.approve(office.approver, notice)
    _submit(office, office.author, notice)
    assert office.state(notice) == "submitted"


def test_approving_twice_says_so(office: Office) -> None:
    notice = office.approved()
    with pytest.raises(UserError, match=r"notice\.already_approved"):
        office.approvals.approve(office.principal, notice)
    assert office.count(Approval) == 1


def test_somebody_without_a_staff_record_approves_nothing(office: Office) -> None:
    with pytest.raises(UserError, match="forbidden"):
        office.approvals.approve(office.make.principal(), office.submitted())


@pytest.mark.parametrize("culprit", ["author", "principal"])
def test_the_tables_refuse_what_a_bug_would_let_through(office: Office, culprit: str) -> None:
    """The store writes the approval without any of the service's questions."""
    notice = office.notices.create(office.author, office.draft())
    _submit(office, office.principal, notice)
    office.approvals.send_back(office.approver, notice, "待ってください")
    _submit(office, office.author, notice)
    staff_id = getattr(office, culprit).staff_id
    with pytest.raises(UserError) as refused, office.store.write(office.make.principal()) as session:
        facts = notices.facts(session, notice)
        assert facts
        assert facts.asked
        approvals.consent(session, facts, facts.asked.hash, facts.asked.submitter_id, staff_id)
        audit.record(session, "approved", "notice")
    assert refused.value.code == "notice.own_approval"
    assert office.count(Approval) == 0


def test_two_clicks_at_once_approve_once(office: Office) -> None:
    notice = office.submitted()
    answers = _at_once(
        lambda: office.approvals.approve(office.approver, notice),
        lambda: office.approvals.approve(office.principal, notice),
    )
    assert sorted(answers) == ["done", "notice.already_approved"]
    assert office.count(Approval) == 1


@pytest.mark.parametrize("_attempt", range(3))
def test_an_edit_and_an_approval_at_once_never_send_what_nobody_saw(office: Office, _attempt: int) -> None:
    notice = office.submitted()
    version = office.notices.get(office.author, notice).version
    answers = _at_once(
        lambda: office.notices.save(office.author, notice, office.draft(kind="other"), version),
        lambda: office.approvals.approve(office.approver, notice),
    )
    details = office.notices.get(office.author, notice)
    if details.state is NoticeState.APPROVED:
        assert (details.draft.kind, answers[0]) == ("announcement", "changed_elsewhere")
    else:
        assert (details.state, details.draft.kind) == (NoticeState.DRAFT, "other")


def _at_once(*steps: object) -> list[str]:
    """Run the steps on threads that start together; what each came to."""
    start = Barrier(len(steps))
    answers = [""] * len(steps)

    def run(number: int) -> None:
        start.wait()
        try:
            steps[number]()  # type: ignore[operator]  # a lambda
            answers[number] = "done"
        except UserError as refused:
            answers[number] = refused.code

    threads = [Thread(target=run, args=(number,)) for number in range(len(steps))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


# Alone


def test_one_person_alone_releases_an_urgent_notice_with_a_reason(office: Office) -> None:
    notice = office.notices.create(office.principal, office.draft(kind="closure"))
    with pytest.raises(UserError, match=r"notice\.no_reason"):
        office.approvals.release_alone(office.principal, notice, " ")
    assert office.approvals.release_alone(office.principal, notice, "校長不在") == NOON
    details = office.notices.get(office.author, notice)
    assert (details.state, details.solo_reason, details.solo_reviewed, details.approver) == (
        NoticeState.APPROVED, "校長不在", False, "教頭 次郎",
    )  # fmt: skip
    assert office.count(Approval) == 0


def test_a_normal_notice_is_never_released_alone(office: Office) -> None:
    notice = office.submitted()
    with pytest.raises(UserError, match=r"notice\.not_urgent"):
        office.approvals.release_alone(office.principal, notice, "急ぎ")


def test_a_clerk_releases_nothing_alone(office: Office) -> None:
    notice = office.submitted(kind="closure")
    with pytest.raises(UserError, match="forbidden"):
        office.approvals.release_alone(office.author, notice, "急ぎ")


def test_an_empty_audience_is_not_released_alone_either(office: Office) -> None:
    notice = office.notices.create(office.principal, office.draft(kind="closure", audience=office.to()))
    with pytest.raises(UserError, match=r"notice\.audience_empty"):
        office.approvals.release_alone(office.principal, notice, "急ぎ")


def test_what_went_out_alone_stays_open_until_another_has_looked(office: Office) -> None:
    notice = office.submitted(kind="closure")
    office.approvals.release_alone(office.principal, notice, "校長不在")
    with pytest.raises(UserError, match=r"notice\.own_approval"):
        office.approvals.review_alone(office.principal, notice)
    office.approvals.review_alone(office.approver, notice)
    assert office.notices.get(office.author, notice).solo_reviewed
    with pytest.raises(UserError, match=r"notice\.nothing_to_review"):
        office.approvals.review_alone(office.approver, notice)


# Any order of steps


def test_no_order_of_steps_lets_one_person_send_alone(sqlite_store: Store, clock: Clock, make: Make) -> None:
    """Four people do whatever they like to one normal notice; an approval always has a second pair of eyes."""
    office = Office(sqlite_store, clock, make)
    people = [office.author, office.approver, office.principal, office.mayor]

    class Steps(RuleBasedStateMachine):
        def __init__(self) -> None:
            super().__init__()
            self.notice = office.notices.create(office.author, office.draft())
            self.bodies = 0
            self.wrote = {office.author.staff_id}

        def _try(self, step: object) -> bool:
            try:
                step()  # type: ignore[operator]  # a lambda
            except UserError:
                return False
            return True

        @rule(who=st.sampled_from(people))
        def edit(self, who: Actor) -> None:
            self.bodies += 1
            text = {"ja": NoticeText("題", f"本文{self.bodies}")}
            if self._try(lambda: office.edit(who, self.notice, texts=text)):
                self.wrote.add(who.staff_id)

        @rule(who=st.sampled_from(people))
        def submit(self, who: Actor) -> None:
            self._try(lambda: _submit(office, who, self.notice))

        @rule(who=st.sampled_from(people))
        def send_back(self, who: Actor) -> None:
            self._try(lambda: office.approvals.send_back(who, self.notice, "理由"))

        @rule(who=st.sampled_from(people))
        def release_alone(self, who: Actor) -> None:
            assert not self._try(lambda: office.approvals.release_alone(who, self.notice, "理由"))

        @rule(who=st.sampled_from(people))
        def approve(self, who: Actor) -> None:
            if not self._try(lambda: office.approvals.approve(who, self.notice)):
                return
            assert who.staff_id not in self.wrote
            with office.store.read() as session:
                approval = (
                    session.query(Approval).filter_by(notice_id=self.notice).order_by(Approval.edit.desc()).first()
                )
                assert approval
                same = {"notice_id": self.notice, "edit": approval.edit}
                asked = {row.submitter_id for row in session.query(Submission).filter_by(**same)}
                editors = {row.staff_id for row in session.query(NoticeEditor).filter_by(**same)}
            assert who.staff_id not in asked | editors
            assert editors >= self.wrote

    run_state_machine_as_test(
        Steps,
        settings=settings(
            max_examples=25, stateful_step_count=20, deadline=None, database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )  # fmt: skip
    assert office.count(SoloRelease) == 0
