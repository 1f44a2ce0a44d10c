from django.urls import path

from apps.accounts import views

app_name = "accounts"
urlpatterns = [
    path("sign-in/", views.SignIn.as_view(), name="login"),
    path("sign-out/", views.sign_out, name="logout"),
    path("theme/", views.theme, name="theme"),
]
