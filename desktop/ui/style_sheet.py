"""The one style sheet. Widgets choose from it by object name and by the properties `kind`, `role` and `state`."""

from collections.abc import Callable
from pathlib import Path

from desktop.ui.tokens import Tokens

SHAPES = Path(__file__).resolve().parents[2] / "resources" / "style"


def style_sheet(tokens: Tokens, px: Callable[[float], int], text_px: Callable[[float], float]) -> str:
    """The sheet for one palette at the font in force."""
    shade = "dark" if int(tokens.window[1:3], 16) < 128 else "light"

    def shape(name: str) -> str:
        return f'url("{(SHAPES / f"{shade}-{name}.svg").as_posix()}")'

    return "\n".join(
        (
            _frames(tokens),
            _labels(tokens, text_px),
            _buttons(tokens, px, shape),
            _fields(tokens, px, shape),
            _views(tokens, px, text_px, shape),
        )
    )


def _frames(t: Tokens) -> str:
    return f"""
QToolTip {{ background:{t.text}; color:{t.surface}; border:0; padding:4px 8px; }}
QFrame#topBar {{ background:{t.surface}; border:0; border-bottom:1px solid {t.hair}; }}
QFrame#sidebar {{ background:{t.window}; border:0; border-right:1px solid {t.hair}; }}
QFrame#card {{ background:{t.surface}; border:1px solid {t.hair}; border-radius:8px; }}
QFrame#paneRight {{ background:{t.surface}; border:0; border-left:1px solid {t.hair}; }}
QFrame#paneLeft {{ background:{t.surface}; border:0; border-right:1px solid {t.hair}; }}
QFrame#surface {{ background:{t.surface}; border:0; }}
QFrame#actionBar, QFrame#strip {{ background:{t.surface}; border:0; border-top:1px solid {t.hair}; }}
QFrame#selectionBar {{ background:{t.sel}; border:0; border-top:1px solid {t.hair}; }}
QFrame#quiet {{ background:{t.window}; border:0; border-radius:6px; }}
QFrame#frameField {{ background:{t.surface}; border:1px solid {t.border}; border-radius:6px; }}
QFrame#frameField[state="error"] {{ border-color:{t.danger}; }}
QFrame#hline {{ background:{t.hair}; border:0; max-height:1px; min-height:1px; }}
QFrame#vline {{ background:{t.hair}; border:0; max-width:1px; min-width:1px; }}
QFrame#palette {{ background:{t.surface}; border:1px solid {t.border}; border-radius:8px; }}
QFrame[band="warning"] {{ background:{t.warning_t}; border:0; border-bottom:1px solid {t.warning}; }}
QFrame[band="danger"] {{ background:{t.danger_t}; border:0; border-bottom:1px solid {t.danger}; }}
QFrame[band="info"] {{ background:{t.info_t}; border:0; border-bottom:1px solid {t.info}; }}
QFrame[band="success"] {{ background:{t.success_t}; border:0; border-bottom:1px solid {t.success}; }}
QFrame[band="emergency"] {{ background:{t.danger}; border:0; border-radius:8px; }}
QFrame[band="emergency"] QLabel {{ color:{t.on_danger}; }}
QFrame[box="warning"] {{ background:{t.warning_t}; border:0; border-radius:6px; }}
QFrame[box="danger"] {{ background:{t.danger_t}; border:0; border-radius:6px; }}
QFrame[box="info"] {{ background:{t.info_t}; border:0; border-radius:6px; }}
QFrame[box="success"] {{ background:{t.success_t}; border:0; border-radius:6px; }}
QFrame[box="neutral"] {{ background:{t.neutral_t}; border:0; border-radius:6px; }}
QScrollArea {{ background:transparent; border:0; }}
QScrollArea > QWidget > QWidget#scrolled {{ background:transparent; }}
QDialog {{ background:{t.surface}; }}
QMenu {{ background:{t.surface}; color:{t.text}; border:1px solid {t.border}; padding:4px; }}
QMenu::item {{ padding:6px 24px 6px 12px; border-radius:4px; }}
QMenu::item:selected {{ background:{t.sel}; }}
QMenu::item:disabled {{ color:{t.muted}; }}
QMenu::separator {{ height:1px; background:{t.hair}; margin:4px 0; }}
QMenu::icon {{ padding-left:8px; }}
QSplitter::handle {{ background:{t.hair}; }}
"""


