"""Messages of citizens: kept once, decided once, answered as the city words it (B2–B14)."""

import logging
import random
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from functools import partial
from threading import Barrier

import pytest
from sqlalchemy import update

from desktop.domain.errors import UserError
from desktop.domain.sms import Rule
from desktop.domain.sms_gateways import Answer
from desktop.domain.staff import WORKER
from desktop.services import sms_deciding
from desktop.services.sms_deciding import Deciding
from desktop.services.sms_intake import SmsIntake
from desktop.services.sms_keys import SmsKeys
from desktop.store import settings as settings_store
from desktop.store import sms_accounts
from desktop.store.db import Store
from desktop.store.tables import (
    Account,
    AuditEvent,
    Installation,
    SmsAccount,
    SmsBlock,
    SmsMessage,
    SmsPilotPhone,
    SmsPilotUnit,
    SmsReply,
)
from tests.conftest import Clock
from tests.make import Make
from tests.sms_town import AN, BINH, GOOD, ID_AN, OTHER, SECRETS, SmsTown, good, kannel

B7 = (
    r"TK: 0905123456, MK: [A-HJ-NP-Za-km-z2-9]{10} la tai khoan su dung HT Chinh quyen đien tu\. De nghi anh chi doi "
    r"mat khau trong vong 03 ngay de bao mat\. Cam on!"
)
B9 = "Loi. Tin nhan sai cu phap. Cu phap dung la: TK,Ho va ten,soCMND,nn.tt.nnnn (ngay thang nam sinh)"
B10 = "So CMND da duoc su dung de dang ky tai khoan tren he thong Chinh quyen dien tu"
B12 = "So dien thoai da duoc su dung de dang ky tai khoan tren he thong Chinh quyen dien tu"
B14 = "He thong dang thu nghiem. Vui long thu lai sau. Cam on!"


@pytest.fixture
def town(store: Store, clock: Clock, make: Make) -> SmsTown:
    return SmsTown(store, clock, make)


def at_once(*acts: Callable[[], object]) -> list[object]:
    """All of them at the same moment, each on its own connection."""
    barrier = Barrier(len(acts))

    def begin(act: Callable[[], object]) -> object:
        barrier.wait()
        return act()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(begin, acts))


# One after the other


def test_a_citizen_texts_and_has_an_account(town: SmsTown) -> None:
    town.text(AN, GOOD)
    assert (town.states(), town.count(Account)) == (["waiting"], 0)
    assert town.intake.waiting()
    town.take_in()
    assert not town.intake.waiting()
    assert town.accounts() == [(AN, "234")]
    assert town.replies() == [(AN, "account")]
    assert re.fullmatch(B7, town.words()[0])
    assert town.reviews() == []
    message = town.messages()[0]
    assert (message.state, message.rule, message.network, message.fee) == ("read", "account", "mobifone", 1500)
    assert (message.gateway, message.gateway_id, message.recipient) == ("kannel", "k1", "8188")
    assert message.account_id == 1


def test_nothing_in_the_database_says_the_text_the_id_or_the_password(town: SmsTown) -> None:
    town.texted(AN, GOOD)
    password = town.words()[0].partition("MK: ")[2].partition(" ")[0]
    with town.store.read() as session:
        rows = [
            str(vars(row))
            for table in (SmsMessage, SmsReply, SmsAccount, Account, AuditEvent)
            for row in session.query(table)
        ]
    for private in (ID_AN, "20/12/1990", password, "TK,Nguyen"):
        assert not [row for row in rows if private in row]


def test_an_account_leaves_an_audit_event_that_names_nobody(town: SmsTown) -> None:
    town.texted(AN, GOOD)
    town.texted(BINH, "hello")
    with town.store.read() as session:
        event = session.query(AuditEvent).one()
    assert (event.actor_kind, event.verb, event.subject, event.details) == (
        "worker",
        "made_by_sms",
        "account",
        {"message": 1},
    )


def test_what_cannot_be_read_is_told_the_right_form(town: SmsTown) -> None:
    assert town.texted(AN, "xin chao") == "syntax"
    assert (town.states(), town.words(), town.count(Account)) == (["refused"], [B9], 0)


