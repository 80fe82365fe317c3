from django.urls import path

from documents import views

app_name = "documents"
urlpatterns = [
    path("documents/", views.index, name="index"),
    path("documents/<slug:slug>/", views.questions, name="questions"),
    path("documents/<slug:slug>/sheet.pdf", views.pdf, name="sheet_pdf"),
    path("documents/<slug:slug>/list/<slug:code>/", views.checklist_page, name="list"),
    path("documents/<slug:slug>/list/<slug:code>/sheet.pdf", views.pdf, name="list_pdf"),
]
