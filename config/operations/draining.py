"""A web server that is about to be renewed takes leave first: the proxy hears it and goes away.

`make deploy` makes the file in the container, waits until the proxy has asked, and ends it then.
"""

from __future__ import annotations

import tempfile
from pathlib import Path


def is_leaving() -> bool:
    """Whether somebody has made the file `leaving` in the temporary folder of this server."""
    return Path(tempfile.gettempdir(), "leaving").exists()
