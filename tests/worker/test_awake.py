"""The computer stays awake while something is to be sent soon, and only then."""

import os
import sys
from datetime import timedelta
from pathlib import Path
from threading import Event

import pytest

from desktop.channels.unconfigured import UnconfiguredLine
from desktop.domain.deliveries import LineGateway
from desktop.settings import Settings
from desktop.store.db import Store
from desktop.worker import loop
from desktop.worker.awake import Awake
from tests.conftest import NOON, Clock
from tests.make import Make
from tests.outgoing import approved_notice, class_of, set_notice
from tests.sending import Post, RealChannels, wait_for

FAKE = """#!/bin/sh
echo "$@" >> {log}
"$5"
echo asleep >> {log}
"""


@pytest.fixture
def said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What the system's command was told; it runs what it is given, as the real one does."""
    log = tmp_path / "said"
    log.touch()
    folder = tmp_path / "bin"
    folder.mkdir()
    (folder / "systemd-inhibit").write_text(FAKE.format(log=log))
    (folder / "systemd-inhibit").chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setattr(sys, "platform", "linux")
    return log


def lines(said: Path) -> list[str]:
    return said.read_text().splitlines()


def test_the_system_is_asked_once_and_freed_at_the_end(said: Path) -> None:
    with Awake() as awake:
        awake.keep(False)
        for _ in range(3):
            awake.keep(True)
        wait_for(lambda: lines(said))
        assert lines(said)[0].startswith("--what=sleep:idle --mode=block --who=Renraku --why=")
        awake.keep(False)
        assert lines(said)[1:] == ["asleep"]
        awake.keep(True)
        wait_for(lambda: len(lines(said)) == 3)
    assert lines(said)[3:] == ["asleep"]


def test_a_system_that_does_not_let_us_is_left_alone_for_a_while(said: Path) -> None:
    (said.parent / "bin" / "systemd-inhibit").write_text(f"#!/bin/sh\necho no >> {said}\nexit 1\n")
    with Awake() as awake:
        awake.keep(True)
        wait_for(lambda: lines(said))
        for _ in range(3):
            awake.keep(True)
    assert lines(said) == ["no"]


def test_without_such_a_command_nothing_happens(said: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(said.parent / "nothing"))
    with Awake() as awake:
        awake.keep(True)
        awake.keep(False)
    assert lines(said) == []


@pytest.mark.parametrize(("minutes", "wanted"), [(14, True), (16, False)])
def test_a_notice_that_is_due_soon_keeps_the_computer_awake(
    post: Post, store: Store, make: Make, minutes: int, wanted: bool
) -> None:
    with store.bookkeep() as session:
        school = make.school(session)
        later = NOON + timedelta(minutes=minutes)
        approved_notice(session, make, school, due_at=later, send_at=later)
    told: list[bool] = []
    loop.run(post.deliveries, post.channels, post.journal, Event(), until_idle=True, keep_awake=told.append)
    assert told[-1] is wanted


def test_what_is_on_its_way_does_so_until_it_is_stopped_or_its_channel_is_switched_off(
    post: Post, store: Store, clock: Clock, make: Make
) -> None:
    with store.bookkeep() as session:
        school = make.school(session)
        children = class_of(session, make, make.homeroom(session, school), 1)
        notice = approved_notice(session, make, school, children)
    post.deliveries.begin_due()
    clock.turn(hours=1)
    assert post.deliveries.look().soon
    set_notice(store, notice.id, state="stopped")
    assert not post.deliveries.look().soon
    set_notice(store, notice.id, state="sending")
    post.deliveries.stop_channel("email", "server_down", timedelta(minutes=1))
    assert post.deliveries.look().soon
    post.deliveries.stop_channel("email", "not_configured", timedelta(minutes=1))
    assert not post.deliveries.look().soon


class Eager(RealChannels):
    """LINE that notes whether it was told to get ready."""

    def __init__(self) -> None:
        super().__init__()
        self.prepared = Event()

    def line(self, settings: Settings) -> LineGateway:
        return _EagerLine(self.prepared)


class _EagerLine(UnconfiguredLine):
    def __init__(self, prepared: Event) -> None:
        self._prepared = prepared

    def prepare(self) -> None:
        self._prepared.set()


@pytest.mark.parametrize(
    ("seconds", "channels", "wanted"),
    [(50, ("email", "line"), True), (70, ("email", "line"), False), (50, ("email",), False)],
)
def test_what_line_takes_is_loaded_in_the_minute_before_it_is_needed(
    post: Post, store: Store, make: Make, seconds: int, channels: tuple[str, ...], wanted: bool
) -> None:
    with store.bookkeep() as session:
        later = NOON + timedelta(seconds=seconds)
        approved_notice(session, make, make.school(session), channels=channels, due_at=later, send_at=later)
    post.channels = eager = Eager()
    post.run()
    assert eager.prepared.wait(5 if wanted else 0) is wanted
