#!/bin/sh
# Makes a release that was fetched into /opt/soforttermin/releases ready to run: its packages, its
# settings, its static files. Nothing of it is written afterwards.
set -eu
umask 022
cd "$(dirname "$0")/../.."
ln -sfn /etc/soforttermin/env .env
"${PYTHON:-python3}" -m venv .venv
.venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
.venv/bin/python manage.py collectstatic --noinput --verbosity 0
.venv/bin/python -m compileall -q config booking documents eligibility pickup_box
