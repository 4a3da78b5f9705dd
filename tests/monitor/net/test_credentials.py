import copy
import os
import pickle
import re
import tempfile
import traceback
from dataclasses import asdict, dataclass
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from monitor.net.credentials import Auth, AuthOption, Secret, SecretOption, redact

VALUE = "s3cr3t/value+1"
OPTION: TypeAdapter[Secret] = TypeAdapter(SecretOption)
AUTH: TypeAdapter[Auth] = TypeAdapter(AuthOption)


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SNOW_TOKEN", VALUE)


def sentence(error: pytest.ExceptionInfo[ValidationError]) -> str:
    """What the configuration's reader shows of an error: the sentence, never the input."""
    return " ".join(str(item["ctx"]["error"]) for item in error.value.errors())


@pytest.mark.usefixtures("environment")
def test_a_secret_comes_from_the_environment_and_names_it() -> None:
    secret = OPTION.validate_python({"env": "SNOW_TOKEN"})
    assert secret.reveal() == VALUE
    assert secret.origin == "$SNOW_TOKEN"


def test_a_secret_comes_from_a_file_without_its_last_newline(tmp_path: Path) -> None:
    (tmp_path / "token").write_text(f"{VALUE}\n")
    secret = OPTION.validate_python({"file": str(tmp_path / "token")})
    assert secret.reveal() == VALUE
    assert secret.origin == "file token"


