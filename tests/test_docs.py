"""What the documents say of keys, options, commands, policies and metrics is what the code has, in both directions."""

from __future__ import annotations

import dataclasses
import re
import shlex
import textwrap
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from types import ModuleType
from typing import Annotated, Any, get_args, get_origin, get_type_hints

import pytest
import typer

from exporters.catalogue import DETAIL, METRICS
from exporters.points import TRANSITION
from monitor import cli
from monitor.config import config_file, plugins, policy_file, yaml_file
from monitor.config.heartbeat_schema import HeartbeatText
from monitor.config.hub import HubText
from monitor.config.policy_schema import (
    PHASES,
    STATES,
    AgreementText,
    BudgetText,
    CalendarText,
    DeclaredText,
    DutiesText,
    GoodText,
    GuardedText,
    InheritText,
    MajorFaultText,
    NameText,
    PolicyText,
    RungText,
    StartedByText,
    TargetText,
)
from monitor.config.schema import (
    AttributeText,
    ConfigText,
    CoveredText,
    ExporterText,
    MappingText,
    ReceiverText,
    SourceText,
)
from monitor.history.mapping import ATTRIBUTES, CHOOSING, INSTANTS
from monitor.model import MEMBER_KINDS, Choose, Measure, OnChange, Period, SubjectKind
from monitor.net.credentials import Auth
from monitor.net.network import Network
from monitor.policy.policy import BudgetRow
from monitor.policy.target import ONE
from monitor.text.durations import shown
from tests.support.markdown import fenced, indented
from tests.support.texts import exchanged

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
READMES = ("README.md", "README.zh-CN.md")
TOP = ("README.md", "README.zh-CN.md", "CHANGELOG.md", "CONTRIBUTING.md")
PAGES = sorted([*(ROOT / name for name in TOP), *DOCS.rglob("*.md"), *(ROOT / "examples").rglob("*.md")])

CONFIGURATION = (DOCS / "configuration.md").read_text(encoding="utf-8")
GUIDES = {
    "en": CONFIGURATION.partition("\n## Write a policy of your own\n")[2].partition("\n## ")[0],
    "zh": (DOCS / "zh-CN/writing-a-policy.md")
    .read_text(encoding="utf-8")
    .partition("\n## 自己写一个策略\n")[2]
    .partition("\n## ")[0],
}
"""The walk-through that writes a policy step by step, by language."""
COMMANDS: Any = typer.main.get_command(cli.app)

SECTIONS: dict[str, type] = {
    "### Top level": ConfigText,
    "#### The heartbeat": HeartbeatText,
    "#### The hub": HubText,
    "#### Covered hours": CoveredText,
    "### A source": SourceText,
    "### A receiver": ReceiverText,
    "### An exporter": ExporterText,
    "### A policy": PolicyText,
    "### A calendar": CalendarText,
    "### A target": TargetText,
    "#### Started by another": StartedByText,
    "#### Counted of several": GoodText,
    "#### Duties": DutiesText,
    "### A budget row": BudgetText,
    "### An agreement": AgreementText,
    "### An inherited tier": InheritText,
    "### A major fault": MajorFaultText,
    "### A guarded period": GuardedText,
    "### An attribute of your own": DeclaredText,
}
PLUGINS = [
    (kind, plugins.load(package, kind))
    for package in ("monitor.collectors", "alerts.notifiers", "exporters.push")
    for kind in plugins.names(package)
]


