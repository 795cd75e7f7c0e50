"""A whole city in SQL: children in classes, two guardians each, a mail address each, findable by their names."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import text

from desktop.domain.staff import Role
from desktop.store.db import Store
from desktop.store.tables import Notice, NoticeText
from tests.bench.outbox import BODY, numbers
from tests.make import YEAR, Make

SCHOOL_SIZE, CLASS_SIZE, CLASSES = 1_000, 34, 30
FAMILIES = ("佐藤", "鈴木", "高橋", "田中", "渡辺", "伊藤", "山本", "中村", "小林", "加藤")
KANA = ("サトウ", "スズキ", "タカハシ", "タナカ", "ワタナベ", "イトウ", "ヤマモト", "ナカムラ", "コバヤシ", "カトウ")
_NOW = "CURRENT_TIMESTAMP"
_SPRING = f"'{YEAR}-04-01'"
_SCHOOL = f"((n - 1) / {SCHOOL_SIZE} + 1)"
_ROOM = f"((n - 1) / {SCHOOL_SIZE} * {CLASSES} + (n - 1) % {SCHOOL_SIZE} / {CLASS_SIZE} + 1)"


def build(store: Store, children: int) -> None:
    """Children 1 … n with guardians 1 … 2n, in schools 1 … of a thousand, in 30 classes each."""
    with store.engine.begin() as connection:
        for statement in (*_places(store, -(-children // SCHOOL_SIZE)), *_families(store, children)):
            connection.execute(text(statement))
        if not store.is_sqlite:  # where autovacuum does so; the embedded database never has statistics
            connection.execute(text("ANALYZE"))


def _places(store: Store, schools: int) -> list[str]:
    school, grade, room = (numbers(store, schools * each) for each in (1, 6, CLASSES))
    return [
        (
            "INSERT INTO schools (id, code, name, kind)"
            f" SELECT n, 'H' || CAST(1000 + n AS TEXT), '第' || n || '小学校', 'primary' FROM {school}"
        ),
        (
            "INSERT INTO school_years (school_id, year, starts_on, ends_on)"
            f" SELECT n, {YEAR}, {_SPRING}, '{YEAR + 1}-03-31' FROM {school}"
        ),
        (
            "INSERT INTO grades (id, school_id, year, code, name, position)"
            f" SELECT n, (n - 1) / 6 + 1, {YEAR}, CAST((n - 1) % 6 + 1 AS TEXT), ((n - 1) % 6 + 1) || '年',"
            " (n - 1) % 6 + 1"
            f" FROM {grade}"
        ),
        (
            "INSERT INTO homerooms (id, school_id, year, grade_id, name, label, position)"
            f" SELECT n, (n - 1) / {CLASSES} + 1, {YEAR}, (n - 1) / 5 + 1, CAST((n - 1) % 5 + 1 AS TEXT),"
            f" ((n - 1) / 5 % 6 + 1) || '-' || ((n - 1) % 5 + 1), n FROM {room}"
        ),
    ]


def _families(store: Store, children: int) -> list[str]:
    child, guardian = numbers(store, children), numbers(store, 2 * children)
    return [
        (
            "INSERT INTO children (id, family_name, given_name, family_name_kana, given_name_kana, created_at)"
            f" SELECT n, {_one_of(FAMILIES)}, '子' || n, {_one_of(KANA)}, 'コ' || n, {_NOW} FROM {child}"
        ),
        (
            "INSERT INTO enrolments (id, child_id, school_id, year, from_date)"
            f" SELECT n, n, {_SCHOOL}, {YEAR}, {_SPRING} FROM {child}"
        ),
        (
            "INSERT INTO placements (enrolment_id, school_id, homeroom_id, student_number, from_date)"
            f" SELECT n, {_SCHOOL}, {_ROOM}, CAST(n % {CLASS_SIZE} + 1 AS TEXT), {_SPRING} FROM {child}"
        ),
        (
            "INSERT INTO guardians"
            " (id, family_name, given_name, family_name_kana, given_name_kana, language, created_at)"
            f" SELECT n, {_one_of(FAMILIES)}, '親' || n, {_one_of(KANA)}, 'オヤ' || n, 'ja', {_NOW} FROM {guardian}"
        ),
        (
            "INSERT INTO guardianships (guardian_id, child_id, relationship, position)"
            f" SELECT n, (n + 1) / 2, 'mother', 2 - n % 2 FROM {guardian}"
        ),
        (
            "INSERT INTO contact_points (guardian_id, kind, address, lane, verified_at)"
            f" SELECT n, 'email', 'guardian' || n || '@mail.example', 'other', {_NOW} FROM {guardian}"
        ),
        (
            "INSERT INTO guardian_schools (guardian_id, school_id)"
            f" SELECT n, ((n + 1) / 2 - 1) / {SCHOOL_SIZE} + 1 FROM {guardian}"
        ),
        *_search_keys(guardian),
    ]


def _search_keys(guardian: str) -> list[str]:
    """Five ways to find each guardian in the whole city."""
    keys = (
        f"{_one_of(FAMILIES)} || '親' || n", "'親' || n", f"{_one_of(KANA)} || 'オヤ' || n",
        "CAST(80000000 + n AS TEXT)", "'guardian' || n || '@mail.example'",
    )  # fmt: skip
    return [
        f"INSERT INTO search_keys (scope, key, kind, ref) SELECT 0, {key}, 'guardian', n FROM {guardian}"
        for key in keys
    ]


def _one_of(names: tuple[str, ...]) -> str:
    cases = " ".join(f"WHEN {number} THEN '{name}'" for number, name in enumerate(names))
    return f"(CASE n % {len(names)} {cases} END)"


def due_notice(store: Store, make: Make, wait: timedelta = timedelta()) -> int:
    """A notice to all families of the city, approved for just them, due after `wait`."""
    now = datetime.now(UTC)
    with store.bookkeep() as session:
        author = make.staff(session, Role.CLERK)
        notice = Notice(
            kind="announcement", urgent=False, channels=["email"], include=["city"], exclude=[], state="approved",
            author_id=author.staff_id, created_at=now, updated_at=now, due_at=now + wait,
        )  # fmt: skip
        session.add(notice)
        session.flush()
        session.add(NoticeText(notice_id=notice.id, language="ja", title="登校時刻の変更", body=BODY))
        session.flush()
        session.execute(
            text("INSERT INTO approved_children (notice_id, child_id) SELECT :notice, id FROM children"),
            {"notice": notice.id},
        )
        session.info["written"] = set()
        return int(notice.id)
