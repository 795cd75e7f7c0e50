"""Likely slips in the domain of a mail address: asked about, never corrected unasked."""

from collections.abc import Iterable

_KNOWN = (
    "docomo.ne.jp", "ezweb.ne.jp", "au.com", "softbank.ne.jp", "i.softbank.jp", "ymobile.ne.jp", "yahoo.ne.jp",
    "gmail.com", "googlemail.com", "yahoo.co.jp", "ymail.ne.jp", "icloud.com", "me.com", "mac.com",
    "outlook.com", "outlook.jp", "hotmail.com", "hotmail.co.jp", "live.jp", "msn.com", "yahoo.com",
    "uqmobile.jp", "rakuten.jp", "rakumail.jp", "nifty.com", "ocn.ne.jp", "biglobe.ne.jp", "so-net.ne.jp",
    "plala.or.jp", "dion.ne.jp", "disney.ne.jp", "wcm.ne.jp", "yahoo.com.vn", "proton.me",
)  # fmt: skip
_ALSO_REAL = frozenset({"mail.com", "email.com", "ymail.com", "fmail.com", "hotmail.jp", "live.com", "zmail.com"})
"""Others that exist, one letter away from a known one."""
_WRONG_FOR_SURE = {
    "docomo.co.jp": "docomo.ne.jp",
    "docomo.jp": "docomo.ne.jp",
    "docomo.com": "docomo.ne.jp",
    "ezweb.co.jp": "ezweb.ne.jp",
    "ezweb.jp": "ezweb.ne.jp",
    "ezweb.com": "ezweb.ne.jp",
    "au.ne.jp": "au.com",
    "softbank.co.jp": "softbank.ne.jp",
    "softbank.com": "softbank.ne.jp",
    "i.softbank.ne.jp": "i.softbank.jp",
    "i.softbank.co.jp": "i.softbank.jp",
    "gmail.co.jp": "gmail.com",
    "gmail.jp": "gmail.com",
    "gmail.ne.jp": "gmail.com",
    "yahoo.jp": "yahoo.co.jp",
    "icloud.co.jp": "icloud.com",
    "icloud.jp": "icloud.com",
    "icloud.ne.jp": "icloud.com",
}
_SHORT = 7
"""Domains up to this length are so near to each other that one wrong letter says nothing."""


def likely_meant(address: str) -> str | None:
    """The address that was probably meant, or None where nothing looks wrong. `address` is one that may be sent to."""
    local, at, domain = address.rpartition("@")
    domain = domain.casefold()
    if not at or domain in _KNOWN or domain in _ALSO_REAL:
        return None
    meant = _WRONG_FOR_SURE.get(domain) or _nearest(domain, _KNOWN)
    return f"{local}@{meant}" if meant else None


def _nearest(domain: str, known: Iterable[str]) -> str | None:
    return next((one for one in known if len(one) > _SHORT and _is_one_slip(domain, one)), None)


def _is_one_slip(typed: str, meant: str) -> bool:
    """One letter too many, too few or wrong, or two neighbours changed places."""
    if abs(len(typed) - len(meant)) > 1 or typed == meant:
        return False
    start = next((i for i, (a, b) in enumerate(zip(typed, meant, strict=False)) if a != b), min(len(typed), len(meant)))
    left, right = typed[start:], meant[start:]
    if len(left) != len(right):
        return left[1:] == right or left == right[1:]
    return left[1:] == right[1:] or (left[:2] == right[1::-1] and left[2:] == right[2:])
