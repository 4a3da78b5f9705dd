from __future__ import annotations

import base64
import json
import string
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.oncall import ack_tokens
from alerts.oncall.ack_tokens import Acknowledgement, Keys, Refusal, sign, verify
from monitor.access import signing
from monitor.access.signing import LONGEST
from monitor.messages import text
from tests.support.cases import at

OLD, NEW, OTHER = b"o" * 32, b"n" * 32, b"x" * 32
KEYS = Keys(NEW, OLD)
SAID = Acknowledgement("0123456789abcdef0123456789abcdef", "used_75", at(12), wave=2, person="张伟@noc")


def test_a_link_says_what_was_signed() -> None:
    assert verify(sign(SAID, KEYS), at(11), KEYS) == SAID


def test_a_token_needs_no_escaping() -> None:
    assert set(sign(SAID, KEYS)) <= set(string.ascii_letters + string.digits + "-_.")


def test_it_expires_at_its_instant() -> None:
    token = sign(SAID, KEYS)
    assert verify(token, at(12) - timedelta(microseconds=1), KEYS) == SAID
    assert verify(token, at(12), KEYS) is Refusal.EXPIRED
    parts = replace(SAID, expires_at=at(12) + timedelta(microseconds=999_999))
    assert verify(sign(parts, KEYS), at(11), KEYS) == SAID


def test_the_secret_before_is_accepted_and_never_signs() -> None:
    old = sign(SAID, Keys(OLD))
    assert verify(old, at(11), KEYS) == SAID
    assert verify(old, at(11), Keys(NEW)) is Refusal.FORGED
    assert verify(sign(SAID, KEYS), at(11), Keys(NEW)) == SAID
    assert verify(sign(SAID, KEYS), at(11), Keys(OTHER, OLD)) is Refusal.FORGED


def test_a_change_of_any_character_is_noticed() -> None:
    token = sign(SAID, KEYS)
    letters = string.ascii_letters + string.digits + "-_.=+/ \n\0é"
    for place, right in enumerate(token):
        for wrong in letters:
            if wrong != right:
                assert isinstance(verify(token[:place] + wrong + token[place + 1 :], at(11), KEYS), Refusal), (
                    place,
                    wrong,
                )


def test_a_change_of_any_bit_is_noticed() -> None:
    token = sign(SAID, KEYS).encode()
    for place in range(len(token)):
        for bit in range(8):
            wrong = bytearray(token)
            wrong[place] ^= 1 << bit
            assert isinstance(verify(wrong.decode("latin-1"), at(11), KEYS), Refusal)


def test_a_piece_lost_or_doubled_is_noticed() -> None:
    token = sign(SAID, KEYS)
    for place in range(len(token)):
        assert isinstance(verify(token[:place], at(11), KEYS), Refusal)
        assert isinstance(verify(token[:place] + token[place + 1 :], at(11), KEYS), Refusal)
        assert isinstance(verify(token[: place + 1] + token[place:], at(11), KEYS), Refusal)


@given(st.text(max_size=200))
def test_no_text_at_all_makes_it_fail(text: str) -> None:
    assert isinstance(verify(text, at(11), KEYS), Refusal)


@pytest.mark.parametrize("text", ["", ".", "a.", ".a", "a", "é.é", "a." + "b" * LONGEST])
def test_what_is_no_token_is_malformed(text: str) -> None:
    assert verify(text, at(11), KEYS) is Refusal.MALFORMED


def signed(payload: bytes) -> str:
    text = base64.urlsafe_b64encode(payload).rstrip(b"=").decode()
    return f"{text}.{signing._signature(text, ack_tokens._PURPOSE, NEW)}"


@pytest.mark.parametrize(
    "said",
    [b"", b"no json", b"[]", b"{}", b"1", b"\xff", b"[" * 700]
    + [json.dumps({"a": "k", "s": "x", "w": 0, "p": "", "e": 1, **odd}).encode()
       for odd in ({"a": 1}, {"s": None}, {"w": "1"}, {"w": True}, {"p": []}, {"e": "x"}, {"e": 1e300}, {"e": None})],
)  # fmt: skip
def test_what_another_version_signed_is_malformed(said: bytes) -> None:
    assert verify(signed(said), at(11), KEYS) is Refusal.MALFORMED


def test_whether_it_was_forged_is_said_before_whether_it_has_expired() -> None:
    assert verify(sign(SAID, Keys(OTHER)), at(13), KEYS) is Refusal.FORGED


def test_each_signature_is_compared_in_constant_time(monkeypatch: pytest.MonkeyPatch) -> None:
    compared: list[tuple[bytes, bytes]] = []
    real = signing.hmac.compare_digest

    def spy(one: bytes, two: bytes) -> bool:
        compared.append((one, two))
        return real(one, two)

    monkeypatch.setattr(signing.hmac, "compare_digest", spy)
    verify(sign(SAID, KEYS), at(11), KEYS)
    assert len(compared) == 2, "both, whether or not the first one fits"


def test_no_secret_is_shown() -> None:
    assert "nnnn" not in repr(KEYS)
    assert "oooo" not in repr(KEYS)
    with pytest.raises(ValueError, match="shorter than 32 bytes") as caught:
        Keys(NEW, b"hunter2")
    assert "hunter2" not in str(caught.value)
    with pytest.raises(ValueError, match="too long for a link") as caught:
        sign(replace(SAID, person="p" * LONGEST), KEYS)
    assert "nnnn" not in str(caught.value)


def test_every_refusal_is_a_sentence_for_the_one_who_opened_it() -> None:
    for refusal in Refusal:
        assert text(refusal.sentence, "en").endswith(".")
        assert text(refusal.sentence, "zh").endswith("。")
