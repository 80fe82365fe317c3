"""Addresses: pages live under a language, machines and staff outside it."""

from django.conf.urls.i18n import i18n_patterns
from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path

from booking import api
from booking.admin import registration
from config.operations import dev_mailbox
from config.operations import views as operations
from config.public_pages import views as public_pages
from config.public_pages.security_txt import security_txt
from pickup_box.urls import hardware

handler400 = "config.middleware.malformed_requests.bad_request"
handler403 = "config.middleware.malformed_requests.forbidden"
handler404 = "config.middleware.malformed_requests.not_found"
handler500 = "config.public_pages.errors.server_error"

urlpatterns: list[URLPattern | URLResolver] = [
    path("", public_pages.redirect_to_language, name="door"),
    path("robots.txt", public_pages.robots),
    path(".well-known/security.txt", security_txt),
    path("healthz", operations.healthz, name="healthz"),
    path("readyz", operations.readyz, name="readyz"),
    path("metrics", operations.metrics, name="metrics"),
    path("api/v1/availability", api.show_availability, name="availability"),
    path("dev/letters/", dev_mailbox.page, name="letters"),
    path("dev/letters/<str:file>/<int:number>", dev_mailbox.attachment, name="letter-attachment"),
    path("", include(hardware)),
    path("admin/", admin.site.urls),
    path("", include(registration)),
    path("accounts/", include("config.accounts.urls")),
    path("language/", public_pages.switch_language, name="language"),
]
urlpatterns += i18n_patterns(
    path("", include("booking.urls")),
    path("", include("eligibility.urls")),
    path("", include("documents.urls")),
    path("", include("documents.applications.urls")),
    path("", include("pickup_box.urls")),
    path("", include("config.public_pages.urls")),
)
