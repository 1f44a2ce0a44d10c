from django.urls import path

from apps.dispatch.api import tags

app_name = "dispatch"
urlpatterns = [
    path("tags", tags.TagsView.as_view(), name="tags"),
    path("tags/<int:tag_id>/removal", tags.RemovalView.as_view(), name="tag-removal"),
]
