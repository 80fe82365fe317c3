from django.urls import path

from documents import views

app_name = "documents"
urlpatterns = [
    path("documents/", views.index, name="index"),
    path("documents/<slug:slug>/", views.questions, name="questions"),
    path("documents/<slug:slug>/sheet.pdf", views.pdf, name="sheet_pdf"),
    path("documents/<slug:slug>/step/<int:number>/<slug:code>/", views.step, name="step"),
    path(
        "documents/<slug:slug>/change/<int:number>/<slug:code>/",
        views.step,
        {"change": True},
        name="change",
    ),
    path("documents/<slug:slug>/answers/<slug:code>/", views.answers_page, name="answers"),
    path("documents/<slug:slug>/list/<slug:code>/", views.checklist_page, name="list"),
    path("documents/<slug:slug>/list/<slug:code>/sheet.pdf", views.pdf, name="list_pdf"),
]