def _labels(t: Tokens, text_px: Callable[[float], float]) -> str:
    sizes = {"tiny": -1.5, "small": -1.0, "minor": -0.5, "cardTitle": 1.5, "big": 3.5, "pageTitle": 5.5}
    lines = [f'QLabel[role~="{role}"] {{ font-size:{text_px(offset):.1f}px; }}' for role, offset in sizes.items()]
    tones = ("muted", "warning", "danger", "success", "info", "accent", "text")
    lines += [f'QLabel[role~="{tone}"] {{ color:{getattr(t, tone)}; }}' for tone in tones]
    lines += [f'QLabel[role~="{role}"] {{ font-weight:600; }}' for role in ("bold", "cardTitle", "big", "pageTitle")]
    return "\n".join(lines)


def _buttons(t: Tokens, px: Callable[[float], int], shape: Callable[[str], str]) -> str:
    control, primary, arrow = px(32), px(36), px(16)
    return f"""
QPushButton {{ min-height:{control - 2}px; padding:0 14px; border:1px solid {t.border}; border-radius:6px;
  background:{t.surface}; color:{t.text}; }}
QPushButton:hover {{ background:{t.hover}; }}
QPushButton:pressed {{ background:{t.sel}; }}
QPushButton:focus {{ border:2px solid {t.accent}; padding:0 13px; min-height:{control - 4}px; }}
QPushButton:disabled {{ color:{t.muted}; background:{t.window}; border-color:{t.hair}; }}
QPushButton[kind="big"] {{ min-height:{primary - 2}px; padding:0 16px; }}
QPushButton[kind="big"]:focus {{ min-height:{primary - 4}px; padding:0 15px; }}
QPushButton[kind="primary"] {{ min-height:{primary - 4}px; padding:0 18px; border:2px solid {t.accent};
  background:{t.accent}; color:{t.on_accent}; font-weight:600; }}
QPushButton[kind="primary"]:hover {{ background:{t.accent_hover}; border-color:{t.accent_hover}; }}
QPushButton[kind="primary"]:focus {{ border:2px solid {t.text}; }}
QPushButton[kind="primary"]:disabled {{ background:{t.neutral_t}; border-color:{t.neutral_t}; color:{t.muted}; }}
QPushButton[kind="danger"] {{ border-color:{t.danger}; color:{t.danger}; }}
QPushButton[kind="danger"]:disabled {{ border-color:{t.hair}; color:{t.muted}; }}
QPushButton[kind="dangerPrimary"] {{ min-height:{primary - 4}px; padding:0 18px; border:2px solid {t.danger};
  background:{t.danger}; color:{t.on_danger}; font-weight:600; }}
QPushButton[kind="dangerPrimary"]:focus {{ border:2px solid {t.text}; }}
QPushButton[kind="dangerPrimary"]:disabled {{ background:{t.neutral_t}; border-color:{t.neutral_t}; color:{t.muted}; }}
QPushButton[kind="link"] {{ border:2px solid transparent; border-radius:4px; background:transparent; color:{t.accent};
  padding:0 2px; min-height:{px(24) - 4}px; text-align:left; }}
QPushButton[kind="link"]:hover {{ text-decoration:underline; }}
QPushButton[kind="link"]:focus {{ border-color:{t.accent}; }}
QPushButton[kind="link"]:disabled {{ color:{t.muted}; }}
QPushButton[kind="ghost"] {{ border:2px solid transparent; background:transparent; padding:0 6px; text-align:left;
  min-height:{control - 4}px; }}
QPushButton[kind="ghost"]:hover {{ background:{t.hover}; }}
QPushButton[kind="ghost"]:focus {{ border-color:{t.accent}; }}
QPushButton[kind="ghost"][menu="true"] {{ padding-right:12px; }}
QPushButton[kind="foot"] {{ border:2px solid transparent; background:transparent; padding:0 0 0 8px; text-align:left;
  min-height:{control - 4}px; }}
QPushButton[kind="foot"]:hover {{ background:{t.hover}; }}
QPushButton[kind="foot"]:focus {{ border-color:{t.accent}; }}
QPushButton[kind="foot"][state="muted"] {{ color:{t.muted}; }}
QPushButton[kind="foot"][state="warning"] {{ color:{t.warning}; }}
QPushButton[kind="emergency"] {{ min-height:{px(40) - 2}px; border-color:{t.danger}; color:{t.danger}; font-weight:600;
  background:{t.surface}; text-align:left; padding:0 0 0 9px; }}
QPushButton[kind="emergency"]:hover {{ background:{t.danger_t}; }}
QPushButton[kind="emergency"]:focus {{ border:2px solid {t.danger}; padding:0 0 0 8px; min-height:{px(40) - 4}px; }}
QPushButton[kind="seg"] {{ border:2px solid transparent; border-radius:6px; background:transparent; color:{t.muted};
  padding:0 8px; min-height:{px(28) - 4}px; }}
QPushButton[kind="seg"]:hover {{ background:{t.hover}; }}
QPushButton[kind="seg"]:checked {{ background:{t.sel}; color:{t.text}; font-weight:600; }}
QPushButton[kind="seg"]:focus {{ border-color:{t.accent}; }}
QPushButton[narrow="true"] {{ text-align:center; padding:0; }}
QPushButton[narrow="true"]:focus {{ padding:0; }}
QPushButton::menu-indicator {{ image:{shape("down")}; width:{arrow}px; height:{arrow}px;
  subcontrol-origin:padding; subcontrol-position:right center; right:8px; }}
QToolButton {{ border:2px solid transparent; border-radius:4px; background:transparent; padding:2px; }}
QToolButton:hover {{ background:{t.hover}; }}
QToolButton:focus {{ border-color:{t.accent}; }}
QToolButton::menu-indicator {{ image:none; }}
"""


