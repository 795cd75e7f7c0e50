"""Names as people type them, and the keys by which they are found and compared.

A name is stored as typed; only the blanks around it go. Everything here that folds letters is for keys alone.
"""

import re
import unicodedata
from functools import lru_cache

_HIRAGANA_TO_KATAKANA = {code: code + 0x60 for code in [*range(0x3041, 0x3097), 0x309D, 0x309E]}
# Most names of most rosters, which nothing below would change but for case and script.
_PLAIN_JAPANESE = re.compile("[!-~\u3041-\u3096\u30a1-\u30fa\u30fc\u3400-\u4db5\u4e00-\u9fa5]+")
_HIRAGANA = re.compile("[\u3041-\u3096]")
_FOLDED = re.compile("[!-@\\[-~\u30a1-\u30fa\u30fc\u3400-\u4db5\u4e00-\u9fa5]*")
_KATAKANA = re.compile("[\u30a1-\u30fa\u30fc-\u30fe]*")
_VOICING_MARKS = "\u3099\u309a"
_WITHOUT_DECOMPOSITION = str.maketrans("đĐ", "dD")
_MIDDLE_DOT = "・"
_INVISIBLE = "\ufeff\u200b\u200c\u200d\u2060\u00ad"

# The first of each group stands for the others: forms of one character that family registers keep apart and
# that clerks, machines and the families themselves write either way.
_VARIANT_GROUPS = (
    "高髙 崎﨑嵜 橋槗 辺邉邊 斉斎齋齊 浜濱濵 徳德 広廣 国國 沢澤 "
    "桜櫻 島嶋嶌 富冨 真眞 恵惠 瀬瀨 吉𠮷 曽曾 野埜 条條 竜龍 栄榮 "
    "実實 学學 会會 関關 渕淵渊 館舘 桑桒 塩鹽 滝瀧 円圓 亀龜 鉄鐵 "
    "万萬 与與 弥彌 豊豐 黒黑 緑綠 青靑 静靜 清淸 桧檜 蛍螢 寿壽 "
    "礼禮 権權 児兒 来來 県縣 柳栁 昇曻 巌巖 穂穗 聡聰 総總 荘莊 "
    "鴎鷗"
)
_VARIANTS = {variant: group[0] for group in _VARIANT_GROUPS.split() for variant in group[1:]}
_VARIANT = re.compile(f"[{''.join(_VARIANTS)}]")

_VOWEL_ROWS = {
    "ア": "アカガサザタダナハバパマヤラワヷァャヮヵ",
    "イ": "イキギシジチヂニヒビピミリヰヸィ",
    "ウ": "ウクグスズツヅヌフブプムユルヴゥュッ",
    "エ": "エケゲセゼテデネヘベペメレヱヹェヶ",
    "オ": "オコゴソゾトドノホボポモヨロヲヺォョ",
}
_VOWEL_OF = {kana: vowel for vowel, row in _VOWEL_ROWS.items() for kana in row}
_SMALL_TO_LARGE = str.maketrans("ァィゥェォッャュョヮヵヶ", "アイウエオツヤユヨワカケ")


def trimmed(text: str) -> str:
    """The name without the blanks (of any width) and invisible marks around it; inside nothing changes."""
    text = text.strip()
    if text and (text[0] in _INVISIBLE or text[-1] in _INVISIBLE):
        return text.strip(_INVISIBLE).strip()
    return text


def katakana(text: str) -> str:
    """Hiragana and half-width kana as full-width katakana; other letters in their ordinary (NFKC) form."""
    if _KATAKANA.fullmatch(text):
        return text
    return unicodedata.normalize("NFKC", text).translate(_HIRAGANA_TO_KATAKANA)


def without_diacritics(text: str) -> str:
    """`Đặng Thị Hồng` becomes `Dang Thi Hong`; the voicing of kana stays."""
    # đ has no decomposition, so it is replaced first.
    apart = unicodedata.normalize("NFD", text.translate(_WITHOUT_DECOMPOSITION))
    return unicodedata.normalize("NFC", "".join(map(_without_mark, apart)))


