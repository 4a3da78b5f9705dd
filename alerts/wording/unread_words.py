"""Word what is said of words that nobody understands, in English and Chinese.

Pure. A word is shown as the source wrote it, between quotes, cleaned and cut, for whoever writes into the source has
written it.
"""

from __future__ import annotations

from collections.abc import Sequence

from alerts.wording.clocks import plain
from monitor.clock import shown
from monitor.model import Name, SubjectKind
from monitor.snapshot import UnreadWord

__all__ = ["many", "named", "not_understood", "of", "others", "plain"]

RUNBOOK = "docs/runbook.md#tierwatchwordnotunderstood"

_SHOWN = 5
_KINDS = {
    SubjectKind.TICKET: Name("ticket", "工单"),
    SubjectKind.CIRCUIT: Name("circuit", "电路"),
    SubjectKind.CHANGE: Name("change", "变更"),
}


def of(source: str, what: str, word: str) -> Name:
    """A word of a source, as the subject of a sentence."""
    name = plain(source)
    return Name(f"Source {name}: {what} {shown(word)}", f"数据源 {name}：{what} {shown(word)}")


def named(word: UnreadWord) -> Name:
    return of(word.source, word.what, word.word)


def others(source: str) -> Name:
    """What the alert for many words is about."""
    return Name(f"Source {plain(source)}: further words", f"数据源 {plain(source)}：其余取值")


def not_understood(word: UnreadWord, line: str, pages: bool, link: str) -> dict[str, str]:
    """The annotations while a word is not understood; *line* is the mapping to write."""
    what, kind, example = named(word), _KINDS[word.kind], plain(word.example)
    number = f"{word.subjects} open {kind.en}{'' if word.subjects == 1 else 's'}"
    why = (
        Name("It is paged like the highest rung that pages.", "按需告警的最高等级通知。")
        if pages
        else Name("The policy pages for no rung, so this is a warning.", "策略未对任何等级告警，故仅为警告。")
    )
    mend = "Write in tierwatch.yml what it stands for, beside what is there, and restart:"
    english = (
        f"{what.en} is in no table and on no ladder. What was promised for it is not watched: {number}, such as"
        f" {example}.",
        why.en + " It ends when the word is understood, or no open one says it any more.",
        f"Do: watch {'it' if word.subjects == 1 else 'them'} by eye. "
        + (mend if line else "Correct it in the source."),
        line,
        link and f"See: {link}",
    )
    chinese = (
        f"{what.zh} 不在映射表中，也不是任何等级。相关承诺未被监控：未结{kind.zh} {word.subjects} 个，例如 {example}。",
        why.zh + "该取值可识别、或不再有未结对象使用时结束。",
        "处理：请人工盯守。" + ("在 tierwatch.yml 中补充其含义并重启：" if line else "请在源系统中更正。"),
        line,
        link and f"查看：{link}",
    )
    return _filled(
        {
            "summary": f"{what.en} is not understood: {number}, such as {example}",
            "summary_zh": f"{what.zh} 无法识别：未结{kind.zh} {word.subjects} 个，例如 {example}",
            "description": "\n".join(text for text in english if text),
            "description_zh": "\n".join(text for text in chinese if text),
            "word": plain(word.word),
            "mapping": line,
            "explain_url": link,
            "runbook_url": RUNBOOK,
        }
    )


def many(source: str, words: Sequence[UnreadWord], rest: int, home: str) -> dict[str, str]:
    """The annotations of the alert that stands for *rest* words; some of them are given."""
    name = plain(source)
    some = [f"{word.what} {shown(word.word)}" for word in words[:_SHOWN]]
    more = rest - len(some)
    listed = Name(
        ", ".join(some) + (f" and {more} more" if more > 0 else ""),
        "，".join(some) + (f" 等，另有 {more} 个" if more > 0 else ""),
    )
    english = (
        f"Source {name} has so many words that are not understood that the rest is told in one: {listed.en}.",
        "Do: look whether a field has moved or another system writes into it; correct the source or its mapping.",
        home and f"See: {home}",
    )
    chinese = (
        f"数据源 {name} 无法识别的取值过多，其余合并告知：{listed.zh}。",
        "处理：检查字段是否错位、是否有其他系统写入，并更正源系统或映射。",
        home and f"查看：{home}",
    )
    return _filled(
        {
            "summary": f"Source {name}: and {rest} more word{'' if rest == 1 else 's'} not understood",
            "summary_zh": f"数据源 {name}：另有 {rest} 个取值无法识别",
            "description": "\n".join(text for text in english if text),
            "description_zh": "\n".join(text for text in chinese if text),
            "explain_url": home,
            "runbook_url": RUNBOOK,
        }
    )


def _filled(said: dict[str, str]) -> dict[str, str]:
    return {key: text for key, text in said.items() if text}