def _fields(t: Tokens, px: Callable[[float], int], shape: Callable[[str], str]) -> str:
    inner, focused, arrow, mark = px(32) - 2, px(32) - 4, px(16), px(18)
    return f"""
QLineEdit, QPlainTextEdit, QTextEdit, QComboBox, QDateTimeEdit, QSpinBox {{ border:1px solid {t.border};
  border-radius:6px; background:{t.surface}; color:{t.text};
  selection-background-color:{t.accent}; selection-color:{t.on_accent}; }}
QLineEdit, QComboBox, QSpinBox {{ min-height:{inner}px; max-height:{inner}px; padding:0 8px; }}
QDateTimeEdit {{ min-height:{inner}px; max-height:{inner}px; padding:0 8px; }}
QPlainTextEdit, QTextEdit {{ padding:4px; }}
QLineEdit:focus, QPlainTextEdit:focus, QTextEdit:focus, QComboBox:focus, QDateTimeEdit:focus, QSpinBox:focus {{
  border:2px solid {t.accent}; }}
QLineEdit:focus, QComboBox:focus, QDateTimeEdit:focus, QSpinBox:focus {{
  min-height:{focused}px; max-height:{focused}px; padding:0 7px; }}
QPlainTextEdit:focus, QTextEdit:focus {{ padding:3px; }}
QLineEdit[state="error"], QPlainTextEdit[state="error"], QComboBox[state="error"], QDateTimeEdit[state="error"] {{
  border-color:{t.danger}; }}
QLineEdit:disabled, QPlainTextEdit:disabled, QComboBox:disabled, QDateTimeEdit:disabled, QSpinBox:disabled {{
  background:{t.window}; color:{t.muted}; border-color:{t.hair}; }}
QLineEdit:read-only {{ background:{t.window}; }}
QLineEdit#topSearch {{ background:{t.window}; border-color:{t.hair}; }}
QLineEdit#topSearch:focus {{ border-color:{t.accent}; }}
QComboBox::drop-down, QDateTimeEdit::drop-down {{ border:0; width:{px(28)}px; subcontrol-origin:border;
  subcontrol-position:right center; }}
QComboBox::down-arrow, QDateTimeEdit::down-arrow {{ image:{shape("down")}; width:{arrow}px; height:{arrow}px; }}
QDateTimeEdit::up-button, QDateTimeEdit::down-button {{ width:0; border:0; }}
QComboBox QAbstractItemView {{ border:1px solid {t.border}; background:{t.surface}; selection-background-color:{t.sel};
  selection-color:{t.text}; padding:2px; }}
QComboBox QAbstractItemView::item {{ min-height:{px(28)}px; padding:0 6px; }}
QComboBox QAbstractItemView::item:selected {{ background:{t.sel}; color:{t.text}; }}
QSpinBox::up-button, QSpinBox::down-button {{ border:0; width:{px(20)}px; background:transparent; }}
QSpinBox::up-arrow {{ image:{shape("up")}; width:{px(12)}px; height:{px(12)}px; }}
QSpinBox::down-arrow {{ image:{shape("down")}; width:{px(12)}px; height:{px(12)}px; }}
QRadioButton, QCheckBox {{ spacing:8px; min-height:{px(28)}px; border:2px solid transparent; border-radius:4px; }}
QRadioButton:focus, QCheckBox:focus {{ border-color:{t.accent}; }}
QRadioButton:disabled, QCheckBox:disabled {{ color:{t.muted}; }}
QRadioButton::indicator, QCheckBox::indicator {{ width:{mark}px; height:{mark}px; }}
QRadioButton::indicator:unchecked {{ image:{shape("radio-off")}; }}
QRadioButton::indicator:checked {{ image:{shape("radio-on")}; }}
QCheckBox::indicator:unchecked {{ image:{shape("check-off")}; }}
QCheckBox::indicator:checked {{ image:{shape("check-on")}; }}
QCheckBox::indicator:indeterminate {{ image:{shape("check-part")}; }}
QTabBar {{ background:transparent; qproperty-drawBase:0; }}
QTabBar::tab {{ min-height:{px(32) - 4}px; padding:0 10px; border:2px solid transparent; color:{t.muted};
  background:transparent; }}
QTabBar::tab:selected {{ color:{t.text}; border-bottom-color:{t.accent}; font-weight:600; }}
QTabBar::tab:hover {{ color:{t.text}; }}
QTabBar::tab:selected:focus {{ background:{t.sel}; }}
QProgressBar {{ border:0; border-radius:4px; background:{t.track}; min-height:8px; max-height:8px; }}
QProgressBar::chunk {{ border-radius:4px; background:{t.accent}; }}
QProgressBar[state="done"]::chunk {{ background:{t.bar1}; }}
QProgressBar[state="failed"]::chunk {{ background:{t.danger}; }}
"""


