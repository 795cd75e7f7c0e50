"""One child or one guardian whole: family, contacts, classes, what they were sent."""

from collections.abc import Iterable, Sequence

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from desktop.domain.errors import UserError
from desktop.domain.people import (
    ChildDetails,
    Contact,
    FamilyMember,
    GuardianDetails,
    PlacementRow,
    ReceivedNotice,
)
from desktop.store.enrolled import child_visible, guardian_visible, not_ended, open_on, within
from desktop.store.people import Looking, children_of_guardians, flags_of
from desktop.store.tables import (
    Child,
    ChildReference,
    Confirmation,
    ContactPoint,
    Delivery,
    DeliveryRecipient,
    Enrolment,
    Group,
    Guardian,
    Guardianship,
    Homeroom,
    Membership,
    Notice,
    NoticeChild,
    NoticeText,
    Placement,
    Recipient,
    School,
)

MOST_NOTICES = 50
CODE_SYSTEM = "code"

_BEST_FIRST = ("accepted", "leased", "due", "in_doubt", "bounced", "failed", "expired", "cancelled")


def child(session: Session, looking: Looking, child_id: int, languages: Sequence[str]) -> ChildDetails:
    """Everything of a child that one may see; `languages` in the order in which titles are wanted.

    Raises UserError("not_found"), also for a child one may not see.
    """
    found = session.scalar(select(Child).where(Child.id == child_id, child_visible(looking.rosters, looking.today)))
    if found is None:
        raise UserError("not_found")
    return ChildDetails(
        found.id,
        found.family_name,
        found.given_name,
        found.family_name_kana,
        found.given_name_kana,
        found.sex,  # type: ignore[arg-type]  # its CHECK knows the words
        found.birth_date,
        code_of(session, looking, child_id),
        _placements(session, looking, child_id),
        _groups(session, looking, child_id),
        family(session, child_id),
        _notices(session, child_id, languages),
        flags_of(session, looking, [child_id]).get(child_id),
        found.version,
    )


def code_of(session: Session, looking: Looking, child_id: int) -> str:
    """The child's code in the roster of a school one may see."""
    schools = looking.rosters.touched_schools
    statement = select(ChildReference.value).where(
        ChildReference.child_id == child_id, ChildReference.system == CODE_SYSTEM
    )
    if schools is not None:
        statement = statement.where(ChildReference.school_id.in_(schools))
    return session.scalar(statement.order_by(ChildReference.value).limit(1)) or ""


def _placements(session: Session, looking: Looking, child_id: int) -> tuple[PlacementRow, ...]:
    """Where the child is, or last was in each year, the newest first."""
    rows = session.execute(
        select(
            School.id,
            School.name,
            Enrolment.year,
            Homeroom.id,
            Homeroom.label,
            Placement.student_number,
        )
        .select_from(Enrolment)
        .join(School, School.id == Enrolment.school_id)
        .outerjoin(
            Placement,
            and_(Placement.enrolment_id == Enrolment.id, Placement.kind == "main", Placement.to_date.is_(None)),
        )
        .outerjoin(Homeroom, Homeroom.id == Placement.homeroom_id)
        .where(Enrolment.child_id == child_id, not_ended(looking.today), within(looking.rosters))
        .order_by(Enrolment.year.desc(), Enrolment.id.desc())
    )
    return tuple(
        PlacementRow(school_id, school, year, room_id, label or "", number or "")
        for school_id, school, year, room_id, label, number in rows
    )


def _groups(session: Session, looking: Looking, child_id: int) -> tuple[str, ...]:
    names = session.scalars(
        select(Group.name)
        .join(Membership, Membership.group_id == Group.id)
        .join(Enrolment, Enrolment.id == Membership.enrolment_id)
        .where(
            Enrolment.child_id == child_id,
            not_ended(looking.today),
            within(looking.rosters),
            open_on(Membership, looking.today),
        )
        .order_by(Group.name)
    )
    return tuple(dict.fromkeys(names))


def family(session: Session, child_id: int) -> tuple[FamilyMember, ...]:
    """A child's guardians in their order, with how they are reached."""
    rows = session.execute(
        select(Guardianship, Guardian)
        .join(Guardian, Guardian.id == Guardianship.guardian_id)
        .where(Guardianship.child_id == child_id)
        .order_by(Guardianship.position, Guardianship.id)
    ).all()
    contacts = contacts_of(session, [guardian.id for _, guardian in rows])
    return tuple(
        FamilyMember(
            link.id,
            guardian.id,
            f"{guardian.family_name} {guardian.given_name}".strip(),
            f"{guardian.family_name_kana} {guardian.given_name_kana}".strip(),
            link.relationship,
            link.position,
            guardian.language,
            link.do_not_contact,
            contacts.get(guardian.id, ()),
        )
        for link, guardian in rows
    )


