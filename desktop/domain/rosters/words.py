"""What the cells of a roster say: sex, relationship, grade, class, year, language, groups."""

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from desktop.domain.names import search_key

NATIONAL_ID_LENGTH = 12
_WORDS = 2048
"""A roster says the same few words in each of its rows."""


def _table(listed: dict[str, str]) -> dict[str, str]:
    return {search_key(word): value for value, words in listed.items() for word in words.split()}


_SEXES = _table({
    "male": "男 男性 男子 おとこ m male boy nam 1",
    "female": "女 女性 女子 おんな f female girl nữ 2",
    "other": "その他 other khác",
    "": "不明 未回答 回答しない unspecified unknown - 0 9",
})  # fmt: skip
_RELATIONSHIPS = _table({
    "father": "父 父親 実父 養父 継父 義父 ちち お父さん father dad cha bố ba",
    "mother": "母 母親 実母 養母 継母 義母 はは お母さん mother mom mum mẹ má",
    "grandfather": "祖父 おじいさん 祖父(父方) 祖父(母方) grandfather ông ông_nội ông_ngoại",
    "grandmother": "祖母 おばあさん 祖母(父方) 祖母(母方) grandmother bà bà_nội bà_ngoại",
    "brother": "兄 義兄 弟 brother anh anh_trai",
    "sister": "姉 義姉 妹 sister chị chị_gái",
    "uncle": "叔父 伯父 おじ uncle chú bác cậu",
    "aunt": "叔母 伯母 おば aunt cô dì",
    "guardian": "保護者 親 後見人 未成年後見人 親権者 里親 施設長 施設職員 guardian parent relative "
    "người_giám_hộ phụ_huynh",
    "other": "その他 他 親族 親戚 other khác",
})  # fmt: skip
_LANGUAGES = _table({
    "ja": "ja jp jpn 日本語 にほんご japanese tiếng_nhật",
    "en": "en eng 英語 えいご english tiếng_anh",
    "vi": "vi vn vie ベトナム語 越南語 vietnamese tiếng_việt",
})  # fmt: skip

_KANJI_DIGITS = str.maketrans("一二三四五六七八九", "123456789")
_GRADE = re.compile(
    r"(?:(?P<stage>小学校?|小|中学校?|中|P|J|E|S)|第|LOP|KHOI|GRADE|YEAR)?(?P<number>[1-9])(?:学年|年生?|ST|ND|RD|TH)?"
)
_AGE = re.compile(r"満?(?P<age>[345])歳児?")
_KINDERGARTEN = {"年少": "1", "年中": "2", "年長": "3", "ネンショウ": "1", "ネンチュウ": "2", "ネンチョウ": "3"}
_WITH_GRADE = (
    re.compile(r"(?P<grade>[1-9]|[PJE][1-3])[-‐−ー・/の.](?P<name>.+)"),
    re.compile(r"(?P<grade>[1-9])年(?P<name>.*)"),
    re.compile(r"(?P<grade>[1-9])(?P<name>[A-Z][0-9]?)"),
    re.compile(r"(?P<grade>年[少中長])(?P<name>.*)"),
)
_UNPLACED = frozenset(
    {"未定", "未", "○組(未定)", "○組", "〇組(未定)", "〇組", "-", "?", "未配置", "未所属", "undecided", "chưaxếp"}
)
_AROUND_CLASS = re.compile(r"^(?:lớp|class)\s*|\s*(?:組|くみ|クラス|学級)$", re.IGNORECASE)
_YEAR = re.compile(r"(?P<year>20[0-9]{2})(?:年度?|[-/–](?:20)?[0-9]{2})?")
_YEAR_OF_REIWA = re.compile(r"(?:令和|令|R)(?P<year>元|[0-9]{1,2})(?:年度?)?")
_BETWEEN_GROUPS = re.compile(r"[、,\n]")


class Stage(StrEnum):
    """Which kind of school a grade speaks of, where it says so."""

    PRIMARY = "primary"
    JUNIOR_HIGH = "junior_high"
    KINDERGARTEN = "kindergarten"
    ANY = ""


@dataclass(frozen=True, slots=True)
class GradeWord:
    number: str
    stage: Stage = Stage.ANY


@dataclass(frozen=True, slots=True)
class ClassWord:
    """A class as written; `name` is empty where it is not yet known (未定)."""

    name: str
    grade: GradeWord | None = None


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).strip()


def _look_up(table: dict[str, str], text: str) -> str | None:
    return table.get(search_key(text)) if text.strip() else ""


@lru_cache(maxsize=_WORDS)
def read_sex(text: str) -> str | None:
    """`male`, `female`, `other`, or "" where nothing is said; None for a word nobody knows."""
    return _look_up(_SEXES, text)


@lru_cache(maxsize=_WORDS)
def read_relationship(text: str) -> str | None:
    found = _look_up(_RELATIONSHIPS, text)
    return _RELATIONSHIPS.get(search_key("_".join(text.split()))) if found is None else found