def _views(
    t: Tokens, px: Callable[[float], int], text_px: Callable[[float], float], shape: Callable[[str], str]
) -> str:
    arrow = px(16)
    return f"""
QAbstractItemView {{ border:0; background:{t.surface}; outline:0; selection-background-color:{t.sel};
  selection-color:{t.text}; }}
QListView#nav {{ background:transparent; }}
QHeaderView {{ background:{t.surface}; border:0; }}
QHeaderView::section {{ background:{t.surface}; color:{t.muted}; border:0; border-bottom:1px solid {t.hair};
  padding:0 8px; font-size:{text_px(-1.0):.1f}px; font-weight:400; }}
QHeaderView::section:first {{ padding-left:16px; }}
QHeaderView::section:last {{ padding-right:16px; }}
QHeaderView::section:only-one {{ padding-left:16px; padding-right:16px; }}
QHeaderView::section:hover {{ color:{t.text}; }}
QHeaderView::down-arrow {{ image:{shape("down")}; width:{arrow}px; height:{arrow}px;
  subcontrol-position:right center; }}
QHeaderView::up-arrow {{ image:{shape("up")}; width:{arrow}px; height:{arrow}px; subcontrol-position:right center; }}
QAbstractScrollArea::corner {{ background:{t.surface}; border:0; }}
QTableView QTableCornerButton::section {{ background:{t.surface}; border:0; }}
QTreeView {{ show-decoration-selected:1; }}
QTreeView::item {{ border:0; }}
QTreeView::item:selected {{ background:{t.sel}; color:{t.text}; }}
QTreeView::branch {{ background:transparent; }}
QTreeView::branch:selected {{ background:{t.sel}; }}
QTreeView::branch:has-children:closed {{ image:{shape("right")}; }}
QTreeView::branch:has-children:open {{ image:{shape("down")}; }}
QCalendarWidget QAbstractItemView {{ selection-background-color:{t.accent}; selection-color:{t.on_accent}; }}
QCalendarWidget QWidget#qt_calendar_navigationbar {{ background:{t.surface}; }}
QCalendarWidget QToolButton {{ color:{t.text}; padding:4px 8px; }}
QScrollBar:vertical {{ background:transparent; width:12px; margin:0; }}
QScrollBar:horizontal {{ background:transparent; height:12px; margin:0; }}
QScrollBar::handle {{ background:{t.border}; border-radius:3px; margin:3px; }}
QScrollBar::handle:vertical {{ min-height:32px; }}
QScrollBar::handle:horizontal {{ min-width:32px; }}
QScrollBar::handle:hover {{ background:{t.muted}; }}
QScrollBar::add-line, QScrollBar::sub-line, QScrollBar::add-page, QScrollBar::sub-page {{ background:transparent;
  border:0; height:0; width:0; }}
"""
