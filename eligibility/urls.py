from django.urls import URLPattern, path

from eligibility import views

app_name = "eligibility"
urlpatterns: list[URLPattern] = [
    path("check/", views.check, name="check"),
    path("check/result/", views.result, name="result"),
    path("check/<slug:category>/", views.questions, name="questions"),
]
