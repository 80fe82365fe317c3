"""A web server takes leave of the proxy before it is renewed."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from django.test import Client


@pytest.mark.django_db
def test_server_that_leaves_says_so_where_the_proxy_asks_alone(
    client: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    assert client.get("/healthz").status_code == 200
    (tmp_path / "leaving").touch()
    assert client.get("/healthz").status_code == 503
    # the container is well: it must not be started anew for that
    assert client.get("/readyz").status_code == 200
