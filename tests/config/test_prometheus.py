"""A real Prometheus reads two web servers by the shipped file, and tells when one is gone.

`make monitoring` needs the distribution's package `prometheus`.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.config.test_metrics import ROOT, TOKEN, in_production, web_server
from tests.config.test_overdue import wait_for
from tests.servers import free_port

pytestmark = [pytest.mark.slow, pytest.mark.once]

FOLDER = ROOT / "config" / "monitoring"


class Prometheus:
    """What the running server says."""

    def __init__(self, base: str) -> None:
        self.base = base

    def ask(self, path: str, **parameters: str) -> Any:
        """The data of its answer; none while it does not answer."""
        url = f"{self.base}/api/v1/{path}?{urllib.parse.urlencode(parameters)}"
        try:
            with urllib.request.urlopen(url, timeout=10) as answer:
                return json.load(answer)["data"]
        except OSError:
            return None

    def values(self, expression: str) -> list[float]:
        """The value of each series, now."""
        found = self.ask("query", query=expression)
        return sorted(float(each["value"][1]) for each in found["result"]) if found else []

    def firing(self, name: str) -> bool:
        """Whether that alert is raised."""
        return bool(self.values(f'ALERTS{{alertname="{name}",alertstate="firing"}}'))


def shipped(folder: Path, targets: list[str]) -> Path:
    """The shipped files for these servers, with seconds in place of minutes."""
    rules = yaml.safe_load((FOLDER / "alerts.yml").read_text())
    for rule in rules["groups"][0]["rules"]:
        rule["for"] = "2s"
    (folder / "alerts.yml").write_text(yaml.safe_dump(rules))
    (folder / "token").write_text(TOKEN)
    settings = yaml.safe_load((FOLDER / "prometheus.yml").read_text())
    settings["global"] = {"scrape_interval": "1s", "evaluation_interval": "1s"}
    (job,) = settings["scrape_configs"]
    job["authorization"]["credentials_file"] = str(folder / "token")
    (group,) = job["static_configs"]
    assert len(group["targets"]) == len(targets)
    group["targets"] = targets
    path = folder / "prometheus.yml"
    path.write_text(yaml.safe_dump(settings))
    return path


@contextmanager
def prometheus(folder: Path, targets: list[str]) -> Iterator[Prometheus]:
    """The distribution's server, with its data in `folder`."""
    program = shutil.which("prometheus")
    assert program, "no prometheus here (Debian and Ubuntu: apt-get install prometheus)"
    address = f"127.0.0.1:{free_port()}"
    line = [program, f"--config.file={shipped(folder, targets)}"]
    line += [f"--storage.tsdb.path={folder / 'data'}", f"--web.listen-address={address}"]
    with (folder / "log").open("wb") as log, subprocess.Popen(line, stderr=log) as server:
        try:
            found = Prometheus(f"http://{address}")
            wait_for(lambda: found.ask("status/buildinfo") is not None, "Prometheus")
            yield found
        finally:
            server.terminate()


def test_prometheus_reads_all_and_tells_when_a_web_server_is_gone(tmp_path: Path) -> None:
    own, office = tmp_path / "prometheus", ROOT / "config" / "offices" / "magdeburg.yaml"
    own.mkdir()
    for command in (["migrate", "--verbosity", "0"], ["load_office", str(office)]):
        line = [sys.executable, "manage.py", *command]
        subprocess.run(
            line, env=in_production(tmp_path), cwd=ROOT, check=True, stdout=subprocess.DEVNULL
        )
    with ExitStack() as running:
        first = running.enter_context(web_server(tmp_path))
        second = ExitStack()
        running.push(second)
        bases = [first, second.enter_context(web_server(tmp_path))]
        targets = [base.removeprefix("http://") for base in bases]
        server = running.enter_context(prometheus(own, targets))
        wait_for(lambda: server.values("up") == [1, 1], "both are read")
        assert server.values("soforttermin_database_up") == [1, 1]
        wait_for(
            lambda: min(server.values("soforttermin_http_requests_total"), default=0) > 0,
            "answers are counted",
        )
        assert {each["lastError"] for each in server.ask("targets")["activeTargets"]} == {""}
        assert not server.firing("WebServerDown")

        second.close()
        wait_for(lambda: server.firing("WebServerDown"), "the alert")
        assert server.values("up") == [0, 1]
        (group,) = server.ask("rules")["groups"]
        assert {rule["health"] for rule in group["rules"]} == {"ok"}
