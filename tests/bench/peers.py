"""What others do the same work with: programs and libraries that are no part of this project.

They are fetched for the benchmarks alone and live in temporary folders; nothing is installed, no daemon is started.
"""

import asyncio
import os
import shutil
import smtplib
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path
from threading import Thread
from typing import Self

from installer import system_packages
from tests.bench import outbox

CONNECTIONS = 4


@dataclass(frozen=True, slots=True)
class Postfix:
    """postfix's `smtp-source` and `smtp-sink`, in an unpacked package."""

    root: Path

    def _environment(self) -> dict[str, str]:
        return {**os.environ, "LD_LIBRARY_PATH": str(self.root / "usr/lib/postfix")}

    @contextmanager
    def sink(self) -> Iterator[int]:
        """A mail server that takes everything and keeps nothing; gives its port."""
        port = free_port()
        command = [str(self.root / "usr/sbin/smtp-sink"), f"127.0.0.1:{port}", "1000"]
        if os.geteuid() == 0:
            command[1:1] = ["-u", "root"]
        running = subprocess.Popen(command, env=self._environment())
        try:
            wait_for_port(port)
            yield port
        finally:
            running.terminate()
            running.wait(10)

    def send(self, port: int, count: int, size: int) -> None:
        """Send so many mails of `size` bytes over four kept connections."""
        subprocess.run(
            [
                str(self.root / "usr/sbin/smtp-source"),
                *("-d", "-s", str(CONNECTIONS), "-m", str(count), "-l", str(size)),
                f"127.0.0.1:{port}",
            ],
            env=self._environment(),
            check=True,
            timeout=120,
        )


def kept_smtplib(port: int, count: int) -> None:
    """The plain way: one kept connection, an EmailMessage for each."""
    with smtplib.SMTP("127.0.0.1", port, local_hostname="localhost") as server:
        for number in range(count):
            mail = EmailMessage()
            mail["From"], mail["To"] = "notices@city.example", f"guardian{number}@mail.example"
            mail["Subject"], mail["Message-ID"] = "登校時刻の変更", f"<kept.{number}@city.example>"
            mail.set_content(outbox.BODY)
            server.send_message(mail)


def kept_smtplib_in_threads(port: int, count: int, connections: int) -> None:
    """The same over several connections at once."""
    each = count // connections
    threads = [Thread(target=kept_smtplib, args=(port, each)) for _ in range(connections)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


_NODEMAILER = """
const server = require("nodemailer").createTransport(
  {host: "127.0.0.1", port: +process.argv[1], secure: false, ignoreTLS: true, pool: true, maxConnections: 4,
   maxMessages: Infinity});
const text = require("fs").readFileSync(0, "utf8"), count = +process.argv[2], began = process.hrtime.bigint();
const mail = n => ({from: "notices@city.example", to: `guardian${n}@mail.example`, subject: "登校時刻の変更", text});
Promise.all([...Array(count).keys()].map(n => server.sendMail(mail(n)))).then(() => {
  console.log(Number(process.hrtime.bigint() - began) / 1e9); server.close(); });
"""
_POST_OFFICE = """
import sys, time, django
from django.conf import settings
port, count, body = int(sys.argv[1]), int(sys.argv[2]), sys.stdin.read()
settings.configure(
    INSTALLED_APPS=["django.contrib.contenttypes", "post_office"], USE_TZ=True,
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": sys.argv[3]}},
    EMAIL_BACKEND="post_office.EmailBackend", EMAIL_HOST="127.0.0.1", EMAIL_PORT=port,
    TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates"}],
    DEFAULT_AUTO_FIELD="django.db.models.AutoField", CACHES={"default": {
        "BACKEND": "django.core.cache.backends.locmem.LocMemCache"}},
    POST_OFFICE={"BATCH_SIZE": count, "THREADS_PER_PROCESS": 4,
        "BACKENDS": {"default": "django.core.mail.backends.smtp.EmailBackend"}})
django.setup()
from django.core.management import call_command
from post_office import mail
from post_office.models import Email
call_command("migrate", verbosity=0)
mail.send_many([dict(sender="notices@city.example", recipients=[f"guardian{n}@mail.example"],
    subject="登校時刻の変更", message=body) for n in range(count)])
began = time.perf_counter()
mail.send_queued(processes=1, log_level=0)
print(time.perf_counter() - began)
"""


@dataclass(frozen=True, slots=True)
class Library:
    """Something that sends mails and prints how many seconds that took."""

    name: str
    command: list[str]
    folder: Path
    more: tuple[str, ...] = ()

    def seconds(self, port: int, count: int) -> float:
        told = subprocess.run(
            [*self.command, str(port), str(count), *self.more],
            cwd=self.folder, input=outbox.BODY, capture_output=True, text=True, check=True, timeout=120,
        )  # fmt: skip
        return float(told.stdout.split()[-1])


def libraries(folder: Path) -> Iterator[Library]:
    """Those that can be fetched from PyPI and npm into a temporary folder."""
    if shutil.which("npm") and _does(["npm", "install", "--silent", "nodemailer"], folder):
        yield Library("nodemailer (pool of 4)", ["node", "-e", _NODEMAILER], folder)
    python = str(folder / "venv/bin/python")
    packages = ["django", "django-post_office"]
    if _does([sys.executable, "-m", "venv", "venv"], folder) and _does(
        [python, "-m", "pip", "install", "-q", *packages], folder
    ):
        yield Library("django-post_office", [python, "-c", _POST_OFFICE], folder, (str(folder / "post.db"),))


def _does(command: list[str], folder: Path) -> bool:
    done = subprocess.run(command, cwd=folder, capture_output=True, check=False, timeout=180)
    return done.returncode == 0


class DelayingProxy:
    """Stands before a server and hands on each piece of its answers so much later, as a distant server would."""

    def __init__(self, target: int, seconds: float) -> None:
        self._target, self._seconds = target, seconds
        self._loop = asyncio.new_event_loop()
        self._thread = Thread(target=self._loop.run_forever, daemon=True)
        self.port = 0

    def __enter__(self) -> Self:
        self._thread.start()
        self.port = asyncio.run_coroutine_threadsafe(self._listen(), self._loop).result(10)
        return self

    def __exit__(self, *_error: object) -> None:
        asyncio.run_coroutine_threadsafe(self._end(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    async def _listen(self) -> int:
        self._server = await asyncio.start_server(self._meet, "127.0.0.1", 0)
        return int(self._server.sockets[0].getsockname()[1])

    async def _end(self) -> None:
        self._server.close()
        others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    async def _meet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            back, forth = await asyncio.open_connection("127.0.0.1", self._target)
            await asyncio.gather(self._hand_on(reader, forth, 0), self._hand_on(back, writer, self._seconds))
        except (OSError, asyncio.CancelledError):
            writer.close()

    async def _hand_on(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, delay: float) -> None:
        while piece := await source.read(65536):
            if delay:
                self._loop.call_later(delay, sink.write, piece)
            else:
                sink.write(piece)
        self._loop.call_later(delay, sink.close)


def unpack_postfix(folder: Path) -> Postfix | None:
    """Fetch Debian's package and unpack it; None where that does not work."""
    if not shutil.which("dpkg") or not system_packages.fetch(system_packages.POSTFIX, folder):
        return None
    package = next(folder.glob("*.deb"))
    subprocess.run(["dpkg", "-x", package.name, "."], cwd=folder, check=True)
    return Postfix(folder)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def wait_for_port(port: int, seconds: float = 10) -> None:
    until = time.monotonic() + seconds
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            if time.monotonic() > until:
                raise
            time.sleep(0.05)
        else:
            return
