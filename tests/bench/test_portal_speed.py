"""Many guardians at once: the evening on which the letters went home (the portal as a process, on PostgreSQL).

The client runs on the same processors as portal and database, so that the figures are on the careful side.
"""

import http.client
import random
import re
import subprocess
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from html import unescape
from pathlib import Path
from statistics import quantiles
from urllib.parse import urlencode

from desktop.app import build_services
from desktop.secrets import Secrets
from desktop.services.posts import Posts
from desktop.store import audit
from desktop.store import settings as settings_store
from desktop.store.db import Store
from tests.bench import figures
from tests.command_line import DATA_KEY, ROOT, clean_environ
from tests.make import Make
from tests.portal.town import CHILD, FROM, PASSWORD, SIGN_UP

GUARDIANS, WITHIN_S = 200, 60
THINKING_S = (2.0, 5.0)
HOMES, HOMES_PER_S = 1000, 20_000 / 600
HASHING = ("POST /sign-up", "POST /log-in")
SECRETS = Secrets.handed({"DATA_KEY": DATA_KEY})


class Evening:
    """The city, its running portal, the codes that mails brought, and how long each page took."""

    def __init__(self, store: Store, make: Make) -> None:
        self.services = build_services(store, SECRETS)
        with store.write(make.principal()) as session:
            make.installation(session)
            settings_store.put(session, "portal.url", "http://127.0.0.1")
            school = make.school(session)
            self.school, self.room = school.id, make.homeroom(session, school).id
            audit.record(session, "made", "world")
        self.code = self.services.registration_codes.for_letters(make.principal(), self.school, 1)
        self.port = 0
        self.took: defaultdict[str, list[float]] = defaultdict(list)
        self.errors: list[str] = []
        self._codes: dict[str, str] = {}
        self._lock = threading.Lock()

    @contextmanager
    def open(self, store: Store, folder: Path) -> Iterator[None]:
        """The portal as a server runs it, and somebody who brings the mail."""
        url = store.engine.url.render_as_string(hide_password=False)
        command = [sys.executable, str(ROOT / "main.py"), "--data-dir", str(folder), "--database",
                   url.replace("+psycopg", ""), "portal", "--listen", "127.0.0.1:0"]  # fmt: skip
        environ = {**clean_environ(), "RENRAKU_SECRET_DATA_KEY": DATA_KEY}
        with subprocess.Popen(command, env=environ, stderr=subprocess.PIPE, encoding="utf-8") as process:
            assert process.stderr is not None
            self.port = int(process.stderr.readline().rpartition(":")[2])
            swallower = threading.Thread(target=_swallow, args=(process.stderr,), daemon=True)
            swallower.start()
            stop = threading.Event()
            postman = threading.Thread(target=self._bring_mail, args=(self.services.posts, stop))
            postman.start()
            try:
                yield
            finally:
                stop.set()
                postman.join()
                process.terminate()
                swallower.join()  # it reads to the end before the stream is closed

    def _bring_mail(self, posts: Posts, stop: threading.Event) -> None:
        while not stop.wait(0.2):
            for post, mail in posts.claim(FROM):
                if found := re.search(r"\b\d{8}\b", mail.body):
                    self._codes[post.address] = found.group()

    def code_for(self, address: str) -> str:
        until = time.monotonic() + 60
        while address not in self._codes:
            assert time.monotonic() < until, "no mail came"
            time.sleep(0.1)
        return self._codes[address]

    def note(self, what: str, seconds: float, problem: str = "") -> None:
        with self._lock:
            self.took[what].append(seconds)
            if problem:
                self.errors.append(problem)


def _swallow(stream: object) -> None:
    for _line in stream:  # type: ignore[attr-defined]  # the process's stderr
        pass