def search_key(text: str) -> str:
    """What is stored and looked up in the search table, for names, addresses and anything else typed.

    Case, width, kana script, diacritics, blanks, middle dots and invisible marks make no difference.
    """
    if text.isascii():
        return "".join(text.lower().split())
    if is_folded(text):
        return text
    if _PLAIN_JAPANESE.fullmatch(text):
        return (text.translate(_HIRAGANA_TO_KATAKANA) if _HIRAGANA.search(text) else text).lower()
    folded = without_diacritics(unicodedata.normalize("NFKC", text).casefold())
    return "".join(map(_unless_ignored, katakana(folded).casefold()))


def is_folded(text: str) -> bool:
    """Nobody need fold this text: it is its own search key, and so is every part of it. Most are, in Japan."""
    return _FOLDED.fullmatch(text) is not None


@lru_cache(maxsize=2048)  # one row asks for the same names again and again
def match_key(text: str) -> str:
    """Like `search_key`, and forms of one character (髙 and 高, 﨑 and 崎, 邊 and 辺) are the same."""
    key = search_key(text)
    return key if key.isascii() else _VARIANT.sub(_first_form, key)


def sort_key(kana: str) -> str:
    """A key whose code point order is the order of a Japanese name list.

    Voicing, small kana and the long-vowel mark count only between names that are otherwise equal. Compare it
    bytewise (BINARY, "C"); names in Latin letters come before all kana.
    """
    full = search_key(kana)
    plain = ""
    for letter in full:
        if letter == "ー" and plain:
            letter = _VOWEL_OF.get(plain[-1], letter)
        base = unicodedata.normalize("NFD", letter)[0] if letter in _VOWEL_OF else letter
        plain += base.translate(_SMALL_TO_LARGE)
    return f"{plain} {full}"


def is_kana(text: str) -> bool:
    """Whether a reading is written in kana only, of either script and width; blanks and `・` may stand between."""
    if text and _KATAKANA.fullmatch(text):
        return True
    letters = [letter for letter in katakana(text) if not letter.isspace() and letter != _MIDDLE_DOT]
    return bool(letters) and all("\u30a1" <= letter <= "\u30fe" for letter in letters)


def unreadable_characters(text: str) -> str:
    """The characters of `text` that no other machine can show as part of a line: private-use 外字, controls, …"""
    if text.isprintable() and "\ufffd" not in text:
        return ""
    return "".join(letter for letter in text if letter == "\ufffd" or unicodedata.category(letter) in _UNREADABLE)


def split_full_name(text: str) -> tuple[str, str] | None:
    """`山田　太郎` or `Nguyễn Văn An` as family and given name, or None where no blank says where to cut.

    The family name comes first in Japanese and in Vietnamese; with more than two words the rest is the given name.
    """
    words = trimmed(text).split(maxsplit=1)
    return (words[0], words[1]) if len(words) == 2 else None


_UNREADABLE = frozenset({"Co", "Cs", "Cc", "Cn", "Zl", "Zp"})


@lru_cache(maxsize=4096)
def _without_mark(letter: str) -> str:
    return letter if letter in _VOICING_MARKS or not unicodedata.combining(letter) else ""


@lru_cache(maxsize=4096)
def _unless_ignored(letter: str) -> str:
    """Nothing for blanks, middle dots, invisible marks and the selectors of 葛󠄀-like variants."""
    ignored = (
        letter.isspace()
        or letter == _MIDDLE_DOT
        or unicodedata.category(letter) == "Cf"
        or "\ufe00" <= letter <= "\ufe0f"
        or "\U000e0100" <= letter <= "\U000e01ef"
    )
    return "" if ignored else letter


def _first_form(found: re.Match[str]) -> str:
    return _VARIANTS[found[0]]
