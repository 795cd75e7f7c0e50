"""The desk's colours and measures, by what they are for."""

from dataclasses import dataclass, fields


@dataclass(frozen=True, slots=True)
class Tokens:
    """One palette. A field's name is the token that widgets and icons ask for; `_t` is its tint."""

    window: str
    surface: str
    text: str
    muted: str
    border: str
    hair: str
    accent: str
    accent_hover: str
    on_accent: str
    sel: str
    hover: str
    track: str
    success: str
    info: str
    warning: str
    danger: str
    success_t: str
    info_t: str
    warning_t: str
    danger_t: str
    neutral_t: str
    on_danger: str
    bar1: str
    bar2: str
    bar3: str


LIGHT = Tokens(
    window="#F6F7F9",
    surface="#FFFFFF",
    text="#1C2430",
    muted="#5A6675",
    border="#7E8998",
    hair="#DDE2E8",
    accent="#0B6E8F",
    accent_hover="#095C78",
    on_accent="#FFFFFF",
    sel="#E1F0F5",
    hover="#EEF2F5",
    track="#E6EAEE",
    success="#1E6E3A",
    info="#1F5FA8",
    warning="#8A5A00",
    danger="#B3261E",
    success_t="#E4F2E8",
    info_t="#E5EEF9",
    warning_t="#FCF2DC",
    danger_t="#FCEAE8",
    neutral_t="#EDF0F3",
    on_danger="#FFFFFF",
    bar1="#2E8B57",
    bar2="#A9D3B8",
    bar3="#D9E4F2",
)

DARK = Tokens(
    window="#15191F",
    surface="#1D232B",
    text="#E6EAF0",
    muted="#A3AEBB",
    border="#6B7787",
    hair="#303844",
    accent="#5CC2E0",
    accent_hover="#7BD0E8",
    on_accent="#0B1A20",
    sel="#1D3B47",
    hover="#262E38",
    track="#2E3742",
    success="#7BD69A",
    info="#8AB8F2",
    warning="#F2B84B",
    danger="#FF8A80",
    success_t="#1F3529",
    info_t="#20304A",
    warning_t="#3A2F18",
    danger_t="#42211F",
    neutral_t="#2A323D",
    on_danger="#2A0B09",
    bar1="#5FBF83",
    bar2="#35644A",
    bar3="#2C405C",
)

TOKENS = tuple(field.name for field in fields(Tokens))

# Gaps do not grow with the font: at twice the font size the room is needed for words.
HALF = 4
GAP = 8
MARGIN = 16

# Sizes at body size 10.5 pt; `theme.px()` scales them.
CONTROL = 32
PRIMARY = 36
ROW = 28
ROW_COMFORTABLE = 36
ROW_TWO_LINES = 56
HEADER = 32
ICON = 16
ICON_NAV = 20
TOP_BAR = 48
SIDEBAR = 176
PAGE_HEADER = 80
STRIP = 40
PANE_DETAILS = 336
PANE_AUDIENCE = 376
PANE_TREE = 216
COLLAPSE_BELOW = 1100
