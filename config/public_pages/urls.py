"""Addresses of the pages about the office and this site, below a language."""

from django.urls import URLPattern, path

from config.public_pages import views

urlpatterns: list[URLPattern] = [
    path("contact/", views.contact, name="contact"),
    path("privacy/", views.privacy, name="privacy"),
    path("accessibility/", views.accessibility, name="accessibility"),
    path("imprint/", views.imprint, name="imprint"),
]
