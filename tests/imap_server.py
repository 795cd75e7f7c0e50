"""A mailbox on loopback that speaks as much IMAP as reading needs, and minds that nothing is changed in it."""

import re
import socketserver
import threading
from types import TracebackType
from typing import Self


class ImapServer:
    """`mails` by UID. `with ImapServer() as server:` listens on `server.port`; `wrote` are commands it must not get."""

    def __init__(self, user: str = "office", password: str = "right", uid_validity: int = 7) -> None:
        self.user, self.password, self.uid_validity = user, password, uid_validity
        self.mails: dict[int, bytes] = {}
        self.refused: list[str] = []
        self._server = _Server(("127.0.0.1", 0), _Session)
        self._server.mailbox = self
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    @property
    def next_uid(self) -> int:
        return max(self.mails, default=0) + 1

    def put(self, *mails: bytes) -> None:
        for mail in mails:
            self.mails[self.next_uid] = mail

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._thread.join(5)
        self._server.server_close()


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True
    mailbox: ImapServer


class _Session(socketserver.StreamRequestHandler):
    server: _Server

    def handle(self) -> None:
        self._say("* OK ready")
        for line in self.rfile:
            tag, _, rest = line.decode("latin-1").strip().partition(" ")
            command = rest.upper()
            if command.startswith("LOGOUT"):
                self._say("* BYE bye", f"{tag} OK done")
                return
            self._answer(tag, rest, command)

    def _answer(self, tag: str, rest: str, command: str) -> None:
        box = self.server.mailbox
        if command.startswith("CAPABILITY"):
            self._say("* CAPABILITY IMAP4rev1", f"{tag} OK done")
        elif command.startswith("LOGIN"):
            is_right = rest.split()[1:] == [box.user, f'"{box.password}"']
            self._say(f"{tag} OK done" if is_right else f"{tag} NO wrong")
        elif command.startswith("EXAMINE"):
            self._examine(tag, rest)
        elif found := re.fullmatch(r"UID SEARCH UID (\d+):\*", command):
            uids = [uid for uid in box.mails if uid >= int(found[1])] or list(box.mails)[-1:]
            self._say("* SEARCH " + " ".join(map(str, uids)), f"{tag} OK done")
        elif found := re.fullmatch(r"UID FETCH (\d+) \(BODY\.PEEK\[\]<0\.(\d+)>\)", command):
            self._fetch(tag, int(found[1]), int(found[2]))
        else:
            box.refused.append(rest)
            self._say(f"{tag} BAD not here")

    def _examine(self, tag: str, rest: str) -> None:
        box = self.server.mailbox
        if rest.split()[1] != '"INBOX"':
            self._say(f"{tag} NO such folder")
            return
        self._say(
            f"* {len(box.mails)} EXISTS",
            f"* OK [UIDVALIDITY {box.uid_validity}] ok",
            f"* OK [UIDNEXT {box.next_uid}] ok",
            f"{tag} OK [READ-ONLY] done",
        )

    def _fetch(self, tag: str, uid: int, most: int) -> None:
        data = self.server.mailbox.mails.get(uid)
        if data is not None:
            cut = data[:most]
            self.wfile.write(f"* 1 FETCH (UID {uid} BODY[]<0> {{{len(cut)}}}\r\n".encode() + cut + b")\r\n")
        self._say(f"{tag} OK done")

    def _say(self, *lines: str) -> None:
        self.wfile.write("".join(f"{line}\r\n" for line in lines).encode())
