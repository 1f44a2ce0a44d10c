from django.urls import path

from apps.openadr.api import telling

app_name = "openadr_desk"
urlpatterns = [
    path("openadr/notifications", telling.NotificationsView.as_view(), name="notifications"),
    path("openadr/deliveries/again", telling.SendAgainView.as_view(), name="again"),
    path("openadr/deliveries/forgotten", telling.ForgetView.as_view(), name="forgotten"),
]
