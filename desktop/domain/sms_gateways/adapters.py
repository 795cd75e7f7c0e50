"""Every gateway by its name."""

from collections.abc import Mapping

from desktop.domain.sms import Gateway
from desktop.domain.sms_gateways import Adapter, Sender
from desktop.domain.sms_gateways.esms import Esms
from desktop.domain.sms_gateways.kannel import Kannel
from desktop.domain.sms_gateways.practice import Practice
from desktop.domain.sms_gateways.vcom import Vcom

ADAPTERS: Mapping[Gateway, Adapter] = {
    Gateway.KANNEL: Kannel(),
    Gateway.ESMS: Esms(),
    Gateway.VCOM: Vcom(),
    Gateway.PRACTICE: Practice(),
}
SENDERS: Mapping[Gateway, Sender] = {Gateway.KANNEL: Kannel(), Gateway.ESMS: Esms(), Gateway.VCOM: Vcom()}
"""Practice sends within its worker."""
