from django.urls.resolvers import URLPattern

app_name = "threat"
urlpatterns: list[URLPattern] = []
