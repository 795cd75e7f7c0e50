"""The same post office as in the worker's own tests."""

from tests.worker.conftest import haste, post

__all__ = ["haste", "post"]
