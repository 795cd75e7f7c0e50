"""The phone network of a practice database, inside its worker: it takes every text and delivers none."""

from collections import deque

from desktop.domain.sms_gateways import OutgoingSms, SmsKind, SmsOutcome

_KEPT = 500


class PracticePhones:
    """Implements `domain.sms_gateways.SmsGateway`; threads may share it. The last texts can be looked at."""

    def __init__(self) -> None:
        self.texts: deque[OutgoingSms] = deque(maxlen=_KEPT)

    def send(self, sms: OutgoingSms) -> SmsOutcome:
        self.texts.append(sms)
        return SmsOutcome(SmsKind.ACCEPTED, ref=f"practice-{sms.reply_id}")

    def check(self) -> bool:
        return True

    def close(self) -> None:
        """There is nothing to let go of."""
