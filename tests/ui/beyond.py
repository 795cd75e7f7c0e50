"""Recipients beyond families, for tests of the screens: staff, addresses for copies, contacts that wait for a child."""

from pathlib import Path

from desktop.domain.saved_lists import SavedListForm
from desktop.domain.staff import Grant, Role, school_scope
from desktop.services.roster_files import csv_bytes
from desktop.ui.app_context import AppContext
from tests.ui.notice_office import Office

CLERK_MAIL, HEAD_MAIL, TEACHER_MAIL = "hanako@school.example", "ichiro@school.example", "teacher@school.example"
OFFICE_MAIL = "office@school.example"
TEACHER, WITHOUT = "小川 先生", "原 先生"
PTA = "役員会"


def add_staff(office: Office, context: AppContext) -> None:
    """Four people work at the school; one of them has no address. A teacher is a parent, too."""
    boss = office.administrator
    at_school = (Grant(Role.REVIEWER, school_scope(office.school_id)),)
    context.staff.add(boss, "ogawa", TEACHER, at_school, None, TEACHER_MAIL)
    context.staff.add(boss, "hara", WITHOUT, at_school, None)
    mails = {office.clerk.staff_id: CLERK_MAIL, office.head.staff_id: HEAD_MAIL}
    for each in context.staff.all(boss):
        if each.id in mails:
            context.staff.set_email(boss, each.id, mails[each.id], each.version)


def add_copies(office: Office, context: AppContext) -> None:
    context.copies.set_addresses(office.clerk, office.school_id, [OFFICE_MAIL])


def add_list(office: Office, context: AppContext, name: str = PTA, *include: str) -> int:
    parts = include or ("homeroom:H001/3-1", "staff:H001")
    return context.saved_lists.save(office.clerk, SavedListForm(name, office.school_id, parts))


def add_waiting(office: Office, context: AppContext, folder: Path) -> None:
    """The old bulk mail's list: two addresses of 3-1, of which one with the child's name, and one of the club."""
    rows = [
        ["メールアドレス", "クラス", "部活動", "保護者氏名"],
        ["waits@mail.example", "3-1", "", "石田　蓮"],
        ["nameless@mail.example", "3-1", "", ""],
        ["club@mail.example", "", "サッカー部", ""],
    ]
    import_contacts(office, context, folder, rows)


def import_contacts(office: Office, context: AppContext, folder: Path, rows: list[list[str]]) -> None:
    path = folder / "contacts.csv"
    path.write_bytes(csv_bytes(rows))
    reading = context.rosters.read(path, school="H001")
    result = context.rosters.import_(office.clerk, reading)
    assert result.imported == len(rows) - 1, (result.held, result.warnings)
