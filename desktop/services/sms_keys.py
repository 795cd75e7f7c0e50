"""What protects accounts by text message, all of it from subkeys of DATA_KEY: sealed texts and IDs, hashes to compare
them by, and initial passwords, which stand nowhere and are made anew whenever a text must be sent (again).
"""

import base64
import hmac
import os
import struct
from typing import TYPE_CHECKING

from desktop.domain.errors import UserError
from desktop.secrets import Secrets

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

PASSWORD_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789"  # noqa: S105 - those permitted, no password
PASSWORD_LENGTH = 10
_NONCE_BYTES = 12
_FAIR = 256 - 256 % len(PASSWORD_LETTERS)
"""Bytes from here on are left out, so that every letter is as likely as any other."""


class SmsKeys:
    """Every method raises UserError("secrets.…") where DATA_KEY is missing."""

    def __init__(self, secrets: Secrets) -> None:
        self._secrets = secrets

    def seal(self, use: str, text: str) -> str:
        """Encrypted and signed; the same text looks different each time. `use` (`id`, `text`, `manual`) binds it."""
        nonce = os.urandom(_NONCE_BYTES)
        sealed = self._cipher().encrypt(nonce, text.encode("utf-8", "surrogatepass"), use.encode())
        return base64.b64encode(nonce + sealed).decode("ascii")

    def unseal(self, use: str, sealed: str) -> str:
        """Raises UserError("sms.sealed_otherwise") for what another key, or for another use, was sealed by."""
        from cryptography.exceptions import InvalidTag  # noqa: PLC0415 - see _cipher

        raw = base64.b64decode(sealed)
        try:
            opened = self._cipher().decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], use.encode())
        except InvalidTag as error:
            raise UserError("sms.sealed_otherwise") from error
        return opened.decode("utf-8", "surrogatepass")

    def id_hash(self, id_number: str) -> str:
        """By which an ID is compared; its digits alone."""
        return hmac.digest(self._secrets.subkey("sms-id"), id_number.encode(), "sha256").hex()

    def text_hash(self, sender: str, text: str) -> str:
        """By which a message that came twice is noticed."""
        spoken = f"{sender}\0{text}".encode("utf-8", "surrogatepass")
        return hmac.digest(self._secrets.subkey("sms-text"), spoken, "sha256").hex()

    def counted(self, kind: str, phone: str) -> str:
        """Under what something is counted for a number (store/attempts)."""
        return hmac.digest(self._secrets.subkey("attempts"), f"{kind}\0{phone}".encode(), "sha256").hex()

    def password(self, account_id: int, nonce: str, issue: int) -> str:
        """The initial password of one issue: ten letters and digits that nobody confuses (B7)."""
        key = self._secrets.subkey("sms-password")
        letters: list[str] = []
        block = 0
        while len(letters) < PASSWORD_LENGTH:
            digest = hmac.digest(key, struct.pack(">qqq", account_id, issue, block) + nonce.encode(), "sha256")
            letters += [PASSWORD_LETTERS[byte % len(PASSWORD_LETTERS)] for byte in digest if byte < _FAIR]
            block += 1
        return "".join(letters[:PASSWORD_LENGTH])

    def is_password(self, typed: str, account_id: int, nonce: str, issue: int) -> bool:
        return hmac.compare_digest(
            typed.encode("utf-8", "replace"), self.password(account_id, nonce, issue).encode("ascii")
        )

    def _cipher(self) -> "AESGCM":
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415 - 6 MB of a desk's memory

        return AESGCM(self._secrets.subkey("sms-seal"))
