"""A file of customers: looked at, every bad row named, imported when somebody confirms."""

from datetime import timedelta

import pytest

from apps.accounts.models import User
from apps.assets.models import UsagePoint
from apps.demand_response.choices import EnrolmentStatus, ImportState
from apps.demand_response.models import Customer, DemandProgram, EnrolledDevice
from apps.demand_response.services.enrolment import CUSTOMER, leave
from apps.demand_response.services.import_runs import confirm_run, do_import, forget_files
from apps.dispatch.services.refusal import Refused
from tests.factories import demand
from tests.factories.demand import HEAD, NOW, handed, imported, sheet

pytestmark = pytest.mark.django_db
GOOD = "K1,residential,M1,Kim,kim@example.org,heater,thermostat,2.5,2026-11-01,"


@pytest.fixture
def mia() -> User:
    return demand.manager("mia")


@pytest.fixture
def program(mia: User) -> DemandProgram:
    return demand.program(mia)


def of(*rows: str, head: str = HEAD) -> bytes:
    return "\n".join([head, *rows]).encode()


@pytest.mark.parametrize(
    ("row", "field", "words"),
    [
        (",residential,M1,,,,,,,", "reference", "every row needs one"),
        ("K1,castle,M1,,,,,,,", "class", "none of residential, commercial, industrial, public"),
        ("K1,residential,,,,,,,,", "usage_point", "every row needs one"),
        ("K1,residential,M1,,nobody,,,,,", "email", "write one like name@example.org"),
        ("K1,residential,M1,,,a,toaster,1,,", "kind", "none of thermostat"),
        ("K1,residential,M1,,,a,battery,much,,", "device_kw", "write one like 2.5"),
        ("K1,residential,M1,,,a,battery,-1,,", "device_kw", "no power in kW"),
        ("K1,residential,M1,,,a,battery,nan,,", "device_kw", "no power in kW"),
        ("K1,residential,M1,,,a,,1,,", "kind", "give all three or none"),
        ("K1,residential,M1,,,,,,2030-01-01,", "consent_date", "lies in the future"),
        ("K1,residential,M1,,,,,,01.02.2026,", "consent_date", "write it like 2026-03-31"),
        (f"{'K' * 61},residential,M1,,,,,,,", "reference", "60 are the most"),
        ("K1,residential,M1,,,,,,,,,,", "", "put texts with a ',' in quotes"),
    ],
)
def test_a_bad_row_is_named_with_its_field_and_the_remedy(
    mia: User, program: DemandProgram, row: str, field: str, words: str
) -> None:
    run = handed(of("K0,residential,M0,,,,,,,", row), mia, program)
    (problem,) = run.problems
    assert (problem["row"], problem["field"]) == (3, field)
    assert words in problem["problem"]
    assert run.counts["customers"] == 1


def test_nothing_is_imported_before_it_is_confirmed(mia: User, program: DemandProgram) -> None:
    run = handed(of(GOOD), mia, program)
    assert (run.state, Customer.objects.count(), UsagePoint.objects.count()) == (ImportState.PREVIEWED, 0, 0)
    assert do_import(run=run, as_of=NOW).state == ImportState.PREVIEWED
    done = do_import(run=confirm_run(run=run, leave_out_bad=False, by=mia, as_of=NOW), as_of=NOW)
    assert (done.state, Customer.objects.get().name, done.content) == (ImportState.DONE, "Kim", None)


def test_with_bad_rows_it_has_to_be_said_that_they_are_left_out(mia: User, program: DemandProgram) -> None:
    run = handed(sheet(20, bad=3), mia, program)
    with pytest.raises(Refused, match="3 problems were found"):
        confirm_run(run=run, leave_out_bad=False, by=mia, as_of=NOW)
    do_import(run=confirm_run(run=run, leave_out_bad=True, by=mia, as_of=NOW), as_of=NOW)
    assert program.enrolments.filter(status=EnrolmentStatus.ENROLLED).count() == 17


def test_an_import_is_confirmed_once(mia: User, program: DemandProgram) -> None:
    run = handed(of(GOOD), mia, program)
    confirm_run(run=run, leave_out_bad=False, by=mia, as_of=NOW)
    with pytest.raises(Refused, match="nothing to confirm"):
        confirm_run(run=run, leave_out_bad=False, by=mia, as_of=NOW)


