"""Who gets in where: one line for every address of the product.

A new address fails `test_every_address_is_listed` until somebody decided about it here. Ways in:
`PUBLIC` for everybody; a set of roles for pages of staff (a superuser gets in everywhere);
`NOBODY` where the page exists in the framework but is closed to all. The admin's short addresses
`<path:object_id>/` only lead on to `change/`, which asks for the right.
"""

from __future__ import annotations

from config.accounts.roles import CASEWORKER, OPS, REGISTRAR, TEAM_LEAD

ANYBODY = "anonymous"
NO_ROLE = "no role"
SUPERUSER = "superuser"
KINDS = (ANYBODY, NO_ROLE, CASEWORKER, TEAM_LEAD, OPS, REGISTRAR, SUPERUSER)

PUBLIC = frozenset(KINDS)
STAFF = frozenset(KINDS) - {ANYBODY}
DESK = STAFF - {REGISTRAR}  # of another service: there is no desk for them
ROOT = frozenset({SUPERUSER})
NOBODY: frozenset[str] = frozenset()


def only(*roles: str) -> frozenset[str]:
    """These roles and the superuser."""
    return frozenset({*roles, SUPERUSER})


def desk(
    model: str,
    *,
    see: frozenset[str] = ROOT,
    add: frozenset[str] = NOBODY,
    change: frozenset[str] | None = None,
    delete: frozenset[str] = NOBODY,
) -> dict[str, frozenset[str]]:
    """The addresses that the admin makes for one model; who sees a row gets its form."""
    place = f"admin/{model}/"
    return {
        place: see,
        f"{place}add/": add,
        f"{place}<path:object_id>/": DESK,
        f"{place}<path:object_id>/change/": change or see,
        f"{place}<path:object_id>/history/": see,
        f"{place}<path:object_id>/delete/": delete,
    }


def draft_rows(model: str) -> dict[str, frozenset[str]]:
    """Rows of a draft of the catalogue: the team lead's."""
    lead = only(TEAM_LEAD)
    return desk(model, see=lead, add=lead, delete=lead)


AT_THE_COUNTER = only(CASEWORKER, TEAM_LEAD)

