"""Addresses of staff sign-in: what is needed, and none for signing up or resetting by mail."""

from allauth.account import views
from django.conf import settings
from django.urls import include, path

urlpatterns = [
    path("login/", views.login, name="account_login"),
    path("logout/", views.logout, name="account_logout"),
    path("inactive/", views.account_inactive, name="account_inactive"),
    path("reauthenticate/", views.reauthenticate, name="account_reauthenticate"),
    path("password/change/", views.password_change, name="account_change_password"),
    path("2fa/", include("allauth.mfa.urls")),
]

if settings.SSO_SERVER:
    from allauth.socialaccount import views as sso

    urlpatterns += [
        path("sso/cancelled/", sso.login_cancelled, name="socialaccount_login_cancelled"),
        path("", include("allauth.socialaccount.providers.openid_connect.urls")),
    ]
