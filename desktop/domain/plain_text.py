"""Text as people paste it, made fit for a message: no control or broken characters, one kind of line end."""

import re

_LINE_ENDS = re.compile("\r\n|[\r\v\f\x1c-\x1e\x85\u2028\u2029]")
_NOT_ALLOWED = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f\ufffe\uffff]")
_SURROGATES = re.compile("[\ud800-\udfff]")


def clean_text(text: str) -> str:
    """Several lines, separated by LF. Tabs stay; half of a surrogate pair becomes U+FFFD."""
    return _SURROGATES.sub("\ufffd", _NOT_ALLOWED.sub("", _LINE_ENDS.sub("\n", text)))


def clean_line(text: str) -> str:
    """One line: line ends and runs of blanks become one space (U+3000 stays)."""
    return re.sub(r"[\t\n ]+", " ", clean_text(text)).strip(" ")
