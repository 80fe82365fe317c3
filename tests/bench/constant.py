"""The yardstick of a page: a bare Django view that returns 20 kB."""

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest, HttpResponse
from django.urls import path

settings.configure(
    SECRET_KEY="x" * 50, ROOT_URLCONF=__name__, ALLOWED_HOSTS=["*"], MIDDLEWARE=[], DEBUG=False
)
BODY = b"<!doctype html><p>" + b"x" * 20_000


def constant(request: HttpRequest) -> HttpResponse:
    """20 kB."""
    return HttpResponse(BODY, headers={"Content-Length": str(len(BODY))})


urlpatterns = [path("", constant)]
application = get_wsgi_application()
