"""The customer's page as a browser gets it: who may see it, what it shows, what its buttons do."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from apps.accounts.models import SignInAttempt
from apps.accounts.rules import TRIES_PER_ADDRESS
from apps.audit.models import AuditEvent
from apps.demand_response.choices import EnrolmentStatus
from apps.demand_response.models import Participation, Survey
from apps.demand_response.services.enrolment import CUSTOMER
from apps.demand_response.services.self_service import make_link
from apps.demand_response.views import COOKIE
from apps.dispatch.choices.call import CallStatus, StageStatus
from tests.factories import demand
from tests.factories.demand_events import call_of

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture
def program():
    return demand.program(demand.manager("mia"))


@pytest.fixture
def enrolments(program):
    return demand.enrolled(program.managers.get(), program, 2)


def opened(enrolment):
    """A browser after its link was opened."""
    browser = Client()
    token = make_link(enrolment=enrolment, by=None, as_of=timezone.now())
    answer = browser.post(f"/customer/{token}/")
    assert answer.status_code == 302
    return browser


def event(enrolments, *, begins_in, status=CallStatus.SCHEDULED):
    """A call of one stage of an hour, sent to these."""
    now = timezone.now()
    call = call_of(enrolments)
    type(call).objects.filter(pk=call.pk).update(
        status=status, starts_at=now + begins_in, ends_at=now + begins_in + HOUR
    )
    fields = {"starts_at": now + begins_in, "ends_at": now + begins_in + HOUR, "published_at": now}
    call.stages.update(**fields, status=StageStatus.PUBLISHED)
    return Participation.objects.get(stage__call=call, enrolment=enrolments[0])


def test_reading_the_link_opens_nothing_and_pressing_the_button_opens_it_once(enrolments):
    token = make_link(enrolment=enrolments[0], by=None, as_of=timezone.now())
    assert COOKIE not in Client().get(f"/customer/{token}/").cookies
    first = Client().post(f"/customer/{token}/")
    assert first.cookies[COOKIE]["httponly"] and first.cookies[COOKIE]["samesite"] == "Lax"
    assert first.cookies[COOKIE]["path"] == "/customer/"
    second = Client().post(f"/customer/{token}/")
    assert (second.status_code, COOKIE in second.cookies) == (403, False)


def test_without_a_link_every_path_is_the_same_closed_page(enrolments):
    row = event(enrolments, begins_in=HOUR)
    browser = Client()
    paths = ["", "leave/"]
    posts = ["enrol/", "close/", f"events/{row.pk}/out/", f"events/{row.pk}/answer/", "events/999/out/"]
    pages = [browser.get(f"/customer/{path}") for path in paths] + [browser.post(f"/customer/{path}") for path in posts]
    assert {one.status_code for one in pages} == {403}
    assert len({one.content for one in pages}) == 1


def test_wrong_links_from_one_address_are_counted_and_then_nobody_looks(enrolments):
    token = make_link(enrolment=enrolments[0], by=None, as_of=timezone.now())
    browser = Client()
    for n in range(TRIES_PER_ADDRESS):
        browser.post(f"/customer/no-such-link-{n}/")
    assert SignInAttempt.objects.count() == TRIES_PER_ADDRESS
    assert b"Too many tries" in browser.post(f"/customer/{token}/").content


def test_a_page_is_kept_by_no_cache_and_tells_no_address(enrolments):
    answer = opened(enrolments[0]).get("/customer/")
    assert "no-store" in answer["Cache-Control"]
    assert answer["Referrer-Policy"] == "same-origin"  # stricter, and browsers send forms without an origin


def test_another_customers_event_is_not_there(enrolments):
    event(enrolments, begins_in=HOUR)
    theirs = Participation.objects.get(enrolment=enrolments[1])
    browser = opened(enrolments[0])
    assert browser.post(f"/customer/events/{theirs.pk}/out/").status_code == 404
    assert browser.post(f"/customer/events/{theirs.pk}/answer/").status_code == 404
    theirs.refresh_from_db()
    assert theirs.opted_out_at is None


def test_an_invited_customer_agrees_and_takes_part(program):
    demand.imported(demand.sheet(1, consent=""), program.managers.get(), program)
    enrolment = program.enrolments.get()
    browser = opened(enrolment)
    assert b"Tick the box" in browser.post("/customer/enrol/").content
    assert program.wording.text.encode() in browser.get("/customer/").content
    browser.post("/customer/enrol/", {"agrees": "on"})
    enrolment.refresh_from_db()
    assert enrolment.status == EnrolmentStatus.ENROLLED
    assert enrolment.consents.get().given_by == CUSTOMER.name


def test_a_customer_stays_out_of_one_event(enrolments):
    row = event(enrolments, begins_in=HOUR)
    browser = opened(enrolments[0])
    assert b"Not this time" in browser.get("/customer/").content
    browser.post(f"/customer/events/{row.pk}/out/")
    row.refresh_from_db()
    assert row.opted_out_at is not None
    assert b"You stay out of this event" in browser.get("/customer/").content
    assert AuditEvent.objects.filter(action="call.opted-out").count() == 1


def test_calls_that_were_not_sent_are_not_shown(enrolments):
    event(enrolments, begins_in=HOUR, status=CallStatus.DRAFT)
    assert b"Nothing is planned" in opened(enrolments[0]).get("/customer/").content


def test_after_an_event_two_questions_are_asked_once(enrolments):
    row = event(enrolments, begins_in=-3 * HOUR, status=CallStatus.COMPLETED)
    browser = opened(enrolments[0])
    assert b"Would you take part again?" in browser.get("/customer/").content
    missing = browser.post(f"/customer/events/{row.pk}/answer/", {f"e{row.pk}-comfort": "4"})
    assert (missing.status_code, b"Choose yes or no." in missing.content) == (400, True)
    given = {f"e{row.pk}-comfort": "4", f"e{row.pk}-again": "yes"}
    browser.post(f"/customer/events/{row.pk}/answer/", given)
    assert list(Survey.objects.values_list("comfort", "again")) == [(4, True)]
    assert b"Would you take part again?" not in browser.get("/customer/").content
    assert browser.post(f"/customer/events/{row.pk}/answer/", given).status_code == 409


def test_what_is_not_worked_out_yet_is_said_and_not_zero(enrolments):
    event(enrolments, begins_in=-3 * HOUR, status=CallStatus.COMPLETED)
    assert b"being worked out from your meter" in opened(enrolments[0]).get("/customer/").content


def test_leaving_is_asked_once_more_and_has_effect(enrolments):
    browser = opened(enrolments[0])
    assert b"Yes, leave" in browser.get("/customer/leave/").content
    enrolments[0].refresh_from_db()
    assert enrolments[0].status == EnrolmentStatus.ENROLLED
    browser.post("/customer/leave/")
    enrolments[0].refresh_from_db()
    assert enrolments[0].status == EnrolmentStatus.LEFT
    assert not enrolments[0].consents.filter(revoked_at__isnull=True).exists()


def test_after_signing_out_the_cookie_opens_nothing(enrolments):
    browser = opened(enrolments[0])
    key = browser.cookies[COOKIE].value
    browser.post("/customer/close/")
    stolen = Client()
    stolen.cookies[COOKIE] = key
    assert stolen.get("/customer/").status_code == 403


def test_a_form_of_another_site_is_refused(enrolments):
    strict = Client(enforce_csrf_checks=True)
    strict.cookies[COOKIE] = opened(enrolments[0]).cookies[COOKIE].value
    assert strict.post("/customer/leave/").status_code == 403
    enrolments[0].refresh_from_db()
    assert enrolments[0].status == EnrolmentStatus.ENROLLED
