"""A school office to test notices in: people, two staff, services, and a draft that could go out."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import func, select, update

from desktop.domain.audience import Audience, parse_audience
from desktop.domain.notices import Channel, Draft, NoticeText
from desktop.domain.staff import Actor, Role
from desktop.services.approvals import Approvals
from desktop.services.audiences import Audiences
from desktop.services.deliveries import Deliveries
from desktop.services.notice_reports import Reports
from desktop.services.notices import Notices
from desktop.store import audit
from desktop.store import settings as stored_settings
from desktop.store.db import Store
from desktop.store.tables import Child, Delivery, DeliveryRecipient, Homeroom, Notice, Recipient
from tests.conftest import Clock
from tests.make import Make

TEXT = NoticeText("遠足の延期", "明日の遠足は、雨のため来週に延期します。")


@dataclass
class Office:
    """One primary school with two classes of two children each, of four families reached by mail, one also by LINE.

    `author` writes and submits; `approver` approves; `principal` could do both; all of this school alone.
    """

    store: Store
    clock: Clock
    make: Make
    notices: Notices = field(init=False)
    approvals: Approvals = field(init=False)
    audiences: Audiences = field(init=False)
    reports: Reports = field(init=False)

    def __post_init__(self) -> None:
        self.notices = Notices(self.store, self.clock)
        self.approvals = Approvals(self.store, self.clock)
        self.audiences = Audiences(self.store, self.clock)
        self.reports = Reports(self.store, self.clock)
        with self.store.write(self.make.principal()) as session:
            self.make.installation(session)
            stored_settings.put(session, "city.name", "見本市")
            self.school = self.make.school(session)
            self.other_school = self.make.school(session, "H002", "にし中学校", "junior_high")
            self.rooms = [self.make.homeroom(session, self.school, label) for label in ("3-1", "3-2")]
            self.far_room = self.make.homeroom(session, self.other_school, "1-1")
            self.children = [self.make.child(session, room, "青木") for room in self.rooms for _ in range(2)]
            for child in self.children[:3]:
                self.make.guardian(session, child)
            self.make.guardian(session, self.children[3], line="")
            self.far_child = self.make.child(session, self.far_room, "遠藤")
            self.make.guardian(session, self.far_child)
            self.author = self.make.staff(session, Role.CLERK, school=self.school, name="山田 花子")
            self.approver = self.make.staff(session, Role.APPROVER, school=self.school, name="校長 一郎")
            self.principal = self.make.staff(session, Role.CLERK, Role.APPROVER, school=self.school, name="教頭 次郎")
            self.stranger = self.make.staff(session, Role.CLERK, Role.APPROVER, school=self.other_school)
            self.mayor = self.make.staff(session, Role.CLERK, Role.APPROVER, name="市 太郎")
            audit.record(session, "made", "office")

    def draft(self, **changes: Any) -> Draft:
        """A notice to the class 3-1 by mail and LINE."""
        plain = Draft("announcement", self.school.id, {"ja": TEXT}, parse_audience(["homeroom:H001/3-1"]))
        return replace(plain, **changes)

    def to(self, *include: str, without: tuple[str, ...] = ()) -> Audience:
        return parse_audience(include, without)

    def submitted(self, author: Actor | None = None, **changes: Any) -> int:
        """A draft written and submitted by the author."""
        author = author or self.author
        notice_id = self.notices.create(author, self.draft(**changes))
        self.approvals.submit(author, notice_id, self.notices.get(author, notice_id).version)
        return notice_id

    def approved(self, **changes: Any) -> int:
        notice_id = self.submitted(**changes)
        self.approvals.approve(self.approver, notice_id)
        return notice_id

    def sending(self, **changes: Any) -> int:
        """A notice on its way: recipients and deliveries are there, nothing is claimed yet."""
        notice_id = self.approved(**changes)
        self.clock.turn(minutes=5)
        assert Deliveries(self.store, self.clock).begin(notice_id)
        return notice_id

    def settle(self, notice_id: int, state: str, child: Child, *, channel: str = "email", reason: str = "") -> None:
        """Let the deliveries for this child end as told."""
        serving = select(DeliveryRecipient.delivery_id).join(
            Recipient, Recipient.id == DeliveryRecipient.recipient_id
        ).where(Recipient.child_id == child.id)  # fmt: skip
        with self.store.bookkeep() as session:
            session.execute(
                update(Delivery)
                .where(Delivery.notice_id == notice_id, Delivery.channel == channel, Delivery.id.in_(serving))
                .values(state=state, reason=reason or None, settled_at=self.clock())
            )

    def finish(self, notice_id: int) -> None:
        """The worker is done with it."""
        with self.store.bookkeep() as session:
            session.execute(update(Notice).where(Notice.id == notice_id).values(state="done", finished_at=self.clock()))

    def edit(self, actor: Actor, notice_id: int, **changes: Any) -> int:
        """Change what stands in the notice now; gives the version."""
        details = self.notices.get(actor, notice_id)
        return self.notices.save(actor, notice_id, replace(details.draft, **changes), details.version)

    def state(self, notice_id: int) -> str:
        return self.notices.get(self.mayor, notice_id).state.value

    def add_child(self, room: Homeroom | None = None) -> Child:
        with self.store.write(self.make.principal()) as session:
            child = self.make.child(session, room or self.rooms[0])
            self.make.guardian(session, child)
            audit.record(session, "added", "child", child.id)
            return child

    def put(self, *rows: Any) -> None:
        """Write rows as they are."""
        with self.store.write(self.make.principal()) as session:
            session.add_all(rows)
            audit.record(session, "made", "rows")

    def count(self, table: Any, *conditions: Any) -> int:
        with self.store.read() as session:
            return session.scalar(select(func.count()).select_from(table).where(*conditions)) or 0

    def setting(self, key: str, value: Any) -> None:
        with self.store.write(self.make.principal()) as session:
            stored_settings.put(session, key, value)
            audit.record(session, "set", "setting")


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[misc,arg-type]  # year to minute


MAIL_ONLY = frozenset({Channel.EMAIL})
LINE_ONLY = frozenset({Channel.LINE})
