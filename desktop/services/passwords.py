"""Keeping passwords: argon2id with the parameters of OWASP ASVS 5.0, appendix C (t = 2, m = 19 MiB, p = 1)."""

import os
from threading import BoundedSemaphore

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError

from desktop.domain.errors import UserError
from desktop.domain.passwords import LONGEST, normalised, problem_with

_HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1, type=Type.ID)
_AT_ONCE = BoundedSemaphore(max(2, os.cpu_count() or 2))
"""Each takes 19 MiB and a processor: more at once would only take the memory and make everybody wait."""
_NOBODYS = "$argon2id$v=19$m=19456,t=2,p=1$cmVucmFrdS1ub2JvZHk$KfVtQk0P1ofVvuFbXs9YxA0K4QY0zXqB4fzYbH2mJWI"
"""Stands in where there is no such login, so that the answer takes as long."""


def hashed(password: str, login: str) -> str:
    """What is stored for a new password. Raises UserError("password.…") for one that is too weak."""
    if problem := problem_with(password, login):
        raise UserError(problem)
    with _AT_ONCE:
        return _HASHER.hash(normalised(password))


def matches(stored: str | None, password: str) -> bool:
    """Whether this is the password; takes the same time where nothing is stored."""
    if len(password) > 4 * LONGEST:
        password = ""  # nobody's, and not worth the work
    try:
        with _AT_ONCE:
            return _HASHER.verify(stored or _NOBODYS, normalised(password)) and stored is not None
    except (VerificationError, InvalidHashError):
        return False


def rehashed(stored: str, password: str) -> str | None:
    """The password hashed anew where the parameters have changed since, else None. Only for one that matches."""
    if not _HASHER.check_needs_rehash(stored):
        return None
    with _AT_ONCE:
        return _HASHER.hash(normalised(password))
