"""Addresses: pages live under a language, machines and staff outside it."""

from django.conf.urls.i18n import i18n_patterns
from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path

from booking import api
from config import letterbox, pages, views
from config.security_txt import security_txt
from pickup_box.urls import hardware

handler400 = "config.malformed.bad_request"
handler403 = "config.malformed.forbidden"
handler404 = "config.malformed.not_found"
handler500 = "config.pages.server_error"

urlpatterns: list[URLPattern | URLResolver] = [
    path("", views.door, name="door"),
    path("robots.txt", views.robots),
    path(".well-known/security.txt", security_txt),
    path("healthz", views.healthz),
    path("readyz", views.readyz),
    path("metrics", views.metrics),
    path("api/v1/availability", api.show_availability, name="availability"),
    path("dev/letters/", letterbox.page, name="letters"),
    path("dev/letters/<str:file>/<int:number>", letterbox.attachment, name="letter-attachment"),
    path("", include(hardware)),
    path("admin/", admin.site.urls),
    path("accounts/", include("config.signin_urls")),
    path("language/", pages.switch_language, name="language"),
]
urlpatterns += i18n_patterns(
    path("", include("booking.urls")),
    path("", include("eligibility.urls")),
    path("", include("documents.urls")),
    path("", include("pickup_box.urls")),
    path("", include("config.pages")),
)