def contacts_of(session: Session, guardian_ids: Iterable[int]) -> dict[int, tuple[Contact, ...]]:
    found = session.scalars(
        select(ContactPoint).where(ContactPoint.guardian_id.in_(list(guardian_ids))).order_by(ContactPoint.id)
    )
    contacts: dict[int, tuple[Contact, ...]] = {}
    for row in found:
        contact = Contact(
            row.id,
            row.kind,  # type: ignore[arg-type]  # its CHECK knows the words
            row.address,
            row.plain_text_only,
            row.verified_at is not None,
            row.suppressed_reason,
            row.suppressed_at,
            row.version,
        )
        contacts[row.guardian_id] = (*contacts.get(row.guardian_id, ()), contact)
    return contacts


def _notices(session: Session, child_id: int, languages: Sequence[str]) -> tuple[ReceivedNotice, ...]:
    """The newest notices that went out for the child, each with the best that is known of it.

    `unreached` is a notice of which no copy was made for this child.
    """
    sent = session.execute(
        select(Notice.id, Notice.started_at)
        .join(NoticeChild, NoticeChild.notice_id == Notice.id)
        .where(NoticeChild.child_id == child_id, Notice.started_at.is_not(None))
        .order_by(Notice.started_at.desc(), Notice.id.desc())
        .limit(MOST_NOTICES)
    ).all()
    ids = [id_ for id_, _ in sent]
    titles = _titles(session, ids, languages)
    states = _best_states(session, ids, child_id)
    return tuple(
        ReceivedNotice(id_, titles.get(id_, ""), at, states.get(id_, "unreached")) for id_, at in sent if at is not None
    )


def _titles(session: Session, ids: Sequence[int], languages: Sequence[str]) -> dict[int, str]:
    titles: dict[int, dict[str, str]] = {}
    for id_, language, title in session.execute(
        select(NoticeText.notice_id, NoticeText.language, NoticeText.title).where(NoticeText.notice_id.in_(ids))
    ):
        titles.setdefault(id_, {})[language] = title
    return {
        id_: next((texts[language] for language in languages if texts.get(language)), next(iter(texts.values())))
        for id_, texts in titles.items()
    }


def _best_states(session: Session, ids: Sequence[int], child_id: int) -> dict[int, str]:
    rows = session.execute(
        select(Recipient.notice_id, Delivery.state)
        .join(DeliveryRecipient, DeliveryRecipient.recipient_id == Recipient.id)
        .join(Delivery, Delivery.id == DeliveryRecipient.delivery_id)
        .where(Recipient.child_id == child_id, Recipient.notice_id.in_(ids))
        .distinct()
    ).all()
    best_last = sorted(rows, key=lambda row: _BEST_FIRST.index(row.state), reverse=True)
    states = {id_: state for id_, state in best_last}  # noqa: C416 - rows are no pairs to mypy
    confirmed = session.scalars(
        select(Recipient.notice_id)
        .join(
            Confirmation,
            and_(Confirmation.notice_id == Recipient.notice_id, Confirmation.guardian_id == Recipient.guardian_id),
        )
        .where(Recipient.child_id == child_id, Recipient.notice_id.in_(ids))
    )
    return states | dict.fromkeys(confirmed, "confirmed")


def guardian(session: Session, looking: Looking, guardian_id: int) -> GuardianDetails:
    """Everything of a guardian, with the children one may see. Raises UserError("not_found")."""
    found = session.scalar(
        select(Guardian).where(
            Guardian.id == guardian_id, guardian_visible(Guardian.id, looking.rosters, looking.today)
        )
    )
    if found is None:
        raise UserError("not_found")
    children = children_of_guardians(session, looking, [guardian_id])
    return GuardianDetails(
        found.id,
        found.family_name,
        found.given_name,
        found.family_name_kana,
        found.given_name_kana,
        found.language,
        contacts_of(session, [guardian_id]).get(guardian_id, ()),
        tuple(children.get(guardian_id, ())),
        found.version,
    )
