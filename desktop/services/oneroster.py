"""OneRoster zips of the Japan profiles, read as a roster in its own columns.

The profiles write their files in several layouts under the same version number, so columns are found by their names.
"""

import csv
import io
import zipfile
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date

from desktop.domain.errors import UserError
from desktop.domain.rosters.headers import CHILD_TARGETS, GUARDIAN_FIELDS, GUARDIANS
from desktop.domain.rosters.rows import Line, Sheet
from desktop.domain.schools import school_year

LARGEST_UNPACKED = 256 * 2**20
_NEEDED = {
    "users": ("sourcedId", "givenName", "familyName"),
    "enrollments": ("classSourcedId", "schoolSourcedId", "userSourcedId", "role"),
    "classes": ("sourcedId", "title"),
    "orgs": ("sourcedId", "name"),
}
_OPTIONAL = ("academicSessions", "demographics", "roles")
# A column says something even where it is blank; only our own zips speak of groups.
_CHILD = tuple(name for name in CHILD_TARGETS if "full_name" not in name and name != "groups")
_GUARDIAN = tuple(name for name in GUARDIAN_FIELDS if "full_name" not in name)
_GUARDIANS = tuple(f"guardian{n}_{name}" for n in GUARDIANS for name in _GUARDIAN)

Record = Mapping[str, str]
Table = Sequence[Record]


def is_oneroster(data: bytes) -> bool:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as package:
            return {"users.csv", "enrollments.csv"} <= {_base(name) for name in package.namelist()}
    except zipfile.BadZipFile:
        return False


def oneroster_sheet(data: bytes) -> Sheet:
    """Every student as a line, numbered as in users.csv. Raises UserError("roster.oneroster_…")."""
    tables = _tables(data)
    by_id = {name: {row["sourcedId"]: row for row in table if "sourcedId" in row} for name, table in tables.items()}
    births = {row.get("userSourcedId") or row.get("sourcedId", ""): row for row in tables["demographics"]}
    classes = _homerooms(tables["enrollments"], by_id["classes"])
    header = (*_CHILD, *(("groups",) if _speak_of_groups(tables["users"]) else ()), *_GUARDIANS)
    lines = []
    for number, user in enumerate(tables["users"], start=2):
        if enrolment := classes.get(user["sourcedId"]):
            cells = _child(user, enrolment, by_id, births.get(user["sourcedId"], {}))
            cells |= _guardians(user, by_id["users"])
            lines.append(Line(number, tuple(cells.get(name, "") for name in header)))
    if not lines:
        raise UserError("roster.no_rows")
    return Sheet("csv", Line(1, header), tuple(lines), "utf-8-sig", ",")


def _child(
    user: Record, enrolment: Record, by_id: Mapping[str, Mapping[str, Record]], demographics: Record
) -> dict[str, str]:
    homeroom = by_id["classes"].get(enrolment["classSourcedId"], {})
    school = by_id["orgs"].get(enrolment["schoolSourcedId"], {})
    sex = demographics.get("sex", "")
    return _names(user, "") | {
        "school_code": school.get("identifier", ""),
        "school_name": school.get("name", ""),
        "school_year": _year(homeroom, by_id["academicSessions"]),
        "grade": homeroom.get("grades", "") or user.get("grades", ""),
        "homeroom": homeroom.get("title", ""),
        "student_number": _ending(enrolment, "shussekino"),
        "child_code": user.get("identifier", "") or user["sourcedId"],
        "sourced_id": user["sourcedId"],
        "groups": _ending(user, "renraku.groups"),
        "sex": sex if sex in ("male", "female", "other") else "",
        "birth_date": demographics.get("birthDate", ""),
    }


def _names(user: Record, prefix: str) -> dict[str, str]:
    return {
        f"{prefix}family_name": user["familyName"],
        f"{prefix}given_name": user["givenName"],
        f"{prefix}family_name_kana": _ending(user, "jp.kanafamilyname"),
        f"{prefix}given_name_kana": _ending(user, "jp.kanagivenname"),
    }


