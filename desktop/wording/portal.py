"""What can go wrong with the portal itself, in words for whoever runs it."""

from collections.abc import Mapping

from desktop.i18n import N_

ERRORS: Mapping[str, tuple[str, str]] = {
    "portal.cannot_listen": (
        N_("The portal cannot listen on {host}, port {port}."),
        N_("Another program may use that port. Choose another one: portal --listen HOST:PORT."),
    ),
}
