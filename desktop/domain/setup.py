"""What the first start asks for."""

from dataclasses import dataclass

from desktop.domain.schools import SchoolKind


@dataclass(frozen=True, slots=True)
class FirstStart:
    """What the first start asks for. The second person, who may approve, can follow later (`approver_name` None).

    `practice` matters only where no database has been made yet.
    """

    city: str
    school_name: str
    school_code: str
    school_kind: SchoolKind
    admin_name: str
    admin_login: str
    admin_password: str
    approver_name: str | None = None
    approver_login: str = ""
    approver_password: str = ""
    practice: bool = False
