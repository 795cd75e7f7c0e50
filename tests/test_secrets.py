"""Secrets are found where they should be, and are told to nobody."""

import base64
import hmac
import re
import stat
import sys
from collections.abc import Iterator
from pathlib import Path

import keyring
import keyring.backend
import keyring.errors
import pytest
from keyring.backends import fail, null

from desktop.domain.errors import UserError
from desktop.secrets import Secrets, key_file, new_data_key
from desktop.wording.secrets import ERRORS


class Safe(keyring.backend.KeyringBackend):
    """A keyring that lives as long as its test."""

    priority = 1

    def __init__(self) -> None:
        super().__init__()
        self.kept: dict[tuple[str, str], str] = {}
        self.trouble: Exception | None = None

    def get_password(self, service: str, username: str) -> str | None:
        if self.trouble:
            raise self.trouble
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        if self.trouble:
            raise self.trouble
        self.kept[service, username] = password


class PlaintextKeyring(Safe):
    """Named like the one that writes a plain file."""


@pytest.fixture(autouse=True)
def safe() -> Iterator[Safe]:
    before = keyring.get_keyring()
    safe = Safe()
    keyring.set_keyring(safe)
    yield safe
    keyring.set_keyring(before)


def test_every_error_is_worded_and_its_words_fit() -> None:
    codes = set(re.findall(r"\bsecrets\.[a-z_]+", Secrets.__doc__ or ""))
    assert codes == set(ERRORS)
    for texts in ERRORS.values():
        for text in texts:
            assert "{" not in text.format(name="SMS_KEY", where="keyring", known="SMS_KEY")


def code_of(error: pytest.ExceptionInfo[UserError]) -> str:
    return error.value.code


def test_a_secret_that_was_set_is_found_again() -> None:
    Secrets.of_system(environ={}).set("EMAIL_PASSWORD", "correct horse")
    assert Secrets.of_system(environ={}).get("EMAIL_PASSWORD") == "correct horse"


def test_two_installations_of_one_person_keep_their_secrets_apart() -> None:
    Secrets.of_system("Renraku one", environ={}).set("SMS_KEY", "1")
    assert Secrets.of_system("Renraku two", environ={}).get("SMS_KEY") is None


def test_the_environment_comes_before_systemd_and_systemd_before_the_keyring(tmp_path: Path) -> None:
    Secrets.of_system(environ={}).set("SMS_KEY", "from the keyring")
    environ = {"CREDENTIALS_DIRECTORY": str(tmp_path)}
    assert Secrets.of_system(environ=environ).get("SMS_KEY") == "from the keyring"

    (tmp_path / "SMS_KEY").write_text("from systemd\n", encoding="utf-8")
    assert Secrets.of_system(environ=environ).get("SMS_KEY") == "from systemd"

    environ["RENRAKU_SECRET_SMS_KEY"] = "from the environment"
    assert Secrets.of_system(environ=environ).get("SMS_KEY") == "from the environment"


def test_the_list_says_where_secrets_stand_and_not_what_they_are() -> None:
    secrets = Secrets.of_system(environ={"RENRAKU_SECRET_SMS_PASSWORD": "hush"})
    secrets.set("EMAIL_PASSWORD", "correct horse")
    listed = secrets.list()
    assert listed["SMS_PASSWORD"] == "environment"
    assert listed["EMAIL_PASSWORD"] == "keyring"
    assert listed["DATA_KEY"] is None
    assert "hush" not in f"{listed} {secrets!r}"


def test_a_secret_that_nobody_set_is_named_when_it_is_needed() -> None:
    with pytest.raises(UserError) as error:
        Secrets.of_system(environ={}).require("LINE_CHANNEL_SECRET")
    assert code_of(error) == "secrets.missing"
    assert error.value.details == {"name": "LINE_CHANNEL_SECRET"}


def test_an_unknown_name_is_refused() -> None:
    with pytest.raises(UserError) as error:
        Secrets.of_system(environ={}).get("PASSWORD")
    assert code_of(error) == "secrets.unknown_name"


@pytest.mark.parametrize("backend", [fail.Keyring, null.Keyring, PlaintextKeyring])
def test_without_a_safe_keyring_nothing_is_kept_and_it_is_said(backend: type[keyring.backend.KeyringBackend]) -> None:
    keyring.set_keyring(backend())
    secrets = Secrets.of_system(environ={})
    assert secrets.get("EMAIL_PASSWORD") is None
    with pytest.raises(UserError) as on_set:
        secrets.set("EMAIL_PASSWORD", "correct horse")
    with pytest.raises(UserError) as on_require:
        secrets.require("EMAIL_PASSWORD")
    assert (code_of(on_set), code_of(on_require)) == ("secrets.no_keyring", "secrets.no_keyring")


