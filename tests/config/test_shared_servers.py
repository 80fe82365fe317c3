"""Offices that share a broker, and passwords that stand beside their addresses."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from redis import Redis

from config.environment import with_password
from tests.config.test_production import ROOT
from tests.servers import valkey

pytestmark = pytest.mark.once
SEND = """
from config.celery import app
with app.connection_for_write() as connection:
    app.send_task("config.operations.tasks.send_codes", connection=connection)
    print(connection.default_channel.client.llen("celery"))
"""


def test_offices_that_share_a_broker_take_no_message_of_each_other(tmp_path: Path) -> None:
    with valkey() as broker, Redis.from_url(broker.connection_url) as client:
        client.config_set("requirepass", "it's: a/word@")
        for prefix, waiting in (("one.", "1"), ("two.", "1"), ("one.", "2")):
            environment = {
                **os.environ,
                "DATA_DIR": str(tmp_path),
                "REDIS_URL": broker.connection_url,
                "REDIS_PASSWORD": "it's: a/word@",
                "BROKER_KEY_PREFIX": prefix,
            }
            sent = subprocess.run(
                [sys.executable, "-c", SEND],
                cwd=ROOT, env=environment, capture_output=True, text=True, check=False,
            )  # fmt: skip
            assert sent.stdout.strip() == waiting, sent.stderr
        assert {key.decode().split(".")[0] for key in client.scan_iter()} == {"one", "two"}


@pytest.mark.parametrize(
    ("url", "whole"),
    [
        ("redis://broker:6379/0", "redis://:a%40b%2F@broker:6379/0"),
        ("redis://office@broker:6379/0", "redis://office:a%40b%2F@broker:6379/0"),
        ("redis://:own@broker:6379/0", "redis://:own@broker:6379/0"),
        ("redis+socket:///run/broker.sock", "redis+socket:///run/broker.sock"),
        ("", ""),
    ],
)
def test_password_fills_the_gap_in_an_address(url: str, whole: str) -> None:
    assert with_password(url, "a@b/") == whole
