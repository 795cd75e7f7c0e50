"""Mails to send in tests, and a journal to look into."""

from collections.abc import Sequence

from desktop.domain.deliveries import MailKind, MailOutcome, OutgoingMail


class Notes:
    """A journal in memory."""

    def __init__(self) -> None:
        self.lines: list[tuple[str, int]] = []

    def begin(self, delivery_id: int) -> None:
        self.lines.append(("begin", delivery_id))

    def end(self, delivery_id: int, code: int) -> None:
        self.lines.append(("end", delivery_id))

    def flush(self) -> None:
        """Nothing is kept back."""

    @property
    def in_doubt(self) -> set[int]:
        begun = {number for word, number in self.lines if word == "begin"}
        return begun - {number for word, number in self.lines if word == "end"}


def mails(*addresses: str, data: bytes = b"Subject: x\r\n\r\nhello\r\n") -> list[OutgoingMail]:
    return [
        OutgoingMail(number, address, "bounce@city.example", data) for number, address in enumerate(addresses, start=1)
    ]


THREE = mails("a@example.test", "b@example.test", "c@example.test")


def kinds(outcomes: Sequence[MailOutcome]) -> list[MailKind]:
    return [outcome.kind for outcome in outcomes]