ACCESS: dict[str, frozenset[str]] = {
    # machines
    "healthz": PUBLIC,
    "readyz": PUBLIC,
    "metrics": PUBLIC,  # on loopback, or with the token of the collector
    "robots.txt": PUBLIC,
    ".well-known/security.txt": PUBLIC,
    "api/v1/availability": PUBLIC,
    # pages for everybody
    "": PUBLIC,
    "language/": PUBLIC,
    "<language>/accessibility/": PUBLIC,
    "<language>/contact/": PUBLIC,
    "<language>/imprint/": PUBLIC,
    "<language>/privacy/": PUBLIC,
    "<language>/": PUBLIC,
    "<language>/check/": PUBLIC,
    "<language>/check/<slug:category>/": PUBLIC,
    "<language>/check/result/": PUBLIC,
    "<language>/checklist/": PUBLIC,
    "<language>/documents/": PUBLIC,
    "<language>/documents/<slug:slug>/": PUBLIC,
    "<language>/documents/<slug:slug>/answers/<slug:code>/": PUBLIC,
    "<language>/documents/<slug:slug>/change/<int:number>/<slug:code>/": PUBLIC,
    "<language>/documents/<slug:slug>/list/<slug:code>/": PUBLIC,
    "<language>/documents/<slug:slug>/list/<slug:code>/sheet.pdf": PUBLIC,
    "<language>/documents/<slug:slug>/sheet.pdf": PUBLIC,
    "<language>/documents/<slug:slug>/step/<int:number>/<slug:code>/": PUBLIC,
    # online applications: 404 until the office has opened one, then each shows what this
    # visitor's own session holds; tests/documents/applications/test_views.py
    "<language>/apply/<slug:slug>/": PUBLIC,
    "<language>/apply/<slug:slug>/questions/": PUBLIC,
    "<language>/apply/contact/": PUBLIC,
    "<language>/apply/end/": PUBLIC,
    "<language>/apply/family/": PUBLIC,
    "<language>/apply/family/remove/": PUBLIC,
    "<language>/apply/pages/<int:pk>/": PUBLIC,
    "<language>/apply/papers/": PUBLIC,
    "<language>/apply/papers/<int:number>/": PUBLIC,
    "<language>/apply/papers/<int:number>/absent/": PUBLIC,
    "<language>/apply/papers/<int:number>/order/": PUBLIC,
    "<language>/apply/papers/<int:number>/remove/": PUBLIC,
    "<language>/apply/review/": PUBLIC,
    "<language>/apply/sent/": PUBLIC,
    "<language>/apply/sent/receipt.pdf": PUBLIC,
    # what the link of a letter has opened in this browser
    "<language>/application/": PUBLIC,
    "<language>/application/<str:secret>/": PUBLIC,
    "<language>/application/supplied/": PUBLIC,
    "<language>/application/supplied/receipt.pdf": PUBLIC,
    "<language>/application/link/": PUBLIC,
    "<language>/application/supply/": PUBLIC,
    "<language>/application/withdraw/": PUBLIC,
    "<language>/apply/urgent/": PUBLIC,
    "<language>/apply/verify/": PUBLIC,
    "<language>/apply/verify/resend/": PUBLIC,
    # the way: open to all, and each shows what this visitor's own session holds and nothing else;
    # tests/security/test_strangers.py walks them with another person's session
    "<language>/details/": PUBLIC,
    "<language>/verify/": PUBLIC,
    "<language>/verify/<str:secret>/": PUBLIC,
    "<language>/verify/resend/": PUBLIC,
    "<language>/times/": PUBLIC,
    "<language>/review/": PUBLIC,
    "<language>/review/extend/": PUBLIC,
    "<language>/review/give-up/": PUBLIC,
    "<language>/appointment/": PUBLIC,
    "<language>/appointment/appointment.ics": PUBLIC,
    "<language>/appointment/appointment.pdf": PUBLIC,
    "<language>/manage/": PUBLIC,
    "<language>/manage/<str:secret>/": PUBLIC,
    "<language>/manage/cancel/": PUBLIC,
    "<language>/manage/<str:secret>/give-back/": PUBLIC,
    "<language>/manage/give-back/": PUBLIC,
    "<language>/manage/language/": PUBLIC,
    "<language>/manage/mistake/": PUBLIC,
    "<language>/manage/resend/": PUBLIC,
    "<language>/manage/sms-code/": PUBLIC,
    "<language>/manage/sms-confirm/": PUBLIC,
    "<language>/manage/sms-stop/": PUBLIC,
    "<language>/rebook/": PUBLIC,
    "<language>/invitation/": PUBLIC,
    "<language>/invitation/<str:secret>/": PUBLIC,
    "<language>/figures/": PUBLIC,
    "<language>/waiting/": PUBLIC,
    "<language>/waiting/<str:secret>/": PUBLIC,
    "<language>/waiting/accept/": PUBLIC,
    "<language>/waiting/decline/": PUBLIC,
    "<language>/waiting/leave/": PUBLIC,
    "<language>/waiting/swap/": PUBLIC,
    "<language>/waiting/waiting.pdf": PUBLIC,
    "<language>/end/": PUBLIC,
    # letters of a demonstration; only with DEBUG on loopback
    "dev/letters/": PUBLIC,
    "dev/letters/<str:file>/<int:number>": PUBLIC,
    # sign-in
    "accounts/login/": PUBLIC,
    "accounts/logout/": STAFF,
    "accounts/inactive/": PUBLIC,
    "accounts/2fa/authenticate/": STAFF,  # between password and code; strangers go to sign-in
    "accounts/2fa/webauthn/login/": STAFF,  # a challenge for scripts; strangers go to sign-in
    "accounts/2fa/": STAFF,
    "accounts/2fa/reauthenticate/": STAFF,
    "accounts/2fa/recovery-codes/": STAFF,
    "accounts/2fa/recovery-codes/download/": STAFF,
    "accounts/2fa/recovery-codes/generate/": STAFF,
    "accounts/2fa/totp/activate/": STAFF,
    "accounts/2fa/totp/deactivate/": STAFF,
    "accounts/2fa/webauthn/": STAFF,
    "accounts/2fa/webauthn/add/": STAFF,
    "accounts/2fa/webauthn/keys/<int:pk>/edit/": STAFF,
    "accounts/2fa/webauthn/keys/<int:pk>/remove/": STAFF,
    "accounts/2fa/webauthn/reauthenticate/": STAFF,
    "accounts/password/change/": STAFF,
    "accounts/reauthenticate/": STAFF,
    # registering people for special hours; of others' invitations nothing is found
    "register/": only(REGISTRAR),
    "register/<int:pk>/sheet/": only(REGISTRAR),
    # the desk
    "admin/": DESK,
    "admin/login/": DESK,  # sends strangers to the one sign-in
    "admin/logout/": PUBLIC,
    "admin/jsi18n/": DESK,
    "admin/password_change/": DESK,
    "admin/password_change/done/": DESK,
    "admin/autocomplete/": NOBODY,  # no field uses it
    "admin/<url>": DESK,
    "admin/<app_label>/": DESK,
    "admin/r/<path:content_type_id>/<path:object_id>/": DESK,
    # appointments and people: whoever acts for them at the counter
    **desk("booking/appointment", see=AT_THE_COUNTER),
    **desk("booking/applicant", see=AT_THE_COUNTER),
    **desk("booking/waitingentry", see=AT_THE_COUNTER),
    **desk("booking/closure", see=AT_THE_COUNTER),
    **{
        f"admin/booking/appointment/<path:object_id>/{action}/": AT_THE_COUNTER
        for action in (
            *("cancel", "check-in", "complete", "correct", "no-show", "put-back", "rebook"),
            *("call", "counter", "hand-over", "late-entry", "note", "take"),
        )
    },
    "admin/booking/appointment/<path:object_id>/resend/": AT_THE_COUNTER,
    "admin/booking/appointment/<path:object_id>/letter/": AT_THE_COUNTER,
    "admin/booking/appointment/at-counter/": AT_THE_COUNTER,
    "admin/booking/appointment/at-counter/<int:pk>/": AT_THE_COUNTER,
    "admin/booking/appointment/by-phone/": AT_THE_COUNTER,
    "admin/booking/appointment/by-phone/details/": AT_THE_COUNTER,
    "admin/booking/appointment/search/": AT_THE_COUNTER,
    "admin/booking/appointment/outage-list/": AT_THE_COUNTER,
    "admin/booking/appointment/outage-list/pdf/": AT_THE_COUNTER,
    "admin/booking/appointment/walk-in/": AT_THE_COUNTER,
    "admin/booking/appointment/walk-in/check/": AT_THE_COUNTER,
    "admin/booking/appointment/walk-in/sheet/": AT_THE_COUNTER,
    "admin/booking/appointment/walk-in/wait/": AT_THE_COUNTER,
    "admin/booking/appointment/export/": only(TEAM_LEAD),
    "admin/booking/applicant/<path:object_id>/namesake/": AT_THE_COUNTER,
    "admin/booking/applicant/<path:object_id>/settle/": AT_THE_COUNTER,
    "admin/booking/waitingentry/<path:object_id>/accept/": AT_THE_COUNTER,
    "admin/booking/waitingentry/<path:object_id>/stand-in/": AT_THE_COUNTER,
    "admin/booking/closure/close/": AT_THE_COUNTER,
    "admin/booking/closure/<path:object_id>/lift/": AT_THE_COUNTER,
    **desk("booking/quota", see=AT_THE_COUNTER, add=only(TEAM_LEAD)),
    "admin/booking/quota/<path:object_id>/hand-over/": only(TEAM_LEAD),
    **desk("booking/invitation", see=AT_THE_COUNTER),
    "admin/booking/invitation/invite/": AT_THE_COUNTER,
    "admin/booking/invitation/search/": AT_THE_COUNTER,
    "admin/booking/invitation/application/<int:pk>/": AT_THE_COUNTER,
    "admin/booking/invitation/<path:object_id>/extend/": AT_THE_COUNTER,
    "admin/booking/invitation/<path:object_id>/withdraw/": AT_THE_COUNTER,
    "admin/booking/invitation/<path:object_id>/sheet/": AT_THE_COUNTER,
    "admin/settings/": DESK,  # each sees what they may see
    "admin/day.pdf": AT_THE_COUNTER,
    # figures, and what is configured
    "admin/statistics/": only(CASEWORKER, TEAM_LEAD, OPS),
    "admin/statistics/export/": only(CASEWORKER, TEAM_LEAD, OPS),
    **desk("booking/counter", see=only(CASEWORKER, TEAM_LEAD, OPS), add=only(TEAM_LEAD)),
    "admin/booking/counter/<path:object_id>/hours/": only(TEAM_LEAD),
    **desk("foundation/accessrecord", see=only(TEAM_LEAD)),
    **desk("foundation/botsignal", see=only(TEAM_LEAD, OPS)),
    **desk("foundation/notification", see=only(CASEWORKER, TEAM_LEAD, OPS)),
    **desk("foundation/countergroup", see=only(TEAM_LEAD, OPS), add=only(TEAM_LEAD, OPS)),
    **desk("foundation/link", see=only(TEAM_LEAD, OPS), add=only(TEAM_LEAD, OPS)),
    **desk("foundation/office", see=only(TEAM_LEAD, OPS)),
    **desk("foundation/servicestatus", see=only(TEAM_LEAD, OPS)),
    **desk("applications/application", see=AT_THE_COUNTER),
    "admin/applications/application/<path:object_id>/step/<slug:slug>/": AT_THE_COUNTER,
    "admin/applications/application/<path:object_id>/pages/<int:pk>/": AT_THE_COUNTER,
    "admin/applications/application/<path:object_id>/export/": only(TEAM_LEAD),
    "admin/applications/application/<path:object_id>/request/": AT_THE_COUNTER,
    **desk("applications/intake", see=only(TEAM_LEAD)),
    "admin/applications/intake/open/": only(TEAM_LEAD),
    "admin/applications/intake/<path:object_id>/close/": only(TEAM_LEAD),
    # accounts, and who changed which configuration
    **desk("foundation/staff", see=only(OPS), add=only(OPS)),
    "admin/foundation/staff/<id>/password/": only(OPS),
    **desk("foundation/substitution", see=only(TEAM_LEAD)),
    "admin/foundation/substitution/hand-on/": only(TEAM_LEAD),
    "admin/foundation/substitution/<path:object_id>/end/": only(TEAM_LEAD),
    **desk("auditlog/logentry"),
    # the catalogue of papers and fees
    # the walk copies a version first, and a draft is the team lead's to throw away
    **desk("documents/catalogueversion", see=only(CASEWORKER, TEAM_LEAD), delete=only(TEAM_LEAD)),
    "admin/documents/catalogueversion/<int:pk>/copy/": only(TEAM_LEAD),
    "admin/documents/catalogueversion/<int:pk>/missing/": only(CASEWORKER, TEAM_LEAD),
    "admin/documents/catalogueversion/<int:pk>/preview/": only(CASEWORKER, TEAM_LEAD),
    "admin/documents/catalogueversion/<int:pk>/preview/<slug:slug>/<slug:language>/": only(
        CASEWORKER, TEAM_LEAD
    ),
    "admin/documents/catalogueversion/<int:pk>/publish/": only(TEAM_LEAD),
    **draft_rows("documents/charge"),
    **draft_rows("documents/fee"),
    **draft_rows("documents/note"),
    **draft_rows("documents/procedure"),
    **draft_rows("documents/question"),
    **draft_rows("documents/reduction"),
    **draft_rows("documents/requirement"),
    # the box: its terminal opens nothing without all three factors (tests/pickup_box)
    "<language>/box/": PUBLIC,
    "<language>/box/<slug:slug>/": PUBLIC,
    "<language>/box/<slug:slug>/call/": PUBLIC,
    "<language>/box/<slug:slug>/counter/": PUBLIC,  # chooses nothing without all three factors
    "<language>/box/<slug:slug>/door/": PUBLIC,
    "<language>/box/<slug:slug>/finish/": PUBLIC,
    "<language>/box/<slug:slug>/old-document/": PUBLIC,
    "<language>/box/<slug:slug>/simulator/": PUBLIC,
    "<language>/box/<slug:slug>/simulator/close/": PUBLIC,
    "<language>/box/<slug:slug>/simulator/power/": PUBLIC,
    "<language>/box/<slug:slug>/simulator/slot/": PUBLIC,
    "<language>/box/<slug:slug>/simulator/tick/": PUBLIC,
    "box/<slug:slug>/hardware": PUBLIC,  # POST, signed with the key of the box
    "admin/pickup_box/alarm/": only(CASEWORKER, TEAM_LEAD),
    "admin/pickup_box/alarm/add/": NOBODY,
    "admin/pickup_box/alarm/<path:object_id>/": DESK,
    "admin/pickup_box/alarm/<path:object_id>/change/": only(CASEWORKER, TEAM_LEAD),
    "admin/pickup_box/alarm/<path:object_id>/history/": only(CASEWORKER, TEAM_LEAD),
    "admin/pickup_box/alarm/<path:object_id>/delete/": NOBODY,
    "admin/pickup_box/box/": only(CASEWORKER, TEAM_LEAD, OPS),
    "admin/pickup_box/box/add/": only(OPS),
    "admin/pickup_box/box/<path:object_id>/": DESK,
    "admin/pickup_box/box/<path:object_id>/change/": only(CASEWORKER, TEAM_LEAD, OPS),
    **{
        f"admin/pickup_box/box/<path:object_id>/change/{subject}/": only(CASEWORKER, TEAM_LEAD, OPS)
        for subject in ("hours", "collecting", "papers", "equipment")
    },
    "admin/pickup_box/box/<path:object_id>/history/": only(CASEWORKER, TEAM_LEAD, OPS),
    "admin/pickup_box/box/<path:object_id>/delete/": NOBODY,
    "admin/pickup_box/compartment/": only(CASEWORKER, TEAM_LEAD),
    "admin/pickup_box/compartment/add/": NOBODY,
    "admin/pickup_box/compartment/<path:object_id>/": DESK,
    "admin/pickup_box/compartment/<path:object_id>/change/": only(CASEWORKER, TEAM_LEAD),
    "admin/pickup_box/compartment/<path:object_id>/history/": only(CASEWORKER, TEAM_LEAD),
    "admin/pickup_box/compartment/<path:object_id>/delete/": NOBODY,
    "admin/pickup_box/consent/": only(CASEWORKER, TEAM_LEAD),
    "admin/pickup_box/consent/add/": only(CASEWORKER, TEAM_LEAD),
    "admin/pickup_box/consent/<path:object_id>/": DESK,
    "admin/pickup_box/consent/<path:object_id>/change/": only(CASEWORKER, TEAM_LEAD),
    "admin/pickup_box/consent/<path:object_id>/history/": only(CASEWORKER, TEAM_LEAD),
    "admin/pickup_box/consent/<path:object_id>/delete/": NOBODY,
    "admin/pickup_box/deposit/": only(CASEWORKER, TEAM_LEAD),
    "admin/pickup_box/deposit/add/": only(CASEWORKER, TEAM_LEAD),
    "admin/pickup_box/deposit/<path:object_id>/": DESK,
    "admin/pickup_box/deposit/<path:object_id>/change/": only(CASEWORKER, TEAM_LEAD),
    "admin/pickup_box/deposit/<path:object_id>/history/": only(CASEWORKER, TEAM_LEAD),
    "admin/pickup_box/deposit/<path:object_id>/delete/": NOBODY,
    "admin/pickup_box/box/<int:pk>/labels/": only(CASEWORKER, TEAM_LEAD),
    "admin/pickup_box/box/<int:pk>/load/": only(CASEWORKER, TEAM_LEAD),
    "admin/pickup_box/box/<int:pk>/map/": only(CASEWORKER, TEAM_LEAD),
    "admin/pickup_box/box/<int:pk>/recall/": only(CASEWORKER, TEAM_LEAD),
    "admin/pickup_box/box/<int:pk>/switch/": only(TEAM_LEAD, OPS),
    "admin/pickup_box/deposit/<int:pk>/act/": only(CASEWORKER, TEAM_LEAD),
}
