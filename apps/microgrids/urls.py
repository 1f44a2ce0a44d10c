from django.urls import path

from apps.microgrids.api.microgrids import MicrogridPreviewView, MicrogridsView, MicrogridView

app_name = "microgrids"

urlpatterns = [
    path("microgrids", MicrogridsView.as_view(), name="list"),
    path("microgrids/preview", MicrogridPreviewView.as_view(), name="preview"),
    path("microgrids/<uuid:mrid>", MicrogridView.as_view(), name="one"),
]
