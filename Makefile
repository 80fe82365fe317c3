# Two commands: `make run` and `make test`. Each makes its own environment first.
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
PY := $(VENV)/bin/python
DOCS_VENV := .venv-docs
PORT ?= 8000
WORKERS ?= 2
ARGS ?=
VERSION ?=
MINUTES ?= 60
# Every process of a test would read the whole of Django from its sources again.
unexport PYTHONDONTWRITEBYTECODE
# Four tests at a time: with more, one worker got all races, which come last because they empty the
# tables, and the other stood still. The longest tests are named at the end.
PYTEST := -m pytest -n $(WORKERS) --maxschedchunk 4 --durations 25 --durations-min 2
PART := $(PY) -m tests.durations

.DEFAULT_GOAL := help
.PHONY: help setup setup-run run test lint types test-sqlite test-pg coverage journeys a11y screenshots handbook messages bad-lines bench faults files audit sbom monitoring mutate pairs soak lock next operator-handbook deploy docs release

help: ## this list
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 14

run: setup-run ## start everything on this machine: web, worker, beat (PORT=8000)
	@exec $(PY) manage.py run --port $(PORT)

test: setup ## lint, types, the suite on SQLite and on PostgreSQL, journeys in a browser
	@rm -f var/durations.json
	@$(PART) lint $(MAKE) --no-print-directory lint
	@$(PART) types $(MAKE) --no-print-directory types
	@$(PART) sqlite $(MAKE) --no-print-directory test-sqlite
	@$(PART) postgresql $(MAKE) --no-print-directory test-pg ONLY=--database-only
	@$(PART) journeys $(MAKE) --no-print-directory journeys
	@$(PY) -m tests.durations

$(PY):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Soforttermin needs Python 3.11 or newer; name one with PYTHON=")'
	@$(PYTHON) -m venv $(VENV)

# An environment is up to date when the lock it was made from is the lock of today.
define install
	@cmp -s $(1) $(2)/$(1) || { echo "Installing $(1) into $(2)"; \
	  $(2)/bin/python -m pip install --quiet --no-compile --disable-pip-version-check --require-hashes -r $(1) && cp $(1) $(2)/$(1); }
endef

setup-run: $(PY)
	$(call install,requirements.txt,$(VENV))

setup: setup-run ## make the environment, for running and for testing
	$(call install,requirements-dev.txt,$(VENV))

lint: setup ## ruff, templates, import contracts, licences
	$(VENV)/bin/ruff check --quiet .
	$(VENV)/bin/ruff format --check --quiet .
	$(VENV)/bin/djlint --quiet --lint templates
	$(VENV)/bin/lint-imports --no-logo
	$(VENV)/bin/reuse lint --quiet || $(VENV)/bin/reuse lint --lines

types: setup ## mypy --strict
	$(VENV)/bin/mypy

test-sqlite: setup ## the suite on SQLite (ARGS="tests/booking -k hold")
	$(PY) $(PYTEST) $(ARGS)

test-pg: setup ## the suite on a real PostgreSQL and Valkey, which come as wheels (ARGS=...)
	$(PY) -m tests.servers $(PY) $(PYTEST) $(ONLY) $(ARGS)

coverage: setup ## branch coverage of rules, windows and verbs: 95 % at least
	$(PY) -m pytest -n $(WORKERS) --cov --cov-report term tests/eligibility tests/booking tests/documents tests/pickup_box tests/security/test_retention.py

journeys: setup ## a person's way through the pages in a real Chromium (ARGS=...)
	$(PY) $(PYTEST) -m 'journey and not slow and not bench' $(ARGS)

a11y: setup ## every page, language and width against the accessibility rules
	$(PY) -m pytest -n $(WORKERS) -m 'journey and slow' $(ARGS)

screenshots: setup ## a contact sheet of every page in var/screenshots (LANGUAGES="de ar")
	$(PY) -m pytest -n $(WORKERS) -m journey tests/look/screenshots.py

handbook: setup ## the pictures of docs/handbuch.md, anew in docs/handbook
	$(PY) -m pytest -m journey tests/look/handbook.py

docs: ## the documentation as a site in var/site; every warning is an error
	@test -x $(DOCS_VENV)/bin/python || $(PYTHON) -m venv $(DOCS_VENV)
	$(call install,requirements-docs.txt,$(DOCS_VENV))
	@rm -rf var/site
	$(DOCS_VENV)/bin/sphinx-build -q -W --keep-going -n -c docs/site docs var/site

messages: setup ## collect the texts of code and templates into locale/, compile them (needs gettext)
	$(PY) manage.py makemessages --verbosity 0 --no-wrap --add-location file --no-obsolete \
	  --ignore '.*' --ignore tests --ignore var $(foreach code,de ar uk ru fa tr fr vi de_Simple,-l $(code))
	$(PY) manage.py check_translations --tidy
	$(PY) manage.py compilemessages --verbosity 0 --ignore .venv