def test_rows_of_one_reference_are_one_customer_and_a_bad_one_leaves_all_of_it_out(
    mia: User, program: DemandProgram
) -> None:
    second = "K1,residential,M1,Kim,,car,ev_charger,11,2026-11-01,"
    imported(of(GOOD, second), mia, program)
    assert (Customer.objects.count(), EnrolledDevice.objects.count()) == (1, 2)
    run = handed(of(GOOD.replace("K1", "K2").replace("M1", "M2"), "K2,residential,M2,,,car,toaster,11,,"), mia, program)
    assert (run.state, run.counts["customers left out"]) == (ImportState.REFUSED, 1)


def test_the_same_file_twice_changes_nothing(mia: User, program: DemandProgram) -> None:
    for _ in range(2):
        imported(of(GOOD), mia, program)
    enrolment = program.enrolments.get()
    assert (Customer.objects.count(), UsagePoint.objects.count(), enrolment.consents.count()) == (1, 1, 1)


def test_who_has_not_consented_is_invited(mia: User, program: DemandProgram) -> None:
    imported(of(GOOD.replace("2026-11-01", "")), mia, program)
    assert program.enrolments.get().status == EnrolmentStatus.INVITED


def test_an_old_file_does_not_bring_back_who_left(mia: User, program: DemandProgram) -> None:
    imported(of(GOOD), mia, program)
    leave(enrolment=program.enrolments.get(), reason="", by=CUSTOMER, as_of=NOW - timedelta(days=1))
    run = handed(of(GOOD), mia, program)
    assert "left the program on 2026-11-19" in run.problems[0]["problem"]
    again = imported(of(GOOD.replace("2026-11-01", "2026-11-20")), mia, program)
    assert (again.state, program.enrolments.get().status) == (ImportState.DONE, EnrolmentStatus.ENROLLED)


def test_a_meter_of_another_customer_is_not_taken(mia: User, program: DemandProgram) -> None:
    imported(of(GOOD), mia, program)
    run = handed(of(GOOD.replace("K1", "K9")), mia, program)
    assert "belongs to another customer" in run.problems[0]["problem"]
    twice = handed(
        of(GOOD.replace("M1", "M5"), GOOD.replace("K1", "K9").replace("M1", "M5")), demand.manager("o"), None
    )
    assert "is that of customer K1 further up" in twice.problems[0]["problem"]


def test_a_critical_customer_is_left_out_of_a_program_and_taken_without_one(mia: User, program: DemandProgram) -> None:
    critical = f"{GOOD}life support"
    assert "never asked" in handed(of(critical), mia, program).problems[0]["problem"]
    imported(of(critical), mia, None)
    assert UsagePoint.objects.get().is_critical
    imported(of(GOOD), mia, None)
    assert UsagePoint.objects.get().is_critical  # a file never takes the mark away


def test_a_program_that_is_full_or_not_active_takes_no_file(mia: User) -> None:
    small = demand.program(mia, most_customers=3)
    assert "has room for 3 more" in handed(sheet(4), mia, small).reason
    asleep = demand.program(mia, is_active=False)
    assert "is not active" in handed(sheet(4), mia, asleep).reason


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "it is empty"),
        (b"\xff\xff\x00bad", "this is no UTF-8 text"),
        (b"reference,class,usage_point,colour\n", "'colour' is no known column"),
        (b"reference,class\n", "the column usage_point is missing"),
        (b"reference,class,usage_point,class\n", "the column class stands twice"),
        (b"reference,class,usage_point\n", "No row of the file can be imported"),
    ],
)
def test_a_file_that_cannot_be_read_says_why(mia: User, content: bytes, words: str) -> None:
    run = handed(content, mia, None)
    assert run.state == ImportState.REFUSED
    assert words in run.reason


def test_a_file_nobody_confirms_is_forgotten(mia: User) -> None:
    run = handed(of(GOOD), mia, None)
    assert forget_files(as_of=NOW + timedelta(days=3)) == 1
    run.refresh_from_db()
    assert (run.content, run.state) == (None, ImportState.REFUSED)
