"""Which column holds what."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop.domain.errors import UserError
from desktop.domain.rosters.columns import (
    TARGETS,
    Certainty,
    correct_columns,
    guess_columns,
    header_line,
    missing_columns,
)


def targets(*headers: str) -> list[str | None]:
    return [column.target for column in guess_columns(headers).all]


def test_the_rosters_own_names_are_known() -> None:
    own = sorted(TARGETS)
    assert targets(*own) == own


def test_a_japanese_list_is_understood_in_every_width_and_with_wide_blanks() -> None:
    assert targets("学年", "組", "出席番号", "氏　名", "ﾌﾘｶﾞﾅ", "性別", "生年月日", "部活動") == [
        "grade", "homeroom", "student_number", "full_name", "full_name_kana", "sex", "birth_date", "groups",
    ]  # fmt: skip
    assert targets("姓", "名", "せい", "メイ") == ["family_name", "given_name", "family_name_kana", "given_name_kana"]


def test_an_export_of_a_school_affairs_system_is_understood() -> None:
    exported = [
        "生徒コード",
        "名前",
        "正式名前",
        "保護者1　続柄",
        "保護者1　名前",
        "保護者1　電話番号1",
        "保護者1　電話番号2",
        "保護者2　名前",
    ]
    assert targets(*exported) == [
        "child_code", "full_name", None, "guardian1_relationship", "guardian1_full_name", "guardian1_phone", None,
        "guardian2_full_name",
    ]  # fmt: skip


def test_a_vietnamese_list_is_understood() -> None:
    columns = guess_columns(["STT", "Họ và tên", "Ngày sinh", "Lớp", "Họ tên cha", "SĐT mẹ", "Email phụ huynh"])
    assert [column.target for column in columns.all] == [
        None, "full_name", "birth_date", "homeroom", "guardian1_full_name", "guardian2_phone", "guardian1_email",
    ]  # fmt: skip
    assert (columns.relationship(1), columns.relationship(2), columns.relationship(3)) == ("father", "mother", "")


def test_a_contact_that_nobody_is_named_for_is_only_a_guess() -> None:
    column = guess_columns(["メールアドレス"]).all[0]
    assert (column.target, column.certainty) == ("guardian1_email", Certainty.GUESS)


def test_a_sure_column_wins_over_a_guess_and_the_other_is_shown_as_a_duplicate() -> None:
    columns = guess_columns(["電話番号1", "保護者1　電話番号1", "氏名", "名前"]).all
    assert [column.certainty for column in columns] == [
        Certainty.DUPLICATE, Certainty.SURE, Certainty.SURE, Certainty.DUPLICATE,
    ]  # fmt: skip


def test_clubs_and_committees_are_both_groups() -> None:
    assert guess_columns(["部活動", "委員会"]).indexes("groups") == (0, 1)


def test_a_given_name_without_a_family_name_is_the_whole_name() -> None:
    assert targets("保護者名") == ["guardian1_full_name"]
    assert targets("保護者姓", "保護者名") == ["guardian1_family_name", "guardian1_given_name"]


def test_people_correct_a_guess_by_header_or_by_number() -> None:
    guessed = guess_columns(["名簿", "氏名", "名前", "備考"])
    corrected = correct_columns(guessed, {"名前": "full_name", "1": "homeroom", "備考": ""})
    assert [column.target for column in corrected.all] == ["homeroom", None, "full_name", None]


def test_a_correction_that_fits_nothing_is_refused() -> None:
    with pytest.raises(UserError) as refused:
        correct_columns(guess_columns(["氏名"]), {"氏名": "shoe_size"})
    assert refused.value.code == "roster.mapping_target"
    with pytest.raises(UserError) as refused:
        correct_columns(guess_columns(["氏名"]), {"姓": "family_name"})
    assert refused.value.code == "roster.mapping_header"


def test_what_a_list_cannot_do_without_is_named() -> None:
    assert missing_columns(guess_columns(["姓"]), school_known=False) == ("given_name", "grade", "school_code")
    assert missing_columns(guess_columns(["氏名", "組"]), school_known=True) == ()


def test_titles_above_the_headers_are_passed_over() -> None:
    assert header_line([["令和8年度 児童名簿", ""], ["", ""], ["氏名", "学年"], ["山田 太郎", "3"]]) == 2


@given(st.lists(st.text(max_size=12), max_size=12))
def test_any_headers_are_read_and_no_target_stands_twice(headers: list[str]) -> None:
    found = [column.target for column in guess_columns(headers).all if column.target not in (None, "groups")]
    assert len(found) == len(set(found))
    assert set(found) <= TARGETS
