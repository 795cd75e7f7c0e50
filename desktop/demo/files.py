"""The practice city's rosters as schools would hand them in: Excel, CSV in UTF-8, CSV as Japanese Excel saves it."""

from pathlib import Path

from desktop.demo.city import ChildPlan, City, GuardianPlan
from desktop.services.roster_files import csv_bytes, xlsx_bytes

_CHILD = (
    "school_code", "school_name", "school_year", "grade", "homeroom", "student_number", "child_code",
    "family_name", "given_name", "family_name_kana", "given_name_kana", "sex", "birth_date", "groups",
)  # fmt: skip
_GUARDIAN = (
    "family_name", "given_name", "family_name_kana", "given_name_kana",
    "relationship", "email", "phone", "language", "line_user_id",
)  # fmt: skip
_JAPANESE = (
    "学校コード", "学校名", "年度", "学年", "組", "出席番号", "児童コード",
    "姓", "名", "姓ふりがな", "名ふりがな", "性別", "生年月日", "部活動",
)  # fmt: skip
_GUARDIANS = (1, 2)
_SEXES = {"female": "女", "male": "男"}
_RELATIONSHIPS = {"mother": "母", "father": "父"}


def write_rosters(city: City, names: dict[str, str], folder: Path) -> list[Path]:
    """One file for each school of `names` (code → name), in the order of the codes."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    rows = {code: [_row(child, name, city.year) for child in city.of(code)] for code, name in names.items()}
    guardian_columns = [f"guardian{n}_{column}" for n in _GUARDIANS for column in _GUARDIAN]
    excel, utf8, cp932 = (rows[code] for code in ("H001", "H002", "H003"))
    files = {
        "H001.xlsx": xlsx_bytes([[*_CHILD, *guardian_columns], *excel]),
        "H002.csv": csv_bytes([[*_CHILD, *guardian_columns], *utf8]),
        "H003.csv": csv_bytes([[*_JAPANESE, *guardian_columns], *_in_kana(cp932)], "cp932"),
    }
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return [folder / name for name in files]


def write_address_list(folder: Path) -> Path:
    """What the old bulk mail of the kindergarten knew: addresses and classes, no children."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    file = folder / "H003-addresses.csv"
    rows = [[f"himawari{number:02}@post.example", "年長ひまわり"] for number in range(1, 7)]
    file.write_bytes(csv_bytes([["メールアドレス", "クラス"], *rows], "cp932"))
    return file


def _row(child: ChildPlan, school: str, year: int) -> list[str]:
    guardians = [_guardian(guardian) for guardian in child.guardians]
    guardians += [[""] * len(_GUARDIAN)] * (len(_GUARDIANS) - len(guardians))
    return [
        child.school,
        school,
        str(year),
        child.grade,
        child.homeroom,
        str(child.number),
        child.code,
        child.family.written,
        child.given.written,
        child.family.kana,
        child.given.kana,
        _SEXES[child.sex],
        child.birth_date.isoformat(),
        ";".join(child.clubs),
        *(cell for guardian in guardians for cell in guardian),
    ]


def _guardian(guardian: GuardianPlan) -> list[str]:
    return [
        guardian.family.written,
        guardian.given.written,
        guardian.family.kana,
        guardian.given.kana,
        _RELATIONSHIPS[guardian.relationship],
        guardian.email,
        guardian.phone,
        guardian.language,
        guardian.line_id,
    ]


def _in_kana(rows: list[list[str]]) -> list[list[str]]:
    """Names that the old Japanese encoding cannot write stand in kana, as schools do it."""
    return [_writable(row) for row in rows]


def _writable(row: list[str]) -> list[str]:
    """A name's kana stand two cells after it, in children's and in guardians' names alike."""
    return [cell if _fits(cell) else row[place + 2] for place, cell in enumerate(row)]


def _fits(text: str) -> bool:
    try:
        text.encode("cp932")
    except UnicodeEncodeError:
        return False
    return True