def read(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def section(heading: str, text: str = CONFIGURATION) -> str:
    """What stands under a heading, up to the next one."""
    _, mark, rest = f"\n{text}".partition(f"\n{heading}\n")
    assert mark, f"no heading {heading!r}"
    return re.split(r"(?m)^#+ ", rest)[0]


def tables(text: str) -> list[dict[str, list[str]]]:
    """Each table's rows by the bare text of their first column."""
    found = []
    for block in re.findall(r"(?m)(?:^\|.*\n?)+", text):
        rows = [[cell.strip() for cell in line.strip("|").split(" | ")] for line in block.strip().splitlines()]
        found.append({row[0].strip("| `"): row[1:] for row in rows[2:]})
    return found


def key_tables(text: str) -> list[dict[str, list[str]]]:
    """Those of its tables that are about keys."""
    return tables("\n\n".join(block for block in re.findall(r"(?m)(?:^\|.*\n?)+", text) if block.startswith("| key |")))


def says(default: Any) -> str | None:
    """How a default is written, None where it is no plain value."""
    if isinstance(default, bool):
        return str(default).lower()
    if isinstance(default, timedelta):
        return shown(default)
    return str(default) if isinstance(default, str | int | float) and default != "" else None


def written(described: type, name: str) -> str:
    """How a key is written: by its alias, where its name is a word of Python."""
    hint = get_type_hints(described, include_extras=True)[name]
    aliases = [getattr(one, "alias", None) for one in get_args(hint)[1:]] if get_origin(hint) is Annotated else []
    return next((alias for alias in aliases if alias), name)


def compare(rows: dict[str, list[str]], described: type) -> None:
    fields = {written(described, item.name): item for item in dataclasses.fields(described)}
    assert list(rows.keys() - fields.keys()) == [], "a key that the code does not have"
    assert list(fields.keys() - rows.keys()) == [], "a key that the document does not have"
    for name, item in fields.items():
        default = rows[name][0]
        needed = item.default is dataclasses.MISSING and item.default_factory is dataclasses.MISSING
        assert (default == "needed") is needed, f"{name}: {default}"
        if says(item.default) is not None and not needed:
            assert default == f"`{says(item.default)}`", f"{name}: the code has {item.default!r}"


@pytest.mark.parametrize("heading", SECTIONS)
def test_every_key_is_described_with_its_default(heading: str) -> None:
    (rows,) = key_tables(section(heading))
    compare(rows, SECTIONS[heading])


def test_the_keys_of_mappings_names_and_rungs_are_described() -> None:
    mapping, attribute = tables(section("### The mapping"))
    compare(mapping, MappingText)
    compare(attribute, AttributeText)
    name, rung = tables(section("### Names"))
    compare(name, NameText)
    compare(rung, RungText)


def test_the_keys_of_auth_and_network_are_described() -> None:
    auth, network = tables(section("## Auth and network"))
    compare(auth, Auth)
    compare(network, Network)


@pytest.mark.parametrize(("kind", "module"), PLUGINS, ids=[kind for kind, _ in PLUGINS])
def test_every_option_of_every_plug_in_is_described(kind: str, module: ModuleType) -> None:
    found = tables(section(f"### `{kind}`"))
    compare(found[0] if found else {}, module.Config)


def test_every_shipped_policy_is_described_with_its_targets() -> None:
    (rows,) = tables(section("## The shipped policies"))
    assert tuple(sorted(rows)) == policy_file.shipped()
    for name, (figures, _) in rows.items():
        for rule in policy_file.load(name).targets:
            for row in rule.rows:
                assert re.search(rf"\b(?:{'|'.join(ways_to_say(row))})\b", figures), (name, rule.name, row)


def ways_to_say(row: BudgetRow) -> list[str]:
    """The figure of a row as the documents may write it."""
    if row.until:
        return [f"until {row.until}"]
    if row.days:
        return [f"{row.days}"]
    if row.share:
        return [re.escape(f"{row.share * 100:g}")]
    if row.measure is not Measure.TIME:
        return [f"{row.budget // ONE}"]
    if row.budget < timedelta(minutes=1):
        return [f"{row.budget.seconds}"]
    minutes = int(row.budget.total_seconds()) // 60
    return [f"{minutes}", f"{minutes / 60:g}"]


def test_every_condition_and_every_way_to_choose_is_described() -> None:
    target = section("### A target")
    (conditions,) = (table for table in tables(target) if "ticket`, `change" in table)
    (of_tickets,), (of_circuits,) = conditions.values()
    assert re.findall(r"`(\w+)`", of_tickets) == list(PHASES)
    assert re.findall(r"`(\w+)`", of_circuits) == list(STATES)
    (keys,) = key_tables(target)
    for key, words in (("of", MEMBER_KINDS), ("per", Period), ("choose", Choose), ("on_change", OnChange)):
        assert [word.value for word in words if f"`{word.value}`" not in " ".join(keys[key])] == [], key
    mapping = section("### The mapping")
    assert [phase for phase in PHASES if f"`{phase}`" not in tables(mapping)[0]["statuses"][1]] == []
    assert [name for name in (*ATTRIBUTES, *INSTANTS) if f"`{name}`" not in mapping] == []
    (row,) = key_tables(section("### A budget row"))
    assert re.findall(r"`(\w+)`", row["when"][1]) == list(CHOOSING)


def targets_in(kind: str, language: str) -> str:
    return "".join(textwrap.indent(block.values[0], "  ") for block in blocks_of(kind, language))


@pytest.mark.parametrize("language", GUIDES)
@pytest.mark.parametrize("rest", ["", "yaml policy"])
def test_every_example_of_a_target_an_agreement_or_an_inherited_tier_builds(rest: str, language: str) -> None:
    parts = [block.values[0] for block in blocks_of(rest, language)] if rest else []
    base = read(ROOT / "monitor/shipped/demo.yml").partition("\ntargets:")[0]
    base = exchanged(base, ("calendars:\n", "calendars:\n  office: {zone: UTC, hours: {mon-fri: [08:00-17:00]}}\n"))
    parts += [block.values[0] for block in blocks_of("yaml instants", language)]
    guarded = targets_in("yaml guarded", language) if rest else ""
    text = "\n".join([base, *parts, "targets:", targets_in("yaml targets", language), guarded])
    built = policy_file.build(yaml_file.parse(text, "docs"))
    assert {rule.of for rule in built.targets} == set(SubjectKind)
    assert {row.measure for rule in built.targets for row in rule.rows} == set(Measure)
    assert (bool(built.agreements), bool(built.inherit)) == (bool(rest), bool(rest))


def test_every_command_and_option_is_described() -> None:
    described = set(re.findall(r"(?m)^### `tierwatch ([a-z-]+)`$", CONFIGURATION))
    assert described == set(COMMANDS.commands)
    for name, command in COMMANDS.commands.items():
        (rows,) = tables(section(f"### `tierwatch {name}`"))
        written = set(re.findall(r"(?<![a-z-])--?[a-z-]+", " ".join(rows)))
        options = [item for item in command.params if item.param_type_name == "option"]
        assert written == {word for item in options for word in item.opts} - {"--help"}


def test_every_metric_is_described() -> None:
    metrics = read(DOCS / "metrics.md")
    assert [metric.name for metric in (*METRICS, *DETAIL) if f"`{metric.name}`" not in metrics] == []


def test_the_names_of_metrics_in_the_documents_exist() -> None:
    known = {sample for metric in (*METRICS, *DETAIL) for sample in (metric.name, *metric.samples)}
    known |= {TRANSITION, f"{TRANSITION}_cycle", f"{TRANSITION}_instant"}  # what exporters send is no metric
    recorded = read(ROOT / "alerts/prometheus/tierwatch.rules.yml")
    for page in PAGES:
        for name in re.findall(r"\btierwatch_[a-z_]+[a-z]\b", read(page)):
            assert name in known or name in recorded, f"{page.name}: {name}"


# -- links ---------------------------------------------------------------------------------------------------------


def anchors(page: Path) -> set[str]:
    prose = re.sub(r"(?ms)^```.*?^```$", "", read(page))
    headings = re.findall(r"(?m)^#+ (.+)$", prose)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page: Path) -> None:
    prose = re.sub(r"(?ms)^```.*?^```$", "", read(page))
    for target in re.findall(r"\]\(([^)\s]+)\)", prose):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        to = (page.parent / path).resolve() if path else page
        assert to.exists(), f"{page.name}: {target}"
        assert not anchor or anchor in anchors(to), f"{page.name}: {target} has no such heading"


