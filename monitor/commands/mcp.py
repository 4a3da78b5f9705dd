"""Answer the questions of an assistant on standard input and output, by the Model Context Protocol."""

from __future__ import annotations

import logging
import signal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from monitor import __version__
from monitor.commands.an_answer import DATA, readable
from monitor.commands.assistant_tools import LONGEST_WORD, TOOLS, Tool, asked
from monitor.commands.console import ConfigOption, configured
from monitor.errors import ConfigError, TierwatchError
from monitor.text import json_line

if TYPE_CHECKING:
    from mcp import types

AT_ONCE = 2
"""Questions that are answered at the same time; more wait."""

INSTRUCTIONS = (
    "tierwatch runs a clock for every promise of a network operator. These tools read what it has counted, and change"
    f" nothing. {DATA} A clock whose source's data is too old is `unknown`, whatever it was. `left_out` counts the"
    " entries that an answer had no room for. A refusal is a sentence that says what to do."
)


def mcp(
    config: ConfigOption = Path("tierwatch.yml"),
    people: Annotated[bool, typer.Option("--people", help="Name people; without it answers leave names out.")] = False,
) -> None:
    """Answer an assistant's questions by the Model Context Protocol on standard input and output; reads only."""
    try:
        import anyio
        import mcp.server  # noqa: F401 - is it there?
    except ImportError as error:
        raise ConfigError(
            "the package mcp is not installed, which assistants need; install tierwatch[assistants]"
        ) from error
    configured(config)  # a wrong one is said at once
    # It only reads: nothing is lost where a signal ends it, and a thread that waits for input would hold up a Ctrl-C.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    logging.basicConfig(level=logging.WARNING, format="%(message)s")  # standard output belongs to the protocol
    anyio.run(_serve, config.absolute(), people)


async def _serve(config: Path, people: bool) -> None:
    import anyio
    from anyio.to_thread import run_sync
    from mcp import types
    from mcp.server.lowlevel import Server
    from mcp.server.stdio import stdio_server

    at_once = anyio.CapacityLimiter(AT_ONCE)

    async def listed(_context: Any, _params: Any) -> types.ListToolsResult:
        return types.ListToolsResult(tools=[_offered(tool) for tool in TOOLS.values()])

    async def called(_context: Any, params: types.CallToolRequestParams) -> types.CallToolResult:
        said, failed = await run_sync(
            _answer, params.name, params.arguments or {}, config, people, limiter=at_once, abandon_on_cancel=True
        )
        written = said if isinstance(said, str) else json_line(said)
        structured = None if isinstance(said, str) else said
        content = [types.TextContent(type="text", text=written)]
        return types.CallToolResult(content=list(content), structured_content=structured, is_error=failed)

    server: Server[Any] = Server(
        "tierwatch", version=__version__, instructions=INSTRUCTIONS, on_list_tools=listed, on_call_tool=called
    )
    async with stdio_server() as (read, write):
        await server.run(read, write, server.create_initialization_options())


def _answer(name: str, given: dict[str, Any], config: Path, people: bool) -> tuple[dict[str, Any] | str, bool]:
    """The answer to a question, or the sentence that refuses it; and whether it is one that refuses."""
    from monitor.wallclock import now

    try:
        return asked(tool_named(name), given, config, now(), people), False
    except TierwatchError as error:
        return readable(str(error)), True
    except Exception:
        logging.getLogger("tierwatch").exception("a tool failed: %s", name)
        return f"{name} failed by a defect of tierwatch; its log on standard error says where", True


def tool_named(name: str) -> Tool:
    """The tool of that name. Raises ConfigError."""
    if name not in TOOLS:
        raise ConfigError(f"there is no tool {name[:80]!r}; there are {', '.join(TOOLS)}")
    return TOOLS[name]


def _offered(tool: Tool) -> types.Tool:
    from mcp import types

    texts = {**tool.needed, **tool.optional}
    return types.Tool(
        name=tool.name,
        description=tool.says,
        input_schema={
            "type": "object",
            "properties": {
                name: {"type": "string", "description": says, "maxLength": LONGEST_WORD} for name, says in texts.items()
            },
            "required": list(tool.needed),
            "additionalProperties": False,
        },
        annotations=types.ToolAnnotations(read_only_hint=True, destructive_hint=False, open_world_hint=False),
    )
