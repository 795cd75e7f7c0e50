"""Links and codes that prove an address, made from the key of the data: no copy of the database holds one.

Both are keyed hashes of a token's number and nonce, so that the worker can put them into a mail whenever it is sent
(again), and a page can tell a right one without there being anything to steal.
"""

import base64
import hashlib
import hmac
import secrets as random

from desktop.secrets import Secrets

CODE_DIGITS = 8
_MAC_BYTES = 24
_NONCE_DIGITS = 16


class Links:
    def __init__(self, secrets: Secrets) -> None:
        self._secrets = secrets

    def proof(self, token_id: int, nonce: str) -> str:
        """What the link carries: it opens by itself, but only once and for a while."""
        return f"{token_id}.{self._mac('link', token_id, nonce)}"

    def reference(self, token_id: int, nonce: str) -> str:
        """What the page keeps that waits for the code: it opens nothing without it."""
        return f"{token_id}.{self._mac('page', token_id, nonce)}"

    def code(self, token_id: int, nonce: str) -> str:
        """Digits, to be typed from one screen to another."""
        digest = hmac.digest(self._secrets.subkey("account-code"), f"{token_id}.{nonce}".encode(), "sha256")
        return str(int.from_bytes(digest[:16]) % 10**CODE_DIGITS).zfill(CODE_DIGITS)

    def is_proof(self, given: str, token_id: int, nonce: str) -> bool:
        return _alike(given, self.proof(token_id, nonce))

    def is_reference(self, given: str, token_id: int, nonce: str) -> bool:
        return _alike(given, self.reference(token_id, nonce))

    def is_code(self, given: str, token_id: int, nonce: str) -> bool:
        return _alike(given, self.code(token_id, nonce))

    def browser(self, login: str) -> str:
        """What a browser keeps from which this login's owner came in: its wrong tries are counted by themselves."""
        nonce = random.token_hex(8)
        return f"{nonce}.{self._browser_mac(nonce, login)}"

    def is_browser(self, given: str, login: str) -> bool:
        return _alike(given, f"{given[:_NONCE_DIGITS]}.{self._browser_mac(given[:_NONCE_DIGITS], login)}")

    def _browser_mac(self, nonce: str, login: str) -> str:
        return self.hidden("browser", f"{nonce}\0{login}")

    def inside(self, account_id: int) -> str:
        """Under what the passwords are counted that somebody types who is logged in: nobody else holds those."""
        return self.hidden("inside", str(account_id))

    def hidden(self, kind: str, text: str) -> str:
        """What is counted under a name that says nothing: a keyed hash."""
        return hmac.digest(self._secrets.subkey("attempts"), f"{kind}\0{text}".encode(errors="replace"), "sha256").hex()

    def _mac(self, use: str, token_id: int, nonce: str) -> str:
        digest = hmac.digest(self._secrets.subkey("account-link"), f"{use}.{token_id}.{nonce}".encode(), "sha256")
        return base64.urlsafe_b64encode(digest[:_MAC_BYTES]).decode("ascii")


def token_id_of(given: str) -> int | None:
    """Which token a proof or reference is about, if it is any."""
    number = given.partition(".")[0]
    return int(number) if number.isascii() and number.isdigit() and len(number) < 16 else None


def session_hash(session: str) -> str:
    """What is stored of 256 random bits; they need no key."""
    return hashlib.sha256(session.encode(errors="replace")).hexdigest()


def _alike(given: str, right: str) -> bool:
    return hmac.compare_digest(given.encode(errors="replace"), right.encode())
