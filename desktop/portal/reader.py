"""The reader's language: as they chose, else as their browser asks, else the city's.

Beside each label stands the Japanese one, as in the city's leaflet, so that reader and helpdesk name the same thing.
"""

from contextlib import ExitStack

from flask import Blueprint, Flask, g, redirect, request
from markupsafe import Markup, escape
from werkzeug.wrappers import Response as AnyResponse

from desktop import i18n
from desktop.i18n import LANGUAGES, _, current_language, speaking
from desktop.portal.context import portal, settings
from desktop.portal.ways import local_path

COOKIE = "language"
_A_YEAR_S = 365 * 24 * 3600

blueprint = Blueprint("reader", __name__)


def install(app: Flask) -> None:
    app.before_request(_begin_to_speak)
    app.teardown_request(_stop)
    app.register_blueprint(blueprint)
    app.jinja_env.globals.update(
        {
            "_": _,
            "N_": i18n.N_,
            "ngettext": i18n.ngettext,
            "label": label,
            "languages": LANGUAGES,
            "current_language": current_language,
            "format_date": i18n.format_date,
            "format_number": i18n.format_number,
            "exact": exact,
        }
    )


def _begin_to_speak() -> None:
    g.speaking = ExitStack()
    g.speaking.enter_context(speaking(_wished()))


def _stop(_error: BaseException | None) -> None:
    g.pop("speaking", ExitStack()).close()


def _wished() -> str:
    chosen = request.cookies.get(COOKIE, "")
    if chosen in LANGUAGES:
        return chosen
    asked = request.accept_languages.best_match([*LANGUAGES])
    return asked or str(portal().last_known["city.language"])


def remember(response: AnyResponse, language: str) -> None:
    """Speak this language to this browser from now on."""
    if language in LANGUAGES:
        response.set_cookie(COOKIE, language, max_age=_A_YEAR_S, secure=portal().secure, httponly=True, samesite="Lax")


def has_chosen() -> bool:
    return request.cookies.get(COOKIE, "") in LANGUAGES


@blueprint.get("/language/<code>")
def choose(code: str) -> AnyResponse:
    """Plain links, which work in every browser: nothing but what this reader sees changes."""
    response = redirect(local_path(request.args.get("next", "")) or "/", 303)
    remember(response, code)
    return response


def label(message: str) -> Markup:
    """A marked text in the reader's language, and in Japanese beside it."""
    said = _(message)
    with speaking("ja"):
        japanese = _(message)
    if current_language() == "ja" or said == japanese:
        return escape(said)
    return Markup('{} <span class="ja" lang="ja">{}</span>').format(said, japanese)


def exact(moment: object) -> str:
    """A moment in the city's zone."""
    return i18n.format_exact(moment.astimezone(settings().zone))  # type: ignore[attr-defined]  # from a template