@lru_cache(maxsize=_WORDS)
def read_language(text: str) -> str | None:
    found = _look_up(_LANGUAGES, text)
    return _LANGUAGES.get(search_key("_".join(text.split()))) if found is None else found


@lru_cache(maxsize=_WORDS)
def read_grade(text: str) -> GradeWord | None:
    """`3`, `３年`, `小3`, `J1`, `年長`, `Lớp 3`; None for anything else."""
    plain = _plain(text)
    if found := _AGE.fullmatch(plain):
        return GradeWord(str(int(found["age"]) - 2), Stage.KINDERGARTEN)
    if kindergarten := _KINDERGARTEN.get(search_key(plain).removesuffix("児").removesuffix("組")):
        return GradeWord(kindergarten, Stage.KINDERGARTEN)
    compact = search_key(plain).upper().translate(_KANJI_DIGITS)
    found = _GRADE.fullmatch(compact)
    return GradeWord(found["number"], _stage(found["stage"])) if found else None


def _stage(written: str | None) -> Stage:
    if not written:
        return Stage.ANY
    return {"小": Stage.PRIMARY, "P": Stage.PRIMARY, "E": Stage.KINDERGARTEN, "S": Stage.ANY}.get(
        written[0], Stage.JUNIOR_HIGH
    )


@lru_cache(maxsize=_WORDS)
def grade_code(grade: GradeWord, school_kind: str) -> str | None:
    """The grade's code in a school of this kind, or None where such a school has no such grade.

    Secondary schools in Vietnam count 6 to 9, where Japan counts 1 to 3; both are kept as the school counts.
    """
    fits = {
        "primary": ((Stage.PRIMARY, Stage.ANY), "123456"),
        "junior_high": ((Stage.JUNIOR_HIGH, Stage.ANY), "123" if grade.stage else "1236789"),
        "kindergarten": ((Stage.KINDERGARTEN, Stage.ANY), "123"),
    }
    if school_kind not in fits:
        past_primary = 6 if grade.stage is Stage.JUNIOR_HIGH else 0
        return str(int(grade.number) + past_primary) if int(grade.number) + past_primary <= 9 else None
    stages, numbers = fits[school_kind]
    return grade.number if grade.stage in stages and grade.number in numbers else None


@lru_cache(maxsize=_WORDS)
def read_class(text: str) -> ClassWord:
    """`1`, `１組`, `3-1`, `3年1組`, `ひまわり組`, `Lớp 3A`; the name stands without 組."""
    plain = _plain(text)
    if _is_unplaced(plain):
        return ClassWord("")
    bare = _AROUND_CLASS.sub("", plain).strip() or plain
    for pattern in _WITH_GRADE:
        if found := pattern.fullmatch("".join(bare.translate(_KANJI_DIGITS).split())):
            name = _AROUND_CLASS.sub("", found["name"])
            return ClassWord("" if _is_unplaced(found["name"]) else name, read_grade(found["grade"]))
    return ClassWord("" if "未定" in bare else bare)


def _is_unplaced(written: str) -> bool:
    """`未定`, `○組(未定)`, and what stands of 「1年組(未定)」 behind its grade."""
    compact = "".join(written.casefold().split())
    return compact in ("", "組") or compact in _UNPLACED or compact.removeprefix("組") == "(未定)"


@lru_cache(maxsize=_WORDS)
def read_school_year(text: str) -> int | None:
    """`2026`, `2026年度`, `2026-2027`, `令和8年度`; None for anything else."""
    plain = "".join(_plain(text).upper().split())
    if found := _YEAR.fullmatch(plain):
        return int(found["year"])
    if found := _YEAR_OF_REIWA.fullmatch(plain):
        return 2018 + (1 if found["year"] == "元" else int(found["year"]))
    return None


def read_code(text: str) -> str:
    """A code or number in half-width characters: `０１２` is 012."""
    return text.strip() if text.isascii() else _plain(text)


@lru_cache(maxsize=_WORDS)
def read_groups(text: str) -> tuple[str, ...]:
    """The names in one cell, each once, in their order. Where there is a semicolon, it alone divides them."""
    normal = unicodedata.normalize("NFKC", text)
    parts = normal.split(";") if ";" in normal else _BETWEEN_GROUPS.split(normal)
    return tuple(dict.fromkeys(name.strip() for name in parts if name.strip()))


def looks_like_my_number(text: str) -> bool:
    """Twelve digits whose last is the check digit of Japan's 個人番号; one other number in ten does so by chance."""
    digits = re.sub(r"[\s-]", "", _plain(text))
    if len(digits) != NATIONAL_ID_LENGTH or not (digits.isascii() and digits.isdigit()):
        return False
    weights = [*range(2, 8), *range(2, 7)]
    total = sum(int(digit) * weight for digit, weight in zip(reversed(digits[:-1]), weights, strict=True))
    remainder = total % 11
    return int(digits[-1]) == (0 if remainder <= 1 else 11 - remainder)
