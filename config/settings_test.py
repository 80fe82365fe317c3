"""The settings of a test run: the same file, with what a test must not wait for or write to."""

import atexit
import os
import shutil
import tempfile

if "DATA_DIR" not in os.environ:
    os.environ["DATA_DIR"] = tempfile.mkdtemp(prefix="soforttermin-")
    atexit.register(shutil.rmtree, os.environ["DATA_DIR"], ignore_errors=True)
os.environ.setdefault("PUBLIC_BASE_URL", "http://testserver")

from config.settings import *  # noqa: F403
from config.settings import DATABASES, STATIC_ROOT, STORAGES

ALLOWED_HOSTS = ["testserver", "localhost", "127.0.0.1"]
OFFICE_MEMORY_SECONDS = 0
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = STORAGES | {
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
}
# Threads and processes must see the same database, so a file instead of memory. A test kills
# processes and never the power: what a process has written is read by the next.
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    DATABASES = {
        "default": DATABASES["default"]
        | {
            "TEST": {"NAME": str(DATABASES["default"]["NAME"]) + ".test"},
            "OPTIONS": DATABASES["default"]["OPTIONS"]
            | {"init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF;"},
        }
    }
STATIC_ROOT.mkdir(exist_ok=True)
