"""The whole path at the command line: from an empty folder to what became of a notice, on both databases."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import create_engine, make_url, text

from desktop.cli.notice import state_lines
from tests.command_line import CommandLine
from tests.stand_ins import LineServer, ScriptedSmtp, SmtpScript

ROSTER = """\
school_code,school_name,school_year,grade,homeroom,student_number,child_code,family_name,given_name,family_name_kana,\
given_name_kana,sex,birth_date,groups,guardian1_family_name,guardian1_given_name,guardian1_relationship,\
guardian1_email,guardian1_language,guardian1_line_user_id
H001,ひがし小学校,2026,3,1,1,c1,青木,花,アオキ,ハナ,女,2017-06-01,サッカー部,青木,恵,母,aoki@mail.example,ja,U{line}
H001,ひがし小学校,2026,3,1,2,c2,Nguyễn,An,グエン,アン,男,2017-07-01,,Nguyễn,Lan,母,nguyen..an@docomo.test,vi,
H001,ひがし小学校,2026,3,2,1,c3,加藤,海,カトウ,カイ,男,2017-08-01,,加藤,誠,父,gone@mail.example,ja,
H001,ひがし小学校,2026,3,2,2,c4,清水,葵,シミズ,アオイ,女,2017-09-01,,清水,薫,母,,ja,
H001,ひがし小学校,2026,3,2,3,c5,森,凛,モリ,リン,女,2017年13月1日,,森,学,父,mori@mail.example,ja,
"""
LINE_ID = "0123456789abcdef" * 2
NOTICE = """\
kind = "announcement"
school = "H001"
text.ja = { title = "遠足の延期", body = "明日の遠足は延期します。" }
text.vi = { title = "Hoãn buổi dã ngoại", body = "Buổi dã ngoại được dời lại." }
audience = { include = ["homeroom:H001/3-1", "homeroom:H001/3-2", "group:H001/サッカー部"] }
"""

As = Callable[[str], CommandLine]


@pytest.fixture
def sqlite_office(tmp_path: Path) -> As:
    """On one PC whoever owns the file acts as anyone. Each command is a process, as in life."""
    office = CommandLine(tmp_path / "data", as_process=True)
    return lambda _login: office


@pytest.fixture
def postgres_office(tmp_path: Path, postgres_url: str) -> Iterator[As]:
    """On a shared database everybody is the role that they are connected as."""
    name = f"office_{uuid4().hex}"
    admin = create_engine(postgres_url, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
        for login in ("hana", "ken"):
            connection.execute(text(f"CREATE ROLE {login} SUPERUSER LOGIN"))

    def connected(login: str) -> CommandLine:
        url = make_url(postgres_url).set(database=name)
        url = url.set(username=login, password=None) if login != "owner" else url
        return CommandLine(tmp_path / "data", ("--database", url.render_as_string(hide_password=False)))

    yield connected
    with admin.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
        connection.execute(text("DROP ROLE hana"))
        connection.execute(text("DROP ROLE ken"))
    admin.dispose()


@pytest.fixture(params=["sqlite", "postgresql"])
def office(request: pytest.FixtureRequest) -> As:
    chosen: As = request.getfixturevalue("sqlite_office" if request.param == "sqlite" else "postgres_office")
    return chosen


def test_a_roster_goes_in_and_a_notice_reaches_each_family(office: As, tmp_path: Path) -> None:
    owner, hana, ken = office("owner"), office("hana"), office("ken")
    roster = tmp_path / "roster.csv"
    roster.write_text(ROSTER.format(line=LINE_ID), encoding="utf-8")
    notice = tmp_path / "notice.toml"
    notice.write_text(NOTICE, encoding="utf-8")

    assert owner("init", "--json").done().json["created"] is True
    owner.inside(
        "staff", "add", "hana", "--name", "山田 花子", "--role", "clerk", "--role", "administrator",
        "--email", "hana@school.example",
    ).done()  # fmt: skip
    added = owner.inside(
        "staff", "add", "ken", "--name", "佐藤 健", "--role", "approver", "--password-stdin", "--json",
        stdin="approved by ken\n",
    ).done()  # fmt: skip
    assert added.json["login"] == "ken"

    smtp = SmtpScript(recipients={"gone@mail.example": "550 5.1.1 User unknown"})
    with ScriptedSmtp(smtp) as mail, LineServer() as line:
        for key, value in {
            "email.host": "127.0.0.1",
            "email.port": str(mail.port),
            "email.security": "none",
            "email.from": "office@school.example",
            "line.enabled": "on",
            "line.api_url": line.url,
            "notice.quiet_hours": "off",
        }.items():
            owner.inside("settings", "set", key, value).done()

        imported = owner("roster", "import", str(roster), "--held", str(tmp_path / "held.csv"), "--json").done().json
        assert (imported["rows"], imported["imported"], imported["unchanged"]) == (5, 4, 0)
        assert [(held["line"], held["column"]) for held in imported["held"]] == [(6, "birth_date")]
        assert "森" in (tmp_path / "held.csv").read_text("utf-8-sig")
        again = owner.inside("roster", "import", str(roster), "--json").done().json
        assert (again["imported"], again["unchanged"]) == (0, 4)

        made = hana("notice", "create", str(notice), "--as", "hana", "--json").done().json["id"]
        seen = hana("notice", "preview", str(made), "--as", "hana", "--json").done().json
        assert (seen["children"], seen["messages"]) == (4, {"email": 3, "line": 1})
        assert [child["name"] for child in seen["unreached"]] == ["清水 葵"]
        assert (seen["staff"], seen["waiting"], seen["copies"], seen["unreached_others"]) == (0, 0, 1, [])

        submitted = hana("notice", "submit", str(made), "--as", "hana", "--json").done().json
        assert (submitted["id"], submitted["state"]) == (made, "submitted")
        own = hana("notice", "approve", str(made), "--as", "hana")
        assert (own.code, own.out, len(own.err.splitlines())) == (1, "", 1)
        approved = ken("notice", "approve", str(made), "--now", "--as", "ken", "--json").done().json
        assert approved["state"] == "approved"

        token = {"RENRAKU_SECRET_LINE_CHANNEL_ACCESS_TOKEN": line.token}
        worked = owner.run("worker", "--until-idle", "--json", environ=token)
        worked.done()
        assert worked.json["sent"] == 4
        assert (worked.json["held"], worked.json["waiting"]) == ([], [])
        assert sorted(mail.addresses) == ["aoki@mail.example", "hana@school.example", "nguyen..an@docomo.test"]
        assert dict(line.got) == {f"U{LINE_ID}": 1}

    status = hana("notice", "status", str(made), "--as", "hana", "--json").done().json
    assert status["state"] == "done"
    assert status["held"] is None
    assert status["deliveries"] == {"email": {"accepted": 2, "failed": 1}, "line": {"accepted": 1}}
    assert (status["staff"], status["copies"], status["waiting"]) == ({}, {"accepted": 1}, 0)
    assert status["sent_again"] == 0
    assert status["started_at"] <= status["finished_at"]

    exported = tmp_path / "out.xlsx"
    assert owner.inside("roster", "export", str(exported), "--school", "H001", "--json").done().json["rows"] == 4
    assert exported.read_bytes().startswith(b"PK")


def test_on_a_shared_database_nobody_acts_as_somebody_else(postgres_office: As) -> None:
    postgres_office("owner")("init").done()
    ended = postgres_office("hana")("notice", "status", "1", "--as", "ken")
    assert ended.code == 1
    assert "hana" in ended.err
    assert "ken" in ended.err


def test_the_life_of_a_notice_at_the_command_line(tmp_path: Path) -> None:
    renraku = CommandLine(tmp_path / "data")
    roster = tmp_path / "roster.csv"
    roster.write_text(ROSTER.format(line=LINE_ID), encoding="utf-8")
    notice = tmp_path / "notice.toml"
    notice.write_text(NOTICE, encoding="utf-8")
    renraku("init").done()
    renraku("staff", "add", "hana", "--name", "山田 花子", "--role", "clerk").done()
    renraku("staff", "add", "ken", "--name", "佐藤 健", "--role", "approver").done()
    renraku("roster", "import", str(roster)).done()

    def state(*arguments: str, by: str) -> str:
        ended = renraku("notice", *arguments, "--as", by, "--json").done()
        found: str = ended.json["state"]
        return found

    made = renraku("notice", "create", str(notice), "--as", "hana").done().out.strip()
    assert state("submit", made, by="hana") == "submitted"
    assert state("reject", made, "--reason", "日付がありません", by="ken") == "draft"
    assert state("schedule", made, "--at", "2099-12-01T08:00", by="hana") == "draft"
    assert state("submit", made, by="hana") == "submitted"
    assert state("approve", made, by="ken") == "approved"
    waiting = renraku.run("worker", "--until-idle", "--json").json
    assert waiting["sent"] == 0
    assert [(one["notice"], one["reason"]) for one in waiting["waiting"]] == [(int(made), "scheduled")]
    assert waiting["waiting"][0]["until"].startswith("2099-11-30T23:00:00")
    assert state("cancel", made, by="hana") == "cancelled"

    with closing(sqlite3.connect(tmp_path / "data" / "renraku.sqlite")) as connection:
        found = connection.execute("SELECT DISTINCT actor_label, via FROM audit_events WHERE subject = 'notice'")
        acted = dict(found.fetchall())
    assert set(acted) == {"山田 花子", "佐藤 健"}
    assert all(via.startswith("command line, OS user ") for via in acted.values())


def test_mails_that_may_have_come_twice_are_told_below_the_numbers() -> None:
    document = {
        "id": 7, "state": "done", "held": None, "deliveries": {"email": {"accepted": 40}}, "staff": {"accepted": 2},
        "copies": {}, "sent_again": 2,
    }  # fmt: skip
    head, families, staff, again = state_lines(document, "")
    assert (head, families, staff) == ("7  done", "  email: accepted 40", "  Staff: accepted 2")
    assert again.startswith("  2 mails were sent again because nobody knew")


def test_a_file_with_mistakes_is_refused_with_all_of_them_in_one_line(tmp_path: Path) -> None:
    renraku = CommandLine(tmp_path / "data")
    renraku("init").done()
    renraku("staff", "add", "hana", "--name", "山田 花子", "--role", "clerk").done()
    notice = tmp_path / "notice.toml"
    notice.write_text('kind = "party"\nchannels = ["pigeon"]\n', encoding="utf-8")
    ended = renraku("notice", "create", str(notice), "--as", "hana", "--json")
    assert (ended.code, ended.out, len(ended.err.splitlines())) == (1, "", 1)
    for said in ("kind", "party", "channels[0]", "pigeon", "text"):
        assert said in ended.err
    assert renraku("notice", "create", str(tmp_path / "none.toml"), "--as", "hana").code == 1
