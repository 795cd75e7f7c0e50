"""Where LINE delivers its events: verified, stored, answered; what they mean is the worker's to find out.

Whatever is not stored gets no 2xx, because LINE delivers again only then. Nobody else is told anything.
"""

import logging
from collections.abc import Mapping

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from desktop.domain.errors import UserError
from desktop.domain.line_events import LARGEST_BODY
from desktop.portal.context import services

blueprint = Blueprint("line_webhook", __name__)

_STATUS: Mapping[str, int] = {"line.signature": 401, "line.nonsense": 400}
"""503 for any other trouble: it is ours, and passes."""

log = logging.getLogger(__name__)


@blueprint.post("/line/webhook")
def receive() -> ResponseReturnValue:
    request.max_content_length = LARGEST_BODY
    try:
        services().line_events.receive(request.get_data(cache=False), request.headers.get("x-line-signature"))
    except UserError as error:
        status = _STATUS.get(error.code, 503)
        log.warning("a delivery of LINE was answered %d: %s", status, error.code)
        return {}, status, {"Retry-After": "60"} if status == 503 else {}
    return {}, 200
