"""Plays a year of a box with three orders of allocation and draws the occupancy."""

from __future__ import annotations

import json
import random
import statistics
from pathlib import Path
from typing import Any

from django.core.management import CommandError, CommandParser

from config.foundation.commands import OperatorCommand, add_json
from pickup_box.simulation import box_year
from pickup_box.simulation.box_year import Year

WIDTH, HEIGHT, LEFT, BOTTOM = 860, 260, 50, 40


class Command(OperatorCommand):
    help = "Plays a year of a box with three orders of allocation and draws the occupancy."
    example = "--days 365 --compartments 512 --svg box.svg"

    def add_arguments(self, parser: CommandParser) -> None:
        """The size of the box, how long, how many documents a working day, where to draw."""
        parser.add_argument("--days", type=int, default=365, help="how long")
        parser.add_argument("--compartments", type=int, default=512, help="doors of the box")
        parser.add_argument("--arrivals", type=float, default=75, help="documents a working day")
        parser.add_argument("--seed", type=int, default=1, help="of chance")
        parser.add_argument("--svg", type=Path, help="file for the drawing")
        add_json(parser)

    def handle(self, *, svg: Path | None, seed: int, days: int, **options: Any) -> None:
        """Prints a row of figures for each order."""
        size = {"compartments": options["compartments"], "arrivals": options["arrivals"]}
        if not 1 <= days <= 3650 or not 1 <= size["compartments"] <= 10_000:
            raise CommandError("--days takes 1 to 3650, --compartments 1 to 10000")
        if not 0 < size["arrivals"] <= 10_000:
            raise CommandError("--arrivals takes more than 0 and at most 10000 a day")
        orders = {
            "rested longest": box_year.rested_longest,
            "first fit": box_year.first_fit,
            "by chance": box_year.by_chance(random.Random(seed)),  # noqa: S311
        }
        years = {
            name: box_year.simulate(
                order,
                days=days,
                dice=random.Random(seed),  # noqa: S311 - the same year for all
                **size,
            )
            for name, order in orders.items()
        }
        rows = {name: figures(year, size["compartments"]) for name, year in years.items()}
        self.stdout.write(json.dumps(rows) if options["json"] else table(rows))
        if svg:
            svg.write_text(draw(years["rested longest"], size["compartments"]), encoding="utf-8")


def figures(year: Year, compartments: int) -> dict[str, float]:
    """What a year says in numbers; shares in percent."""
    wear = year.wear[1:]
    return {
        "documents": year.arrived,
        "not collected %": round(100 * year.expired / max(1, sum(wear)), 1),
        "waited for room": year.delayed,
        "mean occupancy %": round(100 * statistics.mean(year.occupied) / compartments, 1),
        "peak occupancy %": round(100 * max(year.occupied) / compartments, 1),
        "wear least": min(wear),
        "wear most": max(wear),
        "wear spread": round(statistics.pstdev(wear), 1),
        "rest least (days)": min(year.rest, default=0),
        "rest median (days)": statistics.median(year.rest or [0]),
    }


def table(rows: dict[str, dict[str, float]]) -> str:
    """The figures as a Markdown table, an order in each column."""
    lines = [f"| | {' | '.join(rows)} |", "|---|" + "---:|" * len(rows)]
    for name in next(iter(rows.values())):
        lines.append(f"| {name} | {' | '.join(f'{row[name]:g}' for row in rows.values())} |")
    return "\n".join(lines)


def draw(year: Year, compartments: int) -> str:
    """Occupancy day by day as an SVG line, with the size of the box above it."""
    days = len(year.occupied)

    def at(day: float, count: float) -> str:
        x = LEFT + (WIDTH - LEFT - 10) * day / max(1, days - 1)
        y = HEIGHT - BOTTOM - (HEIGHT - BOTTOM - 20) * count / compartments
        return f"{x:.1f},{y:.1f}"

    line = " ".join(at(day, count) for day, count in enumerate(year.occupied))
    top, base = at(0, compartments), at(0, 0)
    labels = [
        f'<text x="{LEFT - 6}" y="{point.split(",")[1]}" text-anchor="end">{value}</text>'
        for value, point in ((compartments, top), (0, base))
    ] + [
        f'<text x="{at(day, 0).split(",")[0]}" y="{HEIGHT - 20}" text-anchor="middle">{day}</text>'
        for day in range(0, days, max(1, days // 6))
    ]
    edge = at(days - 1, compartments)
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
            f'aria-label="Occupied compartments on each working day" '
            'font-family="sans-serif" font-size="13" fill="#222">',
            f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>',
            f'<polyline points="{top} {edge}" fill="none" stroke="#b00" stroke-dasharray="6 4"/>',
            f'<polyline points="{base} {at(days - 1, 0)}" fill="none" stroke="#777"/>',
            f'<polyline points="{line}" fill="none" stroke="#2044aa" stroke-width="1.6"/>',
            *labels,
            f'<text x="{WIDTH / 2}" y="{HEIGHT - 4}" text-anchor="middle">working day</text>',
            "</svg>",
            "",
        ]
    )
