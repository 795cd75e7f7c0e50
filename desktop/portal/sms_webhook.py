"""Where SMS gateways hand messages over: kept, then answered as each gateway understands it.

What they call with holds a key, a phone and an ID, so no address and no body is ever logged.
"""

import logging
from collections.abc import Callable
from functools import partial

from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue

from desktop.domain.errors import UserError
from desktop.domain.sms import Gateway
from desktop.domain.sms_gateways import Answer, InboundCall
from desktop.domain.sms_gateways.adapters import ADAPTERS
from desktop.domain.sms_gateways.calls import LARGEST_CALL
from desktop.portal.context import services

blueprint = Blueprint("sms_webhook", __name__)

_RETRY_AFTER = {"Retry-After": "60"}

log = logging.getLogger(__name__)


@blueprint.get("/sms/kannel")
def from_kannel() -> ResponseReturnValue:
    return _answered(Gateway.KANNEL, services().sms_intake.receive)


@blueprint.get("/sms/kannel/report")
def report_from_kannel() -> ResponseReturnValue:
    return _answered(Gateway.KANNEL, _reported)


@blueprint.get("/sms/esms")
def from_esms() -> ResponseReturnValue:
    return _answered(Gateway.ESMS, services().sms_intake.receive)


@blueprint.post("/sms/vcom")
def from_vcom() -> ResponseReturnValue:
    return _answered(Gateway.VCOM, services().sms_intake.receive)


@blueprint.post("/sms/practice")
def from_practice() -> ResponseReturnValue:
    """The phones of a practice database; a real one has no such page."""
    return _answered(Gateway.PRACTICE, services().sms_intake.receive)


def _reported(call: InboundCall) -> Answer:
    services().sms_intake.reported(call)
    return Answer()


def _answered(gateway: Gateway, take: Callable[[InboundCall], Answer]) -> ResponseReturnValue:
    request.max_content_length = LARGEST_CALL
    call = InboundCall(gateway, request.query_string, request.get_data(cache=False), request.remote_addr or "")
    try:
        answer = take(call)
    except UserError as error:
        return _refused(gateway, error.code)
    response = _response(answer)
    if answer.reply_id is not None:
        response.call_on_close(partial(_handed_out, services().sms_intake.answered, answer.reply_id))
    return response


def _refused(gateway: Gateway, code: str) -> Response:
    answer = ADAPTERS[gateway].refuse(code)
    if code != "sms.off":
        log.warning("a call of the SMS gateway %s was answered %d: %s", gateway, answer.status, code)
    response = _response(answer)
    if answer.status == 503:
        response.headers.update(_RETRY_AFTER)
    return response


def _handed_out(answered: Callable[[int], None], reply_id: int) -> None:
    """Where the database is away just now, the reply goes once more by a call of ours."""
    try:
        answered(reply_id)
    except UserError as error:
        log.warning("it could not be noted that an SMS was answered: %s", error.code)


def _response(answer: Answer) -> Response:
    return Response(answer.body, answer.status, content_type=answer.mimetype)
