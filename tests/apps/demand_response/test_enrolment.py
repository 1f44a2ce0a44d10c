"""A customer comes into a program, pauses, leaves: with consent, and with effect in the field."""

from datetime import timedelta

import pytest

from apps.accounts.models import User
from apps.audit.models import AuditEvent
from apps.demand_response.choices import EnrolmentStatus
from apps.demand_response.models import DemandProgram, Enrolment, MeterDay, SelfServiceLink
from apps.demand_response.services import credentials, customers, enrolment, self_service
from apps.demand_response.services.enrolment import CUSTOMER, Actor
from apps.demand_response.services.keeping import keep_promises
from apps.demand_response.services.programs import change_program, deactivate_program
from apps.dispatch.services.refusal import Refused
from apps.openadr.models import OpenAdrClient, Program, Ven
from tests.factories import demand
from tests.factories.demand import NOW
from tests.factories.demand_events import call_of

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(hours=1)


@pytest.fixture
def mia() -> User:
    return demand.manager("mia")


@pytest.fixture
def program(mia: User) -> DemandProgram:
    return demand.program(mia)


def one_enrolled(mia: User, program: DemandProgram) -> Enrolment:
    (found,) = demand.enrolled(mia, program)
    return found


def with_identity(mia: User, program: DemandProgram) -> Enrolment:
    found = one_enrolled(mia, program)
    credentials.issue_credentials(program=program, by=mia, as_of=NOW)
    found.refresh_from_db()
    return found


def test_an_active_program_is_told_to_the_field_with_a_target_of_its_own(program: DemandProgram) -> None:
    told = Program.objects.get(pk=program.openadr_program_id)
    assert (told.targets, told.is_own) == ([f"program-{program.pk}"], True)


def test_a_program_taken_back_is_withdrawn_and_can_come_back(mia: User, program: DemandProgram) -> None:
    told = program.openadr_program
    back = deactivate_program(program=program, by=mia, as_of=LATER)
    assert (back.is_active, back.openadr_program) == (False, None)
    assert Program.objects.get(pk=told.pk).withdrawn_at is not None


def test_a_change_of_an_older_revision_is_refused(mia: User, program: DemandProgram) -> None:
    change_program(program=program, revision=0, fields={"notice_min": 60}, by=mia, as_of=NOW)
    with pytest.raises(Refused, match="Somebody changed this program"):
        change_program(program=program, revision=0, fields={"notice_min": 5}, by=mia, as_of=NOW)


def test_a_changed_consent_text_is_a_new_version_and_the_old_one_stays_with_who_agreed(
    mia: User, program: DemandProgram
) -> None:
    agreed = one_enrolled(mia, program)
    changed = change_program(program=program, revision=0, fields={"consent_text": "Other words."}, by=mia, as_of=NOW)
    assert (changed.wording.version, agreed.consents.get().wording.version) == (2, 1)


def test_credentials_are_made_once_and_their_secret_is_not_stored(mia: User, program: DemandProgram) -> None:
    one_enrolled(mia, program)
    (issued,) = credentials.issue_credentials(program=program, by=mia, as_of=NOW)
    client = OpenAdrClient.objects.get(client_id=issued.client_id)
    assert issued.client_secret not in client.application.client_secret
    assert "C000000" not in issued.ven_name
    with pytest.raises(Refused, match="Every enrolled customer"):
        credentials.issue_credentials(program=program, by=mia, as_of=NOW)


def test_renewed_credentials_end_the_old_ones(mia: User, program: DemandProgram) -> None:
    mine = with_identity(mia, program)
    old = mine.ven
    issued = credentials.renew_credentials(enrolment=mine, by=mia, as_of=LATER)
    mine.refresh_from_db()
    assert Ven.objects.get(pk=old.pk).withdrawn_at is not None
    assert (mine.ven.ven_name, mine.ven.targets) == (issued.ven_name, [f"program-{program.pk}"])