def test_the_documents_name_no_file_that_is_not_there() -> None:
    named = re.compile(r"`((?:monitor|alerts|exporters|grafana|examples|docs|tests)/[\w./-]*)`")
    made_by_the_reader = {"monitor/collectors/csv_file.py"}
    for page in PAGES:
        for name in named.findall(read(page)):
            assert name in made_by_the_reader or (ROOT / name).exists(), f"{page.name}: {name}"


# -- commands ------------------------------------------------------------------------------------------------------


def written_commands() -> Iterator[Any]:
    for page in PAGES:
        text = read(page)
        blocks = [*(block for _, block in fenced(text)), *indented(text)]
        lines = [line.removeprefix("$ ").strip() for block in blocks for line in block.splitlines()]
        inline = re.findall(r"`(tierwatch [^`\n]+)`", text)
        for line in (*lines, *inline):
            if re.match(r"tierwatch [a-z-]+($| )", line) and "(" not in line:
                yield pytest.param(line, id=f"{page.name}: {line}")


@pytest.mark.parametrize("line", dict.fromkeys(written_commands()))
def test_every_command_line_can_be_typed(line: str) -> None:
    _, name, *arguments = shlex.split(line, comments=True)
    if name.startswith("--"):
        assert name in {"--help", *(word for item in COMMANDS.params for word in item.opts)}
        return
    assert name in COMMANDS.commands
    command = COMMANDS.commands[name]
    while arguments and arguments[0] in getattr(command, "commands", {}):
        command = command.commands[arguments.pop(0)]
    if arguments or not any(item.required for item in command.params):
        command.make_context(name, arguments)


