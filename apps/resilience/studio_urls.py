from django.urls.resolvers import URLPattern

app_name = "studio"
urlpatterns: list[URLPattern] = []
