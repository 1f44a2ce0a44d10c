from django.urls import path

from apps.weather.api import reading, writing

app_name = "weather"
urlpatterns = [
    path("weather/feeds", reading.FeedsView.as_view(), name="feeds"),
    path("weather/feeds/<int:feed_id>/files", writing.FeedFilesView.as_view(), name="feed-files"),
    path("weather/files", reading.FilesView.as_view(), name="files"),
    path("weather/locations", reading.LocationsView.as_view(), name="locations"),
    path("weather/runs", reading.RunsView.as_view(), name="runs"),
    path("weather/series", reading.SeriesView.as_view(), name="series"),
    path("weather/errors", reading.ErrorsView.as_view(), name="errors"),
]