@pytest.mark.parametrize("name", READMES)
def test_the_readme_names_the_two_commands(name: str) -> None:
    readme = read(ROOT / name)
    assert re.search(r"(?m)^    make run ", readme)
    assert re.search(r"(?m)^    make test ", readme)
    assert len(readme.splitlines()) <= 80, "the README is one screen"
    makefile = read(ROOT / "Makefile")
    for target in re.findall(r"(?m)(?:`|^    )make ([a-z-]+)", readme):
        assert re.search(rf"(?m)^(?:[\w ]* )?{target}(?: [\w ]*)?:", makefile), target


def test_the_documents_name_nothing_of_the_machine_they_were_written_on() -> None:
    ours = f"/{ROOT.parts[1]}/"  # the folder at the root in which the tests find themselves
    places = ["/root/", r"/home/\w", "/tmp/(?!prometheus)"]
    if ours not in ("/home/", "/opt/", "/srv/", "/tmp/", "/usr/", "/var/"):
        places.append(re.escape(ours))
    for page in PAGES:
        assert not re.search("|".join(places), read(page)), page.name


# -- configurations and policies -----------------------------------------------------------------------------------


def language_of(page: Path) -> str:
    return "zh" if "zh-CN" in str(page.relative_to(ROOT)) else "en"


def blocks_of(info: str, *languages: str) -> list[Any]:
    """The blocks that say so, of pages in these languages, of all where none is named."""
    return [
        pytest.param(block, id=f"{language_of(page)}-{page.name}-{number}")
        for page in PAGES
        if language_of(page) in (languages or GUIDES)
        for number, (said, block) in enumerate(fenced(read(page)))
        if said == info
    ]


def walk_through(language: str = "en") -> str:
    """The policy that the reader of the walk-through has written after its sixth step."""
    return "\n".join(indented(GUIDES[language].partition("**7. ")[0]))


@pytest.mark.parametrize("block", blocks_of("yaml config"))
def test_every_whole_configuration_loads(block: str, tmp_path: Path) -> None:
    (tmp_path / "policy.yml").write_text(walk_through(), encoding="utf-8")
    (tmp_path / "tierwatch.yml").write_text(block, encoding="utf-8")
    assert config_file.load(tmp_path / "tierwatch.yml").sources


def test_there_are_whole_configurations() -> None:
    assert len(blocks_of("yaml config")) >= 2


def test_every_snippet_of_yaml_is_yaml() -> None:
    for page in PAGES:
        for said, block in fenced(read(page)):
            if said.split()[:1] == ["yaml"]:
                yaml_file.parse(block, page.name)


@pytest.mark.parametrize("language", GUIDES)
def test_the_walk_through_gives_the_example(language: str) -> None:
    written = policy_file.build(yaml_file.parse(walk_through(language), "policy.yml"))
    assert written == policy_file.load("policy.yml", base=ROOT / "examples")


@pytest.mark.parametrize("readme", READMES)
def test_the_receiver_in_the_readme_is_one(readme: str, tmp_path: Path) -> None:
    (block,) = (block for block in indented(read(ROOT / readme)) if block.startswith("receivers:"))
    whole = "policy: demo\nsources:\n  a: {type: jsonl_file, options: {path: a.jsonl}}\n" + block
    (tmp_path / "tierwatch.yml").write_text(whole, encoding="utf-8")
    (receiver,) = config_file.load(tmp_path / "tierwatch.yml").receivers
    assert len(receiver.module.build(receiver.options).channels("oncall")) == 2


@pytest.mark.parametrize("language", GUIDES)
def test_the_mistake_in_the_walk_through_reads_as_it_says(language: str, tmp_path: Path) -> None:
    ((said, config_block),) = [
        (line.strip(), block)
        for line in GUIDES[language].splitlines()
        if line.startswith("    try.yml:1 policy:")
        for _, block in fenced(GUIDES[language])
    ]
    wrong = exchanged(walk_through(language), ("pause: [awaiting_user_info]", "pause: [awaiting_user]"))
    (tmp_path / "policy.yml").write_text(wrong, encoding="utf-8")
    (tmp_path / "try.yml").write_text(config_block, encoding="utf-8")
    with pytest.raises(Exception, match="awaiting_user") as caught:
        config_file.load(tmp_path / "try.yml")
    assert str(caught.value).replace(f"{tmp_path}/", "") == said
