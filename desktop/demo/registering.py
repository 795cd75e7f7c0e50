"""What a few guardians of the practice city did on the portal: some wait for a reviewer, one never opened the link."""

from dataclasses import dataclass
from datetime import timedelta

from desktop.app import Services
from desktop.demo.city import ChildPlan, City, GuardianPlan
from desktop.domain.accounts import Citizen, LoggedIn, SignUpForm
from desktop.domain.deliveries import MailKind, MailOutcome, MailStage
from desktop.domain.people import Sex
from desktop.domain.registrations import ChildGiven, SchoolGiven
from desktop.domain.reviews import QueueQuery
from desktop.domain.staff import Actor
from desktop.store.registrations import SchoolPlaces

PASSWORD = "practice-portal-7"  # noqa: S105  in practice it is no secret
_SCHOOL = "H001"
_SENDER = "portal@city.example"


@dataclass(frozen=True, slots=True)
class Wish:
    """A guardian with an account, and what they wrote about their child."""

    guardian: tuple[str, str]
    language: str
    address: str
    given: ChildGiven
    homeroom: str
    number: str = ""


@dataclass(frozen=True, slots=True)
class Portal:
    """The portal and its mail, played."""

    services: Services
    school_id: int
    places: SchoolPlaces
    code: str

    def register(self, wishes: list[Wish]) -> None:
        """Each signs up, types the code of the mail, and sends one registration."""
        references = {wish.address: self.sign_up(wish.guardian, wish.address, wish.language) for wish in wishes}
        codes = {}
        for post, _text in self.services.posts.claim(_SENDER):
            codes[post.address] = post.code
            self.services.posts.settle(post, MailOutcome(0, MailKind.ACCEPTED, MailStage.END_OF_DATA))
        for wish in wishes:
            self.services.accounts.type_code(references[wish.address], codes[wish.address])
            inside = self.services.accounts.log_in(wish.address, PASSWORD)
            if isinstance(inside, LoggedIn):
                self._send(inside.citizen, wish)

    def sign_up(self, guardian: tuple[str, str], address: str, language: str) -> str:
        return self.services.accounts.sign_up(SignUpForm(address, *guardian, PASSWORD, PASSWORD, language, "1"))

    def _send(self, citizen: Citizen, wish: Wish) -> None:
        registrations = self.services.registrations
        room = next(id_ for id_, grade, name, _open in self.places.homerooms if f"{grade} {name}" == wish.homeroom)
        draft = registrations.begin(citizen, "demo", wish.given)
        at = SchoolGiven(self.school_id, room, frozenset(), wish.number, self.code)
        whole = registrations.set_school(citizen, draft.id, draft.version, at)
        registrations.submit(citizen, draft.id, whole.version)


def play_portal(services: Services, city: City, administrator: Actor) -> None:
    """One exact match, one near it, one whom the roster does not know, and both parents of one child."""
    school = next(row.id for row in services.schools.all(administrator) if row.code == _SCHOOL)
    places = services.registrations.places(school)
    portal = Portal(services, school, places, services.registration_codes.for_letters(administrator, school, 1))
    exact, near, shared = _children(city)
    mother, father = shared.guardians[:2]
    other_room = "1" if near.homeroom == "2" else "2"
    wishes = [
        _wish(exact, exact.guardians[0], number=str(exact.number)),
        _wish(near, near.guardians[0], room=other_room),
        _wish(shared, mother, number=str(shared.number)),
        _wish(shared, father),
        _newcomer(near),
    ]
    portal.register(wishes)
    portal.sign_up(("大川", "聡子"), "ookawa@home.test", "ja")
    _let_in(services, administrator, wishes[2])


def _children(city: City) -> tuple[ChildPlan, ChildPlan, ChildPlan]:
    """Of the third grade: two children, and one with two parents; all of them written as everybody writes them."""
    third = [
        child for child in city.of(_SCHOOL)
        if child.grade == "3" and child.guardians[0].language == "ja" and "﨑" not in child.family.written
    ]  # fmt: skip
    shared = next(child for child in third if len(child.guardians) > 1)
    exact, near = [child for child in third if child.guardians != shared.guardians][:2]
    return exact, near, shared


def _wish(child: ChildPlan, guardian: GuardianPlan, *, room: str = "", number: str = "") -> Wish:
    sex: Sex = "female" if child.sex == "female" else "male"
    given = ChildGiven(
        child.family.written, child.given.written, child.family.kana, child.given.kana, sex, child.birth_date,
        guardian.relationship,
    )  # fmt: skip
    address = f"{child.family.latin}.{child.number}{'a' if guardian.relationship == 'mother' else 'b'}@home.test"
    names = (guardian.family.written, guardian.given.written)
    return Wish(names, guardian.language, address, given, f"{child.grade}年 {room or child.homeroom}", number)


def _newcomer(like: ChildPlan) -> Wish:
    """A family that has just moved here and writes in Latin letters."""
    given = ChildGiven("Nguyễn", "Bảo An", "Nguyen", "Bao An", "female", like.birth_date + timedelta(days=45), "mother")
    homeroom = f"{like.grade}年 {like.homeroom}"
    return Wish(("Nguyễn", "Thị Lan"), "vi", "nguyen.lan@home.test", given, homeroom)


def _let_in(services: Services, reviewer: Actor, wish: Wish) -> None:
    """It takes effect a minute later, and then the other parent is a second one."""
    for id_ in services.reviews.queue_ids(reviewer, QueueQuery()):
        found = services.reviews.get(reviewer, id_)
        if found.address == wish.address:
            best = found.matches[0].candidate
            services.reviews.link(reviewer, id_, found.registration.version, best.child_id)
