"""List when rules were published, by whom, and what they changed."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from monitor.commands.a_reader import ZoneOption, reader
from monitor.commands.console import ConfigOption, JsonOption, configured, print_line, to_read
from monitor.explain import text
from monitor.text import json_line


def publications(
    config: ConfigOption = Path("tierwatch.yml"), zone: ZoneOption = None, as_json: JsonOption = False
) -> None:
    """List since when rules were in force, who started the program with them, and what they changed."""
    from monitor.store import Publications

    checked = configured(config)
    reads = reader(checked, zone)
    with to_read(checked) as database:
        found = Publications(database).all()
    if as_json:
        said = [{**dataclasses.asdict(item), "at": text(item.at)} for item in found]
        print(json_line(said, indent=2))
        return
    if not found:
        command = checked.commands.says("run")
        print_line(f"nothing has been published yet; `{command}` publishes the policy that its configuration names")
    for item in found:
        print_line(f"{reads.time(item.at)}  {item.author}  {', '.join(item.policies)}  (rules {item.rules_version})")
        for line in item.changes or ("nothing that has a name: the order of patterns, or another tierwatch",):
            print_line(f"  {line}")
