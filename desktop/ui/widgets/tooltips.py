"""Tooltips of what people wrote."""

from html import escape


def plain_tooltip(text: str) -> str:
    """Qt takes a tooltip that looks like HTML for HTML, and fetches its pictures from wherever they are said to lie.

    Names come from guardians, rosters and text messages; so what may look like HTML is shown as it was written.
    """
    if "<" not in text and "&" not in text:
        return text
    lines = escape(text).replace("\n", "<br>")
    return f"<qt>{lines}</qt>"
