"""Somebody who may do everything at one school tries every public method of every service on another school.

Whatever a method does, nothing of the other school may change, and nothing that names its people may come back. A new
method must be entered here, or the last test fails.
"""

import inspect
import sqlite3
import typing
from collections.abc import Callable
from contextlib import closing
from dataclasses import astuple, dataclass, fields, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from desktop.app import Services, build_services
from desktop.domain.audience import parse_audience
from desktop.domain.errors import UserError
from desktop.domain.letters import STARS, LetterBatch, LetterOrder, LetterPaper, SchoolLetters
from desktop.domain.notices import Draft, NoticeState, NoticeText
from desktop.domain.people import ChildForm, ContactForm, GuardianForm, ListQuery, Node
from desktop.domain.registrations import Refusal, RegistrationState
from desktop.domain.reviews import QueueQuery
from desktop.domain.saved_lists import SavedListForm
from desktop.domain.schools import SchoolForm
from desktop.domain.sms import Template
from desktop.domain.sms_accounts import AccountQuery, DeskCheck, Document, Seen
from desktop.domain.sms_messages import MessageQuery
from desktop.domain.sms_pilots import PilotForm
from desktop.domain.sms_texts import Changed
from desktop.domain.staff import CITY, Actor, ActorKind, Grant, Role
from desktop.secrets import Secrets
from desktop.settings import SETTINGS
from desktop.store import audit
from desktop.store.db import Store
from desktop.store.tables import (
    Account,
    Base,
    Guardianship,
    IncomingMessage,
    LineLink,
    Placement,
    Registration,
    SchoolCopy,
    SmsMessage,
    Staff,
)
from tests.conftest import Clock
from tests.make import YEAR, Make

REFUSALS = {"forbidden", "not_found", "notice.foreign_part", "child.other_school"}
SECRETS = ("機密", "秘子", "秘匿", "himitsu", "0829990000", "ないしょ", "奥野")
SEEN = Seen("0905123456", "active", 1, has_own_password=False, verified_at=None)
CHECK = DeskCheck(Document.CCCD, "x")
FORGETFUL = {"audit_events", "workers"}
"""Tables that may grow by an attempt."""


@dataclass
class World:
    """Two schools of one city. `thief` holds every role at H002; all that has an id here is H001's."""

    services: Services
    store: Store
    folder: Path
    school: int
    other_school: int
    room: int
    other_room: int
    child: int
    other_child: int
    guardian: int
    waiting: int
    waiting_guardian: int
    saved: int
    bond: int
    contact: int
    victim: int
    move: int
    draft: Draft
    notice: int
    submitted: int
    sent: int
    recipients: list[int]
    thief: Actor
    imported: int | None = None
    registration: int = 0
    registered: int = 0
    account: int = 0
    incoming: int = 0
    sms: int = 0

    def letters(self) -> LetterBatch:
        """Letters of H001, as somebody might forge them who cannot make them."""
        paper = LetterPaper("", "", "", "", "", "", "", "", STARS, None, None, (), date(2026, 11, 20))
        return LetterBatch((SchoolLetters(self.school, paper, ()),))

    def roster(self, code: str) -> Path:
        path = self.folder / f"{code}.csv"
        path.write_text(
            "school_code,grade,homeroom,child_code,family_name,given_name,guardian1_family_name,guardian1_email\n"
            f"{code},3,1,K1,別人,太郎,別人,himitsu@mail.example\n",
            encoding="utf-8",
        )
        return path

    def staff_file(self) -> Path:
        path = self.folder / "staff.csv"
        path.write_text("newcomer,Newcomer,administrator:H001\n", encoding="utf-8")
        return path

    def children_form(self, **changes: Any) -> ChildForm:
        form = ChildForm("別人", "次郎", homeroom_id=self.room, id=self.child, version=1)
        return replace(form, **changes)

    def guardian_form(self, **changes: Any) -> GuardianForm:
        form = GuardianForm("別人", id=self.guardian, version=1, contacts=(ContactForm("email", "thief@mail.example"),))
        return replace(form, **changes)