@pytest.mark.parametrize(
    ("trouble", "code"),
    [
        (keyring.errors.KeyringLocked(), "secrets.keyring_locked"),
        (keyring.errors.InitError(), "secrets.keyring_failed"),
        (keyring.errors.NoKeyringError(), "secrets.no_keyring"),
        (OSError(), "secrets.keyring_failed"),
    ],
)
def test_a_keyring_that_does_not_open_is_not_taken_for_an_empty_one(safe: Safe, trouble: Exception, code: str) -> None:
    safe.trouble = trouble
    with pytest.raises(UserError) as error:
        Secrets.of_system(environ={}).get("EMAIL_PASSWORD")
    assert code_of(error) == code


def test_a_secret_is_not_set_where_the_environment_would_hide_it() -> None:
    secrets = Secrets.of_system(environ={"RENRAKU_SECRET_SMS_KEY": "old"})
    with pytest.raises(UserError) as error:
        secrets.set("SMS_KEY", "new")
    assert code_of(error) == "secrets.set_elsewhere"
    assert error.value.details["where"] == "environment"


def test_a_credential_that_cannot_be_read_is_not_taken_for_a_missing_one(tmp_path: Path) -> None:
    (tmp_path / "SMS_KEY").mkdir()
    with pytest.raises(UserError) as error:
        Secrets.of_system(environ={"CREDENTIALS_DIRECTORY": str(tmp_path)}).get("SMS_KEY")
    assert code_of(error) == "secrets.unreadable"


@pytest.mark.parametrize("key", ["", "not base64!", "c2hvcnQ=", base64.b64encode(b"x" * 33).decode()])
def test_a_data_key_of_the_wrong_size_is_refused_before_it_is_kept(safe: Safe, key: str) -> None:
    with pytest.raises(UserError) as error:
        Secrets.of_system(environ={}).set("DATA_KEY", key)
    assert code_of(error) == "secrets.bad_data_key"
    assert safe.kept == {}


def test_a_subkey_is_its_own_for_each_use_and_the_same_for_ever() -> None:
    key = base64.b64encode(bytes(range(32))).decode()
    secrets = Secrets.handed({"DATA_KEY": key})
    assert secrets.subkey("verp") != secrets.subkey("id-hash")
    assert secrets.subkey("verp") == Secrets.handed({"DATA_KEY": key}).subkey("verp")


def test_a_subkey_is_what_rfc_5869_says_of_it() -> None:
    """Written out, because a changed derivation would make every stored value unreadable."""
    key = bytes(range(32))
    extracted = hmac.digest(bytes(32), key, "sha256")
    expanded = hmac.digest(extracted, b"renraku/verp" + bytes([1]), "sha256")
    assert Secrets.handed({"DATA_KEY": base64.b64encode(key).decode()}).subkey("verp") == expanded


def test_another_data_key_makes_other_subkeys() -> None:
    one, other = (Secrets.handed({"DATA_KEY": new_data_key()}) for _ in range(2))
    assert one.subkey("verp") != other.subkey("verp")


def test_a_practice_database_makes_its_own_key_once_and_keeps_it_beside_it(tmp_path: Path) -> None:
    database = tmp_path / "practice.sqlite"
    first = Secrets.of_practice(database).data_key()
    assert Secrets.of_practice(database).data_key() == first
    assert key_file(database).name == "practice.sqlite.key"


@pytest.mark.skipif(sys.platform == "win32", reason="Windows keeps a person's files by other means")
def test_the_practice_key_can_be_read_by_its_owner_alone(tmp_path: Path) -> None:
    Secrets.of_practice(tmp_path / "practice.sqlite")
    assert stat.S_IMODE(key_file(tmp_path / "practice.sqlite").stat().st_mode) == 0o600


def test_practice_sees_none_of_the_real_secrets(tmp_path: Path) -> None:
    Secrets.of_system(environ={}).set("LINE_CHANNEL_ACCESS_TOKEN", "real")
    practice = Secrets.of_practice(tmp_path / "practice.sqlite")
    assert practice.get("LINE_CHANNEL_ACCESS_TOKEN") is None
    with pytest.raises(UserError) as error:
        practice.set("LINE_CHANNEL_ACCESS_TOKEN", "real")
    assert code_of(error) == "secrets.not_kept_here"


def test_a_child_process_has_what_its_parent_handed_it_and_looks_nowhere_else() -> None:
    parent = Secrets.of_system(environ={"RENRAKU_SECRET_SMS_KEY": "7"})
    parent.set("EMAIL_PASSWORD", "correct horse")
    child = Secrets.handed(parent.handover())
    keyring.set_keyring(Safe())
    assert child.get("SMS_KEY") == "7"
    assert child.require("EMAIL_PASSWORD") == "correct horse"
    assert child.get("LINE_CHANNEL_SECRET") is None
