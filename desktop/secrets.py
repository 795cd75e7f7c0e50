"""Passwords, tokens and the key of the data: where they stand. Nothing of them goes to a log, a list or a plain file.

Looked up in the environment (`RENRAKU_SECRET_<NAME>`), then in systemd's credentials, then in the system's keyring. A
practice database has one throw-away key beside it and sees none of the real secrets; a worker that the desk starts is
handed its secrets and looks nowhere else.
"""

import base64
import binascii
import os
import secrets
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from desktop.domain.errors import UserError

if TYPE_CHECKING:
    from keyring.backend import KeyringBackend

NAMES = (
    "EMAIL_PASSWORD",
    "MAILBOX_PASSWORD",
    "LINE_CHANNEL_ACCESS_TOKEN",
    "LINE_CHANNEL_SECRET",
    "SMS_KEY",
    "SMS_PASSWORD",
    "DATABASE_PASSWORD",
    "DATA_KEY",
)
SERVICE = "Renraku"
_KEY_BYTES = 32


class Source(Protocol):
    """One place where secrets may stand; `title` says which, for `secret list`."""

    title: str

    def read(self, name: str) -> str | None: ...


class Secrets:
    """The secrets of one installation.

    Errors are UserErrors: secrets.unknown_name, secrets.missing, secrets.no_keyring, secrets.keyring_locked,
    secrets.keyring_failed, secrets.unreadable, secrets.bad_data_key, secrets.not_kept_here, secrets.set_elsewhere.
    """

    def __init__(self, sources: Sequence[Source], keeper: "Keyring | None" = None) -> None:
        self._sources = tuple(sources)
        self._keeper = keeper
        self._subkeys: dict[str, bytes] = {}

    @classmethod
    def of_system(cls, service: str = SERVICE, environ: Mapping[str, str] = os.environ) -> "Secrets":
        """The real ones. `service` tells installations apart that share one person's keyring."""
        keyring = Keyring(service)
        sources: list[Source] = [Environment(environ)]
        if directory := environ.get("CREDENTIALS_DIRECTORY"):
            sources.append(Credentials(Path(directory)))
        return cls([*sources, keyring], keeper=keyring)

    @classmethod
    def of_practice(cls, database: Path) -> "Secrets":
        """Those of a practice database: its own key, made here at the first call, and nothing else."""
        file = key_file(database)
        if not file.exists():
            _write_new(file, new_data_key())
        return cls([KeyFile(file)])

    @classmethod
    def handed(cls, values: Mapping[str, str]) -> "Secrets":
        """Those that a parent process passed on, see `handover()`."""
        return cls([Handed(values)])

    def get(self, name: str) -> str | None:
        """None where it is set nowhere, also where there is no keyring to ask."""
        _check(name)
        return self._found(name)[0]

    def require(self, name: str) -> str:
        value = self.get(name)
        if value is not None:
            return value
        if self._keeper is not None and not self._keeper.is_there():
            raise UserError("secrets.no_keyring", name=name)
        raise UserError("secrets.missing", name=name)

    def set(self, name: str, value: str) -> None:
        """Keep it in the keyring; refused where another source would hide what was just set."""
        _check(name)
        if name == "DATA_KEY":
            _decoded(value)
        if self._keeper is None:
            raise UserError("secrets.not_kept_here", name=name)
        for source in self._sources:
            if source is not self._keeper and source.read(name) is not None:
                raise UserError("secrets.set_elsewhere", name=name, where=source.title)
        self._keeper.write(name, value)
        self._subkeys.clear()

    def list(self) -> dict[str, str | None]:
        """Each name and the title of the source where it stands; never a value."""
        return {name: self._found(name)[1] for name in NAMES}

    def handover(self) -> dict[str, str]:
        """Everything that is set, for a child process's pipe; it must not be stored or logged."""
        found = {name: self._found(name)[0] for name in NAMES}
        return {name: value for name, value in found.items() if value is not None}

    def data_key(self) -> bytes:
        return _decoded(self.require("DATA_KEY"))

    def subkey(self, purpose: str) -> bytes:
        """32 bytes for one use alone ("id-hash", "verp" …), always the same from the same DATA_KEY (HKDF, RFC 5869)."""
        if purpose not in self._subkeys:
            from cryptography.hazmat.primitives.hashes import SHA256  # noqa: PLC0415 - 6 MB of a desk's memory
            from cryptography.hazmat.primitives.kdf.hkdf import HKDF  # noqa: PLC0415 - with it

            derivation = HKDF(algorithm=SHA256(), length=_KEY_BYTES, salt=None, info=b"renraku/" + purpose.encode())
            self._subkeys[purpose] = derivation.derive(self.data_key())
        return self._subkeys[purpose]

    def _found(self, name: str) -> tuple[str | None, str | None]:
        for source in self._sources:
            value = source.read(name)
            if value is not None:
                return value, source.title
        return None, None

    def __repr__(self) -> str:
        return f"Secrets({', '.join(source.title for source in self._sources)})"


