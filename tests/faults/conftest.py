"""The same post office as in the worker's own tests."""

from tests.worker.conftest import post

__all__ = ["post"]