@pytest.fixture
def credentials(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder in which systemd puts what it hands to a service."""
    folder = tmp_path / "credentials"
    folder.mkdir()
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(folder))
    return folder


def test_a_secret_comes_from_what_systemd_hands_to_the_service(credentials: Path) -> None:
    (credentials / "secret_token").write_text(f"{VALUE}\n")
    secret = OPTION.validate_python({"credential": "secret_token"})
    assert secret.reveal() == VALUE
    assert secret.origin == "credential secret_token"
    assert VALUE not in repr(secret)


def test_a_credential_that_the_unit_does_not_name_is_a_sentence(credentials: Path) -> None:
    (credentials / "secret_token").write_text(VALUE)
    with pytest.raises(ValidationError) as error:
        OPTION.validate_python({"credential": "token"})
    assert "systemd gave the service no credential token; compare it with LoadCredential= in the unit" in sentence(
        error
    )
    assert VALUE not in str(error.value)


def test_a_credential_outside_of_the_service_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)
    with pytest.raises(ValidationError) as error:
        OPTION.validate_python({"credential": "token"})
    assert "the credential token is there only where systemd starts the program" in sentence(error)


@pytest.mark.parametrize("name", ["", ".", "..", "../key", "/etc/passwd", "a/b", "a\nb", "密"])
def test_a_credential_is_never_looked_for_outside_of_its_folder(credentials: Path, name: str) -> None:
    (credentials.parent / "key").write_text(VALUE)
    with pytest.raises(ValidationError) as error:
        OPTION.validate_python({"credential": name})
    assert "is not the name of a credential" in sentence(error)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("hunter2", "write {env: NAME}, {file: PATH} or {credential: NAME}"),
        (12345, "write {env: NAME}, {file: PATH} or {credential: NAME}"),
        ({"env": "A", "file": "b"}, "write {env: NAME}, {file: PATH} or {credential: NAME}"),
        ({"value": "hunter2"}, "write {env: NAME}, {file: PATH} or {credential: NAME}"),
        ({"env": "NOT_SET_ANYWHERE"}, "no variable NOT_SET_ANYWHERE"),
        ({"file": "/nowhere/token"}, "/nowhere/token cannot be read"),
        ({"credential": "a", "file": "b"}, "write {env: NAME}, {file: PATH} or {credential: NAME}"),
    ],
)
def test_what_is_no_place_of_a_secret_is_refused_with_a_sentence(written: object, expected: str) -> None:
    with pytest.raises(ValidationError) as error:
        OPTION.validate_python(written)
    assert expected in sentence(error)
    assert "hunter2" not in sentence(error)


def test_an_empty_or_broken_secret_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    for value in ("  ", "two\nlines"):
        monkeypatch.setenv("SNOW_TOKEN", value)
        with pytest.raises(ValidationError) as error:
            OPTION.validate_python({"env": "SNOW_TOKEN"})
        assert "$SNOW_TOKEN" in sentence(error)
        assert "two" not in sentence(error)


@pytest.mark.usefixtures("environment")
def test_no_ordinary_way_of_showing_a_value_shows_the_secret() -> None:
    @dataclass(frozen=True)
    class Config:
        auth: Auth

    secret = OPTION.validate_python({"env": "SNOW_TOKEN"})
    config = Config(Auth(token=secret))
    shown = [repr(secret), str(secret), f"{secret}", repr(config), str(asdict(config)), str([secret])]
    assert not [text for text in shown if VALUE in text]
    with pytest.raises(TypeError):
        pickle.dumps(secret)
    with pytest.raises(AttributeError):
        secret.origin = "elsewhere"
    assert copy.deepcopy(secret) is secret


@pytest.mark.usefixtures("environment")
def test_each_kind_of_login_makes_its_header() -> None:
    place = {"env": "SNOW_TOKEN"}
    assert AUTH.validate_python({"token": place}).headers == {"Authorization": f"Bearer {VALUE}".encode()}
    assert AUTH.validate_python({"token": place, "header": "X-API-Key"}).headers == {"X-API-Key": VALUE.encode()}
    basic = AUTH.validate_python({"username": "monitor", "password": place})
    assert basic.headers == {"Authorization": b"Basic bW9uaXRvcjpzM2NyM3QvdmFsdWUrMQ=="}
    assert basic.shown == "the user 'monitor' with the password in $SNOW_TOKEN"


@pytest.mark.usefixtures("environment")
@pytest.mark.parametrize(
    "written",
    [
        "hunter2",
        {},
        {"token": {"env": "SNOW_TOKEN"}, "username": "a", "password": {"env": "SNOW_TOKEN"}},
        {"username": "a"},
        {"password": {"env": "SNOW_TOKEN"}},
        {"username": "a", "password": {"env": "SNOW_TOKEN"}, "header": "X"},
        {"token": {"env": "SNOW_TOKEN"}, "header": "no header\r\nX: y"},
    ],
)
def test_a_login_that_is_not_whole_is_refused(written: object) -> None:
    with pytest.raises(ValidationError) as error:
        AUTH.validate_python(written)
    assert "hunter2" not in sentence(error)


@pytest.mark.usefixtures("environment")
def test_a_misspelt_key_of_a_login_is_refused() -> None:
    with pytest.raises(ValidationError) as error:
        AUTH.validate_python({"token": {"env": "SNOW_TOKEN"}, "heder": "X"})
    assert error.value.errors()[0]["type"] in ("unexpected_keyword_argument", "extra_forbidden")


def test_redact_puts_the_place_where_the_value_stood() -> None:
    secrets = [Secret(VALUE, "$SNOW_TOKEN"), Secret("s3cr3t", "file short")]
    text = f"GET /?t={VALUE} and s3cr3t%2Fvalue%2B1 and s3cr3t"
    assert redact(text, secrets) == "GET /?t=<$SNOW_TOKEN> and <$SNOW_TOKEN> and <file short>"


def test_a_traceback_of_a_refused_secret_file_does_not_show_its_content(tmp_path: Path) -> None:
    (tmp_path / "token").write_bytes(b"\xff\xfehunter2")
    with pytest.raises(ValidationError) as error:
        OPTION.validate_python({"file": str(tmp_path / "token")})
    assert "hunter2" not in "".join(traceback.format_exception(error.value))


@given(st.binary(max_size=200))
@example(b"")
@example(b"\n\n")
@example(b"\x00")
@example(b"hunter2\x00")
@example(b"\xef\xbb\xbfhunter2\r\n")
@example(b"\xff\xfeh\x00u\x00")
@example(b"hunter2" * 2_000_000)
def test_a_secret_file_of_any_bytes_is_one_line_or_a_sentence_that_shows_none_of_it(content: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "secret-file"
        path.write_bytes(content)
        try:
            secret = OPTION.validate_python({"file": str(path)})
        except ValidationError as error:
            said = " ".join(str(item["ctx"]["error"]) for item in error.errors())
            assert "secret-file" in said
            assert said.isprintable()
            assert len(said) < 500
            whole = "".join(traceback.format_exception(error))
            assert not _shown(content, whole.replace(folder, ""))
        else:
            assert secret.reveal() == content.decode("utf-8-sig").strip()
            assert secret.reveal().isprintable()
            assert secret.origin == "file secret-file"


def _shown(content: bytes, text: str) -> bool:
    """Whether eight bytes in a row of a secret are in a text."""
    pieces = {content[at : at + 8] for at in range(min(len(content), 1000) - 7)}
    return any(piece.decode("latin-1") in text for piece in pieces if len(set(piece)) > 4)


@pytest.mark.parametrize("device", ["/dev/zero", "/dev/null", "/"])
def test_a_path_that_leads_to_no_file_is_a_sentence(device: str) -> None:
    with pytest.raises(ValidationError) as error:
        OPTION.validate_python({"file": device})
    assert re.search("more than 64,000 bytes|is empty|Is a directory", sentence(error))


def test_a_path_that_cannot_be_one_is_a_sentence() -> None:
    with pytest.raises(ValidationError) as error:
        OPTION.validate_python({"file": "token\x00hunter2"})
    assert "cannot be read (its path has a character that no path has)" in sentence(error)


def test_a_variable_that_is_no_text_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(os.environ, "SNOW_TOKEN", b"\xffhunter2".decode("utf-8", "surrogateescape"))
    with pytest.raises(ValidationError) as error:
        OPTION.validate_python({"env": "SNOW_TOKEN"})
    assert "hunter2" not in sentence(error)
    assert "$SNOW_TOKEN" in sentence(error)
