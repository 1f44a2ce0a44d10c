from django.urls import path

from apps.incidents.api.restoration import RestorationView

app_name = "restoration"
urlpatterns = [
    path("incidents/<str:number>/restoration", RestorationView.as_view(), name="restoration"),
]
