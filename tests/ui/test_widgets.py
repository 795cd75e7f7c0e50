"""The small parts of pages."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QStandardItem, QStandardItemModel, QTextDocument
from PySide6.QtWidgets import QLabel, QLineEdit, QPlainTextEdit, QWidget
from pytestqt.qtbot import QtBot

from desktop.ui import theme
from desktop.ui.cells import Coverage
from desktop.ui.tokens import PANE_DETAILS
from desktop.ui.widgets.bands import Band, NoteBox
from desktop.ui.widgets.empty import EmptyState, Step
from desktop.ui.widgets.filters import SegmentedFilter
from desktop.ui.widgets.forms import Choice, DateTimeField, FormField, SearchField, UnderstoodField
from desktop.ui.widgets.headers import ActionBar, PageHeader, SelectionBar
from desktop.ui.widgets.marks import Chip, CoverageBar, legend_items
from desktop.ui.widgets.pieces import Button, ElidedLabel, Label, card, column, row, widget_of
from desktop.ui.widgets.preview import LineBubble, MailPreview
from desktop.ui.widgets.side_pane import Panes, SidePane
from desktop.ui.widgets.tags import FlowLayout, Tag, TagItem, TagRow, flow
from desktop.ui.widgets.tree import COUNT_ROLE, ICON_ROLE, CountTree
from desktop.ui.widgets.values import KeyValueGrid, ProgressLine, Stat
from tests.ui.conftest import Shot

TOKYO = ZoneInfo("Asia/Tokyo")


def shown(qtbot: QtBot, widget: QWidget, width: int = 480, height: int = 200) -> None:
    qtbot.addWidget(widget)
    widget.resize(width, height)
    widget.show()


def is_folded(pane: SidePane) -> bool:
    return pane.folded


def test_a_field_says_what_is_wrong_in_place_of_its_help(qtbot: QtBot) -> None:
    line = QLineEdit()
    field = FormField("Email", line, "Where notices go")
    shown(qtbot, field)
    assert field.message() == "Where notices go"
    field.show_error("There is no @.")
    assert field.message() == "There is no @."
    assert line.accessibleDescription() == "There is no @."
    assert line.property("state") == "error"
    field.clear()
    assert field.message() == "Where notices go"


def test_a_field_shows_how_free_writing_was_understood(qtbot: QtBot) -> None:
    def understand(text: str) -> str:
        if "?" in text:
            raise ValueError("This is no date.")
        return "2 April 2017"

    field = UnderstoodField("Born on", understand)
    shown(qtbot, field)
    field.line.setText("H29.4.2")
    assert field.message() == "2 April 2017"
    assert field.check()
    field.line.setText("?")
    assert field.message() == "This is no date."
    assert not field.check()
    field.line.clear()
    assert field.message() == ""
    assert field.check()


def test_searching_waits_for_a_pause_but_not_after_enter(qtbot: QtBot) -> None:
    field = SearchField("Name or kana")
    shown(qtbot, field)
    with qtbot.waitSignal(field.searched) as searched:
        qtbot.keyClicks(field, "aoki")
    assert searched.args == ["aoki"]
    qtbot.keyClicks(field, "x")
    with qtbot.waitSignal(field.searched, timeout=50) as at_once:
        qtbot.keyClick(field, Qt.Key.Key_Return)
    assert at_once.args == ["aokix"]


def test_what_was_typed_in_the_list_goes_on_in_the_field(qtbot: QtBot) -> None:
    field = SearchField("Name or kana")
    shown(qtbot, field)
    field.take("a")
    assert field.text() == "a"
    qtbot.keyClick(field, Qt.Key.Key_Escape)
    assert field.text() == ""


def test_a_choice_is_told_by_its_value(qtbot: QtBot) -> None:
    choice = Choice("School")
    shown(qtbot, choice)
    choice.offer([(1, "East"), (None, "The whole city")], 1)
    choice.choose(None)
    assert choice.value() is None
    choice.offer([(1, "East"), (2, "West")])
    assert choice.value() == 1


@pytest.mark.parametrize("machine", ["UTC", "America/New_York"])
def test_a_moment_is_the_citys_whatever_the_machines_zone(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, machine: str
) -> None:
    monkeypatch.setenv("TZ", machine)
    field = DateTimeField(TOKYO, "When")
    shown(qtbot, field)
    moment = datetime(2026, 11, 21, 8, 0, tzinfo=TOKYO)
    field.set_moment(moment.astimezone(ZoneInfo("UTC")))
    assert field.moment() == moment


def test_a_tag_is_removed_by_key_or_click(qtbot: QtBot, shot: Shot) -> None:
    tags = TagRow("Audience", "Nobody yet", Button("Add", "link", "plus"))
    shown(qtbot, tags)
    tags.show_tags([TagItem("a", "3-1"), TagItem("b", "中村 蓮", excluded=True)])
    first, second = tags.findChildren(Tag)
    assert second.accessibleName() == "中村 蓮, left out"
    with qtbot.waitSignal(tags.removed) as removed:
        qtbot.keyClick(first, Qt.Key.Key_Delete)
    assert removed.args == ["a"]
    with qtbot.waitSignal(tags.removed):
        place = second.rect().center()
        place.setX(second.width() - 6)
        qtbot.mouseClick(second, Qt.MouseButton.LeftButton, pos=place)
    shot(tags, "tags")


def test_many_tags_go_on_to_the_next_line(qtbot: QtBot) -> None:
    tags = TagRow("Audience", "Nobody yet")
    shown(qtbot, tags, width=300)
    tags.show_tags([TagItem(str(n), f"{n}-1 and more") for n in range(9)])
    last = tags.findChildren(Tag)[-1]
    qtbot.waitUntil(last.isVisible)
    layout = tags.findChild(FlowLayout)
    assert layout is not None
    assert layout.heightForWidth(300) > 2 * layout.heightForWidth(3000)


def test_a_filter_moves_with_the_arrow_keys(qtbot: QtBot) -> None:
    chooser = SegmentedFilter("State")
    shown(qtbot, chooser)
    chooser.offer([("all", "All"), ("failed", "Not sent")])
    chooser.show_counts({"all": 1204, "failed": 2})
    assert [button.words() for button in chooser.findChildren(Button)] == ["All\u20031,204", "Not sent\u20032"]
    with qtbot.waitSignal(chooser.chosen) as chosen:
        qtbot.keyClick(chooser, Qt.Key.Key_Right)
    assert chosen.args == ["failed"]
    assert chooser.key() == "failed"


def test_a_blocked_action_says_why(qtbot: QtBot) -> None:
    bar = ActionBar(Button("Ask for approval", "primary"), note="Saved 10:41", shortcut="Ctrl+Return")
    shown(qtbot, bar)
    bar.block("Nobody is chosen yet")
    assert not bar.primary.isEnabled()
    assert any(label.text() == "Nobody is chosen yet" and label.isVisible() for label in bar.findChildren(Label))
    bar.allow()
    assert bar.primary.isEnabled()


def test_the_selection_bar_appears_with_the_second_row(qtbot: QtBot) -> None:
    bar = SelectionBar(lambda n: f"{n} selected", Button("Change class"))
    holder = widget_of(column(bar))
    shown(qtbot, holder)
    bar.show_count(1)
    assert not bar.isVisible()
    bar.show_count(3)
    assert bar.isVisible()


def test_the_step_that_comes_next_has_its_button(qtbot: QtBot, shot: Shot) -> None:
    pressed: list[bool] = []
    steps = [
        Step("Roster imported", "412 children", done=True),
        Step("Add who approves", "Two people are needed.", False, "Add staff", lambda: pressed.append(True)),
    ]
    empty = EmptyState("megaphone", "No notices yet", "They will stand here.", steps=steps)
    shown(qtbot, empty, 700, 500)
    button = next(button for button in empty.findChildren(Button) if button.words() == "Add staff")
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert pressed == [True]
    shot(empty, "empty")


def test_a_side_pane_folds_where_the_window_is_narrow_and_opens_on_demand(qtbot: QtBot) -> None:
    details = SidePane(QLabel("Details"), "details", PANE_DETAILS)
    panes = Panes(QLabel("List"), right=details)
    shown(qtbot, panes, 1280, 600)
    assert not is_folded(details)
    assert details.width() == PANE_DETAILS
    panes.resize(1000, 600)
    assert is_folded(details)
    details.unfold()
    assert not is_folded(details)
    panes.resize(1280, 600)
    theme.theme.set_body_size(theme.BODY_PT * 2)
    assert is_folded(details)


def test_a_long_line_ends_in_an_ellipsis_and_keeps_its_whole_in_the_tooltip(qtbot: QtBot) -> None:
    label = ElidedLabel("A sentence that is far too long for the room it has")
    shown(qtbot, label, 90, 24)
    assert label.text().endswith("…")
    assert label.toolTip() == label.whole() == label.accessibleName()


def test_a_name_that_looks_like_html_is_read_as_it_was_written(qtbot: QtBot) -> None:
    label = ElidedLabel('<img src="file:///share/x.png"><b>Mai</b> & Lan')
    shown(qtbot, label, 20, 24)
    tip = QTextDocument()
    tip.setHtml(label.toolTip())
    assert tip.toPlainText() == label.whole()


def test_a_bubble_grows_with_its_text(qtbot: QtBot, shot: Shot) -> None:
    bubble = LineBubble("東広島市 市民ポータル")
    shown(qtbot, bubble, 344, 300)
    bubble.show_notice("遠足の延期", "一行です。")
    short = bubble.heightForWidth(344)
    bubble.show_notice("遠足の延期", "明日の遠足は延期します。\n" * 12, "内容を確認しました", "10:45")
    assert bubble.heightForWidth(344) > short + 100
    shot(bubble, "bubble")


def test_names_that_look_like_html_stay_what_they_are(qtbot: QtBot) -> None:
    label = Label("<b>花</b> & 太郎")
    shown(qtbot, label)
    assert label.textFormat() == Qt.TextFormat.PlainText
    button = Button("Rock & Roll")
    shown(qtbot, button)
    assert button.text() == "Rock && Roll"
    assert button.words() == "Rock & Roll"


def test_progress_of_unknown_length_pulses_and_a_whole_one_is_done(qtbot: QtBot) -> None:
    line = ProgressLine("Email")
    shown(qtbot, line)
    line.show_progress(3, 0)
    assert line.maximum() == 0
    line.show_progress(41, 41)
    assert line.property("state") == "done"


@pytest.mark.parametrize("dark", [False, True])
def test_everything_together_is_painted_without_a_warning(qtbot: QtBot, qapp: object, shot: Shot, dark: bool) -> None:
    app = theme._application()
    theme.apply(app, Qt.ColorScheme.Dark if dark else Qt.ColorScheme.Light)
    band = Band("warning", "Not connected since 10:42.", "What you see is from then.", "disconnected")
    band.set_side_note("Next try in 12 s")
    band.add_button("Connect", lambda: None, "refresh")
    note = NoteBox("warning", "Two families have no address", "email-off")
    note.add_link("List", lambda: None)
    mail = MailPreview()
    mail.show_mail("東小学校 <notices@city.example>", "【東小学校】遠足の延期", "保護者の皆さまへ")
    model = QStandardItemModel()
    item = QStandardItem("東小学校")
    item.setData("412", COUNT_ROLE)
    item.setData("school", ICON_ROLE)
    model.appendRow(item)
    tree = CountTree("Classes")
    tree.setModel(model)
    legend = row(*(widget for pair in legend_items() for widget in pair), None)
    header = PageHeader("Notices", "Two wait.")
    header.set_state("sending")
    chips = flow(*(Chip(key) for key in ("accepted", "bounced", "in_doubt", "held", "paper")))
    stats = row(Stat("Children", "71"), Stat("Families", "68", "of 70", "people"))
    values = KeyValueGrid([("Born", "2 April 2017"), ("Class", "3-1")])
    body = card(chips, CoverageBar(Coverage(19, 38, 7, 2, 2)), legend, stats, values)
    page = widget_of(column(header, band, Band("emergency", "Closed today"), note, body, mail, tree, spacing=8))
    shown(qtbot, page, 900, 900)
    shot(page, f"parts-{'dark' if dark else 'light'}")


def test_a_chip_changes_its_word_and_asks_for_room(qtbot: QtBot) -> None:
    chip = Chip("accepted")
    shown(qtbot, chip)
    narrow = chip.sizeHint().width()
    chip.show_state("bounced")
    assert chip.sizeHint().width() > narrow
    assert chip.accessibleName() == "Returned, unknown address"
    chip.changeEvent(QEvent(QEvent.Type.FontChange))


def test_a_tall_editor_takes_the_room_of_its_field(qtbot: QtBot) -> None:
    text = QPlainTextEdit()
    field = FormField("Text", text)
    shown(qtbot, field, 400, 400)
    assert text.height() > 300