class Environment:
    title = "environment"

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ

    def read(self, name: str) -> str | None:
        return self._environ.get(f"RENRAKU_SECRET_{name}") or None


class Credentials:
    """systemd's `LoadCredential=`: one file a secret, in a directory that only the service can read."""

    title = "systemd"

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def read(self, name: str) -> str | None:
        try:
            return (self._directory / name).read_text(encoding="utf-8").rstrip("\r\n") or None
        except FileNotFoundError:
            return None
        except (OSError, UnicodeDecodeError) as error:
            raise UserError("secrets.unreadable", name=name, where=self.title) from error


class KeyFile:
    """The key of a practice database; it protects nothing and is thrown away with it."""

    title = "practice key file"

    def __init__(self, file: Path) -> None:
        self._file = file

    def read(self, name: str) -> str | None:
        if name != "DATA_KEY":
            return None
        try:
            return self._file.read_text(encoding="ascii").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise UserError("secrets.unreadable", name=name, where=self.title) from error


class Handed:
    title = "desk"

    def __init__(self, values: Mapping[str, str]) -> None:
        self._values = dict(values)

    def read(self, name: str) -> str | None:
        return self._values.get(name)


class Keyring:
    """The system's own safe. One that keeps plain text, or nothing at all, counts as none."""

    title = "keyring"

    def __init__(self, service: str) -> None:
        self._service = service

    def is_there(self) -> bool:
        return self._backend() is not None

    def read(self, name: str) -> str | None:
        backend = self._backend()
        if backend is None:
            return None
        with _worded(name):
            return backend.get_password(self._service, name) or None

    def write(self, name: str, value: str) -> None:
        backend = self._backend()
        if backend is None:
            raise UserError("secrets.no_keyring", name=name)
        with _worded(name):
            backend.set_password(self._service, name, value)
        if self.read(name) != value:
            raise UserError("secrets.keyring_failed", name=name)

    def _backend(self) -> "KeyringBackend | None":
        import keyring  # noqa: PLC0415 - 120 ms and more, and most starts find their secrets elsewhere
        from keyring.backends import chainer, fail, null  # noqa: PLC0415 - with it

        chosen = keyring.get_keyring()
        candidates = chosen.backends if isinstance(chosen, chainer.ChainerBackend) else [chosen]
        for backend in candidates:
            unsafe = isinstance(backend, (fail.Keyring, null.Keyring)) or "Plaintext" in type(backend).__name__
            if not unsafe:
                return backend
        return None


@contextmanager
def _worded(name: str) -> Iterator[None]:
    """A keyring's own failures as UserErrors; `name` is the secret that was asked for."""
    from keyring.errors import KeyringError, KeyringLocked, NoKeyringError  # noqa: PLC0415 - see Keyring._backend

    try:
        yield
    except KeyringLocked as error:
        raise UserError("secrets.keyring_locked", name=name) from error
    except NoKeyringError as error:
        raise UserError("secrets.no_keyring", name=name) from error
    except (KeyringError, OSError, RuntimeError) as error:
        raise UserError("secrets.keyring_failed", name=name) from error


def new_data_key() -> str:
    """A fresh DATA_KEY as people keep it: 32 random bytes in base64."""
    return base64.b64encode(secrets.token_bytes(_KEY_BYTES)).decode("ascii")


def key_file(database: Path) -> Path:
    """Where a practice database keeps its key."""
    return database.with_name(f"{database.name}.key")


def _check(name: str) -> None:
    if name not in NAMES:
        raise UserError("secrets.unknown_name", name=name, known=NAMES)


def _decoded(value: str) -> bytes:
    with suppress(binascii.Error, ValueError):
        key = base64.b64decode(value, validate=True)
        if len(key) == _KEY_BYTES:
            return key
    raise UserError("secrets.bad_data_key")


def _write_new(file: Path, text: str) -> None:
    """Readable by its owner alone from the first byte; whoever comes second keeps what the first one wrote."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with suppress(FileExistsError):
        number = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(number, "w", encoding="ascii") as out:
            out.write(text + "\n")