def test_two_programs_share_the_identity_and_only_the_last_one_left_ends_it(mia: User, program: DemandProgram) -> None:
    first = with_identity(mia, program)
    other = demand.program(mia, title="Reserve")
    second = enrolment.invite(program=other, customer=first.customer, by=Actor.of(mia), as_of=NOW)
    second = enrolment.enrol(enrolment=second, given_at=NOW, by=CUSTOMER, as_of=NOW)
    assert credentials.issue_credentials(program=other, by=mia, as_of=NOW) == []
    ven = Ven.objects.get(pk=first.ven_id)
    assert ven.targets == sorted([f"program-{program.pk}", f"program-{other.pk}"])
    enrolment.leave(enrolment=first, reason="", by=CUSTOMER, as_of=LATER)
    ven.refresh_from_db()
    assert (ven.targets, ven.withdrawn_at) == ([f"program-{other.pk}"], None)
    enrolment.leave(enrolment=second, reason="", by=CUSTOMER, as_of=LATER)
    ven.refresh_from_db()
    assert ven.withdrawn_at == LATER


def test_a_paused_customer_is_not_callable_and_sees_no_event(mia: User, program: DemandProgram) -> None:
    mine = with_identity(mia, program)
    assert list(Enrolment.objects.callable_now()) == [mine]
    enrolment.pause(enrolment=mine, reason="holiday", by=CUSTOMER, as_of=LATER)
    assert (list(Enrolment.objects.callable_now()), Ven.objects.get(pk=mine.ven_id).targets) == ([], [])
    enrolment.resume(enrolment=mine, by=CUSTOMER, as_of=LATER)
    assert Ven.objects.get(pk=mine.ven_id).targets == [f"program-{program.pk}"]


def test_leaving_revokes_the_consent_and_takes_effect_at_once(mia: User, program: DemandProgram) -> None:
    mine = with_identity(mia, program)
    ven = mine.ven
    token = self_service.make_link(enrolment=mine, by=mia, as_of=NOW)
    gone = enrolment.leave(enrolment=mine, reason="moved", by=CUSTOMER, as_of=LATER)
    assert (gone.status, gone.ven, gone.consents.get().revoked_at) == (EnrolmentStatus.LEFT, None, LATER)
    assert Ven.objects.get(pk=ven.pk).withdrawn_at == LATER
    assert OpenAdrClient.objects.get(client_id=ven.client_id).retired_at == LATER
    with pytest.raises(Refused, match="not valid any more"):
        self_service.open_link(token=token, as_of=LATER)


def test_nobody_resumes_after_leaving_without_a_new_consent(mia: User, program: DemandProgram) -> None:
    mine = one_enrolled(mia, program)
    gone = enrolment.leave(enrolment=mine, reason="", by=CUSTOMER, as_of=NOW)
    with pytest.raises(Refused, match="no consent that holds"):
        enrolment.resume(enrolment=gone, by=Actor.of(mia), as_of=LATER)
    back = enrolment.enrol(enrolment=gone, given_at=LATER, by=CUSTOMER, as_of=LATER)
    assert (back.status, back.consents.count()) == (EnrolmentStatus.ENROLLED, 2)


def test_who_is_paused_is_not_paused_again(mia: User, program: DemandProgram) -> None:
    mine = enrolment.pause(enrolment=one_enrolled(mia, program), reason="", by=CUSTOMER, as_of=NOW)
    with pytest.raises(Refused, match="is paused; from there it cannot become paused"):
        enrolment.pause(enrolment=mine, reason="", by=CUSTOMER, as_of=NOW)


def test_life_support_is_never_enrolled_and_a_later_mark_pauses_at_once(mia: User, program: DemandProgram) -> None:
    mine = with_identity(mia, program)
    told = {"customer": mine.customer, "usage_point": "C-M000000", "by": mia, "as_of": LATER}
    customers.mark_critical(reason="life support", **told)
    mine.refresh_from_db()
    assert (mine.status, mine.status_reason) == (EnrolmentStatus.PAUSED, "A connection was marked critical.")
    with pytest.raises(Refused, match="life support, hospital"):
        enrolment.resume(enrolment=mine, by=Actor.of(mia), as_of=LATER)
    customers.mark_critical(reason="", **told)
    assert enrolment.resume(enrolment=mine, by=Actor.of(mia), as_of=LATER).status == EnrolmentStatus.ENROLLED


