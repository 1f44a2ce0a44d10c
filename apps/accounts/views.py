import json
from http import HTTPStatus
from typing import Any

from django.contrib.auth import logout
from django.contrib.auth.views import LoginView, redirect_to_login
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, resolve_url
from django.utils import timezone
from django.views.decorators.http import require_POST

from apps.accounts import services
from apps.accounts.choices import Theme
from apps.accounts.forms import SignInForm
from apps.accounts.models import User
from apps.accounts.permissions import LOGIN, source_ip
from apps.accounts.rules import too_many_tries
from apps.accounts.selectors import recent_tries


class SignIn(LoginView):
    template_name = "accounts/sign_in.html"
    authentication_form = SignInForm
    redirect_authenticated_user = True

    @transaction.atomic
    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        now, address = timezone.now(), source_ip(request)
        username = request.POST.get("username", "").replace("\0", "").strip()[:150].lower()
        services.hold_sign_in(username=username, source_ip=address)
        tries = recent_tries(username=username, source_ip=address, at=now)
        if too_many_tries(of_name=tries.of_name, of_address=tries.of_address):
            services.note_locked_sign_in(username=username, source_ip=address, at=now)
            context = {"form": self.get_form_class()(request), "locked": True}
            return self.render_to_response(context, status=HTTPStatus.TOO_MANY_REQUESTS)
        form = self.get_form()
        if form.is_valid():
            services.note_sign_in(user=form.get_user(), source_ip=address, at=now)
            return self.form_valid(form)
        services.note_failed_sign_in(username=username, source_ip=address, at=now)
        return self.form_invalid(form)


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    if isinstance(request.user, User):
        services.note_sign_out(user=request.user, source_ip=source_ip(request), at=timezone.now())
    logout(request)
    return redirect(LOGIN)


def _wanted_theme(request: HttpRequest) -> str:
    if request.content_type != "application/json":
        return request.POST.get("theme", "")
    try:
        body = json.loads(request.body)
    except ValueError:
        return ""
    return str(body.get("theme", "")) if isinstance(body, dict) else ""


@require_POST
def theme(request: HttpRequest) -> HttpResponse:
    if not isinstance(request.user, User):
        return JsonResponse({"detail": "Sign in first."}, status=HTTPStatus.UNAUTHORIZED)
    wanted = _wanted_theme(request)
    if wanted not in Theme.values:
        choices = ", ".join(Theme.values)
        return JsonResponse({"detail": f"Set 'theme' to one of: {choices}."}, status=HTTPStatus.BAD_REQUEST)
    services.set_theme(user=request.user, theme=Theme(wanted), at=timezone.now())
    return JsonResponse({"theme": wanted})


def admin_sign_in(request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
    """The admin site has no sign-in of its own: there is one way in, with one lock."""
    if request.user.is_authenticated:
        raise PermissionDenied("The administration is open to administrators only.")
    return redirect_to_login(request.GET.get("next", "/admin/"), resolve_url(LOGIN))
