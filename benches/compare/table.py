"""Figures → a table, as text or as Markdown."""

import statistics

from measure import Figures, Scenario

WHOLE = {"rate", "failed", "fewest", "others", "held", "heads", "bodies", "readers"}  # told without decimals


def medians(rounds: list[Figures]) -> Figures:
    """Of each figure; failures are added up."""
    figures: Figures = {}
    for key in rounds[0]:
        values = [value for figures_ in rounds if (value := figures_.get(key)) is not None]
        if key == "failed":
            figures[key] = sum(values)
        else:
            figures[key] = statistics.median(values) if values else None
    return figures


def rows(scenario: Scenario, results: dict[str, list[Figures]], absent: list[str]) -> list[list[str]]:
    """The titles, then a row for each server: the first as it came, the others by the ratio, best first."""
    figures = {name: medians(rounds) for name, rounds in results.items()}
    reference = next(iter(figures.values()), {}).get(scenario.ratio or "")
    titles = ["server"]
    for key, title in scenario.columns.items():
        titles.append(title)
        if key == scenario.ratio:
            titles.append(f"× {next(iter(figures), '')}")
    table = [titles]
    first, *others = figures or [""]
    others.sort(key=lambda name: figures[name].get(scenario.ratio or "") or float("inf"))
    for name in filter(None, [first, *others]):
        row = [name]
        for key in scenario.columns:
            value = figures[name].get(key)
            row.append(text(key, value))
            if key == scenario.ratio:
                row.append(f"{value / reference:.2f}" if value and reference else "–")
        table.append(row)
    table += [[name, *["–"] * (len(titles) - 1)] for name in absent]
    return table


def text(key: str, value: float | None) -> str:
    if value is None:
        return "–"
    return f"{value:,.0f}" if key in WHOLE else f"{value:.2f}"


def plain(table: list[list[str]]) -> str:
    widths = [max(map(len, column)) for column in zip(*table)]
    lines = []
    for name, *values in table:
        cells = [name.ljust(widths[0]), *(value.rjust(width) for value, width in zip(values, widths[1:]))]
        lines.append("  " + "  ".join(cells))
    return "\n".join(lines)


def markdown(table: list[list[str]]) -> str:
    titles, *values = table
    lines = [titles, ["---", *["---:"] * (len(titles) - 1)], *values]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
