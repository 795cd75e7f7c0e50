"""What schools call the columns of their lists, in Japanese, English and Vietnamese."""

import re

from desktop.domain.names import search_key

CHILD_TARGETS = (
    "school_code", "school_name", "school_year", "grade", "homeroom", "student_number", "child_code",
    "family_name", "given_name", "full_name",
    "family_name_kana", "given_name_kana", "full_name_kana",
    "sex", "birth_date", "groups", "sourced_id",
)  # fmt: skip
GUARDIAN_FIELDS = (
    "family_name", "given_name", "full_name",
    "family_name_kana", "given_name_kana", "full_name_kana",
    "relationship", "email", "phone", "language", "line_user_id", "sourced_id",
)  # fmt: skip
GUARDIANS = range(1, 5)

_NAMES = {
    "full_name": "氏名 名前 お名前 姓名 name fullname hovaten hoten",
    "family_name": "姓 氏 名字 苗字 lastname surname ho hovatendem hodem 名前姓 氏名姓",
    "given_name": "名 firstname ten 名前名 氏名名",
    "full_name_kana": "ふりがな 氏名ふりがな 名前ふりがな 姓名ふりがな 氏名かな 名前かな かな氏名 かな "
    "よみがな 氏名よみがな よみ kana",
    "family_name_kana": "姓ふりがな 姓かな 氏ふりがな 氏かな せい かな姓 姓よみ ふりがな姓 lastnamekana 氏名かな姓",
    "given_name_kana": "名ふりがな 名かな めい かな名 名よみ ふりがな名 firstnamekana 氏名かな名",
}
_CHILD_WORDS = _NAMES | {
    "school_code": "学校コード 学校番号 園コード matruong",
    "school_name": "学校名 学校 園名 school truong tentruong",
    "school_year": "年度 学校年度 namhoc year",
    "grade": "学年 年 年次 khoi khoilop",
    "homeroom": "組 クラス 学級 年組 学年組 学年学級 学年クラス クラス名 組名 ホームルーム class classroom lop tenlop",
    "student_number": "出席番号 番号 番 名簿番号 出席no attendancenumber rollnumber no",
    "child_code": "児童コード 生徒コード 児童生徒コード 児童番号 生徒番号 児童生徒番号 学籍番号 "
    "児童生徒管理コード 管理コード 個人コード コード studentid studentcode id mahocsinh mahs",
    "sourced_id": "sourcedid",
    "sex": "性別 男女 gender gioitinh",
    "birth_date": "生年月日 誕生日 birthday dateofbirth dob birth ngaysinh ngaythangnamsinh namsinh",
    "groups": "グループ 部活動 部活 部 クラブ 所属 所属クラブ 委員会 団体 group club clubs caulacbo clb nhom",
}
_GUARDIAN_WORDS = _NAMES | {
    "sourced_id": "sourcedid",
    "relationship": "続柄 関係 間柄 relation quanhe moiquanhe",
    "email": "メールアドレス メール eメール eメールアドレス 電子メール アドレス mail mailaddress emailaddress "
    "diachiemail thudientu",
    "phone": "電話番号 電話 携帯 携帯番号 携帯電話 携帯電話番号 連絡先 連絡先電話番号 tel telephone phonenumber mobile "
    "sodienthoai sdt dienthoai",
    "language": "言語 使用言語 希望言語 lang ngonngu",
    "line_user_id": "lineid lineユーザーid ラインid line",
}
# Known columns that stay out: registers' own spelling may hold private characters, addresses and the rest are
# no business of notices, 個人番号 is what the law calls My Number, and a reason stands beside saved held rows.
_IGNORED_WORDS = (
    "正式名前 正式名前ふりがな 正式氏名 郵便番号 都道府県 市区町村 町番地 住所 fax番号 出身校 入学日 転入日 備考 "
    "個人番号 理由 reason lydo"
)


def key(header: str) -> str:
    """What of a header counts: letters and digits, whatever their case, width, kana script and marks."""
    return "".join(letter for letter in search_key(header) if letter.isalnum())


def _by_word(words: dict[str, str]) -> dict[str, str]:
    spelled = {key(word): target for target, listed in words.items() for word in listed.split()}
    return {key(target): target for target in words} | spelled


_CHILD = _by_word(_CHILD_WORDS)
_GUARDIAN = _by_word(_GUARDIAN_WORDS)
_IGNORED = frozenset(key(word) for word in _IGNORED_WORDS.split())

