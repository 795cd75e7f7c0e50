"""A school with two reviewers and parents who registered their children, for tests of reviewing."""

from datetime import date

from sqlalchemy import func, select

from desktop.domain.accounts import Citizen
from desktop.domain.registrations import ChildGiven, Registration, RegistrationState, SchoolGiven
from desktop.domain.reviews import QueueQuery
from desktop.domain.staff import Actor, Role
from desktop.secrets import Secrets, new_data_key
from desktop.services.people import People
from desktop.services.posts import Posts
from desktop.services.registration_codes import RegistrationCodes
from desktop.services.registrations import Registrations
from desktop.services.reviews import Reviews
from desktop.store import audit
from desktop.store.db import Session, Store
from desktop.store.tables import Account, Post
from tests.conftest import Clock
from tests.make import Make

SECRETS = Secrets.handed({"DATA_KEY": new_data_key()})
GIVEN = ChildGiven("高橋", "美咲", "タカハシ", "ミサキ", "female", date(2017, 6, 14), "mother")


class Office:
    """A school whose roster knows 髙橋 美咲 in 3-1, a reviewer, and two parents with accounts."""

    def __init__(self, store: Store, clock: Clock, make: Make) -> None:
        self.store, self.clock, self.make = store, clock, make
        codes = RegistrationCodes(store, SECRETS, clock)
        self.registrations, self.reviews = Registrations(store, codes, clock), Reviews(store, clock)
        self.people = People(store, clock)
        self.posts = Posts(store, SECRETS, clock, (self.reviews.carry_out_due,))
        with store.write(make.principal()) as session:
            make.installation(session)
            school, other = make.school(session), make.school(session, "H002", "にし小学校")
            room = make.homeroom(session, school, "3-1")
            self.school, self.room = school.id, room.id
            self.child = make.child(session, room, "髙橋", "美咲", kana=("タカハシ", "ミサキ"), number="7").id
            self.reviewer = make.staff(session, Role.REVIEWER, school=school, name="検 査子")
            self.second = make.staff(session, Role.REVIEWER, school=school, name="二 番")
            self.clerk = make.staff(session, Role.CLERK, school=school)
            self.foreign = make.staff(session, Role.REVIEWER, school=other)
            self.mother, self.father = (self.citizen(session, name) for name in ("mother", "father"))
            audit.record(session, "made", "world")
        self.code = codes.for_letters(make.principal(), self.school, 1)

    def citizen(self, session: Session, name: str, family: str = "高橋", language: str = "ja") -> Citizen:
        address = f"{name}@mail.example"
        row = Account(origin="email", login=address, address=address, family_name=family, given_name=name,
                      language=language, created_at=self.clock())  # fmt: skip
        session.add(row)
        session.flush()
        return Citizen(row.id, address, family, name, language)

    def submit(self, citizen: Citizen, given: ChildGiven = GIVEN, number: str = "7", token: str = "t") -> Registration:
        draft = self.registrations.begin(citizen, token, given)
        at = SchoolGiven(self.school, self.room, frozenset(), number, self.code)
        at_school = self.registrations.set_school(citizen, draft.id, draft.version, at)
        return self.registrations.submit(citizen, draft.id, at_school.version)

    def waiting(self, actor: Actor | None = None) -> list[int]:
        return list(self.reviews.queue_ids(actor or self.reviewer, QueueQuery()))

    def minute(self) -> int:
        self.clock.turn(seconds=60)
        return self.reviews.carry_out_due()

    def count(self, table: type) -> int:
        with self.store.read() as session:
            return session.scalar(select(func.count()).select_from(table)) or 0

    def mails(self) -> list[str]:
        with self.store.read() as session:
            return list(session.scalars(select(Post.template).order_by(Post.id)))

    def state(self, citizen: Citizen) -> RegistrationState:
        return self.registrations.all(citizen)[0].state
