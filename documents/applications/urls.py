from django.urls import path

from documents.applications.views import entries, family, manage, papers, sending

app_name = "applications"
urlpatterns = [
    path("apply/urgent/", entries.urgent, name="urgent"),
    path("apply/contact/", entries.contact, name="contact"),
    path("apply/verify/", entries.verify, name="verify"),
    path("apply/verify/resend/", entries.resend, name="resend"),
    path("apply/family/", family.members, name="family"),
    path("apply/family/remove/", family.remove, name="remove_member"),
    path("apply/papers/", papers.overview, name="papers"),
    path("apply/papers/<int:number>/", papers.paper, name="paper"),
    path("apply/papers/<int:number>/remove/", papers.remove, name="remove"),
    path("apply/papers/<int:number>/order/", papers.move, name="move"),
    path("apply/papers/<int:number>/absent/", papers.absent, name="absent"),
    path("apply/pages/<int:pk>/", papers.page_picture, name="page"),
    path("apply/review/", sending.review, name="review"),
    path("apply/sent/", sending.sent, name="sent"),
    path("apply/sent/receipt.pdf", sending.receipt, name="receipt"),
    path("apply/end/", entries.end, name="end"),
    path("apply/<slug:slug>/", entries.start, name="start"),
    path("apply/<slug:slug>/questions/", entries.questions, name="questions"),
    path("application/", manage.manage, name="manage"),
    path("application/supply/", manage.supply, name="supply"),
    path("application/supplied/", manage.supplied, name="supplied"),
    path("application/supplied/receipt.pdf", manage.receipt, name="supplied_receipt"),
    path("application/withdraw/", manage.withdraw, name="withdraw"),
    path("application/<str:secret>/", manage.link, name="link"),
]
