"""Takes protections away, one at a time, and expects a test to notice: `make mutate`.

`python -m tests.security.mutate [WORD …]` copies the project to a temporary folder, removes each
protection there (or those whose name contains a WORD), runs the tests that guard it and fails if
they still pass.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SIGNIN, HEADERS = "tests/security/test_signin.py", "tests/security/test_headers.py"
CACHING = "tests/security/test_caching.py"
KEEP, LOGS = "tests/security/test_retention.py", "tests/security/test_logs.py"
GUESS, LIMITS = "tests/security/test_guessing.py", "tests/foundation/test_limits.py"
FIELDS, BOTS = "tests/foundation/test_corpus_of_fields.py", "tests/foundation/test_bots.py"
WAY, MANAGE = "tests/booking/test_views_way.py", "tests/booking/test_views_manage.py"
HOLDING, VISITS = "tests/booking/test_actions_holding.py", "tests/pickup_box/test_visits.py"


@dataclass(frozen=True)
class Mutation:
    """One protection: where it stands, what stands there without it, and who must notice."""

    name: str
    file: str
    old: str
    new: str
    test: str
    only: str  # an expression for pytest -k


MUTATIONS = (
    Mutation(
        "second factor is not asked for",
        "config/signin.py",
        'return "" if has_factor else "mfa_index"',
        'return ""',
        SIGNIN,
        "desk_opens_without",
    ),
    Mutation(
        "foreign password may stay",
        "config/signin.py",
        "if user.must_change_password:",
        "if False:",
        SIGNIN,
        "foreign_password",
    ),
    Mutation(
        "idle sessions live on",
        "config/signin.py",
        "or now - seen >= IDLE.total_seconds()",
        "",
        SIGNIN,
        "idle_session",
    ),
    Mutation(
        "busy sessions live for ever",
        "config/signin.py",
        "now - since >= LONGEST.total_seconds() or",
        "",
        SIGNIN,
        "busy_session",
    ),
    Mutation(
        "attempts are stored with their address",
        "config/signin.py",
        'return digest("cache", prefix, str(version), key)',
        "return key",
        SIGNIN,
        "rows_without_an_address",
    ),
    Mutation(
        "passwords can be guessed on",
        "config/settings.py",
        '"login_failed": "20/h/ip,5/15m/key"',
        '"login_failed": "9999/h/ip,9999/15m/key"',
        SIGNIN,
        "sixth_wrong_password or twenty_first",
    ),
    Mutation(
        "roles get everything",
        "config/roles.py",
        "group.permissions.add(*ours.filter(codename__in=wanted))",
        "group.permissions.add(*ours)",
        SIGNIN,
        "exactly_the_permissions",
    ),
    Mutation(
        "admin has a sign-in of its own",
        "config/desk.py",
        "secure_admin_login(super().login)(request, extra_context)",
        "super().login(request, extra_context)",
        SIGNIN,
        "one_sign_in",
    ),
    Mutation(
        "unknown names answer at once",
        "config/settings.py",
        '"django.contrib.auth.backends.ModelBackend"',
        '"tests.security.mutants.Hasty"',
        SIGNIN,
        "takes_as_long",
    ),
    Mutation(
        "no content security policy",
        "config/headers.py",
        '"Content-Security-Policy": build_policy(),',
        "",
        HEADERS,
        "nowhere",
    ),
    Mutation(
        "scripts may stand inline",
        "config/settings.py",
        '"script-src": [SELF]',
        '"script-src": [SELF, "\'unsafe-inline\'"]',
        HEADERS,
        "nowhere",
    ),
    Mutation(
        "other sites may embed our files",
        "config/headers.py",
        '"Cross-Origin-Resource-Policy": "same-origin",',
        "",
        HEADERS,
        "foreign_host",
    ),
    Mutation(
        "browser features stay on",
        "config/headers.py",
        '"Permissions-Policy": PERMISSIONS_POLICY,',
        "",
        HEADERS,
        "nowhere",
    ),
    Mutation(
        "personal pages may be cached",
        "config/headers.py",
        'response.headers["Cache-Control"] = "private, no-store"',
        "pass",
        CACHING,
        "never_stored",
    ),
    Mutation(
        "errors say what happened",
        "config/logs.py",
        'lines.append(f"  {type(error).__module__}.{type(error).__qualname__}")',
        'lines.append(f"  {type(error).__qualname__} {error}")',
        LOGS,
        "error_tells",
    ),
    Mutation(
        "tokens stand in logs",
        "config/logs.py",
        '(re.compile(r"[A-Za-z0-9_-]{32,}"), "[token]"),',
        "",
        LOGS,
        "mask or access_line",
    ),
    Mutation(
        "addresses stand in logs",
        "config/logs.py",
        '"[address]"),',
        'r"\\g<0>"),',
        LOGS,
        "mask",
    ),
    Mutation(
        "log lines can be forged",
        "config/logs.py",
        "if not text.isprintable() else text",
        "if False else text",
        LOGS,
        "mask",
    ),
    Mutation(
        "visitors choose their address",
        "config/foundation/limits.py",
        "hops[-min(settings.TRUSTED_PROXIES, len(hops))]",
        "hops[0]",
        LIMITS,
        "client_address",
    ),
    Mutation(
        "limits let one more through",
        "config/foundation/limits.py",
        "count__lt=limit)",
        "count__lte=limit)",
        LIMITS,
        "one_too_many",
    ),
    Mutation(
        "limits can be joined over days",
        "config/foundation/limits.py",
        'f"limit|{start:%Y-%m-%d}|{bucket}|{subject}"',
        'f"limit|{bucket}|{subject}"',
        LIMITS,
        "tells_nobody",
    ),
    Mutation(
        "names may hold control characters",
        "config/foundation/persons.py",
        "refused = ch == _BROKEN or (category in _REFUSED_CATEGORIES and not between)",
        "refused = False",
        FIELDS,
        "name_field",
    ),
    Mutation(
        "names may pile marks up",
        "config/foundation/persons.py",
        "_MOST_MARKS_IN_A_ROW = 4",
        "_MOST_MARKS_IN_A_ROW = 400",
        FIELDS,
        "name_field",
    ),
    Mutation(
        "aliases are other mailboxes",
        "config/foundation/persons.py",
        'local = local.partition("+")[0] or local',
        "pass",
        FIELDS,
        "one_mailbox",
    ),
    Mutation(
        "the trap catches nobody",
        "config/foundation/bots.py",
        "if not form.data.get(TRAP):",
        "if True:",
        BOTS,
        "machine",
    ),
    Mutation(
        "secrets of links are stored",
        "booking/models/applicants.py",
        "hash=token_hash(secret),\n        minted_at",
        "hash=secret,\n        minted_at",
        GUESS,
        "holds_no_secret",
    ),
    Mutation(
        "secrets of links are short",
        "booking/models/applicants.py",
        "secrets.token_urlsafe(32)",
        "secrets.token_urlsafe(8)",
        GUESS,
        "holds_no_secret",
    ),
    Mutation(
        "links open doors of another kind",
        "booking/models/applicants.py",
        "row = Token.objects.filter(hash=token_hash(secret), purpose=purpose).first()",
        "row = Token.objects.filter(hash=token_hash(secret)).first()",
        GUESS,
        "no_other",
    ),
    Mutation(
        "links can be guessed on",
        "booking/views/links.py",
        "status=404 if within else 429",
        "status=404",
        GUESS,
        "twenty_first",
    ),
    Mutation(
        "codes of letters can be guessed on",
        "booking/actions/applicants.py",
        'if not rows.update(attempts=F("attempts") + 1):',
        "if False:",
        GUESS,
        "five_tries",
    ),
    Mutation(
        "any code proves an address",
        "booking/actions/applicants.py",
        "if not _fits(applicant, code, now=now):",
        "if False:",
        WAY,
        "wrong_code",
    ),
    Mutation(
        "reference alone opens an appointment",
        "booking/actions/entering.py",
        "if not hmac.compare_digest(known, birth_date) or found is None:",
        "if found is None:",
        MANAGE,
        "reference_alone",
    ),
    Mutation(
        "addresses need no proof",
        "booking/actions/holding.py",
        "raise NotVerified",
        "pass",
        HOLDING,
        "unverified",
    ),
    Mutation(
        "wrong pickup codes are not counted",
        "pickup_box/actions/visits.py",
        "        _count_wrong_try(box, contact, now=now)\n",
        "",
        VISITS,
        "five_wrong or pauses",
    ),
    Mutation(
        "drafts stay",
        "booking/actions/retention.py",
        "applicant.delete()\n            return True",
        "return False",
        KEEP,
        "canary",
    ),
    Mutation(
        "the phone number stays",
        "booking/actions/applicants.py",
        '        phone="",\n        access_need',
        "        access_need",
        KEEP,
        "canary",
    ),
    Mutation(
        "deposits keep their contact",
        "pickup_box/actions/recalls.py",
        'contact="", holder_birth_date=""',
        'holder_birth_date=""',
        KEEP,
        "blanks_an_ended or canary",
    ),
    Mutation(
        "visits that nobody closed stay",
        "booking/actions/retention.py",
        "for appointment in unclosed.select_related",
        "for appointment in unclosed.none().select_related",
        KEEP,
        "nobody_closed",
    ),
    Mutation(
        "exports leave no trace",
        "config/persons_rights.py",
        "    record_access(by=by,",
        "    (lambda **_: None)(by=by,",
        KEEP,
        "export_person",
    ),
    Mutation(
        "forget acts without being told to",
        "config/management/commands/forget.py",
        'apply=options["apply"]',
        "apply=True",
        KEEP,
        "unless_told",
    ),
)


def caught(mutation: Mutation, place: Path, environment: dict[str, str]) -> bool:
    """Whether the tests notice; the file is as it was afterwards."""
    file = place / mutation.file
    before = file.read_text(encoding="utf-8")
    if mutation.old not in before:
        raise SystemExit(f"{mutation.name}: not found in {mutation.file}: {mutation.old}")
    file.write_text(before.replace(mutation.old, mutation.new), encoding="utf-8")
    try:
        command = [sys.executable, "-m", "pytest", "-q", "-x", "--reuse-db", "-p", "no:randomly"]
        run = subprocess.run(
            [*command, mutation.test, "-k", mutation.only],
            cwd=place,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
    finally:
        file.write_text(before, encoding="utf-8")
    if run.returncode not in {0, 1}:  # 1 is a failed test; anything else is no answer
        raise SystemExit(f"{mutation.name}: the tests could not run\n{run.stdout}{run.stderr}")
    return run.returncode == 1


def main(words: list[str]) -> int:
    """Prints a line for each mutation; returns how many nobody noticed."""
    chosen = [each for each in MUTATIONS if not words or any(word in each.name for word in words)]
    survivors = 0
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "project"
        left_out = shutil.ignore_patterns(".git", ".venv*", "var", "__pycache__", ".*_cache")
        shutil.copytree(ROOT, place, ignore=left_out)
        environment = os.environ | {"DATA_DIR": str(Path(folder) / "data")}
        for mutation in chosen:
            noticed = caught(mutation, place, environment)
            survivors += not noticed
            print(f"{'caught  ' if noticed else 'SURVIVED'} {mutation.name}", flush=True)  # noqa: T201
    print(f"{len(chosen) - survivors} of {len(chosen)} caught")  # noqa: T201
    return survivors


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]) > 0)