@pytest.fixture
def world(sqlite_store: Store, clock: Clock, make: Make, tmp_path: Path) -> World:
    services = build_services(sqlite_store, Secrets([]), clock)
    with sqlite_store.write(make.principal()) as session:
        make.installation(session)
        school, other = make.school(session), make.school(session, "H002", "にし小学校")
        room, spare, other_room = (
            make.homeroom(session, school, "3-1"),
            make.homeroom(session, school, "3-2"),
            make.homeroom(session, other, "3-1"),
        )
        club = make.group(session, school, "ないしょ部")
        child = make.child(session, room, "機密", "秘子", groups=(club,))
        guardian = make.guardian(session, child, family="秘匿", mail="himitsu@mail.example")
        contact = make.contact(session, guardian, "phone", "0829990000")
        make.contact(session, guardian, "line", "U" + "a" * 32, suppressed="unfollowed")
        other_child = make.child(session, other_room, "西田")
        make.guardian(session, other_child)
        author = make.staff(session, Role.CLERK, school=school, name="奥野 作")
        approver = make.staff(session, Role.APPROVER, school=school, name="奥野 認")
        thief = make.staff(session, *Role, school=other, name="西 盗")
        secret_contact = make.waiting(session, school, room, name="機密", mail="himitsu2@mail.example")
        session.get_one(Staff, author.staff_id).email = "himitsu3@school.example"
        session.add(SchoolCopy(school_id=school.id, email="himitsu4@school.example"))
        bond = session.scalars(select(Guardianship.id).where(Guardianship.child_id == child.id)).one()
        account = Account(
            origin="email", login="himitsu5@mail.example", address="himitsu5@mail.example", family_name="秘匿",
            language="ja", created_at=clock(),
        )  # fmt: skip
        session.add(account)
        session.flush()
        asked = Registration(
            account_id=account.id, form_token="t", state=RegistrationState.SUBMITTED.value, family_name="機密",
            given_name="秘子", family_name_kana="ヒミツ", given_name_kana="ヒコ", sex="female",
            birth_date=date(2017, 6, 14), relationship="mother", school_id=school.id, year=YEAR, homeroom_id=room.id,
            group_ids=[], created_at=clock(), submitted_at=clock(),
        )  # fmt: skip
        session.add(asked)
        session.flush()
        registration = asked.id
        session.add(LineLink(account_id=account.id, state="refused", changed_at=clock()))
        wrote = IncomingMessage(
            channel="line", source_id="s", sender="U" + "a" * 32, kind="text", words="ないしょ", received_at=clock()
        )
        texted = SmsMessage(
            gateway="practice", gateway_id="1", sender="0829990000", recipient="8188", sealed_text="", text_hash="",
            sent_at=clock(), received_at=clock(), state="held", rule="undecided",
        )  # fmt: skip
        session.add_all([wrote, texted])
        session.flush()
        account_id, incoming_id, texted_id = account.id, wrote.id, texted.id
        audit.record(session, "made", "world")
    draft = Draft("announcement", school.id, {"ja": NoticeText("ないしょ", "機密")}, parse_audience(["school:H001"]))
    saved = services.saved_lists.save(author, SavedListForm("役員会", school.id, ("group:H001/ないしょ部",)))
    ids = [services.notices.create(author, draft) for _ in range(3)]
    for id_ in ids[1:]:
        services.approvals.submit(author, id_, services.notices.get(author, id_).version)
    services.approvals.approve(approver, ids[2], now=True)
    clock.turn(minutes=1)
    assert services.deliveries.begin(ids[2])
    token = services.people.move(author, [child.id], spare.id)
    found = World(
        services, sqlite_store, tmp_path, school.id, other.id, room.id, other_room.id, child.id, other_child.id,
        guardian.id, secret_contact.id, secret_contact.guardian_id, saved, bond,
        contact.id, author.staff_id or 0, token, draft, ids[0], ids[1], ids[2],
        services.reports.recipient_ids(author, ids[2]), thief,
    )  # fmt: skip
    found.registration, found.registered = registration, 1
    found.account, found.incoming, found.sms = account_id, incoming_id, texted_id
    found.imported = services.rosters.import_(author, services.rosters.read(found.roster("H001"))).import_id
    return found