def test_an_id_of_somebody_is_refused_from_whichever_phone(town: SmsTown) -> None:
    town.texted(AN, GOOD)
    assert town.texted(BINH, GOOD) == "id_taken"
    assert town.reviews() == [("conflict", "message 2", 1)]
    town.clock.turn(minutes=2)
    assert town.texted(AN, GOOD) == "id_taken"
    assert town.words()[1:] == [B10, B10]
    assert (town.count(Account), len(town.reviews())) == (1, 1)
    assert [message.account_id for message in town.messages()] == [1, 1, 1]


def test_a_phone_gets_one_account(town: SmsTown) -> None:
    town.texted(AN, GOOD)
    assert town.texted(AN, OTHER) == "phone_taken"
    assert (town.words()[1], town.count(Account)) == (B12, 1)
    assert town.reviews() == [("conflict", "message 2", 1)]


def test_an_id_that_says_another_birth_year_is_for_a_person_to_look_at(town: SmsTown) -> None:
    assert town.texted(AN, "TK,Nguyen Van An,048071001234,20/12/1990") == "account"
    assert town.reviews() == [("mismatch", "account 1", 1)]


def test_whom_nobody_can_text_back_is_held(town: SmsTown) -> None:
    senders = ["8188", "VIETTEL", "+819012345678", "0236123456", "0123", "a\x00b", "x" * 500]
    assert [town.texted(sender, GOOD) for sender in senders] == ["sender"] * 7
    assert (set(town.states()), town.replies(), town.count(Account)) == ({"held"}, [], 0)
    assert {reason for reason, _, _ in town.reviews()} == {"sender"}


def test_a_blocked_number_is_not_listened_to(town: SmsTown) -> None:
    with town.store.bookkeep() as session:
        session.add(SmsBlock(phone=AN, reason="spam", blocked_at=town.clock()))
    assert town.texted(AN, GOOD) == "blocked"
    assert (town.states(), town.replies(), town.reviews()) == (["held"], [], [])


def test_only_phones_on_a_list_get_an_account_while_it_is_tried(town: SmsTown) -> None:
    town.set("sms.pilot", True)
    with town.store.bookkeep() as session:
        unit = SmsPilotUnit(name="Hai Chau", created_at=town.clock())
        session.add(unit)
        session.flush()
        session.add(SmsPilotPhone(unit_id=unit.id, phone=BINH))
    assert (town.texted(AN, GOOD), town.texted(BINH, OTHER)) == ("pilot", "account")
    assert town.words()[0] == B14
    assert (town.accounts(), town.reviews()) == ([(BINH, "999")], [("pilot", AN, 1)])


def test_the_network_s_repeat_under_a_new_number_is_one_message(town: SmsTown) -> None:
    town.texted(AN, "xin chao")
    town.clock.turn(seconds=60)
    assert town.texted(AN, "xin chao") == "duplicate"
    assert town.texted(AN, "xin chao!") == "syntax"
    assert town.texted(BINH, "xin chao") == "syntax"
    town.clock.turn(seconds=1)
    assert town.texted(AN, "xin chao") == "syntax"
    assert [message.duplicate_of for message in town.messages()] == [None, 1, None, None, None]
    assert len(town.replies()) == 4


def test_five_replies_in_ten_minutes_then_silence_and_one_review(town: SmsTown) -> None:
    for number in range(9):
        town.texted(AN, f"text {number}")
        town.clock.turn(minutes=1)
    assert town.rules() == ["syntax"] * 5 + ["flood"] * 4
    assert town.reviews() == [("flood", AN, 4)]
    assert town.texted(BINH, GOOD) == "account"
    town.clock.turn(minutes=1)  # the first is ten minutes old now
    assert town.texted(AN, GOOD.replace(ID_AN, "201499998")) == "account"
    assert town.texted(AN, "another") == "flood"
    assert len(town.replies()) == 7


