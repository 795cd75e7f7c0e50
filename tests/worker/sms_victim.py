"""A worker's SMS desk as a process that shall die: `python -m tests.worker.sms_victim DATABASE GATEWAY DATA_KEY`."""

import sys
from threading import Event

from desktop.secrets import Secrets
from desktop.services.sms_intake import SmsIntake
from desktop.services.sms_replies import SmsReplies
from desktop.services.sms_timer import SmsTimer
from desktop.store.db import Store
from desktop.worker.sms_desk import SmsDesk
from tests.worker.sms_phones import Phones


def main(url: str, gateway: str, data_key: str) -> None:
    store, secrets = Store(url), Secrets.handed({"DATA_KEY": data_key})
    never = Event()
    SmsDesk(
        SmsIntake(store, secrets), SmsTimer(store), SmsReplies(store, secrets), Phones(gateway, seconds=60), never
    ).start()
    never.wait()


if __name__ == "__main__":
    main(*sys.argv[1:])
