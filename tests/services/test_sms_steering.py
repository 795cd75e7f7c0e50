"""What an administrator sets about accounts by text message: texts, trial units and their lists, blocked numbers."""

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop.domain.errors import UserError
from desktop.domain.sms import Template
from desktop.domain.sms_pilots import PilotForm, read_pasted
from desktop.domain.sms_texts import Changed, plain, preview, problem
from desktop.domain.staff import Actor, Role
from desktop.services.roster_files import csv_bytes, xlsx_bytes
from desktop.services.sms_steering import SmsSteering, read_phone_file
from desktop.settings import SETTINGS
from desktop.store import sms_blocks
from desktop.store.db import Store
from tests.conftest import Clock
from tests.make import Make
from tests.sms_town import AN, BINH, GOOD, OTHER, SmsTown

ACCOUNT = SETTINGS["sms.reply_account"].default


@dataclass
class Office:
    town: SmsTown
    steering: SmsSteering
    admin: Actor
    reviewer: Actor

    def wording(self, template: Template) -> str:
        return next(text.wording for text in self.steering.texts(self.admin) if text.template is template)

    def unit(self, name: str, *phones: str) -> int:
        return self.steering.save_unit(self.admin, PilotForm(name, phones))


@pytest.fixture
def office(store: Store, clock: Clock, make: Make) -> Office:
    town = SmsTown(store, clock, make)
    with store.bookkeep() as session:
        admin = make.staff(session, Role.ADMINISTRATOR, name="Keeper")
        return Office(town, SmsSteering(store, clock), admin, make.staff(session, Role.REVIEWER))


# Texts


def test_the_one_letter_of_the_citys_text_makes_three_parts_of_one() -> None:
    exact, short = preview(ACCOUNT), preview(plain(ACCOUNT))
    assert (exact.measure.encoding, exact.measure.units, exact.measure.parts) == ("ucs2", 143, 3)
    assert [exact.text[at] for at, _letter in exact.measure.offenders] == ["đ"]
    assert (short.measure.encoding, short.measure.units, short.measure.parts) == ("gsm7", 143, 1)
    assert "0905123456" in exact.text
    assert "••••••••••" in exact.text


@pytest.mark.parametrize(
    ("template", "wording", "code"),
    [
        (Template.ACCOUNT, ACCOUNT, ""),
        (Template.ACCOUNT, "TK: {0}", "password"),
        (Template.REISSUED, "MK: {1}", "login"),
        (Template.ACCOUNT, "{0} {1} {2}", "place"),
        (Template.SYNTAX, "Loi {0}", "place"),
        (Template.SYNTAX, " ", "empty"),
        (Template.SYNTAX, "a\nb", "control"),
    ],
)
def test_what_cannot_be_a_text_is_said(template: Template, wording: str, code: str) -> None:
    assert problem(template, wording) == code


@given(st.text(max_size=40))
def test_a_plain_text_is_never_longer_in_parts(wording: str) -> None:
    assert preview(plain(wording)).measure.parts <= preview(wording).measure.parts


def test_a_text_that_was_changed_goes_out_and_a_second_editor_hears_of_it(office: Office) -> None:
    change = Changed(Template.SYNTAX, SETTINGS["sms.reply_syntax"].default, "Sai cu phap.")
    office.steering.save_texts(office.admin, [change])
    office.town.texted(AN, "xin chao")
    assert office.town.words() == ["Sai cu phap."]
    with pytest.raises(UserError, match="changed_elsewhere") as refused:
        office.steering.save_texts(office.admin, [change])
    assert refused.value.details["who"] == "Keeper"
    with pytest.raises(UserError, match=r"settings\.invalid"):
        office.steering.save_texts(office.admin, [Changed(Template.ACCOUNT, ACCOUNT, "{0} alone")])
    assert office.wording(Template.ACCOUNT) == ACCOUNT


# Trial units


def test_numbers_are_read_however_they_are_written() -> None:
    read = read_pasted(
        "Họ tên, Số điện thoại\n"
        "Nguyễn Văn An\t0905 123 456\n"
        "+84 905-123-457; 84905123458\n"
        "0１２３ 4567 890\n"  # of before 2018
        "905123456\n"
        "0236 3822 123\n"
        "090512\n"
    )
    assert read.phones == (AN, BINH, "0905123458", "0834567890")
    assert read.repeated == 1
    assert [(each.line, each.code) for each in read.problems] == [(6, "phone.no_mobile"), (7, "phone.length")]


@pytest.mark.parametrize("form", [csv_bytes, xlsx_bytes])
def test_numbers_come_from_a_file_in_whichever_column(form: type) -> None:
    rows = [["STT", "Đơn vị", "Di động"], ["1", "Phòng A", "'905123456"[1:]], ["2", "Phòng B", "0905.123.457"]]
    assert read_phone_file(form(rows)).phones == (AN, BINH)


def test_only_numbers_of_a_trial_unit_get_an_account(office: Office) -> None:
    unit = office.unit("Phòng Nội vụ", AN)
    office.steering.switch_trial(office.admin, True)
    assert office.town.texted(AN, GOOD) == "account"
    assert office.town.texted(BINH, OTHER) == "pilot"
    assert office.town.words()[-1] == SETTINGS["sms.reply_pilot"].default
    kept = office.steering.remove_unit(office.admin, unit)
    assert office.steering.trial(office.admin).phones == 0
    office.steering.save_unit(office.admin, kept)
    assert office.steering.units_with(office.admin, "+84 905 123 456") == ("Phòng Nội vụ",)


def test_a_units_list_is_replaced_once_and_a_second_editor_hears_of_it(office: Office) -> None:
    unit = office.unit("Phòng Nội vụ", AN, BINH)
    first = PilotForm("Phòng Nội vụ", (BINH, "0905123458"), unit, 1)
    office.steering.save_unit(office.admin, first)
    assert office.steering.phones(office.admin, unit) == (BINH, "0905123458")
    with pytest.raises(UserError, match="changed_elsewhere"):
        office.steering.save_unit(office.admin, first)
    with pytest.raises(UserError, match=r"sms\.unit_exists"):
        office.unit("phòng nội vụ")
    for phones in ((AN[1:],), ("0236382212",)):
        with pytest.raises(UserError, match=r"sms\.unit_phones"):
            office.unit("Others", *phones)


def test_blocked_numbers_are_listed_with_their_reason(office: Office, store: Store) -> None:
    with store.bookkeep() as session:
        sms_blocks.put(session, AN, "a machine", office.admin.staff_id)
    (block,) = office.steering.blocks(office.admin)
    assert (block.phone, block.reason, block.by) == (AN, "a machine", "Keeper")


def test_others_may_not_and_nobody_may_while_it_is_off(office: Office) -> None:
    for call in (office.steering.texts, office.steering.trial, office.steering.blocks):
        with pytest.raises(UserError, match="forbidden"):
            call(office.reviewer)
    office.town.set("sms.enabled", False)
    with pytest.raises(UserError, match=r"sms\.off"):
        office.steering.texts(office.admin)
