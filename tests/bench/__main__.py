"""python -m tests.bench: one run, interleaved; ratios, not seconds. Writes var/bench.json.

Parts may be run one after the other (--parts pages flow); each adds its figures to the file.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.bench import machine
from tests.servers import Postgres, postgres

QUICK = ("pages", "flow", "weights", "race_500")
PARTS = (*QUICK, "race_5000", "growth", "kept", "uploading")
MORE = ("growth_million",)


@dataclass
class Bench:
    """The databases and the web servers of one run."""

    server: Postgres
    url: str
    small_url: str
    web: machine.Web
    small: machine.Web
    bare: machine.Web


def prepare(home: str, url: str) -> None:
    """Everything of the product that needs Django, in this process, on the bench's database."""
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "DATABASE_URL": url,
        "DATA_DIR": home,
        "PUBLIC_BASE_URL": "http://127.0.0.1",
        "DEBUG": "false",
        "TRUSTED_PROXIES": "1",
        "LOG_LEVEL": "ERROR",
    }
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection

    for folder in ("static", "letters"):
        (Path(home) / folder).mkdir(exist_ok=True)
    call_command("migrate", verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)
    call_command("load_office", "config/offices/magdeburg.yaml", verbosity=0)
    call_command("load_catalogue", verbosity=0)
    connection.close()


@contextmanager
def running() -> Iterator[Bench]:
    """PostgreSQL, the product and both yardsticks."""
    with tempfile.TemporaryDirectory(prefix="bench-") as home, postgres() as server:
        url = machine.database(server, "product")
        small_url = machine.database(server, "smallest")
        prepare(home, url)
        machine.database(server, "pristine", template="product")
        make = "from tests.bench.smallest import make_tables; make_tables()"
        subprocess.run(
            [sys.executable, "-c", make],
            env={**os.environ, "DATABASE_URL": small_url},
            cwd=machine.ROOT,
            check=True,
        )
        yard = machine.YARDSTICK
        smallest, constant = "tests.bench.smallest:application", "tests.bench.constant:application"
        with (
            machine.serve("config.wsgi", options=machine.PRODUCT, first="/de/") as web,
            machine.serve(smallest, options=yard, DATABASE_URL=small_url) as small,
            machine.serve(constant, options=yard) as bare,
        ):
            yield Bench(server, url, small_url, web, small, bare)


def measure(part: str, bench: Bench) -> dict[str, Any]:
    """The figures of one part."""
    from tests.bench import growth, kept, races, rates, uploading, weights

    web, small, small_url = bench.web, bench.small, bench.small_url
    ways: dict[str, Callable[[], dict[str, Any]]] = {
        "pages": lambda: rates.pages(web, small, bench.bare, small_url),
        "flow": lambda: rates.flow(web, small, bench.url, small_url),
        "weights": lambda: weights.weights(web, small),
        "race_500": lambda: {"race_500": races.race(web, small, small_url, 500, 0)},
        "race_5000": lambda: {"race_5000": races.race(web, small, small_url, 5000, 30)},
        "growth": lambda: growth.growth(bench.server),
        "kept": lambda: kept.kept(bench.server),
        "uploading": lambda: uploading.uploading(web),
        "growth_million": lambda: growth.million(bench.server),
    }
    return ways[part]()


def main() -> int:
    """Runs the parts asked for, by default all but a million appointments."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="without 5,000 people and growth")
    parser.add_argument("--parts", nargs="+", choices=PARTS + MORE, help="only these")
    parser.add_argument("--out", type=Path, default=Path("var/bench.json"))
    parser.add_argument("--chart", type=Path, help="draw what the file holds, as SVG")
    options = parser.parse_args()
    options.out.parent.mkdir(exist_ok=True)
    with running() as bench:
        for part in options.parts or (QUICK if options.quick else PARTS):
            figures = json.loads(options.out.read_text()) if options.out.exists() else {}
            figures |= measure(part, bench)
            options.out.write_text(json.dumps(figures, indent=2) + "\n")
    if options.chart:
        from tests.bench.chart import draw

        options.chart.write_text(draw(json.loads(options.out.read_text())))
    print(options.out.read_text())  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main())