def test_where_a_city_allows_it_the_same_again_means_a_new_password_three_times_a_day(town: SmsTown) -> None:
    town.set("sms.repeat_reissues", True)
    rules = []
    for _ in range(6):
        rules.append(town.texted(AN, GOOD))
        town.clock.turn(minutes=11)
    assert rules == ["account", "repeated", "repeated", "repeated", "id_taken", "id_taken"]
    assert town.texted(BINH, GOOD) == "id_taken"
    good_ones = [words for words in town.words() if "MK: " in words]
    assert len(good_ones) == 4
    town.clock.turn(days=1)
    assert town.texted(AN, GOOD) == "repeated"
    with town.store.bookkeep() as session:
        held = sms_accounts.require(session, 1)
        assert (held.issue, held.reissues) == (5, 0)


def test_a_locked_account_gets_no_new_password(town: SmsTown) -> None:
    town.set("sms.repeat_reissues", True)
    town.texted(AN, GOOD)
    with town.store.bookkeep() as session:
        session.execute(update(Account).values(state="locked"))
    town.clock.turn(minutes=2)
    assert town.texted(AN, GOOD) == "id_taken"


ODD_TEXTS: list[str | bytes] = [
    "", "x", "TK," + "9" * 2000, "😀" * 300, "'; DROP TABLE sms_messages; --", "\x00\x01\x02", b"\xff\xfe\x00",
    b"\x80\x81", bytes(range(256)) * 4, "TK,\u202eAn,201499999,1.1.1990",
]  # fmt: skip


def test_whatever_comes_is_kept_and_told_the_right_form(town: SmsTown) -> None:
    for number, text in enumerate(ODD_TEXTS):
        for charset in ("UTF-8", "UTF-16BE", "no-such-thing"):
            town.text(f"09051{number:05}", text, charset=charset)
    town.take_in()
    assert set(town.rules()) <= {"syntax", "duplicate"}
    assert set(town.words()) == {B9}
    assert {phone for phone, _ in town.replies()} == {f"09051{number:05}" for number in range(len(ODD_TEXTS))}


def test_a_message_that_nobody_can_decide_holds_up_no_other(town: SmsTown, caplog: pytest.LogCaptureFixture) -> None:
    town.text(AN, GOOD)
    town.text(BINH, OTHER)
    with town.store.bookkeep() as session:
        session.execute(update(SmsMessage).where(SmsMessage.id == 1).values(sealed_text="AAAA" * 20))
    with caplog.at_level(logging.ERROR):
        town.take_in()
    assert (town.rules(), town.accounts()) == (["undecided", "account"], [(BINH, "999")])
    assert town.reviews() == [("undecided", "message 1", 1)]
    assert "SMS 1 could not be decided: sms.sealed_otherwise" in caplog.text
    assert AN not in caplog.text
    caplog.clear()


def test_whatever_citizens_text_in_whatever_order_the_rules_decide(
    sqlite_store: Store, clock: Clock, make: Make
) -> None:
    """Held against the rules written down once more, as plainly as possible."""
    town, chance = SmsTown(sqlite_store, clock, make), random.Random(8188)
    texts = ["xin chao", "TK", *map(good, range(4))]
    owner_of: dict[str, str] = {}
    past: list[tuple[datetime, str, str, str]] = []
    for _ in range(100):
        clock.turn(seconds=chance.choice([1, 20, 59, 61, 150]))
        phone, text = f"090512345{chance.randrange(3)}", chance.choice(texts)
        mine = [(clock() - at, said, rule) for at, whose, said, rule in past if whose == phone]
        if any(ago <= timedelta(seconds=60) and said == text and rule != "duplicate" for ago, said, rule in mine):
            expected = "duplicate"
        elif sum(ago < timedelta(minutes=10) and rule not in ("duplicate", "flood") for ago, _, rule in mine) >= 5:
            expected = "flood"
        elif "," not in text:
            expected = "syntax"
        elif text in owner_of:
            expected = "id_taken"
        elif phone in owner_of.values():
            expected = "phone_taken"
        else:
            expected, owner_of[text] = "account", phone
        town.text(phone, text)
        town.take_in()
        past.append((clock(), phone, text, expected))
    rules = [rule for *_, rule in past]
    assert town.rules() == rules
    assert set(rules) == {"account", "duplicate", "flood", "syntax", "id_taken", "phone_taken"}
    assert len(town.replies()) == len([rule for rule in rules if rule not in ("duplicate", "flood")])
    assert [login for login, _ in town.accounts()] == sorted(owner_of.values())