Attempt = Callable[[World, Actor], object]
HERS: dict[str, Attempt] = {
    "settings.set": lambda w, a: w.services.settings.set(a, "city.name", "x"),
    "staff.add": lambda w, a: w.services.staff.add(a, "mole", "Mole", [Grant(Role.CLERK, CITY)], None),
    "staff.all": lambda w, a: w.services.staff.all(a),
    "staff.deactivate": lambda w, a: w.services.staff.deactivate(a, w.victim, 1),
    "staff.import_file": lambda w, a: w.services.staff.import_file(a, w.staff_file()),
    "staff.reactivate": lambda w, a: w.services.staff.reactivate(a, w.victim, 1),
    "staff.rename": lambda w, a: w.services.staff.rename(a, w.victim, "x", 1),
    "staff.set_grants": lambda w, a: w.services.staff.set_grants(a, w.victim, [], 1),
    "staff.set_password": lambda w, a: w.services.staff.set_password(a, w.victim, "a new pass phrase 8"),
    "staff.set_email": lambda w, a: w.services.staff.set_email(a, w.victim, "thief@mail.example", 1),
    "staff.unlock": lambda w, a: w.services.staff.unlock(a, w.victim),
    "schools.add": lambda w, a: w.services.schools.add(a, SchoolForm("H003", "x", "primary")),
    "schools.add_group": lambda w, a: w.services.schools.add_group(a, w.school, "club", "x"),
    "schools.add_homeroom": lambda w, a: w.services.schools.add_homeroom(a, w.school, YEAR, "1", "1"),
    "schools.all": lambda w, a: w.services.schools.all(a),
    "schools.parts": lambda w, a: w.services.schools.parts(a, w.school),
    "schools.save": lambda w, a: w.services.schools.save(a, SchoolForm("H001", "x", "primary", id=w.school, version=1)),
    "schools.tree": lambda w, a: w.services.schools.tree(a, w.school),
    "schools.trees": lambda w, a: w.services.schools.trees(a),
    "schools.years": lambda w, a: w.services.schools.years(a, w.school),
    "people.child": lambda w, a: w.services.people.child(a, w.child),
    "people.child_ids": lambda w, a: w.services.people.child_ids(a, ListQuery(Node(school_id=w.school))),
    "people.children": lambda w, a: w.services.people.children(a, [w.child]),
    "people.counts": lambda w, a: w.services.people.counts(a, Node(school_id=w.school)),
    "people.find": lambda w, a: w.services.people.find(a, "himitsu"),
    "people.first_children": lambda w, a: w.services.people.first_children(a, ListQuery(Node(school_id=w.school))),
    "people.first_guardians": lambda w, a: w.services.people.first_guardians(a, ListQuery(Node(school_id=w.school))),
    "people.guardian": lambda w, a: w.services.people.guardian(a, w.guardian),
    "people.guardian_ids": lambda w, a: w.services.people.guardian_ids(a, ListQuery(Node(school_id=w.school))),
    "people.guardians": lambda w, a: w.services.people.guardians(a, [w.guardian]),
    "people.move": lambda w, a: w.services.people.move(a, [w.child], w.other_room),
    "people.release_contact": lambda w, a: w.services.people.release_contact(a, w.contact),
    "people.remove_guardianship": lambda w, a: w.services.people.remove_guardianship(a, w.bond),
    "people.save_child": lambda w, a: w.services.people.save_child(a, w.children_form()),
    "people.save_child, into one's own class": lambda w, a: w.services.people.save_child(
        a, w.children_form(homeroom_id=w.other_room)
    ),
    "people.save_child, without a class": lambda w, a: w.services.people.save_child(
        a, w.children_form(homeroom_id=None)
    ),
    "people.save_guardian": lambda w, a: w.services.people.save_guardian(a, w.child, w.guardian_form()),
    "people.save_guardian, of one's own child": lambda w, a: w.services.people.save_guardian(
        a, w.other_child, w.guardian_form()
    ),
    "people.let_go": lambda w, a: w.services.people.let_go(a),
    "people.withdraw": lambda w, a: w.services.people.withdraw(a, [w.child], date(2026, 11, 20)),
    "people.withdraw, from the school": lambda w, a: w.services.people.withdraw(
        a, [w.child], date(2026, 11, 20), school_id=w.school
    ),
    "people.undo": lambda w, a: w.services.people.undo(a, w.move),
    "contacts.set_plain": lambda w, a: w.services.contacts.set_plain(a, ["himitsu@mail.example"]),
    "contacts.suppress": lambda w, a: w.services.contacts.suppress(a, "email", ["himitsu@mail.example"], "bounced"),
    "rosters.default_school": lambda w, a: {"H002": ""}.get(w.services.rosters.default_school(a), "H001"),
    "rosters.recall": lambda w, a: w.services.rosters.recall(a, w.services.rosters.read(w.roster("H001"))).remembered,
    "rosters.export": lambda w, a: w.services.rosters.export(a, w.folder / "out.csv", school="H001"),
    "rosters.import_": lambda w, a: w.services.rosters.import_(a, w.services.rosters.read(w.roster("H001"))),
    "rosters.undo_import": lambda w, a: w.services.rosters.undo_import(a, w.imported or 0),
    "rosters.preview": lambda w, a: w.services.rosters.preview(a, w.services.rosters.read(w.roster("H001"))),
    "notices.add_kind": lambda w, a: w.services.notices.add_kind(a, "x", {"en": "X"}, urgent=True),
    "notices.copy": lambda w, a: w.services.notices.copy(a, w.notice),
    "notices.create": lambda w, a: w.services.notices.create(a, w.draft),
    "notices.create, from one's own school": lambda w, a: w.services.notices.create(
        a, replace(w.draft, school_id=w.other_school)
    ),
    "notices.create, to one child": lambda w, a: w.services.notices.create(
        a, replace(w.draft, school_id=w.other_school, audience=parse_audience([f"child:{w.child}"]))
    ),
    "notices.delete_draft": lambda w, a: w.services.notices.delete_draft(a, w.notice),
    "notices.get": lambda w, a: w.services.notices.get(a, w.sent),
    "notices.rows": lambda w, a: w.services.notices.rows(a, states=list(NoticeState)),
    "notices.rows, of the school": lambda w, a: w.services.notices.rows(a, school_id=w.school),
    "notices.save": lambda w, a: w.services.notices.save(a, w.notice, replace(w.draft, school_id=w.other_school), 1),
    "notices.schedule": lambda w, a: w.services.notices.schedule(a, w.notice, None),
    "audiences.children": lambda w, a: w.services.audiences.children(a, w.draft),
    "audiences.children, without one": lambda w, a: w.services.audiences.children(
        a, replace(w.draft, school_id=w.other_school, audience=parse_audience(["school:H002"], [f"child:{w.child}"]))
    ),
    "audiences.preview": lambda w, a: w.services.audiences.preview(a, w.draft),
    "audiences.problems": lambda w, a: w.services.audiences.problems(a, w.draft),
    "audiences.others": lambda w, a: w.services.audiences.others(a, w.draft),
    "audiences.others, staff": lambda w, a: w.services.audiences.others(
        a, replace(w.draft, school_id=w.other_school, audience=parse_audience(["staff:H001"]))
    ),
    "audiences.others, all staff": lambda w, a: w.services.audiences.others(
        a, replace(w.draft, school_id=w.other_school, audience=parse_audience(["staff:*", "staff:city"]))
    ),
    "audiences.preview, of a list": lambda w, a: w.services.audiences.preview(
        a, replace(w.draft, school_id=w.other_school, audience=parse_audience(["list:役員会"]))
    ).parts,
    "saved_lists.all": lambda w, a: w.services.saved_lists.all(a),
    "saved_lists.delete": lambda w, a: w.services.saved_lists.delete(a, w.saved, 1),
    "saved_lists.in_use": lambda w, a: w.services.saved_lists.in_use(a, w.saved),
    "saved_lists.save": lambda w, a: w.services.saved_lists.save(a, SavedListForm("x", w.school, ("school:H001",))),
    "saved_lists.save, over another": lambda w, a: w.services.saved_lists.save(
        a, SavedListForm("x", w.other_school, ("school:H002",), id=w.saved, version=1)
    ),
    "copies.addresses": lambda w, a: w.services.copies.addresses(a, w.school),
    "copies.set_addresses": lambda w, a: w.services.copies.set_addresses(a, w.school, ["thief@mail.example"]),
    "waiting.give": lambda w, a: w.services.waiting.give(a, [w.waiting], w.child),
    "waiting.give, to one's own child": lambda w, a: w.services.waiting.give(a, [w.waiting], w.other_child),
    "waiting.ids": lambda w, a: w.services.waiting.ids(a, ListQuery(Node(school_id=w.school))),
    "waiting.join": lambda w, a: w.services.waiting.join(a, [w.waiting]),
    "waiting.matches": lambda w, a: w.services.waiting.matches(a),
    "waiting.places": lambda w, a: w.services.waiting.places(a),
    "waiting.remove": lambda w, a: w.services.waiting.remove(a, [w.waiting]),
    "waiting.rows": lambda w, a: w.services.waiting.rows(a, [w.waiting]),
    "waiting.save": lambda w, a: w.services.waiting.save(
        a, w.waiting, w.guardian_form(family_name="", id=w.waiting_guardian)
    ),
    "approvals.approve": lambda w, a: w.services.approvals.approve(a, w.submitted),
    "approvals.approvers": lambda w, a: w.services.approvals.approvers(a, w.school),
    "approvals.approvers, of a notice": lambda w, a: w.services.approvals.approvers(a, w.other_school, w.notice),
    "approvals.cancel": lambda w, a: w.services.approvals.cancel(a, w.submitted),
    "approvals.may_approve": lambda w, a: w.services.approvals.may_approve(a, w.submitted),
    "approvals.release_alone": lambda w, a: w.services.approvals.release_alone(a, w.submitted, "x"),
    "approvals.release_hold": lambda w, a: w.services.approvals.release_hold(a, w.sent),
    "approvals.resume": lambda w, a: w.services.approvals.resume(a, w.sent),
    "approvals.review_alone": lambda w, a: w.services.approvals.review_alone(a, w.sent),
    "approvals.send_back": lambda w, a: w.services.approvals.send_back(a, w.submitted, "x"),
    "approvals.stop": lambda w, a: w.services.approvals.stop(a, w.sent),
    "approvals.submit": lambda w, a: w.services.approvals.submit(a, w.notice, 1),
    "reports.progress": lambda w, a: w.services.reports.progress(a, w.sent),
    "reports.recipient_counts": lambda w, a: w.services.reports.recipient_counts(a, w.sent),
    "reports.recipient_ids": lambda w, a: w.services.reports.recipient_ids(a, w.sent),
    "reports.recipients": lambda w, a: w.services.reports.recipients(a, w.recipients),
    "reports.report": lambda w, a: w.services.reports.report(a, w.sent),
    "reports.resend_failed": lambda w, a: w.services.reports.resend_failed(a, w.sent),
    "reports.status": lambda w, a: w.services.reports.status(a, w.sent),
    "reports.today": lambda w, a: w.services.reports.today(a),
    "sign_ups.open_ones": lambda w, a: w.services.sign_ups.open_ones(a),
    "sign_ups.send_again": lambda w, a: w.services.sign_ups.send_again(a, 1),
    "unfinished.rows": lambda w, a: w.services.unfinished.rows(a),
    "unfinished.remind": lambda w, a: w.services.unfinished.remind(a, w.registration),
    "refused_mails.rows": lambda w, a: w.services.refused_mails.rows(a),
    "refused_mails.try_again": lambda w, a: w.services.refused_mails.try_again(a, w.contact),
    "reviews.counts": lambda w, a: w.services.reviews.counts(a),
    "reviews.overview": lambda w, a: w.services.reviews.overview(a),
    "reviews.queue_ids": lambda w, a: w.services.reviews.queue_ids(a, QueueQuery(w.school)),
    "reviews.queue_rows": lambda w, a: w.services.reviews.queue_rows(a, [w.registration]),
    "reviews.exact": lambda w, a: w.services.reviews.exact(a, QueueQuery(w.school)),
    "reviews.accept": lambda w, a: w.services.reviews.accept(a, w.registration, w.registered),
    "reviews.get": lambda w, a: w.services.reviews.get(a, w.registration),
    "reviews.get,also": lambda w, a: w.services.reviews.get(a, w.registration, w.child),
    "reviews.accept_new": lambda w, a: w.services.reviews.accept_new(a, w.registration, w.registered),
    "reviews.accept_exact": lambda w, a: w.services.reviews.accept_exact(a, [(w.registration, w.registered)]),
    "reviews.link": lambda w, a: w.services.reviews.link(a, w.registration, w.registered, w.child),
    "reviews.refuse": lambda w, a: w.services.reviews.refuse(a, w.registration, w.registered, Refusal.OTHER),
    "reviews.ask_back": lambda w, a: w.services.reviews.ask_back(a, w.registration, w.registered, "x"),
    "reviews.undo": lambda w, a: w.services.reviews.undo(a, w.registration),
    "letters.samples": lambda w, a: w.services.letters.samples(a, LetterOrder(w.school)),
    "letters.samples,by_homeroom": lambda w, a: w.services.letters.samples(a, LetterOrder(w.other_school, w.room)),
    "letters.samples,by_child": lambda w, a: w.services.letters.samples(a, LetterOrder(None, child_ids=(w.child,))),
    "letters.begin": lambda w, a: w.services.letters.begin(a, LetterOrder(w.school)),
    "letters.hand_out": lambda w, a: w.services.letters.hand_out(a, w.letters()),
    "line_links.failed": lambda w, a: w.services.line_links.failed(a),
    "line_links.invite": lambda w, a: w.services.line_links.invite(a, w.account),
    "line_account.check": lambda w, a: w.services.line_account.check(a),
    "line_account.set_webhook": lambda w, a: w.services.line_account.set_webhook(a),
    "line_account.setup_menu": lambda w, a: w.services.line_account.setup_menu(a, b""),
    "inbox.rows": lambda w, a: w.services.inbox.rows(a),
    "inbox.rows, all": lambda w, a: w.services.inbox.rows(a, handled=True),
    "inbox.counts": lambda w, a: {(0, 0): ""}.get(astuple(w.services.inbox.counts(a)), "himitsu"),
    "inbox.handled": lambda w, a: w.services.inbox.handled(a, [w.incoming]),
    "registration_codes.for_letters": lambda w, a: w.services.registration_codes.for_letters(a, w.school, 1),
    "registration_codes.renew": lambda w, a: w.services.registration_codes.renew(a, w.school),
    "registration_codes.status": lambda w, a: w.services.registration_codes.status(a, w.school),
    "release.hold": lambda w, a: w.services.release.hold(a),
    "release.release": lambda w, a: w.services.release.release(a),
    "release.report": lambda w, a: w.services.release.report(a),
    "watch.outgoing": lambda w, a: w.services.watch.outgoing(a),
    "watch.waiting_notices": lambda w, a: w.services.watch.waiting_notices(a),
    "sms_accounts.account": lambda w, a: w.services.sms_accounts.account(a, w.account),
    "sms_accounts.close": lambda w, a: w.services.sms_accounts.close(a, w.account, SEEN, "x"),
    "sms_accounts.counts": lambda w, a: w.services.sms_accounts.counts(a, AccountQuery()),
    "sms_accounts.first": lambda w, a: w.services.sms_accounts.first(a, AccountQuery()),
    "sms_accounts.holder_of": lambda w, a: w.services.sms_accounts.holder_of(a, "0905123456"),
    "sms_accounts.ids": lambda w, a: w.services.sms_accounts.ids(a, AccountQuery()),
    "sms_accounts.lock": lambda w, a: w.services.sms_accounts.lock(a, w.account, SEEN, "x"),
    "sms_accounts.move": lambda w, a: w.services.sms_accounts.move(a, w.account, SEEN, "0905123456", CHECK),
    "sms_accounts.reissue": lambda w, a: w.services.sms_accounts.reissue(a, w.account, SEEN),
    "sms_accounts.rows": lambda w, a: w.services.sms_accounts.rows(a, [w.account]),
    "sms_accounts.take_back_verification": lambda w, a: w.services.sms_accounts.take_back_verification(
        a, w.account, SEEN
    ),
    "sms_accounts.unlock": lambda w, a: w.services.sms_accounts.unlock(a, w.account, SEEN),
    "sms_accounts.verify": lambda w, a: w.services.sms_accounts.verify(a, w.account, SEEN, CHECK),
    "sms_conflicts.all": lambda w, a: w.services.sms_conflicts.all(a),
    "sms_conflicts.conflict": lambda w, a: w.services.sms_conflicts.conflict(a, 1),
    "sms_conflicts.keep": lambda w, a: w.services.sms_conflicts.keep(a, 1, "x"),
    "sms_conflicts.move": lambda w, a: w.services.sms_conflicts.move(a, 1, SEEN, CHECK),
    "sms_conflicts.replace": lambda w, a: w.services.sms_conflicts.replace(a, 1, SEEN, "x"),
    "sms_ledger.exported": lambda w, a: w.services.sms_ledger.exported(a, "csv", str),
    "sms_ledger.months": lambda w, a: w.services.sms_ledger.months(a),
    "sms_messages.answer": lambda w, a: w.services.sms_messages.answer(a, "0905123456", "x", w.sms),
    "sms_messages.block": lambda w, a: w.services.sms_messages.block(a, "0829990000", "x", w.sms),
    "sms_messages.correct_and_process": lambda w, a: w.services.sms_messages.correct_and_process(a, w.sms, "x", 1),
    "sms_messages.counts": lambda w, a: w.services.sms_messages.counts(a, MessageQuery()),
    "sms_messages.days": lambda w, a: w.services.sms_messages.days(a),
    "sms_messages.first": lambda w, a: w.services.sms_messages.first(a, MessageQuery()),
    "sms_messages.foresee": lambda w, a: w.services.sms_messages.foresee(a, w.sms, "x"),
    "sms_messages.ids": lambda w, a: w.services.sms_messages.ids(a, MessageQuery()),
    "sms_messages.message": lambda w, a: w.services.sms_messages.message(a, w.sms),
    "sms_messages.practise": lambda w, a: w.services.sms_messages.practise(a, "0905123456", "x"),
    "sms_messages.reviews": lambda w, a: w.services.sms_messages.reviews(a),
    "sms_messages.rows": lambda w, a: w.services.sms_messages.rows(a, [w.sms]),
    "sms_messages.settle": lambda w, a: w.services.sms_messages.settle(a, 1),
    "sms_messages.unblock": lambda w, a: w.services.sms_messages.unblock(a, "0829990000"),
    "sms_steering.blocks": lambda w, a: w.services.sms_steering.blocks(a),
    "sms_steering.phones": lambda w, a: w.services.sms_steering.phones(a, 1),
    "sms_steering.remove_unit": lambda w, a: w.services.sms_steering.remove_unit(a, 1),
    "sms_steering.save_texts": lambda w, a: w.services.sms_steering.save_texts(
        a, [Changed(Template.SYNTAX, SETTINGS["sms.reply_syntax"].default, "x")]
    ),
    "sms_steering.save_unit": lambda w, a: w.services.sms_steering.save_unit(a, PilotForm("x", ("0905123456",))),
    "sms_steering.switch_trial": lambda w, a: w.services.sms_steering.switch_trial(a, True),
    "sms_steering.texts": lambda w, a: w.services.sms_steering.texts(a),
    "sms_steering.trial": lambda w, a: w.services.sms_steering.trial(a),
    "sms_steering.units_with": lambda w, a: w.services.sms_steering.units_with(a, "0905123456"),
    "sms_messages.whole": lambda w, a: w.services.sms_messages.whole(a, w.sms),
}  # fmt: skip
NOBODYS = {
    *("settings.all", "settings.get", "settings.list"),  # no secrets among them, and nobody's data
    *("setup.check", "setup.create", "setup.first_start", "setup.state"),  # before there is anybody
    *("staff.sign_in", "staff.actor_for", "staff.change_own_password"),  # the way in
    *("staff.approver_missing", "staff.parse_grants"),  # names nobody
    *("schools.check", "people.check_child", "people.check_guardian", "waiting.check", "notices.kinds"),  # rules alone
    *("rosters.read", "rosters.reread", "rosters.held_rows_file"),  # the actor's own file, without the database
    *("watch.newest_event", "watch.somebody_sends"),  # a number; yes or no
    "watch.reader",  # oneself
    "release.standing",  # yes or no, and whom to ask
    *("accounts.check_sign_up", "accounts.check_password"),  # rules alone
    *("accounts.sign_up", "accounts.forgot", "accounts.send_again", "accounts.open_link"),  # a citizen's way in
    *("accounts.type_code", "accounts.log_in", "accounts.reset", "accounts.citizen", "accounts.log_out"),
    *("first_log_ins.login", "first_log_ins.check", "first_log_ins.set_password"),  # whoever got the text message
    *("completing.check", "completing.check_postal_address"),  # rules alone
    *("completing.details", "completing.complete", "completing.set_postal_address"),  # a citizen's own
    "sms_steering.read_file",  # one's own file
    *("sms_intake.receive", "sms_intake.answered", "sms_intake.reported"),  # the gateway's, which signs
    *("sms_intake.take_in", "sms_timer.run"),
    *("sms_intake.waiting", "sms_intake.decide", "sms_intake.hold_back"),  # the worker's
    *("sms_timer.due", "sms_timer.step"),  # the worker's
    *("sms_replies.glance", "sms_replies.claim", "sms_replies.settle", "sms_replies.give_back", "sms_replies.left"),
    "sms_replies.is_used",
    *("sms_replies.stop", "sms_replies.expire", "sms_replies.answered", "sms_replies.reported"),  # it, and gateways
    *("registrations.schools", "registrations.places", "openings.steps"),  # what the city's pages offer everybody
    *("registrations.check_child", "registrations.check_school"),  # rules alone
    *("registrations.begin", "registrations.change_child", "registrations.set_school", "registrations.submit"),
    *("registrations.take_back", "registrations.all", "registrations.get"),  # a citizen's own
    *("own_account.check_email", "own_account.check_names"),  # rules alone
    *("own_account.addresses", "own_account.add_address", "own_account.confirm_again", "own_account.confirm"),
    *("own_account.set_plain", "own_account.remove_address", "own_account.change_login", "own_account.set_names"),
    "own_account.close",  # all a citizen's own
    *("registrations.own_children", "registrations.begin_change", "registrations.withdraw_child"),
    *("line_links.state", "line_links.arrive", "line_links.begin", "line_links.unlink"),  # a citizen's own
    "reviews.carry_out_due",  # the worker's
    "line_account.look",  # what `doctor` asks: settings and LINE itself, nobody's data
    "registration_codes.check",  # a citizen, who must know the code
    *("accounts.log_out_everywhere", "accounts.change_password", "accounts.set_language"),  # a citizen's own
}
"""Methods that ask nobody who they are, because they touch no school."""
WITHOUT_PEOPLE = {"deliveries", "posts", "checks", "line_events", "mailbox"}
"""Services of the worker and of `doctor`, which no person stands before."""


