"""OneRoster zips of the Japan K-12 profile, as strict readers want them: no byte order mark, columns in their order.

Ids that came with an imported file are kept; others are made of the installation's own and stay the same for ever. What
the profile has no place for (relationships, groups, languages) stands in columns of our own at the right, which other
readers pass over. Names of LINE users are not given away.
"""

import csv
import io
import uuid
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from desktop.domain.rosters.words import read_class
from desktop.domain.schools import first_day, last_day
from desktop.store.roster_export import ExportedChild, ExportedGuardian, ExportedSchool

HEADERS: Mapping[str, str] = {
    "academicSessions": "sourcedId,status,dateLastModified,title,type,startDate,endDate,parentSourcedId,schoolYear",
    "classes": "sourcedId,status,dateLastModified,title,grades,courseSourcedId,classCode,classType,location,"
    "schoolSourcedId,termSourcedIds,subjects,subjectCodes,periods,metadata.jp.specialNeeds",
    "courses": "sourcedId,status,dateLastModified,schoolYearSourcedId,title,courseCode,grades,orgSourcedId,subjects,"
    "subjectCodes",
    "demographics": "sourcedId,status,dateLastModified,birthDate,sex,americanIndianOrAlaskaNative,asian,"
    "blackOrAfricanAmerican,nativeHawaiianOrOtherPacificIslander,white,demographicRaceTwoOrMoreRaces,"
    "hispanicOrLatinoEthnicity,countryOfBirthCode,stateOfBirthAbbreviation,cityOfBirth,publicSchoolResidenceStatus",
    "enrollments": "sourcedId,status,dateLastModified,classSourcedId,schoolSourcedId,userSourcedId,role,primary,"
    "beginDate,endDate,metadata.jp.shussekiNo,metadata.jp.publicFlg",
    "orgs": "sourcedId,status,dateLastModified,name,type,identifier,parentSourcedId",
    "roles": "sourcedId,status,dateLastModified,userSourcedId,roleType,role,beginDate,endDate,orgSourcedId,"
    "userProfileSourcedId",
    "users": "sourcedId,status,dateLastModified,enabledUser,username,userIds,givenName,familyName,middleName,"
    "identifier,email,sms,phone,agentSourcedIds,grades,password,userMasterIdentifier,preferredGivenName,preferredMiddleName,"
    "preferredFamilyName,primaryOrgSourcedId,pronouns,metadata.jp.kanaGivenName,metadata.jp.kanaFamilyName,"
    "metadata.jp.kanaMiddleName,metadata.jp.homeClass,metadata.jp.kanaPreferredFamilyName,"
    "metadata.jp.kanaPreferredGivenName,metadata.jp.kanaPreferredMiddleName,metadata.renraku.relationships,"
    "metadata.renraku.groups,metadata.renraku.language",
}
_ABSENT = (
    "categories", "classResources", "courseResources", "lineItemLearningObjectiveIds", "lineItems",
    "lineItemScoreScales", "resources", "resultLearningObjectiveIds", "results", "resultScoreScales", "scoreScales",
    "userProfiles", "userResources",
)  # fmt: skip
_STAGES = {"primary": "P", "junior_high": "J", "kindergarten": "E"}
_LAST_OF_PRIMARY = 6


def oneroster_bytes(children: Iterable[ExportedChild], year: int, city: str, installation: str) -> tuple[bytes, int]:
    """The zip, and how many children it holds: those who are in a class, be it that of the not yet placed."""
    tables = _Tables(year, city, uuid.UUID(installation))
    number = 0
    for child in children:
        if child.homeroom_id is not None:
            tables.add_child(child, child.homeroom_id)
            number += 1
    return tables.package(), number


