"""The customer's page: no password, but a link that opens once and a cookie of its own. It shows one enrolment and
knows of no other; whoever has neither link nor cookie sees the same page, whatever they ask for."""

from collections.abc import Callable
from functools import wraps
from http import HTTPStatus
from typing import Any, Concatenate

from django.conf import settings
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.accounts.permissions import source_ip
from apps.accounts.rules import too_many_tries
from apps.accounts.selectors import recent_tries
from apps.accounts.services import hold_sign_in, note_failed_sign_in
from apps.demand_response.choices import SESSION_LIFE
from apps.demand_response.forms import EnrolForm, SurveyForm
from apps.demand_response.models import Enrolment, Participation
from apps.demand_response.selectors.customer_page import own_page, participations_of
from apps.demand_response.services import enrolment as services
from apps.demand_response.services.opting_out import opt_out
from apps.demand_response.services.refusal import WrongField
from apps.demand_response.services.self_service import end_session, enrolment_of, is_open_to_enrol, open_link
from apps.demand_response.services.surveys import answer_survey
from apps.dispatch.services.refusal import Refused

COOKIE, PATH = "gridops_customer", "/customer/"
LINK = "customer link"  # what wrong links are counted under
_TEMPLATES = "demand_response"

Own = Callable[Concatenate[HttpRequest, Enrolment, ...], HttpResponse]


def _of_customer(view: Own) -> Callable[..., HttpResponse]:
    @wraps(view)
    @never_cache
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        enrolment = enrolment_of(key=request.COOKIES.get(COOKIE, ""), as_of=timezone.now())
        if enrolment is None:
            return _page(request, "closed", status=HTTPStatus.FORBIDDEN)
        return view(request, enrolment, *args, **kwargs)

    return guarded


@never_cache
@require_http_methods(["GET", "POST"])
def enter(request: HttpRequest, token: str) -> HttpResponse:
    """Reading the address opens nothing: programs that look at mail follow links too."""
    if request.method != "POST":
        return _page(request, "enter")
    with transaction.atomic():
        key, reason = _key(token, source_ip(request))
    if not key:
        return _page(request, "closed", {"reason": reason}, status=HTTPStatus.FORBIDDEN)
    answer = redirect("customer")
    answer.set_cookie(
        COOKIE,
        key,
        max_age=int(SESSION_LIFE.total_seconds()),
        path=PATH,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
    return answer


@_of_customer
@require_GET
def show(request: HttpRequest, enrolment: Enrolment) -> HttpResponse:
    return _own(request, enrolment)


@_of_customer
@require_POST
def enrol(request: HttpRequest, enrolment: Enrolment) -> HttpResponse:
    form = EnrolForm(request.POST)
    if not form.is_valid():
        return _own(request, enrolment, enrol_form=form)
    now = timezone.now()
    return _done(request, enrolment, lambda: services.enrol(enrolment=enrolment, given_at=now, by=_BY, as_of=now))


@_of_customer
@require_http_methods(["GET", "POST"])
def leave(request: HttpRequest, enrolment: Enrolment) -> HttpResponse:
    """Asked once more: whoever leaves needs a new link to come back."""
    if request.method != "POST":
        return _page(request, "leave", {"enrolment": enrolment})
    reason, now = "The customer left on the own page.", timezone.now()
    return _done(request, enrolment, lambda: services.leave(enrolment=enrolment, reason=reason, by=_BY, as_of=now))


@_of_customer
@require_POST
def stay_out(request: HttpRequest, enrolment: Enrolment, event: int) -> HttpResponse:
    row = _participation(enrolment, event)
    if row is None:
        return _own(request, enrolment, reason=_UNKNOWN, status=HTTPStatus.NOT_FOUND)
    reason = "Chosen on the customer's own page."
    return _done(request, enrolment, lambda: opt_out(participation=row, reason=reason, by=_BY, as_of=timezone.now()))


@_of_customer
@require_POST
def answer(request: HttpRequest, enrolment: Enrolment, event: int) -> HttpResponse:
    row, form = _participation(enrolment, event), SurveyForm(request.POST, prefix=f"e{event}")
    if row is None:
        return _own(request, enrolment, reason=_UNKNOWN, status=HTTPStatus.NOT_FOUND)
    if not form.is_valid():
        told = " ".join(str(error) for errors in form.errors.values() for error in errors)
        return _own(request, enrolment, reason=told, status=HTTPStatus.BAD_REQUEST)
    given = form.cleaned_data
    return _done(
        request,
        enrolment,
        lambda: answer_survey(participation=row, comfort=given["comfort"], again=given["again"], as_of=timezone.now()),
    )


@_of_customer
@require_POST
def close(request: HttpRequest, _enrolment: Enrolment) -> HttpResponse:
    end_session(key=request.COOKIES.get(COOKIE, ""), as_of=timezone.now())
    answer = _page(request, "closed", {"is_signed_out": True})
    answer.delete_cookie(COOKIE, path=PATH)
    return answer


_BY = services.CUSTOMER
_UNKNOWN = "This event is none of yours, or was taken back."


def _key(token: str, address: str | None) -> tuple[str, str]:
    """Of a session, or why there is none. Wrong links count as failed sign-ins of their address."""
    now = timezone.now()
    hold_sign_in(username=LINK, source_ip=address)
    if too_many_tries(of_name=0, of_address=recent_tries(username=LINK, source_ip=address, at=now).of_address):
        return "", "Too many tries from here. Wait 15 minutes, then open your link again."
    try:
        return open_link(token=token, as_of=now), ""
    except Refused as refusal:
        note_failed_sign_in(username=LINK, source_ip=address, at=now)
        return "", str(refusal)


def _participation(enrolment: Enrolment, event: int) -> Participation | None:
    return next((one for one in participations_of(enrolment) if one.pk == event), None)


def _done(request: HttpRequest, enrolment: Enrolment, act: Callable[[], object]) -> HttpResponse:
    try:
        act()
    except (Refused, WrongField) as refusal:
        return _own(request, enrolment, reason=str(refusal), status=HTTPStatus.CONFLICT)
    return redirect("customer")


def _own(
    request: HttpRequest,
    enrolment: Enrolment,
    *,
    reason: str = "",
    enrol_form: EnrolForm | None = None,
    status: HTTPStatus = HTTPStatus.OK,
) -> HttpResponse:
    page = own_page(enrolment, as_of=timezone.now())
    context = {
        "enrolment": enrolment,
        "program": enrolment.program,
        "page": page,
        "surveys": [(one, SurveyForm(prefix=f"e{one.id}")) for one in page.past if one.may_answer],
        "enrol_form": enrol_form or EnrolForm(),
        "may_enrol": is_open_to_enrol(enrolment),
        "reason": reason,
    }
    return _page(request, "customer", context, status=status)


def _page(
    request: HttpRequest, name: str, context: dict[str, Any] | None = None, *, status: HTTPStatus = HTTPStatus.OK
) -> HttpResponse:
    return render(request, f"{_TEMPLATES}/{name}.html", context or {}, status=status)
