"""Other spellings of a word: case, width, space and characters that do not show."""

from __future__ import annotations

from hypothesis import strategies as st

_SPACE = st.text(alphabet=" \t\u00a0\u3000\u2003", max_size=2)
_UNSEEN = st.sampled_from(["", "", "", "\u200b", "\u200d", "\ufeff", "\u00ad"])


@st.composite
def respelled(draw: st.DrawFn, word: str) -> str:
    """*word* as somebody else might write it."""
    shown = [draw(st.sampled_from(_ways(character))) + draw(_UNSEEN) for character in word]
    return draw(_SPACE) + draw(_UNSEEN) + "".join(shown) + draw(_SPACE)


def _ways(character: str) -> list[str]:
    if character == " ":
        return [" ", "  ", "\u00a0", "\u3000"]
    ways = [character]
    if character.isascii() and character.isalpha():
        ways += [character.upper(), character.lower()]
        ways += [chr(ord(each) + 0xFEE0) for each in ways[:3]]  # full width
    return ways
