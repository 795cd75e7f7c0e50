"""Which proxy stands between this network and an outside service."""

import urllib.request
from urllib.parse import urlsplit

DIRECT = "direct"
_HERE = {"localhost", "127.0.0.1", "::1"}


def proxy_for(url: str, chosen: str) -> str:
    """`chosen` is the address of a proxy, DIRECT for none, or empty for what the system says: HTTPS_PROXY and NO_PROXY,
    on Windows and macOS also the system's settings. Empty: no proxy. What runs on this computer never needs one.
    """
    try:
        address = urlsplit(url)
    except ValueError:
        return ""  # whoever calls there finds out
    if chosen == DIRECT or (address.hostname or "") in _HERE:
        return ""
    if chosen:
        return chosen
    if urllib.request.proxy_bypass(address.netloc):
        return ""
    found = urllib.request.getproxies().get(address.scheme, "")
    return found if "://" in found or not found else f"http://{found}"
