"""A form that was not right is shown again by a page of its own, so that going back or reloading never sends it twice.

What was typed and what is wrong with it travel to that page in a cookie of this browser alone: sealed with a key of the
portal's, good for a few minutes and for one form. So nothing is lost when the portal restarts or runs twice.
"""

import base64
import binascii
import json
import secrets as random
import time
import zlib
from urllib.parse import urlsplit

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from flask import Flask, redirect, request
from werkzeug.wrappers import Response

from desktop.i18n import LANGUAGES
from desktop.portal.context import portal
from desktop.portal.forms import Form
from desktop.portal.reader import remember
from desktop.portal.ways import local_path

KEY = "form"
"""The query's field that names the form, and the form's field that says which one it replaces."""
_NAME = "form-"
_GOOD_FOR_S = 900
_NONCE_BYTES = 12
_LARGEST = 3500
"""A cookie of 4,096 bytes is all that every browser keeps."""
_ALL_TOGETHER = 5000
"""Web servers before the portal take headers of 8 kB."""
SPEAK, PAGE = "speak", "page"
"""Fields of the buttons that choose a language from within a form, and of the page that the form stands on."""
_NEVER = frozenset({"csrf_token", KEY, SPEAK, PAGE})


def install(app: Flask) -> None:
    """After the form tokens: what comes without one is not kept."""
    app.before_request(_change_language)
    app.after_request(_let_go)
    app.jinja_env.globals["page_path"] = lambda: request.path
    app.jinja_env.globals["form_key"] = lambda: request.args.get(KEY, "")[:40]


def keep(form: Form, page: str, status: int = 422) -> Response | None:
    """Lead to `page`, a path of our own, where `kept()` finds the form; None where it is too long for a cookie.

    `return keep(form, url) or _page(form)` shows such a one at once.
    """
    form.status = status
    key = random.token_urlsafe(12)
    sealed = _sealed(form, urlsplit(page).path, key)
    if len(sealed) > _LARGEST:
        return None
    response = redirect(f"{page}?{KEY}={key}", 303)
    _set(response, key, sealed)
    room = _ALL_TOGETHER - len(sealed)
    for old in reversed(_keys()):
        room -= len(request.cookies[_cookie(old)])
        if room < 0:
            _drop(response, old)
    return response


def kept() -> Form | None:
    """The form that this page shows again, if it does."""
    key = request.args.get(KEY, "")
    return _opened(request.cookies.get(_cookie(key), ""), request.path, key) if key else None


def _change_language() -> Response | None:
    """Another language in the middle of a form: the same page in it, with everything that was typed."""
    language = _sent(SPEAK)
    if language not in LANGUAGES:
        return None
    page = urlsplit(local_path(_sent(PAGE)) or "/").path
    response = keep(Form.typed(), page, 200) or redirect(page, 303)
    remember(response, language)
    return response


def forget_all(response: Response) -> None:
    """Whoever comes to this browser next finds nothing of it."""
    for key in _keys():
        _drop(response, key)


def _let_go(response: Response) -> Response:
    """What was sent again and went well needs no keeping; what is wrong anew is kept under a new key."""
    if response.status_code < 400 and (key := _sent(KEY)) in _keys():
        _drop(response, key)
    return response


def _sent(name: str) -> str:
    """A field of a form; what machines send is not read here, it may be larger than any form."""
    is_form = request.method == "POST" and request.mimetype == "application/x-www-form-urlencoded"
    return request.form.get(name, "") if is_form else ""


def _cookie(key: str) -> str:
    return f"__Host-{_NAME}{key}" if portal().secure else f"{_NAME}{key}"


def _keys() -> list[str]:
    start = _cookie("")
    return [name.removeprefix(start) for name in request.cookies if name.startswith(start)]


def _set(response: Response, key: str, sealed: str) -> None:
    response.set_cookie(
        _cookie(key), sealed, max_age=_GOOD_FOR_S, secure=portal().secure, httponly=True, samesite="Lax", path="/"
    )


def _drop(response: Response, key: str) -> None:
    response.delete_cookie(_cookie(key), secure=portal().secure, httponly=True, samesite="Lax", path="/")


def _sealed(form: Form, path: str, key: str) -> str:
    values = {name: list(texts) for name, texts in form.values.items() if name not in _NEVER}
    text = json.dumps([time.time(), form.status, values, form.problems, form.whole], ensure_ascii=False)
    nonce = random.token_bytes(_NONCE_BYTES)
    sealed = _cipher().encrypt(nonce, zlib.compress(text.encode()), f"{path} {key}".encode())
    return base64.urlsafe_b64encode(nonce + sealed).decode("ascii")


def _opened(text: str, path: str, key: str) -> Form | None:
    try:
        sealed = base64.urlsafe_b64decode(text)
        packed = _cipher().decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], f"{path} {key}".encode())
    except (binascii.Error, InvalidTag, ValueError):
        return None
    kept_at, status, values, problems, whole = json.loads(zlib.decompress(packed))
    if time.time() - kept_at > _GOOD_FOR_S:
        return None
    return Form(values, problems, (whole[0], whole[1]) if whole else None, status)


def _cipher() -> AESGCM:
    return AESGCM(portal().secrets.subkey("portal-form"))
