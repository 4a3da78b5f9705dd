"""Which files were read: by what they hold, not by their names or order, and without secrets."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from monitor.net.small_file import HASH_LENGTH, FilesRead, bytes_of, noting, text_of

CONTENTS = st.lists(st.binary(max_size=20), unique=True, max_size=6)


def read(held: list[bytes], names: str = "a") -> str:
    files = FilesRead()
    for number, data in enumerate(held):
        files.note(Path(f"{names}{number}"), data)
    return files.fingerprint


@given(CONTENTS, st.randoms(use_true_random=False))
def test_one_configuration_has_one_fingerprint_whatever_its_files_are_called_and_read_first(held, lot) -> None:  # type: ignore[no-untyped-def]
    other = list(held)
    lot.shuffle(other)
    assert read(held) == read(other, "elsewhere/")
    assert len(read(held)) == HASH_LENGTH


@given(CONTENTS, CONTENTS)
def test_other_contents_have_another_fingerprint(held: list[bytes], other: list[bytes]) -> None:
    assert (read(held) == read(other)) is (sorted(held) == sorted(other))


def test_what_is_read_in_the_block_is_noted_and_what_is_not_to_be_is_not(tmp_path: Path) -> None:
    file, files = tmp_path / "policy.yml", FilesRead()
    nothing = files.fingerprint
    file.write_text("policy: one\n")
    bytes_of(file, 100)
    with noting(files):
        bytes_of(file, 100, noted=False)
        assert files.fingerprint == nothing
        text_of(file, 100)
        first = files.fingerprint
        file.write_text("policy: two\n")
        text_of(file, 100)
    assert files.fingerprint not in (nothing, first)
    assert read([b"policy: two\n"]) == files.fingerprint, "of a file that is read twice the last time counts"
