"""Passwords are hashed few at a time, however many people sign in at once."""

import os
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from argon2 import PasswordHasher

from desktop.services import passwords


class Watched:
    """The hasher, which notes how many are at it at once."""

    def __init__(self, hasher: PasswordHasher) -> None:
        self._hasher = hasher
        self._lock = threading.Lock()
        self._at_it = 0
        self.most = 0

    def hash(self, password: str) -> str:
        with self._lock:
            self._at_it += 1
            self.most = max(self.most, self._at_it)
        try:
            return self._hasher.hash(password)
        finally:
            with self._lock:
                self._at_it -= 1


def test_only_so_many_passwords_are_hashed_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    watched = Watched(passwords._HASHER)
    monkeypatch.setattr(passwords, "_HASHER", watched)
    with ThreadPoolExecutor(16) as pool:
        hashes = list(pool.map(lambda number: passwords.hashed(f"kaze no tani {number}", ""), range(32)))
    assert len(set(hashes)) == 32
    assert 1 <= watched.most <= max(2, os.cpu_count() or 2)
