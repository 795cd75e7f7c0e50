"""A made-up city as OneRoster zip of the K-12 profile: schools, classes, children, guardians, siblings; the same each
time. A year's changes can be asked for: moves, leavers, newcomers, changed addresses.
"""

import csv
import io
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

FAMILIES = (
    ("佐藤", "サトウ"), ("髙橋", "タカハシ"), ("渡邊", "ワタナベ"), ("山﨑", "ヤマザキ"), ("小林", "コバヤシ"),
    ("Nguyễn", "グエン"), ("伊藤", "イトウ"), ("加藤", "カトウ"),
)  # fmt: skip
GIVEN = (("さくら", "サクラ"), ("健太", "ケンタ"), ("葵", "アオイ"), ("蓮", "レン"), ("An", "アン"), ("陽菜", "ヒナ"))
PER_CLASS, CLASSES, GRADES = 30, 4, 6
PER_SCHOOL = PER_CLASS * CLASSES * GRADES


@dataclass(frozen=True, slots=True)
class Year:
    """What is different from the first file. Every n-th child: 0 is none."""

    moved: int = 0
    left: int = 0
    new: int = 0
    remailed: int = 0


SAME = Year()


def city(children: int, year: Year = SAME) -> bytes:
    """Two of three children are siblings of another; each has a mother, every other one a father too."""
    tables = {
        "orgs": _orgs(children),
        "academicSessions": [["sourcedId", "title", "type", "startDate", "endDate", "schoolYear"],
                             ["year", "2026年度", "schoolYear", "2026-04-01", "2027-03-31", "2026"]],
        "classes": _classes(children),
        "users": list(_users(children, year)),
        "enrollments": list(_enrolments(children, year)),
        "demographics": [["sourcedId", "birthDate", "sex"],
                         *([f"c{n}", f"20{14 + n % 6}-{n % 12 + 1:02}-{n % 28 + 1:02}", ("male", "female")[n % 2]]
                           for n in _children(children, year))],
    }  # fmt: skip
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as package:
        files = "".join(f"file.{name},bulk\r\n" for name in tables)
        package.writestr("manifest.csv", f"propertyName,value\r\noneroster.version,1.2_JP\r\n{files}")
        for name, rows in tables.items():
            package.writestr(f"{name}.csv", _csv(rows))
    return out.getvalue()


def _csv(rows: Sequence[Sequence[str]]) -> str:
    out = io.StringIO(newline="")
    csv.writer(out).writerows(rows)
    return out.getvalue()


def _every(n: int, which: int) -> bool:
    return bool(which) and n % which == 0


def _children(children: int, year: Year) -> Iterator[int]:
    yield from (n for n in range(children) if not _every(n, year.left))
    yield from range(children, children + (children // year.new if year.new else 0))


def _orgs(children: int) -> list[list[str]]:
    schools = -(-children // PER_SCHOOL)
    rows = [[f"s{n}", f"第{n + 1}小学校", "school", f"H{n + 1:03}"] for n in range(schools)]
    return [["sourcedId", "name", "type", "identifier"], *rows]


def _classes(children: int) -> list[list[str]]:
    rows = [
        [f"k{school}-{grade}-{room}", f"{grade}年{room}組", f"P{grade}", "homeroom", f"s{school}", "year"]
        for school in range(-(-children // PER_SCHOOL))
        for grade in range(1, GRADES + 1)
        for room in range(1, CLASSES + 1)
    ]
    return [["sourcedId", "title", "grades", "classType", "schoolSourcedId", "termSourcedIds"], *rows]


def _place(n: int, children: int, year: Year) -> tuple[int, int, int]:
    """School, grade and class; siblings are in different grades of one school."""
    at = n % children
    school, rest = divmod(at, PER_SCHOOL)
    grade, room = rest % GRADES + 1, rest // GRADES % CLASSES + 1
    return school, grade, room % CLASSES + 1 if n < children and _every(n + 1, year.moved) else room


def _users(children: int, year: Year) -> Iterator[list[str]]:
    yield ["sourcedId", "givenName", "familyName", "identifier", "email", "sms", "agentSourcedIds",
           "metadata.jp.kanaGivenName", "metadata.jp.kanaFamilyName"]  # fmt: skip
    seen = set()
    for n in _children(children, year):
        household = n // 3 * 2 + (n % 3 == 2)
        family, kana = FAMILIES[household % len(FAMILIES)]
        given, given_kana = GIVEN[n % len(GIVEN)]
        agents = [f"m{household}", *([f"f{household}"] if household % 2 else [])]
        yield [f"c{n}", f"{given}", family, f"{n:07}", "", "", ",".join(agents), f"{given_kana}{_kana(n)}", kana]
        if household not in seen:
            seen.add(household)
            for agent, name in zip(agents, ("花子", "一郎"), strict=False):
                changed = ".new" if _every(household + 1, year.remailed) else ""
                mail, phone = f"{agent}{changed}@mail.example", f"090{household:08}" if agent[0] == "m" else ""
                yield [agent, f"{name}", family, "", mail, phone, "", "ハナコ" if agent[0] == "m" else "イチロウ", kana]


def _kana(number: int) -> str:
    return "".join(chr(0x30A2 + int(digit)) for digit in str(number))


def _enrolments(children: int, year: Year) -> Iterator[list[str]]:
    yield ["sourcedId", "classSourcedId", "schoolSourcedId", "userSourcedId", "role", "primary",
           "metadata.jp.shussekiNo"]  # fmt: skip
    for n in _children(children, year):
        school, grade, room = _place(n, children, year)
        number = str(n % PER_CLASS + 1)
        yield [f"e{n}", f"k{school}-{grade}-{room}", f"s{school}", f"c{n}", "student", "true", number]
