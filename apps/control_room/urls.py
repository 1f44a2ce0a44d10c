from django.urls import path

from apps.control_room import views

app_name = "control_room"
urlpatterns = [
    path("", views.overview, name="overview"),
    path("alarms/", views.alarm_list, name="alarms"),
    path("elements/<uuid:mrid>/", views.element, name="element"),
]
