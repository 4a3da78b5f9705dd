from __future__ import annotations

import pytest
from argon2 import PasswordHasher, extract_parameters

from monitor.access import Passwords, form_word, hashed, is_token, new_token, new_word, same, unfit_password


@pytest.fixture(scope="module")
def passwords() -> Passwords:
    return Passwords()


def test_a_token_is_known_by_its_look_and_stored_as_a_hash() -> None:
    one, other = new_token(), new_token()
    assert one != other
    assert is_token(one)
    assert one[4:] not in hashed(one)
    assert hashed(one) != hashed(other)


@pytest.mark.parametrize(
    "text", ["", "twt_", "twt_" + "x" * 42, "twt_" + "x" * 44, "Twt_" + "x" * 43, "twt_" + "é" * 43]
)
def test_what_is_no_token_is_not_looked_up(text: str) -> None:
    assert not is_token(text)


def test_the_word_of_a_form_belongs_to_one_session() -> None:
    one, other = new_word(), new_word()
    assert form_word(one) not in (one, hashed(one), form_word(other))
    assert same(form_word(one), form_word(one))
    assert not same(form_word(one), form_word(other))


def test_words_that_are_no_ascii_are_compared() -> None:
    assert not same("é\ud800", "e")
    assert same("密码", "密码")


def test_a_password_is_right_only_as_it_was_set(passwords: Passwords) -> None:
    stored = passwords.hash("正确的马电池订书钉")
    assert "argon2id" in stored
    assert passwords.right(stored, "正确的马电池订书钉")
    assert not passwords.right(stored, "正确的马电池订书钉 ")
    assert not passwords.outdated(stored)


@pytest.mark.parametrize("stored", [None, "", "no hash"])
def test_without_an_account_no_password_is_right(passwords: Passwords, stored: str | None) -> None:
    assert not passwords.right(stored, "nobody has this password")


def test_the_same_work_is_done_whether_there_is_an_account_or_not(
    passwords: Passwords, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each time one check of a hash that was made with the same parameters."""
    stored, checked, check = passwords.hash("correct horse battery"), list[str](), PasswordHasher.verify

    def counted(self: PasswordHasher, hashed: str, password: bytes) -> bool:
        checked.append(hashed)
        return check(self, hashed, password)

    monkeypatch.setattr(PasswordHasher, "verify", counted)
    passwords.right(None, "x")
    checked.clear()
    for number, (known, password) in enumerate(((stored, "correct horse battery"), (stored, "x"), (None, "x")), 1):
        passwords.right(known, password)
        assert len(checked) == number
    assert all(extract_parameters(one) == extract_parameters(stored) for one in checked)


def test_a_password_that_is_too_long_costs_no_work(passwords: Passwords) -> None:
    assert not passwords.right(None, "x" * 100_000_000)


@pytest.mark.parametrize(
    ("password", "fits"), [("x" * 11, False), ("x" * 12, True), ("x" * 1024, True), ("x" * 1025, False)]
)
def test_a_password_has_a_length(password: str, fits: bool) -> None:
    assert (unfit_password(password) == "") is fits