@dataclass(slots=True)
class _Tables:
    """The rows of each file by sourcedId, so that everything stands once."""

    year: int
    city: str
    namespace: uuid.UUID
    rows: dict[str, dict[str, dict[str, str]]] = field(default_factory=lambda: {name: {} for name in HEADERS})

    def add_child(self, child: ExportedChild, homeroom_id: int) -> None:
        school = self._school(child.school)
        grade = _grade(child.cells["grade"], child.school.kind)
        homeroom = self._homeroom(child, homeroom_id, school, grade)
        guardians = [self._guardian(guardian, school) for guardian in child.family]
        code = child.cells["child_code"]
        user = child.sourced_id or self._id("child", child.id)
        self._put(
            "users",
            user,
            **_person(child.cells),
            username=user,
            identifier="" if code == child.sourced_id else code,
            agentSourcedIds=",".join(guardians),
            grades=grade,
            primaryOrgSourcedId=school,
            **{
                "metadata.jp.homeClass": homeroom,
                "metadata.renraku.relationships": ",".join(each.cells["relationship"] for each in child.family),
                "metadata.renraku.groups": child.cells["groups"],
            },
        )
        self._role(user, "student", school)
        self._put("demographics", user, birthDate=child.cells["birth_date"], sex=child.cells["sex"])
        self._put(
            "enrollments",
            self._id("enrollment", f"{child.id}/{homeroom_id}"),
            classSourcedId=homeroom,
            schoolSourcedId=school,
            userSourcedId=user,
            role="student",
            primary="true",
            **{"metadata.jp.shussekiNo": child.cells["student_number"]},
        )

    def package(self) -> bytes:
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as package:
            package.writestr("manifest.csv", _csv([["propertyName", "value"], *self._manifest()]))
            for name, header in HEADERS.items():
                columns = header.split(",")
                body = ([row.get(column, "") for column in columns] for row in self.rows[name].values())
                package.writestr(f"{name}.csv", _csv([columns, *body]))
        return out.getvalue()

    def _manifest(self) -> list[list[str]]:
        files = dict.fromkeys(HEADERS, "bulk") | dict.fromkeys(_ABSENT, "absent")
        return [
            ["manifest.version", "1.0"],
            ["oneroster.version", "1.2_JP"],
            *([f"file.{name}", files[name]] for name in sorted(files, key=str.lower)),
            ["source.systemName", "Renraku"],
            ["source.systemCode", "renraku"],
        ]

    def _school(self, school: ExportedSchool) -> str:
        id_ = self._id("school", school.id)
        if id_ not in self.rows["orgs"]:
            city = self._put("orgs", self._id("city", 0), name=self.city, type="district")
            identifier = school.mext_code or school.code
            self._put("orgs", id_, name=school.name, type="school", identifier=identifier, parentSourcedId=city)
            year = self._put(
                "academicSessions", self._id("year", self.year), title=f"{self.year}年度", type="schoolYear",
                startDate=first_day(self.year).isoformat(), endDate=last_day(self.year).isoformat(),
                schoolYear=str(self.year),
            )  # fmt: skip
            course = self._id("course", f"{school.id}/{self.year}")
            title = f"{self.year}年度"
            self._put("courses", course, schoolYearSourcedId=year, title=title, orgSourcedId=id_)
        return id_

    def _homeroom(self, child: ExportedChild, homeroom_id: int, school: str, grade: str) -> str:
        id_ = self._id("homeroom", homeroom_id)
        if id_ not in self.rows["classes"]:
            self._put(
                "classes", id_, title=_title(child), grades=grade, classType="homeroom", schoolSourcedId=school,
                courseSourcedId=self._id("course", f"{child.school.id}/{self.year}"),
                termSourcedIds=self._id("year", self.year),
            )  # fmt: skip
        return id_

    def _guardian(self, guardian: ExportedGuardian, school: str) -> str:
        id_ = guardian.sourced_id or self._id("guardian", guardian.id)
        if id_ not in self.rows["users"]:
            cells = guardian.cells
            self._put(
                "users", id_, **_person(cells), username=id_, email=cells.get("email", ""),
                sms=cells.get("phone", ""), primaryOrgSourcedId=school,
                **{"metadata.renraku.language": cells["language"]},
            )  # fmt: skip
        self._role(id_, "guardian", school)
        return id_

    def _role(self, user: str, role: str, school: str) -> None:
        id_ = self._id("role", f"{user}/{role}/{school}")
        role_type = "primary" if self.rows["users"][user]["primaryOrgSourcedId"] == school else "secondary"
        self._put("roles", id_, userSourcedId=user, roleType=role_type, role=role, orgSourcedId=school)

    def _put(self, table: str, sourced_id: str, **cells: str) -> str:
        self.rows[table][sourced_id] = {"sourcedId": sourced_id, **cells}
        return sourced_id

    def _id(self, kind: str, key: object) -> str:
        return str(uuid.uuid5(self.namespace, f"{kind}/{key}"))


def _person(cells: Mapping[str, str]) -> dict[str, str]:
    given, family = cells["given_name"], cells["family_name"]
    return {
        "enabledUser": "true",
        "givenName": given,
        "familyName": family,
        "preferredGivenName": given,
        "preferredFamilyName": family,
        "metadata.jp.kanaGivenName": cells["given_name_kana"],
        "metadata.jp.kanaFamilyName": cells["family_name_kana"],
    }


def _grade(code: str, school_kind: str) -> str:
    """`P3`, `J1`, `E2`; a school of nine grades has P and J. Grades the profile does not know stand as they are."""
    if stage := _STAGES.get(school_kind):
        return f"{stage}{code}" if code.isdigit() and int(code) <= (_LAST_OF_PRIMARY if stage == "P" else 3) else code
    if not code.isdigit():
        return code
    number = int(code)
    return f"P{number}" if number <= _LAST_OF_PRIMARY else f"J{number - _LAST_OF_PRIMARY}"


def _title(child: ExportedChild) -> str:
    """`3年1組`, `1年組(未定)`, or the bare name where that would be read as another class."""
    grade = child.cells["grade"]
    if child.unplaced:
        return f"{grade}年組(未定)"
    title = f"{grade}年{child.homeroom_name}組"
    name = read_class(child.homeroom_name).name or child.homeroom_name
    return title if read_class(title).name == name else child.homeroom_name


def _csv(rows: Iterable[Sequence[str]]) -> bytes:
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator="\r\n").writerows(rows)
    return out.getvalue().encode()
