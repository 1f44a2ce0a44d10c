from django.urls import path

from apps.demand_response import views

urlpatterns = [
    path("", views.show, name="customer"),
    path("enrol/", views.enrol, name="customer-enrol"),
    path("leave/", views.leave, name="customer-leave"),
    path("close/", views.close, name="customer-close"),
    path("events/<int:event>/out/", views.stay_out, name="customer-out"),
    path("events/<int:event>/answer/", views.answer, name="customer-answer"),
    path("<str:token>/", views.enter, name="customer-enter"),
]
