"""The letters by which a school's families are asked to register: who gets one, and what it says (A14, A28).

The secret code is read twice: before the letters are made, and when they go out. Only then are they counted, and
letters that carry a code which somebody renewed meanwhile never go out.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from desktop.domain.errors import UserError
from desktop.domain.help_contacts import Subject, help_contacts
from desktop.domain.letters import STARS, Addressee, LetterBatch, LetterOrder, LetterPaper, SchoolLetters
from desktop.domain.schools import school_year
from desktop.domain.staff import Actor, Verb, school_scope, schools_where
from desktop.i18n import LANGUAGES
from desktop.services.clock import utc_now
from desktop.services.permission import require
from desktop.services.registration_codes import RegistrationCodes
from desktop.settings import Settings
from desktop.store import letters, settings
from desktop.store.db import Clock, Store
from desktop.store.letters import LetterSchool

MOST_CHILDREN = 20_000


class Letters:
    """Whoever hands out a school's code prints its letters. Nothing here is written but how many there were."""

    def __init__(self, store: Store, codes: RegistrationCodes, clock: Clock = utc_now) -> None:
        self._store = store
        self._codes = codes
        self._clock = clock

    def samples(self, actor: Actor, order: LetterOrder) -> LetterBatch:
        """The same letters without their code, for looking and counting: nothing counts as handed out.

        Raises UserError("forbidden") for a school whose code the actor may not hand out; of single children those of
        other schools are left out.
        """
        with self._store.read() as session:
            today = settings.today(session, self._clock())
            schools = _schools(actor, order, today)
            stored = settings.load(session)
            found = letters.addressees(session, order, schools, order.year or school_year(today), today)
        listed = (
            SchoolLetters(each.id, self._paper(each, stored), _readable(who, order)) for each, who in found.items()
        )
        return LetterBatch(tuple(listed), order.back)

    def begin(self, actor: Actor, order: LetterOrder) -> LetterBatch:
        """The letters with their codes. Raises UserError("letters.none"), ("letters.no_portal"), ("forbidden")."""
        batch = self.samples(actor, order)
        if not batch.letters:
            raise UserError("letters.none")
        if not all(school.paper.portal_url for school in batch.schools):
            raise UserError("letters.no_portal")
        schools = (self._with_code(actor, school) for school in batch.schools)
        return replace(batch, schools=tuple(schools))

    def hand_out(self, actor: Actor, batch: LetterBatch) -> None:
        """They are made and go out now: count them.

        Raises UserError("letters.renewed", school=) where a code was renewed while they were made.
        """
        for school in batch.schools:
            if self._codes.for_letters(actor, school.school_id, 0) != school.paper.code:
                raise UserError("letters.renewed", school=school.paper.school)
        for school in batch.schools:
            self._codes.for_letters(actor, school.school_id, len(school.addressees))

    def _with_code(self, actor: Actor, school: SchoolLetters) -> SchoolLetters:
        code = self._codes.for_letters(actor, school.school_id, 0)
        return replace(school, paper=replace(school.paper, code=code))

    def _paper(self, school: LetterSchool, stored: Settings) -> LetterPaper:
        portal = stored["portal.url"]
        typed = {subject: stored[f"contacts.{subject.value}"] for subject in Subject}
        return LetterPaper(
            school=school.name,
            phone=school.phone,
            city=stored["city.name"],
            portal_url=portal,
            terms_url=f"{portal}/terms" if portal else "",
            guide_url=stored["portal.guide_url"],
            line_url=stored["line.friend_url"],
            from_address=stored["email.from"],
            code=STARS,
            opens_at=stored.moment("registration.opens_at") or stored.moment("portal.opens_at"),
            line_opens_at=stored.moment("line.opens_at"),
            contacts=help_contacts(typed, f"{school.name} {school.phone}".strip()),
            printed_on=self._clock().astimezone(stored.zone).date(),
        )


def _schools(actor: Actor, order: LetterOrder, today: date) -> frozenset[int] | None:
    if order.school_id is not None:
        require(actor, Verb.HAND_OUT_CODE, school_scope(order.school_id), today)
        return frozenset({order.school_id})
    allowed = schools_where(actor, Verb.HAND_OUT_CODE, today)
    if allowed == frozenset() or not 0 < len(order.child_ids) <= MOST_CHILDREN:
        raise UserError("forbidden", verb=Verb.HAND_OUT_CODE.value)
    return allowed


def _readable(found: Sequence[Addressee], order: LetterOrder) -> tuple[Addressee, ...]:
    """A family may read a language in which there are no letters."""
    return tuple(each if each.language in LANGUAGES else replace(each, language=order.language) for each in found)