def test_whoever_may_do_everything_at_one_school_reaches_nothing_of_another(world: World) -> None:
    assert _reached(world, world.thief) == []


def test_whoever_may_do_nothing_reaches_nothing(world: World) -> None:
    assert _reached(world, Actor(ActorKind.STAFF, "nobody", world.thief.staff_id)) == []


def test_roles_that_are_over_reach_nothing(world: World, clock: Clock) -> None:
    yesterday = clock().date() - timedelta(days=1)
    grants = tuple(Grant(role, CITY, None, yesterday) for role in Role)
    assert _reached(world, Actor(ActorKind.STAFF, "former", world.thief.staff_id, grants)) == []


def _reached(world: World, actor: Actor) -> list[str]:
    """What the actor got at, attempt by attempt."""
    with closing(_Watch(world.store)) as watch:
        return [f"{name}: {found}" for name in HERS if (found := _attempt(world, watch, name, actor))]


def _attempt(world: World, watch: "_Watch", name: str, actor: Actor) -> str:
    code = ""
    try:
        told = repr(HERS[name](world, actor))
    except UserError as error:
        code, told = error.code, repr(error.details)
    if names := [word for word in SECRETS if word in told]:
        return f"told {names}"
    if watch.sees_a_change() or (world.folder / "out.csv").exists():
        return f"changed something ({code or 'not refused'})"
    return "" if not code or code in REFUSALS else f"was refused for another reason: {code}"