_CHILD_PREFIX = re.compile(
    r"(?:児童生徒|児童|生徒|園児|子ドモ|子供|オ子様|オ子サマ|本人|student|child|pupil)ノ?(?P<field>.+)"
)
_CHILD_SUFFIX = re.compile(r"(?P<field>.+?)(?:cua)?(?:hocsinh|hs|tre|con)")
_GUARDIAN_PREFIX = re.compile(
    r"第?(?P<before>[1-4])?(?:保護者|親権者|guardians?|parents?|phuhuynh|nguoigiamho)様?(?P<n>[1-4])?ノ?(?P<field>.*?)"
    r"(?P<after>[1-9])?"
)
_GUARDIAN_SUFFIX = re.compile(r"(?P<field>.+?)(?:cua)?(?:phuhuynh|nguoigiamho|ph|parent|guardian)(?P<n>[1-4])?")
_PARENT_PREFIX = re.compile(r"(?P<parent>父親?|母親?)ノ?(?P<field>.+)")
_LOOSE = re.compile(r"(?P<field>.+?)(?P<n>[1-4])?")
_PARENT_WORDS = {"cha": 1, "bo": 1, "ba": 1, "father": 1, "fathers": 1, "me": 2, "ma": 2, "mother": 2, "mothers": 2}
_PARENTS = {1: "father", 2: "mother"}


class Meaning:
    """What a header says: a target, whether that is sure, and a relationship that the header itself names."""

    __slots__ = ("relationship", "sure", "target")

    def __init__(self, target: str, *, sure: bool = True, relationship: str = "") -> None:
        self.target = target
        self.sure = sure
        self.relationship = relationship


def is_ignored(header: str) -> bool:
    """Whether the column is known and left out on purpose."""
    return key(header) in _IGNORED


def meaning(header: str) -> Meaning | None:
    """The target that a header names, or None."""
    spelled = key(header)
    if not spelled or spelled in _IGNORED:
        return None
    if spelled in _CHILD:
        return Meaning(_CHILD[spelled])
    return _of_guardian(spelled) or _of_parent(header, spelled) or _of_child(spelled) or _loosely(spelled)


def _of_guardian(spelled: str) -> Meaning | None:
    """`保護者1　続柄`, `第2保護者氏名`, `保護者名前2`, `Guardian 1 e-mail`, `Email phụ huynh`."""
    if found := _GUARDIAN_PREFIX.fullmatch(spelled):
        number = found["before"] or found["n"]
        if number and found["after"] not in (None, "1"):
            return None  # 保護者1　電話番号2: one number a guardian is kept
        field = _GUARDIAN.get(found["field"]) if found["field"] else "full_name"
        return _guardian_meaning(field, number or found["after"] or "1")
    if found := _GUARDIAN_SUFFIX.fullmatch(spelled):
        return _guardian_meaning(_GUARDIAN.get(found["field"]), found["n"] or "1")
    return None


def _guardian_meaning(field: str | None, number: str) -> Meaning | None:
    return Meaning(f"guardian{number}_{field}") if field and int(number) in GUARDIANS else None


def _of_parent(header: str, spelled: str) -> Meaning | None:
    """`父氏名`, `Họ tên mẹ`: the first guardian is then the father, the second the mother."""
    if found := _PARENT_PREFIX.fullmatch(spelled):
        number, field = (1 if found["parent"][0] == "父" else 2), found["field"]
    else:
        words = [key(word) for word in re.split(r"[\s_\-/()（）]+", header)]
        number = next((_PARENT_WORDS[word] for word in words if word in _PARENT_WORDS), 0)
        field = "".join(word for word in words if word not in _PARENT_WORDS)
    if number and field in _GUARDIAN:
        return Meaning(f"guardian{number}_{_GUARDIAN[field]}", relationship=_PARENTS[number])
    return None


def _of_child(spelled: str) -> Meaning | None:
    for pattern in (_CHILD_PREFIX, _CHILD_SUFFIX):
        if (found := pattern.fullmatch(spelled)) and found["field"] in _CHILD:
            return Meaning(_CHILD[found["field"]])
    return None


def _loosely(spelled: str) -> Meaning | None:
    """`電話番号1`, `メールアドレス`: nobody says whose, so it is taken for a guardian's and shown as a guess."""
    found = _LOOSE.fullmatch(spelled)
    field = _GUARDIAN.get(found["field"]) if found else None
    if not found or field is None or field in _NAMES:
        return None
    number = found["n"] or "1"
    if field == "phone" and number != "1":
        return None  # 電話番号2 is the same household's other line
    return Meaning(f"guardian{number}_{field}", sure=False)
