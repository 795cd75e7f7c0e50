"""Names keep their form; their keys do not care how they were typed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop.domain import names


@pytest.mark.parametrize("typed", ["やまだ たろう", "ﾔﾏﾀﾞ ﾀﾛｳ", "ヤマダ　タロウ", "ヤマタ\u3099タロウ"])
def test_every_way_to_type_a_reading_is_found_by_the_same_key(typed: str) -> None:
    assert names.search_key(typed) == "ヤマダタロウ"


def test_vietnamese_is_found_without_its_marks() -> None:
    assert names.search_key("Đặng Thị Hồng") == names.search_key("dang thi hong") == "dangthihong"


def test_voicing_is_a_difference_of_names_and_stays() -> None:
    assert names.search_key("カド") != names.search_key("カト")


def test_a_middle_dot_and_a_character_selector_are_not_needed_to_find_a_name() -> None:
    assert names.search_key("グエン・ヴァン") == names.search_key("グエン ヴァン")
    assert names.search_key("葛\U000e0100城") == names.search_key("葛城")


@pytest.mark.parametrize(
    ("one", "other"),
    [("髙橋", "高橋"), ("山﨑", "山崎"), ("髙槗", "高橋"), ("渡邊", "渡邉"), ("齋藤", "斉藤"), ("𠮷田", "吉田")],
)
def test_forms_of_one_character_match(one: str, other: str) -> None:
    assert names.match_key(one) == names.match_key(other)
    assert names.search_key(one) != names.search_key(other)


def test_a_list_is_in_the_order_of_a_japanese_index() -> None:
    readings = ["サトウ", "ザイゼン", "さいとう", "カトー", "カトウ", "カド", "Abe"]
    assert sorted(readings, key=names.sort_key) == ["Abe", "カド", "カトウ", "カトー", "ザイゼン", "さいとう", "サトウ"]


@pytest.mark.parametrize("text", ["たろう", "ﾀﾛｳ", "グエン・ヴァン　アン", "ユーコ"])
def test_kana_is_known_in_every_script_and_width(text: str) -> None:
    assert names.is_kana(text)


@pytest.mark.parametrize("text", ["", "  ", "太郎", "Taro", "タロウ1"])
def test_what_is_no_kana_is_known_too(text: str) -> None:
    assert not names.is_kana(text)


def test_private_characters_and_replacement_marks_are_pointed_out() -> None:
    assert names.unreadable_characters("山\ue000田\ufffd") == "\ue000\ufffd"
    assert names.unreadable_characters("髙﨑𠮷葛\U000e0100 Nguyễn") == ""


def test_a_full_name_is_cut_at_its_first_blank() -> None:
    assert names.split_full_name("山田　太郎") == ("山田", "太郎")
    assert names.split_full_name(" Nguyễn Văn An ") == ("Nguyễn", "Văn An")
    assert names.split_full_name("山田太郎") is None
    assert names.split_full_name("　") is None


def test_only_what_stands_around_a_name_is_trimmed() -> None:
    assert names.trimmed("\u3000\ufeff髙﨑 ｼﾞｮﾝ\u200b ") == "髙﨑 ｼﾞｮﾝ"


@given(st.text())
def test_keys_of_keys_are_themselves(text: str) -> None:
    for key in (names.katakana, names.search_key, names.match_key, names.trimmed):
        assert key(key(text)) == key(text)


@given(st.text(), st.text())
def test_any_text_has_keys_and_an_order(text: str, other: str) -> None:
    assert isinstance(names.sort_key(text) < names.sort_key(other), bool)
    assert isinstance(names.is_kana(text), bool)
    assert set(names.unreadable_characters(text)) <= set(text)
