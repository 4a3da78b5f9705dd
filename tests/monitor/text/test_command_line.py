from __future__ import annotations

import shlex

from hypothesis import given
from hypothesis import strategies as st

from monitor.text.command_line import AS_INSTALLED, CommandLine

WORDS = st.text(min_size=1).filter(lambda word: "\0" not in word)


@given(st.lists(WORDS, min_size=1), WORDS, WORDS)
def test_a_shell_reads_the_words_that_were_meant(program: list[str], config: str, about: str) -> None:
    line = CommandLine(tuple(program), config).says("silence", "end", about=about)
    found = shlex.split(line)
    assert found[: len(program)] == program
    rest = found[len(program) :]
    if about.startswith("-"):
        assert rest == ["silence", "end", "--config", config, "--", about]
    else:
        assert rest == ["silence", "end", about, "--config", config]


def test_options_stand_behind_what_the_command_is_about() -> None:
    line = AS_INSTALLED.says("retire", about="ring 4", options=("--accept-loss", "--reason", "WHY"))
    assert line == "tierwatch retire 'ring 4' --accept-loss --reason WHY --config tierwatch.yml"
