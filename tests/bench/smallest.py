"""The yardstick of a booking: the smallest Django program that books every place once.

One table of places, one of bookings with a unique place, one page with a form, the middleware of
`startproject`. It asks nobody who they are, checks nothing and sends nothing.
"""

import os
import secrets

import environ
from django.conf import settings
from django.core.wsgi import get_wsgi_application

settings.configure(
    SECRET_KEY="x" * 50,
    ROOT_URLCONF=__name__,
    ALLOWED_HOSTS=["*"],
    DEBUG=False,
    USE_TZ=True,
    DATABASES={"default": {**environ.Env().db_url("DATABASE_URL"), "CONN_MAX_AGE": 60}},
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    INSTALLED_APPS=[
        "django.contrib.auth",
        "django.contrib.contenttypes",
        "django.contrib.sessions",
        "django.contrib.messages",
    ],
    MIDDLEWARE=[
        "django.middleware.security.SecurityMiddleware",
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.middleware.common.CommonMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
        "django.contrib.messages.middleware.MessageMiddleware",
        "django.middleware.clickjacking.XFrameOptionsMiddleware",
    ],
    TEMPLATES=[
        {
            "BACKEND": "django.template.backends.django.DjangoTemplates",
            "DIRS": [os.path.dirname(__file__)],
            "OPTIONS": {
                "context_processors": [
                    "django.template.context_processors.request",
                    "django.contrib.auth.context_processors.auth",
                    "django.contrib.messages.context_processors.messages",
                ]
            },
        }
    ],
)
application = get_wsgi_application()

from django.db import IntegrityError, connection, models, transaction  # noqa: E402
from django.http import HttpRequest, HttpResponse  # noqa: E402
from django.shortcuts import get_object_or_404, redirect, render  # noqa: E402
from django.urls import path  # noqa: E402


class Place(models.Model):
    """Ten minutes."""

    starts_at = models.DateTimeField(db_index=True)

    class Meta:
        app_label = "smallest"


class Booking(models.Model):
    """Somebody's place."""

    place = models.OneToOneField(Place, models.CASCADE)
    reference = models.CharField(max_length=12, unique=True)
    name = models.CharField(max_length=80)
    email = models.EmailField()

    class Meta:
        app_label = "smallest"


def times(request: HttpRequest) -> HttpResponse:
    """The free places, and booking one."""
    status = 200
    if request.method == "POST":
        booking = Booking(
            place_id=int(request.POST["slot"]),
            reference=f"{secrets.token_hex(2)}-{secrets.token_hex(2)}".upper(),
            name="Rehearsal",
            email="rehearsal@example.org",
        )
        try:
            with transaction.atomic():
                booking.save()
            return redirect("done", booking.reference)
        except IntegrityError:
            status = 409
    taken = Booking._default_manager.filter(place=models.OuterRef("pk"))
    free = Place._default_manager.filter(~models.Exists(taken)).order_by("starts_at")
    return render(request, "smallest.html", {"places": free}, status=status)


def done(request: HttpRequest, reference: str) -> HttpResponse:
    booking = get_object_or_404(
        Booking._default_manager.select_related("place"), reference=reference
    )
    return render(request, "smallest_done.html", {"booking": booking})


urlpatterns = [path("", times), path("done/<str:reference>/", done, name="done")]


def make_tables() -> None:
    with connection.schema_editor() as editor:
        editor.create_model(Place)
        editor.create_model(Booking)
