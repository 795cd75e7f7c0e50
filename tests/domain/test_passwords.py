"""Passwords that are refused, and those that are not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop.domain.passwords import LONGEST, SHORTEST, normalised, problem_with


@pytest.mark.parametrize(
    "password",
    [
        "password",
        "Password1!",
        "P@ssw0rd",
        "12345678",
        "87654321",
        "12341234",
        "abcdefgh",
        "qwertyui",
        "aaaaaaaa",
        "abababab",
        "sakura-2026",
        "renraku1",
        "ｓａｋｕｒａ２０２６",
        "iloveyou",
        "!!!!!!!!",
    ],
)
def test_what_anybody_would_try_is_refused(password: str) -> None:
    assert problem_with(password) == "password.common"


@pytest.mark.parametrize(
    "password", ["correct horse 7", "みどりの机と青い傘", "kR7#mzQ2", "tulip-wagon-29", "hanako loves tea"]
)
def test_what_takes_some_guessing_is_taken(password: str) -> None:
    assert problem_with(password, "hanako") is None


@pytest.mark.parametrize("password", ["hanako.yamada", "Hanako.Yamada", "hanako.yamada1!", "2026hanako.yamada"])
def test_the_login_is_no_password(password: str) -> None:
    assert problem_with(password, "hanako.yamada") == "password.is_login"


@given(st.text(max_size=200), st.text(max_size=20))
def test_any_text_has_an_answer_and_length_decides_first(password: str, login: str) -> None:
    found = problem_with(password, login)
    length = len(normalised(password))
    assert (found == "password.too_short") == (length < SHORTEST)
    assert (found == "password.too_long") == (length > LONGEST)


@given(st.text(max_size=40))
def test_the_form_of_typing_makes_no_difference(password: str) -> None:
    assert problem_with(normalised(password)) == problem_with(password)