# Again


def test_a_message_brought_again_is_answered_the_same_and_makes_nothing_new(town: SmsTown) -> None:
    first = town.text(AN, GOOD, "one")
    assert town.text(AN, GOOD, "one") == first
    town.take_in()
    assert town.text(AN, GOOD, "one") == first
    town.take_in()
    assert (town.count(SmsMessage), town.count(SmsReply), town.count(Account)) == (1, 1, 1)


def test_a_gateway_that_replies_by_its_answer_gets_the_text_and_the_same_again(town: SmsTown) -> None:
    town.set("sms.gateway", "esms")
    words = town.ask(AN, GOOD, 1)
    assert re.fullmatch(B7, words)
    assert town.states() == ["answered"]
    assert town.ask(AN, GOOD, 1) == words
    town.clock.turn(minutes=14)
    assert town.ask(AN, GOOD, 1) == words
    town.clock.turn(minutes=1)
    assert town.ask(AN, GOOD, 1) == ""
    assert (town.count(SmsReply), town.count(Account)) == (1, 1)
    assert town.ask(AN, GOOD, 2) == B10
    assert town.ask(AN, GOOD, 3) == ""  # a duplicate


def test_a_password_that_is_used_up_is_in_no_answer(town: SmsTown) -> None:
    town.set("sms.gateway", "esms")
    town.ask(AN, GOOD, 1)
    with town.store.bookkeep() as session:
        sms_accounts.set_own(session, sms_accounts.lock_row(session, 1), "hash")
    assert town.ask(AN, GOOD, 1) == ""


def test_a_copied_database_keeps_what_comes_and_makes_no_account_until_it_is_released(town: SmsTown) -> None:
    town.set("sms.gateway", "esms")
    assert town.ask(BINH, OTHER, 0).startswith("TK: ")
    with town.store.bookkeep() as session:
        session.execute(update(Installation).values(released=False))
    town.intake = SmsIntake(town.store, SECRETS, town.clock)
    assert (town.ask(BINH, OTHER, 0), town.ask(AN, GOOD, 1)) == ("", "")
    town.clock.turn(minutes=2)
    town.take_in()
    assert (town.states()[1:], town.intake.waiting()) == (["waiting"], [])
    with town.store.bookkeep() as session:
        session.execute(update(Installation).values(released=True))
    assert town.intake.waiting()
    town.take_in()
    with town.store.read() as session:
        reply = session.query(SmsReply).where(SmsReply.phone == AN).one()
    assert (town.states()[1:], reply.way, reply.due_at) == (["read"], "send", town.clock())  # its answer went long ago


def test_what_a_gateway_s_own_request_is_at_is_left_to_it_for_a_minute(town: SmsTown) -> None:
    town.set("sms.gateway", "esms")
    town.ask(AN, GOOD, 1)
    with town.store.bookkeep() as session:
        session.execute(update(SmsMessage).values(state="waiting", rule=None, account_id=None))  # as if it had died
    assert not town.intake.waiting()
    town.clock.turn(seconds=60)
    assert town.intake.waiting()


def test_only_the_gateway_that_is_set_may_bring_anything_and_none_while_it_is_off(town: SmsTown) -> None:
    town.set("sms.gateway", "vcom")
    with pytest.raises(UserError, match=r"sms\.off"):
        town.text(AN, GOOD)
    town.set("sms.gateway", "kannel")
    town.text(AN, GOOD)
    town.set("sms.enabled", False)
    with pytest.raises(UserError, match=r"sms\.off"):
        town.text(AN, OTHER)
    assert (town.intake.waiting(), town.intake.take_in(), town.states()) == ([], 0, ["waiting"])


# At once


def test_the_same_message_a_hundred_times_at_once_is_one(town: SmsTown) -> None:
    """From ten connections; whether a worker takes it in meanwhile or not."""
    call = kannel(AN, GOOD, "same", town.clock())
    answers: list[Answer] = []
    ten_times = [lambda: answers.extend(town.intake.receive(call) for _ in range(10))] * 10
    at_once(*ten_times, town.take_in)
    town.take_in()
    assert answers == [answers[0]] * 100
    assert (town.count(SmsMessage), town.replies(), town.accounts()) == (1, [(AN, "account")], [(AN, "234")])


