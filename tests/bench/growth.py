"""Say how figures grow with the number of open clocks, and arrange them as a table.

The exponent of growth is the slope of a straight line through the logarithms, by least squares: 0 is a figure that does
not depend on the size, 1 one that grows in step with it, 2 one that grows with its square.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import log

from rich.console import Console
from rich.table import Table

NONE = "–"


@dataclass(frozen=True, slots=True)
class Figure:
    """One row of the table: what was measured, its unit, and the value by number of open clocks.

    `alone` is a value that no number of open clocks changes. `digits` are those after the point. What did not come
    within the time that was given is infinite. `goal` is what the largest size is to keep; empty where there is none.
    """

    name: str
    unit: str
    digits: int = 0
    values: Mapping[int, float] = field(default_factory=dict)
    alone: float | None = None
    goal: str = ""

    @property
    def exponent(self) -> float | None:
        """The fitted exponent of growth; None where fewer than two sizes have a figure above zero."""
        return exponent(list(self.values.items()))


def exponent(points: Sequence[tuple[float, float]]) -> float | None:
    """The slope of log(y) over log(x) by least squares.

    None where fewer than two different x have a y above zero and below infinity: a logarithm needs that.
    """
    logs = [(log(x), log(y)) for x, y in points if x > 0 and 0 < y < float("inf")]
    if len({x for x, _ in logs}) < 2:
        return None
    mean_x, mean_y = sum(x for x, _ in logs) / len(logs), sum(y for _, y in logs) / len(logs)
    square = sum((x - mean_x) ** 2 for x, _ in logs)
    return sum((x - mean_x) * (y - mean_y) for x, y in logs) / square


def cells(figures: Sequence[Figure], sizes: Sequence[int]) -> list[list[str]]:
    """The table as text, its head first: a row for each figure, a column for each size, then the exponent.

    The goals come last, where there is one.
    """
    head = ["", *(f"{size:,}" for size in sizes), "exponent"]
    rows = [_row(figure, sizes) for figure in figures]
    if any(figure.goal for figure in figures):
        return [[*head, "goal"], *([*row, figure.goal] for row, figure in zip(rows, figures, strict=True))]
    return [head, *rows]


def markdown(figures: Sequence[Figure], sizes: Sequence[int]) -> str:
    """The same as a table of Markdown, without a line's end."""
    return as_markdown(cells(figures, sizes))


def against(figures: Sequence[Figure]) -> list[list[str]]:
    """The table of figures that depend on no size: what was measured beside what is to be kept."""
    return [["", "measured", "goal"], *([*_row(figure, (0,))[:2], figure.goal or NONE] for figure in figures)]


def as_markdown(rows: Sequence[Sequence[str]]) -> str:
    """Rows of cells, the head first, as a table of Markdown without a line's end."""
    head, *others = rows
    return "\n".join(f"| {' | '.join(row)} |".replace("|  |", "| |") for row in (head, ["---"] * len(head), *others))


def show(title: str, rows: Sequence[Sequence[str]], markdown_wanted: bool) -> None:
    """Print rows of cells, the head first."""
    if markdown_wanted:
        print(as_markdown(rows))
        return
    head, *others = rows
    table = Table(title=title)
    for number, column in enumerate(head):
        table.add_column(column, justify="right" if number else "left")
    for row in others:
        table.add_row(*row)
    Console(width=140).print(table)


def as_json(figures: Sequence[Figure]) -> dict[str, dict[str, float | None]]:
    """By the name of the figure with its unit: the value by size, or `alone`, and the `exponent`."""
    found: dict[str, dict[str, float | None]] = {}
    for figure in figures:
        said: dict[str, float | None] = {str(size): _rounded(value) for size, value in figure.values.items()}
        if figure.alone is not None:
            said["alone"] = _rounded(figure.alone)
        fitted = figure.exponent
        found[_title(figure)] = said | {"exponent": None if fitted is None else round(fitted, 2)}
    return found


def _row(figure: Figure, sizes: Sequence[int]) -> list[str]:
    if figure.alone is not None:
        values = [_shown(figure.alone, figure.digits), *[""] * (len(sizes) - 1)]
    else:
        values = [_shown(figure.values.get(size), figure.digits) for size in sizes]
    fitted = figure.exponent
    return [_title(figure), *values, NONE if fitted is None else f"{fitted + 0.0:.2f}".replace("-0.00", "0.00")]


def _title(figure: Figure) -> str:
    return f"{figure.name}, {figure.unit}" if figure.unit else figure.name


def _shown(value: float | None, digits: int) -> str:
    if value is None:
        return NONE
    return "never" if value == float("inf") else f"{value:,.{digits}f}"


def _rounded(value: float) -> float | None:
    return None if value == float("inf") else round(value, 4)
