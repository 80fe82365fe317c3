"""manage.py simulate_fairness: who gets the times under each way of sharing them out."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from django.core.management import CommandError, CommandParser

from booking.simulation.fairness import Outcome, Scenario, compare
from config.foundation.commands import OperatorCommand, add_json

_COLUMNS = ("way", "honest", "bots", "fakes", "unused", "resale", "missed", "wait (h)")


class Command(OperatorCommand):
    help = (
        "Simulates people, bots, resellers and invented persons under first come, draw and "
        "waiting list. The same seed gives the same figures. --report writes the scenarios of "
        "the documentation with a chart."
    )
    example = "--days 60 --bots 20 --json"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--days", type=int, default=60, help="how long")
        parser.add_argument("--people", type=float, default=12.0, help="arriving per day")
        parser.add_argument("--bots", type=int, default=20, help="how many")
        parser.add_argument("--fakes", type=float, default=0.0, help="arriving per day")
        parser.add_argument("--bot-seconds", type=float, default=0.1, help="a bot's reaction")
        parser.add_argument("--late", type=float, default=0.0, help="share of slots opened late")
        parser.add_argument("--seed", type=int, default=1, help="of chance")
        add_json(parser)
        parser.add_argument("--report", type=Path, help="folder for fairness.md and fairness.svg")

    def handle(self, **options: Any) -> None:
        scenario = Scenario(
            days=options["days"],
            people_per_day=options["people"],
            bots=options["bots"],
            fakes_per_day=options["fakes"],
            bot_seconds=options["bot_seconds"],
            late=options["late"],
            seed=options["seed"],
        )
        _check(scenario)
        if options["report"]:
            self._report(options["report"], scenario)
            return
        outcomes = compare(scenario)
        if options["json"]:
            self.stdout.write(json.dumps([_figures(each) for each in outcomes]))
            return
        self.stdout.write("  ".join(f"{name:>12}" for name in _COLUMNS))
        for each in outcomes:
            self.stdout.write("  ".join(f"{cell:>12}" for cell in _row(each)))

    def _report(self, folder: Path, base: Scenario) -> None:
        if not folder.is_dir():
            raise CommandError(f"{folder} is no folder")
        scenarios = {
            "as it is: 20 bots that answer in 0.1 s": base,
            "the same bots answer in 10 minutes": replace(base, bot_seconds=600),
            "few people: 5 a day": replace(base, people_per_day=5),
            "as many invented persons as people": replace(base, fakes_per_day=base.people_per_day),
            "ten times as many invented persons": replace(
                base, fakes_per_day=10 * base.people_per_day
            ),
            "a tenth as many invented persons: 99 of 100 of them stopped": replace(
                base, fakes_per_day=base.people_per_day / 10
            ),
            "without bots, a third of the times kept back until two days before": replace(
                base, bots=0, late=1 / 3
            ),
            "without bots": replace(base, bots=0),
        }
        found = {title: compare(scenario) for title, scenario in scenarios.items()}
        table = "\n".join(_table(title, outcomes) for title, outcomes in found.items())
        page = folder / "fairness.md"
        head, mark, _old = page.read_text(encoding="utf-8").partition("<!-- figures -->\n")
        page.write_text(f"{head}{mark}\n{table}", encoding="utf-8")
        (folder / "fairness.svg").write_text(_chart(found), encoding="utf-8")
        self.stdout.write(f"{len(found)} scenarios written to {page}")


def _check(scenario: Scenario) -> None:
    if not 14 <= scenario.days <= 365:
        raise CommandError("--days takes a number from 14 to 365")
    if not 0 <= scenario.late <= 1:
        raise CommandError("--late takes a share from 0 to 1")
    counts = (scenario.people_per_day, scenario.bots, scenario.fakes_per_day, scenario.bot_seconds)
    if min(counts) < 0 or max(counts) > 10_000:
        raise CommandError("--people, --bots, --fakes and --bot-seconds take 0 to 10000")


def _figures(outcome: Outcome) -> dict[str, Any]:
    shares = ("honest_share", "unused_share", "resale_share")
    return asdict(outcome) | {name: round(getattr(outcome, name), 4) for name in shares}


def _row(outcome: Outcome) -> list[str]:
    return [
        outcome.way.replace("_", " "),
        f"{outcome.honest_share:.1%}",
        str(outcome.bots),
        str(outcome.fakes),
        f"{outcome.unused_share:.1%}",
        f"{outcome.resale_done}/{outcome.resale_tried}",
        f"{outcome.missed}/{outcome.wanted}",
        f"{outcome.wait_hours:.0f}",
    ]


def _table(title: str, outcomes: list[Outcome]) -> str:
    lines = [f"### {title}", "", "| " + " | ".join(_COLUMNS) + " |", "|" + "---|" * len(_COLUMNS)]
    lines += ["| " + " | ".join(_row(each)) + " |" for each in outcomes]
    return "\n".join(lines) + "\n"


def _chart(found: dict[str, list[Outcome]]) -> str:
    """Bars of the honest share, one row a scenario and way."""
    height = 20 + sum(24 + 18 * len(outcomes) for outcomes in found.values())
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="720" height="{height}" '
        'font-family="sans-serif" font-size="12" role="img">',
        "<title>Share of times that went to people with a need of their own</title>",
    ]
    y = 10
    for title, outcomes in found.items():
        y += 20
        parts.append(f'<text x="0" y="{y}" font-weight="bold">{title}</text>')
        for each in outcomes:
            y += 18
            width = round(500 * each.honest_share)
            parts.append(f'<text x="0" y="{y}">{each.way.replace("_", " ")}</text>')
            parts.append(
                f'<rect x="110" y="{y - 11}" width="{width}" height="13" fill="#2044aa"/>'
                f'<text x="{116 + width}" y="{y}">{each.honest_share:.0%}</text>'
            )
        y += 4
    return "\n".join([*parts, "</svg>\n"])
