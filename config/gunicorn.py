"""The web server's settings: `gunicorn --config python:config.gunicorn config.wsgi`."""

import os
import shutil
import tempfile

from config.operations import overdue_requests
from config.operations.logs import ACCESS_LOG_FORMAT, AccessLog

accesslog = "-"
access_log_format = ACCESS_LOG_FORMAT
logger_class = AccessLog
control_socket_disable = True
preload_app = True
worker_class = "gthread"
threads = 4
# Whoever must wait waits before both processes, not behind one of them. A proxy that keeps
# connections opens no more than 16 for each process: see config/Caddyfile. One more is for whoever
# asks whether it is well, so that in a rush there is room for the question.
worker_connections = 17
keepalive = 2
# No proxy of ours moves the site below a path, so nobody says so in a header: one that does not fit
# the path is answered 500.
forwarder_headers = ""
# How long a process may not answer its master; of requests that hang it knows nothing.
timeout = 30
limit_request_line = 4094
# Where each process writes what it counts, read by config.operations.process_metrics; set before
# the application is loaded. Processes that have ended still count, so nothing is taken out.
_counts = tempfile.mkdtemp(prefix="soforttermin-metrics-")
os.environ["PROMETHEUS_MULTIPROC_DIR"] = _counts


def on_exit(server: object) -> None:
    """The counts end with the web server."""
    shutil.rmtree(_counts, ignore_errors=True)


def post_worker_init(worker: object) -> None:
    """Looks for requests that hang; not before the fork, for threads don't survive one."""
    overdue_requests.start()