@pytest.mark.parametrize(
    ("wanted", "reason"),
    [
        ({"classes": ["industrial"]}, "for industry only"),
        ({"equipment": ["industrial"]}, "needs one of these devices: industrial process"),
    ],
)
def test_who_does_not_fit_the_program_is_refused_with_the_reason(
    mia: User, wanted: dict[str, list[str]], reason: str
) -> None:
    strict = demand.program(mia, **wanted)
    demand.imported(demand.sheet(1), mia, None)
    with pytest.raises(Refused, match=reason):
        enrolment.invite(program=strict, customer=mia.demand_customers.get(), by=Actor.of(mia), as_of=NOW)


def test_the_last_place_of_a_program_is_given_once(mia: User) -> None:
    small = demand.program(mia, most_customers=1)
    demand.imported(demand.sheet(2, consent=""), mia, small)
    first, second = small.enrolments.all()
    enrolment.enrol(enrolment=first, given_at=NOW, by=CUSTOMER, as_of=NOW)
    with pytest.raises(Refused, match="has its 1 customers"):
        enrolment.enrol(enrolment=second, given_at=NOW, by=CUSTOMER, as_of=NOW)


def test_a_link_opens_once_and_only_while_it_lives(mia: User, program: DemandProgram) -> None:
    mine = one_enrolled(mia, program)
    token = self_service.make_link(enrolment=mine, by=mia, as_of=NOW)
    key = self_service.open_link(token=token, as_of=LATER)
    assert self_service.enrolment_of(key=key, as_of=LATER) == mine
    assert token not in SelfServiceLink.objects.get().digest
    with pytest.raises(Refused):
        self_service.open_link(token=token, as_of=LATER)
    late = self_service.make_link(enrolment=mine, by=mia, as_of=NOW)
    with pytest.raises(Refused):
        self_service.open_link(token=late, as_of=NOW + timedelta(days=15))
    assert self_service.enrolment_of(key=key, as_of=NOW + timedelta(days=31)) is None


def test_readings_no_event_needs_go_when_the_customer_leaves_and_the_rest_in_time(
    mia: User, program: DemandProgram
) -> None:
    asked, other = demand.enrolled(mia, program, 2)
    call_of([asked])
    days = [day.isoformat() for day in (NOW.date() - timedelta(days=n) for n in (100, 10))]
    rows = [demand.day_row(f"C-M00000{n}", day) for n in (0, 1) for day in days]
    demand.imported(("\n".join([demand.DAY_HEAD, *rows])).encode(), mia, None, kind=demand.ImportKind.METER)
    for one in (asked, other):
        enrolment.leave(enrolment=one, reason="", by=CUSTOMER, as_of=NOW)
    assert keep_promises(as_of=LATER) == 0
    assert {str(day) for day in MeterDay.objects.values_list("day", flat=True)} == {days[1]}
    assert keep_promises(as_of=NOW + timedelta(days=program.kept_days + 1)) == 2
    assert not MeterDay.objects.exists()
    assert {one.name for one in mia.demand_customers.all()} == {""}


def test_every_step_stands_in_the_audit(mia: User, program: DemandProgram) -> None:
    mine = with_identity(mia, program)
    enrolment.leave(enrolment=mine, reason="moved", by=CUSTOMER, as_of=LATER)
    acts = set(AuditEvent.objects.filter(action__startswith="demand.").values_list("action", flat=True))
    assert acts >= {"demand.program-made", "demand.program-activated", "demand.imported", "demand.credentials"}
    assert AuditEvent.objects.get(action="demand.left").detail["by"] == CUSTOMER.name