class Guardian:
    """One browser: it follows redirects, keeps cookies, and thinks before each page."""

    def __init__(self, evening: Evening, number: int, thinking: tuple[float, float] = THINKING_S) -> None:
        self.evening, self.address, self.thinking = evening, f"guardian{number}@mail.example", thinking
        self.connection = http.client.HTTPConnection("127.0.0.1", evening.port, timeout=60)
        self.cookies: dict[str, str] = {}
        self.token = ""

    def register(self) -> None:
        self.get("/")
        self.get("/sign-up")
        self.post("/sign-up", {**SIGN_UP, "email": self.address})
        self.post("/mail-sent/code", {"mail_code": self.evening.code_for(self.address)})
        self.log_in()
        self.get("/schools")
        form, _html = self.get("/child/new")
        choice, _html = self.post(form, CHILD)
        school = {"registration_id": choice.split("/")[2], "school_id": str(self.evening.school)}
        page, html = self.post(choice, school)
        whole = {"version": _version(html), "homeroom_id": str(self.evening.room), "code": self.evening.code}
        page, html = self.post(page, whole)
        page, html = self.post(page, {"version": _version(html)})
        if not page.endswith("/done"):
            self.evening.note("done", 0, f"ended at {page}")

    def log_in(self) -> None:
        self.post("/log-in", {"login": self.address, "password": PASSWORD})

    def get(self, path: str) -> tuple[str, str]:
        time.sleep(random.uniform(*self.thinking))
        return self._go("GET", path, None)

    def post(self, path: str, fields: dict[str, str]) -> tuple[str, str]:
        time.sleep(random.uniform(*self.thinking))
        return self._go("POST", path, urlencode({"csrf_token": self.token, **fields}))

    def _go(self, method: str, path: str, body: str | None) -> tuple[str, str]:
        """Where it ended, and the page."""
        status, location, html = self._ask(method, path, body)
        while status in (302, 303):
            path = location
            status, location, html = self._ask("GET", path, None)
        if found := re.search(r'name="csrf_token" value="([^"]+)"', html):
            self.token = unescape(found.group(1))
        return path, html

    def _ask(self, method: str, path: str, body: str | None) -> tuple[int, str, str]:
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items()),
                   "Accept-Language": "ja"}  # fmt: skip
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        began = time.perf_counter()
        self.connection.request(method, path, body, headers)
        answer = self.connection.getresponse()
        html = answer.read().decode()
        what = f"{method} {re.sub(r'/(new/)?[^/]*[0-9_][^/]*', '/…', path)}"
        problem = "" if answer.status in (200, 302, 303) else f"{what}: {answer.status}"
        self.evening.note(what, time.perf_counter() - began, problem)
        for cookie in answer.headers.get_all("Set-Cookie", []):
            name, _, value = cookie.partition(";")[0].partition("=")
            self.cookies[name] = value
        return answer.status, answer.headers.get("Location", ""), html


def _version(html: str) -> str:
    found = re.search(r'name="version" value="(\d+)"', html)
    return found.group(1) if found else "0"


def _p95(times: list[float]) -> float:
    return quantiles(times, n=20)[-1]


def _all_at_once(guardians: list[Guardian], begin_within_s: float) -> None:
    def begin(guardian: Guardian, after: float) -> None:
        time.sleep(after)
        try:
            guardian.register()
        except (OSError, AssertionError, http.client.HTTPException) as error:
            guardian.evening.note("broken", 0, f"{type(error).__name__} {error}")
        finally:
            guardian.connection.close()

    threads = [
        threading.Thread(target=begin, args=(one, begin_within_s * place / len(guardians)))
        for place, one in enumerate(guardians)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_the_evening_of_the_letters(shared_store: Store, make: Make, tmp_path: Path) -> None:
    evening = Evening(shared_store, make)
    with evening.open(shared_store, tmp_path):
        _all_at_once([Guardian(evening, number) for number in range(GUARDIANS)], WITHIN_S)
        quick = [seconds for what, times in evening.took.items() if what not in HASHING for seconds in times]
        hashing = [seconds for what in HASHING for seconds in evening.took[what]]
        figures.note(
            f"{GUARDIANS} guardians register within {WITHIN_S} s", f"{len(evening.errors)} errors", "0",
            good=not evening.errors,
        )  # fmt: skip
        figures.below("portal: a page without a password, p95", _p95(quick), 0.3, f"{len(quick)} pages")
        figures.below("portal: sign-up and log-in, p95", _p95(hashing), 1.0, f"{len(hashing)} hashes")
        assert evening.errors == []
        homes = _homes(evening)
    figures.below(f"portal: home page at {HOMES_PER_S:.0f} a second, p95", _p95(homes), 0.3, f"{len(homes)} pages")


def _homes(evening: Evening) -> list[float]:
    """Signed-in guardians open their home page, as many a second as 20,000 within ten minutes."""
    guardians = [Guardian(evening, number, (0, 0)) for number in range(8)]
    for guardian in guardians:
        guardian.log_in()
    evening.took.clear()
    began = time.monotonic()

    def open_homes(guardian: Guardian, place: int) -> None:
        for turn in range(HOMES // len(guardians)):
            due = began + (turn * len(guardians) + place) / HOMES_PER_S
            time.sleep(max(0.0, due - time.monotonic()))
            guardian.get("/home")

    threads = [threading.Thread(target=open_homes, args=pair) for pair in zip(guardians, range(8), strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for guardian in guardians:
        guardian.connection.close()
    return evening.took["GET /home"]