def _guardians(user: Record, users: Mapping[str, Record]) -> dict[str, str]:
    """Those whom agentSourcedIds names, in its order."""
    cells: dict[str, str] = {}
    agents = [agent.strip() for agent in user.get("agentSourcedIds", "").split(",")]
    relationships = dict(zip(agents, _ending(user, "renraku.relationships").split(","), strict=False))
    named = [users[agent] for agent in agents if agent in users]
    for number, guardian in zip(GUARDIANS, named, strict=False):
        prefix = f"guardian{number}_"
        cells |= _names(guardian, prefix)
        cells[f"{prefix}relationship"] = relationships.get(guardian["sourcedId"], "")
        cells[f"{prefix}language"] = _ending(guardian, "renraku.language")
        cells[f"{prefix}sourced_id"] = guardian["sourcedId"]
        cells[f"{prefix}email"] = guardian.get("email", "")
        cells[f"{prefix}phone"] = guardian.get("sms", "") or guardian.get("phone", "")
    return cells


def _speak_of_groups(users: Table) -> bool:
    return bool(users) and "metadata.renraku.groups" in users[0]


def _homerooms(enrolments: Table, classes: Mapping[str, Record]) -> dict[str, Record]:
    """Each student's enrolment in a homeroom; the primary one where there are several."""
    found: dict[str, list[Record]] = defaultdict(list)
    for row in enrolments:
        kind = classes.get(row["classSourcedId"], {}).get("classType", "homeroom") or "homeroom"
        if row["role"] == "student" and kind == "homeroom":
            found[row["userSourcedId"]].append(row)
    return {user: max(rows, key=lambda row: row.get("primary") == "true") for user, rows in found.items()}


def _year(homeroom: Record, sessions: Mapping[str, Record]) -> str:
    """The school year in which the class's first term begins; `schoolYear` itself is counted in two ways."""
    term = sessions.get(homeroom.get("termSourcedIds", "").split(",")[0].strip(), {})
    try:
        return str(school_year(date.fromisoformat(term.get("startDate", ""))))
    except ValueError:
        return ""


def _ending(row: Record, ending: str) -> str:
    """A Japanese extension, which profiles spell `metadata.jp.shussekiNo` or `metadata.jp.ShussekiNo`."""
    return next((value for name, value in row.items() if name.lower().endswith(ending)), "")


def _tables(data: bytes) -> dict[str, Table]:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as package:
            entries = package.infolist()
            if sum(entry.file_size for entry in entries) > LARGEST_UNPACKED:
                raise UserError("roster.file_too_big", megabytes=LARGEST_UNPACKED // 2**20)
            names = {_base(entry.filename): entry for entry in entries}
            if len(names) != len(entries) or any(".." in entry.filename for entry in entries):
                raise UserError("roster.file_damaged")
            texts = {name.removesuffix(".csv"): package.read(entry) for name, entry in names.items()}
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError):
        raise UserError("roster.file_damaged") from None
    _refuse_delta(texts)
    return {name: list(_records(name, texts.get(name, b""))) for name in (*_NEEDED, *_OPTIONAL)}


def _refuse_delta(texts: Mapping[str, bytes]) -> None:
    """A delta says only what changed since a state that nobody here knows."""
    if b",delta" in texts.get("manifest", b"").replace(b'"', b"").lower():
        raise UserError("roster.oneroster_delta")


def _records(name: str, data: bytes) -> Iterator[Record]:
    try:
        reader = csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline=""), restval="")
        if missing := set(_NEEDED.get(name, ())) - set(reader.fieldnames or ()):
            raise UserError("roster.oneroster_columns", file=f"{name}.csv", columns=", ".join(sorted(missing)))
        for row in reader:
            row.pop(None, None)  # where DictReader keeps cells beyond the header
            cells = {column: "" if value == "NULL" else value for column, value in row.items()}
            if cells.get("status", "") != "tobedeleted":
                yield cells
    except (UnicodeDecodeError, csv.Error):
        raise UserError("roster.file_damaged") from None


def _base(name: str) -> str:
    return name.rpartition("/")[2]
