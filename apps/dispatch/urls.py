from django.urls import path

from apps.dispatch import api

app_name = "dispatch"
urlpatterns = [
    path("tags", api.TagsView.as_view(), name="tags"),
    path("tags/<int:tag_id>/removal", api.RemovalView.as_view(), name="tag-removal"),
]