class _Watch:
    """Whether any row of the database is another than at the last look.

    SQLite says whether anybody has committed since; only then every row is read and compared.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._connection = sqlite3.connect(str(store.engine.url.database))
        self._commits, self._rows = self._count(), _everything(store)

    def close(self) -> None:
        self._connection.close()

    def sees_a_change(self) -> bool:
        commits = self._count()
        if commits == self._commits:
            return False
        before, self._rows, self._commits = self._rows, _everything(self._store), commits
        return self._rows != before

    def _count(self) -> int:
        found: int = self._connection.execute("PRAGMA data_version").fetchone()[0]
        return found


def _everything(store: Store) -> dict[str, list[Any]]:
    with store.read() as session:
        return {
            table.name: [tuple(row) for row in session.execute(select(table).order_by(*table.primary_key))]
            for table in Base.metadata.sorted_tables
            if table.name not in FORGETFUL
        }


def test_the_same_mail_address_in_another_schools_roster_changes_nobody_here(world: World) -> None:
    reading = world.services.rosters.read(world.roster("H002"))
    principal = Actor(ActorKind.STAFF, "principal", world.victim, tuple(Grant(role, CITY) for role in Role))
    before = world.services.people.guardian(principal, world.guardian)

    world.services.rosters.import_(world.thief, reading)

    assert world.services.people.guardian(principal, world.guardian) == before
    assert world.services.people.find(world.thief, "himitsu") != []  # the guardian of the imported child
    assert "秘" not in repr(world.services.people.find(world.thief, "himitsu"))


def test_every_public_method_of_every_service_is_tried() -> None:
    hints = typing.get_type_hints(Services)
    there = {
        f"{field.name}.{name}"
        for field in fields(Services)
        if field.name not in WITHOUT_PEOPLE
        for name, _ in inspect.getmembers(hints[field.name], inspect.isfunction)
        if not name.startswith("_")
    }
    tried = {name.partition(",")[0] for name in HERS}
    assert there - tried - NOBODYS == set()
    assert (tried | NOBODYS) - there == set()
    assert all("actor" in inspect.signature(_method(name)).parameters for name in tried)


def _method(name: str) -> Any:
    service, _, method = name.partition(".")
    return getattr(typing.get_type_hints(Services)[service], method)


def test_whoever_was_made_inactive_does_nothing_more_at_a_desk_that_they_left_open(world: World) -> None:
    with world.store.write(replace(world.thief, staff_id=None)) as session:
        session.get_one(Staff, world.victim).active = False
        audit.record(session, "deactivated", "staff", world.victim)
    left_open = Actor(ActorKind.STAFF, "left", world.victim, tuple(Grant(role, CITY) for role in Role))
    with pytest.raises(UserError, match=r"staff\.inactive"):
        world.services.approvals.stop(left_open, world.sent)


def test_the_move_that_nobody_else_took_back_can_be_taken_back(world: World) -> None:
    """The attempts above fail because of who acts, not because there was nothing to do."""
    principal = Actor(ActorKind.STAFF, "principal", world.victim, tuple(Grant(role, CITY) for role in Role))
    world.services.people.undo(principal, world.move)
    with world.store.read() as session:
        rooms = session.scalars(select(Placement.homeroom_id).where(Placement.to_date.is_(None))).all()
    assert world.room in rooms
