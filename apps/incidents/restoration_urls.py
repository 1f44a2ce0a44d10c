from django.urls.resolvers import URLPattern

app_name = "restoration"
urlpatterns: list[URLPattern] = []