bad-lines: setup ## four photos from a phone over a narrow line with loss and two cuts; writes var/bad_lines.json
	$(PY) -m pytest -s -m 'journey and bench' tests/journeys/test_bad_lines.py $(ARGS)

bench: setup ## ratios against a bare view and the smallest booking; writes var/bench.json (ARGS=--quick)
	$(PY) -m tests.bench $(ARGS)

files: setup ## the corpus of files with a real clamd (needs clamav-daemon); ARGS=...
	$(PY) -m pytest tests/documents/applications -m 'slow or not slow' $(ARGS)

faults: setup ## every fault and long race, on PostgreSQL; the last lines name what was not proven (ARGS=...)
	$(PY) -m tests.servers $(PY) -m pytest tests/faults -m fault $(ARGS)
	$(PY) -m tests.servers $(PY) -m pytest tests/races -m 'race and slow' $(ARGS)
	$(PY) -m pytest tests/config/test_reverse_proxy.py -m slow $(ARGS)
	STATE_MACHINE=thorough $(PY) -m tests.servers $(PY) -m pytest tests/booking/test_state_machine.py tests/pickup_box/test_state_machine.py $(ARGS)

monitoring: setup ## alerts, each by its fault, panels, and a real Prometheus (apt-get install prometheus)
	$(PY) -m pytest -n $(WORKERS) -m 'slow or not slow' tests/config/test_alerts.py tests/config/test_metrics.py tests/config/test_prometheus.py $(ARGS)

pairs: setup ## every two requests that write a common row, 20 times; then without their claims (ARGS=WORD)
	PAIRS_REPETITIONS=20 $(PY) -m pytest tests/races/pairs -m race
	PAIRS_REPETITIONS=20 $(PY) -m tests.servers $(PY) -m pytest tests/races/pairs -m race
	$(PY) -m tests.servers $(PY) -m tests.races.pairs.mutate $(ARGS)

soak: setup ## all of it at once for long: pairs, kills, a frozen broker, slow clients and relay; adds to var/soak.json (MINUTES=60)
	$(PY) -m tests.soak --minutes $(MINUTES) $(ARGS)

operator-handbook: setup ## docs/bare_metal.md followed literally on an empty machine: needs root, systemd, apt (ARGS=...)
	$(PY) -m pytest -m slow -s tests/ops $(ARGS)

# A web server takes leave of the proxy before it goes, and the next does so only when the proxy, which
# asks every five seconds, has seen the first come back: so no form meets a door that is just closing. The
# container is always a new one: one that stayed would have left for good. One that is down has no leave to take.
define renew
	-docker compose exec --no-TTY $(1) touch /tmp/leaving
	sleep 10
	docker compose up --detach --no-deps --force-recreate --wait $(1)
	sleep 10
endef

deploy: ## docker compose: build, migrate, renew one part after the other; nobody notices
	docker compose build
	docker compose run --rm prepare
	$(call renew,web1)
	$(call renew,web2)
	docker compose up --detach --no-deps --wait worker
	docker compose up --detach --no-deps --wait beat
	docker compose up --detach

release: ## look, test and tag a release (VERSION=0.1.0); docs/releases.md says what comes before
	@.ci/release "$(VERSION)"

audit: setup ## known flaws of the locked packages; needs the advisories' server
	$(PY) -m pip install --quiet pip-audit
	$(VENV)/bin/pip-audit --strict --disable-pip --requirement requirements.txt --require-hashes

sbom: setup ## what is inside: every locked package, as CycloneDX in sbom.json
	$(VENV)/bin/cyclonedx-py requirements requirements.txt --pyproject pyproject.toml --output-reproducible -o sbom.json

mutate: setup ## take protections away, one at a time: a test must notice each
	$(PY) -m tests.security.mutate $(ARGS)

# Extras stay in the lock: older pips ask the index anew for "coverage[toml]" when only "coverage"
# is pinned, and refuse what is newer there. ARGS=--upgrade takes the newest of everything.
LOCKED := --quiet --universal --generate-hashes --no-strip-extras --no-emit-index-url --no-header
LOCK := $(VENV)/bin/uv pip compile $(LOCKED) --extra sso --extra sentry

lock: setup ## lock anew what pyproject.toml asks for (ARGS=--upgrade)
	$(PY) -m pip install --quiet uv
	$(LOCK) $(ARGS) -o requirements.txt pyproject.toml
	$(LOCK) $(ARGS) --group dev -o requirements-dev.txt pyproject.toml
	$(VENV)/bin/uv pip compile $(LOCKED) $(ARGS) --python-version 3.11 --group docs -o requirements-docs.txt

next: ## the suite on the newest Django, pre-releases too; deprecations are errors (PYTHON=python3.13)
	$(PYTHON) -m venv var/next
	var/next/bin/pip install --quiet --no-compile --require-hashes -r requirements-dev.txt
	var/next/bin/pip install --quiet --no-compile --pre --upgrade django
	var/next/bin/python $(PYTEST) $(ARGS)
