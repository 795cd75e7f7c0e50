"""The disk is full: nothing is sent that could not be accounted for, and when there is room again everything goes."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from desktop.domain.errors import UserError
from desktop.worker.journal import JournalError, SlotJournal

resource = pytest.importorskip("resource", reason="no limits that stand for a full disk")


@contextmanager
def files_of_at_most(length: int) -> Iterator[None]:
    """No file of this process may grow beyond that many bytes."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (length, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, before)


def test_no_half_line_stays_and_what_was_answered_is_known_all_the_same(tmp_path: Path) -> None:
    journal = SlotJournal(tmp_path / "mail-1.journal", lambda _id: None)
    with files_of_at_most(24):
        journal.claim("t1", settled=True)
        journal.begin(1)
        journal.end(1, 250)
        with pytest.raises(JournalError):
            journal.begin(2)
    journal.begin(3)
    journal.close()
    assert (tmp_path / "mail-1.journal").read_text() == "claim t1\nbegin 1\nend 1 250\nbegin 3\n"


def test_a_worker_that_cannot_keep_journals_says_so_before_it_sends(tmp_path: Path) -> None:
    (tmp_path / "journal").write_text("in the way")
    with pytest.raises(UserError, match="no_journal"):
        SlotJournal(tmp_path / "journal" / "mail-1.journal", lambda _id: None)
