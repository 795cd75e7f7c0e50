"""The journal and the gate by themselves."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop.domain.claims import JournalFindings
from desktop.worker import journal
from desktop.worker.gate import Gate
from desktop.worker.journal import SlotJournal


def write(folder: Path, name: str = "w1", may_begin: object = None) -> SlotJournal:
    return SlotJournal(folder / name / "mail-1.journal", lambda _id: None)


def test_what_was_begun_and_not_ended_is_found(tmp_path: Path) -> None:
    written = write(tmp_path)
    written.claim("t1", settled=True)
    written.begin(1)
    written.end(1, 250)
    written.begin(2)
    assert list(journal.findings(tmp_path, "own")) == [JournalFindings("w1", frozenset({("t1", 2)}), {("t1", 1): 250})]
    written.close()


def test_claims_are_told_apart(tmp_path: Path) -> None:
    written = write(tmp_path)
    written.claim("t1", settled=True)
    written.begin(1)
    written.end(1, 451)
    written.claim("t2", settled=False)
    written.begin(1)
    (found,) = journal.findings(tmp_path, "own")
    assert (found.begun, found.ended) == (frozenset({("t2", 1)}), {("t1", 1): 451})
    written.close()


def test_what_stands_in_the_database_is_forgotten(tmp_path: Path) -> None:
    written = write(tmp_path)
    written.claim("t1", settled=True)
    written.begin(1)
    written.claim("t2", settled=True)
    (found,) = journal.findings(tmp_path, "own")
    assert found == JournalFindings("w1")
    written.close()


def test_a_workers_own_journal_is_not_a_dead_ones(tmp_path: Path) -> None:
    write(tmp_path, "own").close()
    assert list(journal.findings(tmp_path, "own")) == []
    assert list(journal.findings(tmp_path / "missing", "own")) == []


def test_a_mail_that_may_not_begin_leaves_no_trace(tmp_path: Path) -> None:
    class Stop(Exception):  # noqa: N818
        pass

    def refuse(_id: int) -> None:
        raise Stop

    written = SlotJournal(tmp_path / "w1" / "x", refuse)
    with pytest.raises(Stop):
        written.begin(1)
    assert (tmp_path / "w1" / "x").read_text() == ""
    written.close()


def test_an_answer_is_written_with_the_next_mail_or_before_the_waiting(tmp_path: Path) -> None:
    written = write(tmp_path)
    file = tmp_path / "w1" / "mail-1.journal"
    written.claim("t1", settled=True)
    written.begin(1)
    written.end(1, 250)
    written.begin(2)
    assert file.read_text() == "claim t1\nbegin 1\nend 1 250\nbegin 2\n"
    written.end(2, 451)
    written.flush()
    assert file.read_text().endswith("begin 2\nend 2 451\n")
    written.end(3, 250)
    written.claim("t2", settled=False)
    assert file.read_text().endswith("end 3 250\nclaim t2\n")
    written.close()


@given(text=st.text(alphabet="claimbegind 0123456789\n\0é", max_size=200))
def test_a_damaged_journal_is_read_as_far_as_it_goes(text: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("journal")
    (folder / "w1").mkdir()
    (folder / "w1" / "x").write_bytes(text.encode())
    assert len(list(journal.findings(folder, "own"))) == 1


def test_a_channel_in_trouble_is_tried_again_more_and_more_slowly() -> None:
    gate, now = Gate(), 100.0
    waits = []
    for _ in range(7):
        waits.append(gate.trouble("server_down", now))
        now = gate.retry_at
    assert waits == [5, 10, 20, 40, 60, 60, 60]


def test_connections_that_fail_together_count_as_one() -> None:
    gate = Gate()
    assert [gate.trouble("server_down", 100), gate.trouble("server_down", 101)] == [5, 4]


def test_a_closed_gate_lets_one_through_when_its_time_has_come() -> None:
    gate = Gate()
    assert gate.room(0, 7) is None
    gate.trouble("server_down", 0)
    assert [gate.room(4, 0), gate.room(5, 0), gate.room(5, 1)] == [0, 1, 0]
    assert gate.fine()
    assert gate.room(5, 1) is None
    assert not gate.fine()