def test_the_same_message_at_once_gets_the_same_words_in_every_answer(town: SmsTown) -> None:
    town.set("sms.gateway", "esms")
    said = at_once(*[lambda: town.ask(AN, GOOD, 1)] * 8)
    assert said == [said[0]] * 8
    assert re.fullmatch(B7, str(said[0]))
    assert (town.count(SmsMessage), town.count(SmsReply), town.count(Account)) == (1, 1, 1)


def test_of_two_phones_with_one_id_at_the_same_instant_one_wins(town: SmsTown) -> None:
    town.set("sms.gateway", "esms")
    for number in range(10):
        text = good(number)
        pair = [f"09051{number:05}", f"09122{number:05}"]
        words = at_once(*[partial(town.ask, phone, text, phone) for phone in pair])
        assert sorted(B10 if said == B10 else "TK" for said in words) == [B10, "TK"]
        assert len(town.accounts()) == number + 1
        assert len(town.reviews()) == number + 1


def test_many_workers_decide_each_message_once(town: SmsTown) -> None:
    for number in range(60):
        town.text(f"09051{number // 3:05}", good(number // 2), f"m{number}")
    at_once(*[town.take_in] * 4)
    assert len(town.replies()) == 60 - town.rules().count("duplicate")
    assert "waiting" not in town.rules()
    assert len(town.accounts()) == 20


def test_a_phone_that_floods_from_many_connections_gets_five_replies(town: SmsTown) -> None:
    for number in range(30):
        town.text(AN, f"text {number}")
    at_once(*[town.take_in] * 4)
    assert sorted(town.rules()) == ["flood"] * 25 + ["syntax"] * 5
    assert (len(town.replies()), town.reviews()) == (5, [("flood", AN, 25)])


def test_an_account_is_moved_to_a_phone_while_that_phone_texts(town: SmsTown) -> None:
    """Whoever is first has it; the other is told so."""
    town.texted(AN, GOOD)

    def move() -> str:
        try:
            with town.store.bookkeep() as session:
                sms_accounts.lock_row(session, 1)
                sms_accounts.move(session, 1, BINH)
        except UserError as error:
            return error.code
        return "moved"

    town.text(BINH, OTHER)
    said, _ = at_once(move, town.take_in)
    rule = town.rules()[-1]
    assert (said, rule) in (("moved", "phone_taken"), ("sms.phone_taken", "account"))
    assert len({login for login, _ in town.accounts()}) == len(town.accounts())


# By hand


def again(town: SmsTown, message_id: int, text: str | None = None) -> Rule:
    with town.store.write(WORKER) as session:
        by = Deciding(SmsKeys(SECRETS), settings_store.load(session))
        return sms_deciding.decide_again(session, by, message_id, text)


def test_a_person_corrects_a_message_and_it_is_processed_again(town: SmsTown) -> None:
    town.texted(AN, GOOD.replace(",20/12", "20/12"))
    assert again(town, 1, GOOD) is Rule.ACCOUNT
    assert [template for _, template in town.replies()] == ["syntax", "account"]
    assert (town.states(), town.accounts()) == (["read"], [(AN, "234")])
    message = town.messages()[0]
    keys = SmsKeys(SECRETS)
    assert keys.unseal("text", message.corrected or "") == GOOD
    assert keys.unseal("text", message.sealed_text) != GOOD
    with pytest.raises(UserError, match=r"sms\.made_account"):
        again(town, 1, OTHER)
    with pytest.raises(UserError, match="not_found"):
        again(town, 999, OTHER)


def test_neither_flood_nor_block_stands_in_a_person_s_way(town: SmsTown) -> None:
    for number in range(6):
        town.texted(AN, f"text {number}")
    with town.store.bookkeep() as session:
        session.add(SmsBlock(phone=AN, reason="spam", blocked_at=town.clock()))
    assert town.reviews() == [("flood", AN, 1)]
    assert again(town, 6) is Rule.SYNTAX
    assert (town.reviews(), len(town.replies())) == ([], 6)
    assert again(town, 6, GOOD) is Rule.ACCOUNT
