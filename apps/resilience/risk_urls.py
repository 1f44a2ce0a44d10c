from django.urls.resolvers import URLPattern

app_name = "risk"
urlpatterns: list[URLPattern] = []
