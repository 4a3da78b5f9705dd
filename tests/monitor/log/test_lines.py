"""A log line stays one line, whatever a source calls its tickets (A4)."""

from io import StringIO

from monitor.log.lines import harmless, plain_traceback

HOSTILE = "X\n2026-01-01 [info ] page_sent fake=1\x1b[2J\x1b]0;owned\x07\u2028\ud800"


def test_a_forged_line_and_terminal_commands_become_plain_text() -> None:
    said = harmless(None, "info", {"event": "page_sent", "ticket": HOSTILE, "count": 3, "long": "a" * 9999})
    assert said["ticket"] == "X 2026-01-01 [info ] page_sent fake=1 [2J ]0;owned"
    assert said["count"] == 3
    assert len(said["long"]) < 2100


def test_a_traceback_shows_no_control_characters() -> None:
    out = StringIO()
    try:
        raise ValueError("a\x1b[31m\r\x07b")
    except ValueError as error:
        plain_traceback(out, (type(error), error, error.__traceback__))
    text = out.getvalue()
    assert "ValueError: a [31m  b" in text
    assert all(one.isprintable() for one in text.replace("\n", ""))
