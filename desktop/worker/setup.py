"""The channels as the settings make them, and what a mail needs besides its text."""

from dataclasses import dataclass
from typing import Protocol

from desktop.domain.claims import MailJob, NoticeMessage
from desktop.domain.deliveries import DeliveryError, LineGateway, MailGateway, OutgoingMail
from desktop.domain.mail import AddressError, MailTemplate, domain_of
from desktop.services.message_text import mail_text
from desktop.settings import Settings

CHANNEL_SETTINGS = ("email.", "line.", "city.name")


class ChannelFactory(Protocol):
    """Makes channels of settings: practice ones for practice databases, real ones for real ones; it has the secrets."""

    def mail(self, settings: Settings) -> MailGateway:
        """Raises DeliveryError for settings that cannot work."""

    def line(self, settings: Settings) -> LineGateway:
        """Raises DeliveryError for settings that cannot work."""


@dataclass(frozen=True)
class MailSetup:
    """A mail server, our address there, and the installation that Message-IDs begin with."""

    gateway: MailGateway
    from_address: str
    installation: str

    def message_id(self, delivery_id: int, domain: str, epoch: int = 1) -> str:
        """The same for ever, whatever is sent again and whatever is set meanwhile.

        The first epoch goes without saying. A later one keeps a mail of a restored database from looking like another
        mail that the lost one gave the same number.
        """
        number = delivery_id if epoch == 1 else f"{epoch}.{delivery_id}"
        return f"<{self.installation[:12]}.{number}@{domain or domain_of(self.from_address)}>"


class MailComposer:
    """Mails of one setup; what copies have in common is made once."""

    def __init__(self, setup: MailSetup) -> None:
        self._setup = setup
        self._templates: dict[tuple[int, str, bool], MailTemplate] = {}

    def compose(self, job: MailJob, message: NoticeMessage) -> OutgoingMail | None:
        """None for an address that no mail can carry. Raises DeliveryError if our own address cannot be."""
        template = self._template(job, message)
        message_id = self._setup.message_id(job.delivery_id, message.mail_domain, message.epoch)
        try:
            own, shared = template.copy(to=job.address, message_id=message_id)
        except AddressError:
            return None
        return OutgoingMail(job.delivery_id, job.address, self._setup.from_address, own, shared)

    def _template(self, job: MailJob, message: NoticeMessage) -> MailTemplate:
        key = (job.notice_id, job.languages, job.plain)
        if key not in self._templates:
            if len(self._templates) > 100:
                self._templates.clear()
            text = mail_text(message, job.languages, plain=job.plain, from_address=self._setup.from_address)
            try:
                self._templates[key] = MailTemplate(text)
            except AddressError as error:
                raise DeliveryError("not_configured", permanent=True, detail="email.from") from error
        return self._templates[key]


def channel_values(settings: Settings) -> dict[str, object]:
    """The settings of which the channels are made; when one differs they are made anew."""
    return {key: value for key, value in settings.values.items() if key.startswith(CHANNEL_SETTINGS)}
