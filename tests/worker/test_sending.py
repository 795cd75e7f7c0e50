"""From an approved notice to servers that have it."""

from email import message_from_bytes
from email.header import decode_header, make_header

from desktop.domain.notices import NoticeText
from desktop.store.db import Store
from desktop.store.tables import Installation
from tests.conftest import Clock
from tests.make import Make
from tests.outgoing import approved_notice, class_of, deliveries, notice_state, set_notice, states
from tests.sending import Post, message_ids
from tests.stand_ins import CLOSE, LineServer, scripted_smtp


def test_a_notice_reaches_everybody_by_mail_and_line(post: Post, store: Store, make: Make) -> None:
    with store.bookkeep() as session:
        school = make.school(session)
        children = class_of(session, make, make.homeroom(session, school), 30, line=True)
        notice = approved_notice(session, make, school, children)
    with scripted_smtp() as mail, LineServer() as line:
        post.use_mail(mail)
        post.use_line(line)
        outcome = post.run()
    assert outcome.as_json()["sent"] == 60
    assert outcome.sent == {"email": 30, "line": 30}
    assert len(set(mail.addresses)) == 30
    assert len(line.got) == 30
    assert set(line.got.values()) == {1}
    assert len(line.sends) == 1
    assert (notice_state(store, notice.id), set(states(store)), set(states(store, "line"))) == (
        "done",
        {"accepted"},
        {"accepted"},
    )


def test_a_mail_says_who_writes_what_and_where_to_ask(post: Post, store: Store, make: Make) -> None:
    with store.bookkeep() as session:
        school = make.school(session)
        child = make.child(session, make.homeroom(session, school))
        make.guardian(session, child, mail="a..b@docomo.ne.jp")
        approved_notice(session, make, school, [child])
    with scripted_smtp() as server:
        post.use_mail(server)
        post.run()
    (mail,) = server.mails
    message = message_from_bytes(mail.data)
    assert str(make_header(decode_header(message["Subject"]))) == "【ひがし小学校】【お知らせ】遠足の延期"
    assert mail.envelope_from == "notices@city.example"
    assert mail.address == '"a..b"@docomo.ne.jp'
    assert message["List-Id"] == "<notices.h001.city.example>"
    assert message["Auto-Submitted"] == "auto-generated"
    body = message.get_payload(decode=True)
    assert isinstance(body, bytes)
    assert "明日の遠足は延期します。" in body.decode()
    assert "082-000-0001" in body.decode()


def test_everybody_reads_their_own_language(post: Post, store: Store, make: Make) -> None:
    texts = {"ja": NoticeText("延期", "延期します"), "vi": NoticeText("Hoãn", "Bị hoãn")}
    with store.bookkeep() as session:
        school = make.school(session)
        room = make.homeroom(session, school)
        children = [make.child(session, room), make.child(session, room)]
        make.guardian(session, children[0], mail=None, line="", language="ja")
        make.guardian(session, children[1], mail=None, line="", language="vi")
        approved_notice(session, make, school, children, texts=texts)
    with LineServer() as line:
        post.use_line(line)
        post.run()
    assert sorted(line.texts()) == [
        "【ひがし小学校】【Thông báo】\nHoãn\n\nBị hoãn",
        "【ひがし小学校】【お知らせ】\n延期\n\n延期します",
    ]
    assert {request.path.rpartition("/")[2] for request in line.sends} == {"push"}


def test_what_is_sent_twice_has_one_message_id(post: Post, store: Store, make: Make) -> None:
    with store.bookkeep() as session:
        school = make.school(session)
        approved_notice(session, make, school, class_of(session, make, make.homeroom(session, school), 5))
    with scripted_smtp() as server:
        post.use_mail(server)
        post.run()
    found = message_ids(server)
    assert len(found) == 5
    assert all(key.endswith("@city.example>") for key in found)


def test_a_stopped_notice_sends_nothing_more_and_a_resumed_one_the_rest(post: Post, store: Store, make: Make) -> None:
    with store.bookkeep() as session:
        school = make.school(session)
        notice = approved_notice(session, make, school, class_of(session, make, make.homeroom(session, school), 5))
    post.deliveries.begin_due()
    set_notice(store, notice.id, state="stopped")
    with scripted_smtp() as server:
        post.use_mail(server)
        stopped = post.run()
        assert server.mails == []
        assert [one["reason"] for one in stopped.as_json()["held"]] == ["stopped"]
        set_notice(store, notice.id, state="sending")
        post.run()
        assert len(server.mails) == 5
    assert notice_state(store, notice.id) == "done"


def test_a_copied_database_sends_nothing(post: Post, store: Store, make: Make) -> None:
    with store.bookkeep() as session:
        school = make.school(session)
        approved_notice(session, make, school, class_of(session, make, make.homeroom(session, school), 2))
        session.get_one(Installation, 1).location = "elsewhere"
    with scripted_smtp() as server:
        post.use_mail(server)
        outcome = post.run()
    assert (server.connections, outcome.sent, deliveries(store)) == (0, {"email": 0, "line": 0}, [])


def test_an_unreleased_database_sends_nothing_and_says_so(post: Post, store: Store, make: Make) -> None:
    with store.bookkeep() as session:
        school = make.school(session)
        approved_notice(session, make, school, class_of(session, make, make.homeroom(session, school), 2))
    post.deliveries.begin_due()
    with store.bookkeep() as session:
        session.get_one(Installation, 1).released = False
    with scripted_smtp() as server:
        post.use_mail(server)
        outcome = post.run()
    assert server.connections == 0
    assert [one["reason"] for one in outcome.as_json()["held"]] == ["not_released"]


def test_a_mail_keeps_its_message_id_when_our_address_changes_between_two_tries(
    post: Post, store: Store, clock: Clock, make: Make
) -> None:
    with store.bookkeep() as session:
        school = make.school(session)
        approved_notice(session, make, school, class_of(session, make, make.homeroom(session, school), 2))
    with scripted_smtp(replies={"BODY": [CLOSE, CLOSE, "250 Ok"]}) as server:
        post.use_mail(server)
        post.run()
        post.set(**{"email.from": "office@elsewhere.example"})
        clock.turn(minutes=1)
        post.run()
    assert states(store) == ["accepted"] * 2
    assert {mail.envelope_from for mail in server.mails} == {"notices@city.example", "office@elsewhere.example"}
    assert sorted(message_ids(server).values()) == [2, 2]
    assert all(key.endswith("@city.example>") for key in message_ids(server))


def test_a_notice_that_started_before_our_address_was_known_keeps_the_first_one(
    post: Post, store: Store, make: Make
) -> None:
    with store.bookkeep() as session:
        school = make.school(session)
        notice = approved_notice(session, make, school, class_of(session, make, make.homeroom(session, school), 1))
    post.set(**{"email.from": ""})
    post.deliveries.begin_due()
    assert post.deliveries.message(notice.id).mail_domain == ""
    for address in ("notices@city.example", "office@elsewhere.example"):
        post.set(**{"email.from": address})
        assert post.deliveries.message(notice.id).mail_domain == "city.example"
