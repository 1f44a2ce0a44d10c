"""Who may do what: one check for the API, one for pages."""

import functools
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from asgiref.sync import iscoroutinefunction, sync_to_async
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render, resolve_url
from django.utils import timezone
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from apps.accounts import acts
from apps.accounts.choices import Permission
from apps.accounts.models import ApiToken, User

if TYPE_CHECKING:  # DRF loads this module while it loads its views
    from rest_framework.views import APIView

LOGIN = "accounts:login"


def source_ip(request: HttpRequest) -> str | None:
    # X-Forwarded-For is anybody's claim; a trusted proxy is the server's business (uvicorn --forwarded-allow-ips).
    return request.META.get("REMOTE_ADDR") or None


def _report_denial(request: HttpRequest, user: User, permission: Permission, detail: dict[str, Any]) -> None:
    acts.record(
        actor=user,
        action="access.denied",
        target=request.path[:200],
        detail={"permission": permission.value, "method": request.method, **detail},
        at=timezone.now(),
        source_ip=source_ip(request),
    )


class DenyByDefault(BasePermission):
    """What a view gets that names no permission."""

    message = "This address states no permission, so nobody may use it."

    def has_permission(self, request: Request, view: "APIView") -> bool:
        return False


class Requires(BasePermission):
    permission: Permission

    def has_permission(self, request: Request, view: "APIView") -> bool:
        user = request.user
        if not isinstance(user, User):
            return False
        token = request.auth if isinstance(request.auth, ApiToken) else None
        allowed = token.may(self.permission) if token else user.may(self.permission)
        # The browsable API asks for every method it might draw a form for; only the real request is an act.
        if not allowed and request.method == request._request.method:
            _report_denial(request._request, user, self.permission, {"token": token.prefix} if token else {})
        return allowed


@functools.cache
def requires(permission: Permission) -> type[Requires]:
    """`permission_classes = [requires(Permission.VIEW_GRID)]`"""
    message = f"You need the permission '{permission.value}'. An administrator can give you a role that has it."
    return type(f"Requires_{permission.value}", (Requires,), {"permission": permission, "message": message})


def _refusal(request: HttpRequest, permission: Permission) -> HttpResponseBase | None:
    user = request.user
    if isinstance(user, User) and user.may(permission):
        return None
    if isinstance(user, User) and user.is_active:
        _report_denial(request, user, permission, {})
        return render(request, "accounts/forbidden.html", {"permission": permission}, status=403)
    if request.headers.get("HX-Request"):
        return HttpResponse(status=401, headers={"HX-Redirect": resolve_url(LOGIN)})
    return redirect_to_login(request.get_full_path(), resolve_url(LOGIN))


def permission_required(permission: Permission) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """For pages, sync or async: sign-in for strangers, a plain 403 page for people without the permission."""

    def decorate(view: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            return _refusal(request, permission) or view(request, *args, **kwargs)

        @functools.wraps(view)
        async def guarded_async(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            return await sync_to_async(_refusal)(request, permission) or await view(request, *args, **kwargs)

        wrapper: Callable[..., Any] = guarded_async if iscoroutinefunction(view) else guarded
        wrapper.required_permission = permission  # type: ignore[attr-defined]
        return wrapper

    return decorate


class NeedsPermission:
    """For class-based pages: set `required_permission`; put it first among the bases."""

    required_permission: Permission
    request: HttpRequest

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        refusal = _refusal(request, self.required_permission)
        return refusal or super().dispatch(request, *args, **kwargs)  # type: ignore[misc]
