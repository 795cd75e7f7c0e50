"""Which Vietnamese network a mobile number was given out by, and whether a sender is a mobile at all."""

from desktop.domain.phones import PhoneError, read_phone

_PREFIXES = {
    "viettel": "032 033 034 035 036 037 038 039 086 096 097 098",
    "vinaphone": "081 082 083 084 085 088 091 094",
    "mobifone": "070 076 077 078 079 089 090 093",
    "vietnamobile": "052 056 058 092",
    "gmobile": "059 099",
    "itel": "087",
    "wintel": "055",
}
_NETWORKS = {prefix: network for network, prefixes in _PREFIXES.items() for prefix in prefixes.split()}


def network_of(phone: str) -> str:
    """The network that the prefix belongs to, "" where it is none we know. `phone` is in the national form.

    Whoever kept their number when they changed networks (possible since 2018) counts with the former one.
    """
    return _NETWORKS.get(phone[:3], "") if len(phone) == 10 else ""


def mobile_sender(text: str) -> str | None:
    """The national form of a Vietnamese mobile number as a gateway writes it (`84905123456`), or None.

    Short codes, names and numbers of other countries are None: no account can be made for them, and no reply go out.
    """
    try:
        phone = read_phone(text, "VN")
    except PhoneError:
        return None
    return phone.number if phone.country == "VN" and phone.is_mobile else None
