"""A switching plan in a browser: written, studied, signed by three people, carried out and turned back."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from apps.accounts.choices import Role
from apps.dispatch.choices.order import Act, OrderStatus
from apps.dispatch.models import Order, SwitchingPlan
from apps.dispatch.services import orders
from apps.telemetry.choices import RequestState
from apps.telemetry.models import ControlPoint, Gateway
from tests.apps.control_room.desk import session_of
from tests.factories.orders import Desk, make_desk, person, switch_control

pytestmark = pytest.mark.django_db(transaction=True)
LARGE = {"width": 1920, "height": 1080}


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch) -> Desk:
    """How old a value may be, and how long a selection holds, is the affair of other tests: machines may be slow."""
    monkeypatch.setattr(orders, "OPERATE_WITHIN", timedelta(hours=1))
    made = make_desk(now=timezone.now())
    Gateway.objects.update(silence_limit_s=3600.0)
    return made


@pytest.fixture
def breaker(desk: Desk) -> ControlPoint:
    return switch_control()


@pytest.fixture
def signed_in(desk: Desk, open_page: Callable[..., Page]) -> dict[str, Page]:
    """Who has written, who checks, and who approves, each at a display of their own."""
    people = {"anna": desk.anna, "ben": desk.ben, "carla": person("carla", Role.SUPERVISOR)}
    return {name: open_page(session_of(who.user), viewport=LARGE) for name, who in people.items()}


def heard(desk: Desk) -> None:
    """The field is of now: time passes for the site while a browser works."""
    desk.now = timezone.now()
    desk.room.take(desk.room.hear(desk.now), desk.now)


def written(page: Page, site: str) -> SwitchingPlan:
    page.goto(f"{site}/plans/")
    page.fill("#name", "Joint at the harbour")
    page.fill("#purpose", "Replace it")
    page.fill("#customers", "100000")
    page.fill("#begins", "2026-12-01T06:00")
    page.click("#new-plan button")
    page.wait_for_url("**/plans/*/")
    return SwitchingPlan.objects.get()


def with_a_step(page: Page, device: str) -> None:
    page.select_option("#step-kind", "switch")
    page.fill("#step-device", device)
    page.click("#step-form button")
    expect(page.locator("#steps tr")).to_contain_text(f"Open {device}")


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def status(page: Page, words: str) -> None:
    expect(page.locator("#status")).to_have_text(words)


def test_a_plan_from_its_writing_to_its_way_back(
    desk: Desk, breaker: ControlPoint, signed_in: dict[str, Page], site: str
) -> None:
    anna, ben, carla = signed_in.values()
    plan = written(anna, site)
    assert plan.begins_at == datetime(2026, 12, 1, 5, 0, tzinfo=UTC), "it was said in the time of Berlin"
    step_is_refused(anna)
    with_a_step(anna, breaker.point.name.removesuffix(" switch state"))

    heard(desk)
    press(anna, "Study it on the live state")
    expect(anna.locator("#study-words")).to_contain_text("All 1 steps keep the network within its limits.")
    signed_by_three(anna, ben, carla, f"{site}/plans/{plan.pk}/")
    carried_out(anna, desk)
    press(anna, "Complete")
    status(anna, "Completed")

    press(anna, "Make the way back")
    anna.wait_for_url(lambda address: not address.endswith(f"/plans/{plan.pk}/"))
    expect(anna.locator("#kin")).to_contain_text(f"goes back from SP-{plan.pk}")
    expect(anna.locator("#steps tr")).to_contain_text("Close ")


def step_is_refused(page: Page) -> None:
    page.select_option("#step-kind", "act")
    page.click("#step-form button")
    expect(page.locator("#step-refusal")).to_have_text(
        "steps: Step 1, text: Say it in words: who carries the step out reads them."
    )


def signed_by_three(anna: Page, ben: Page, carla: Page, address: str) -> None:
    press(anna, "Request it")
    press(anna, "I have prepared it")
    status(anna, "Prepared")
    press(anna, "I have checked it")
    expect(anna.locator("#refusal")).to_have_text("You have prepared this plan: somebody else checks it.")
    ben.goto(address)
    press(ben, "I have checked it")
    status(ben, "Checked")
    expect(ben.get_by_role("button", name="I approve it")).to_have_count(0)
    carla.goto(address)
    press(carla, "I approve it")
    status(carla, "Approved")
    expect(carla.locator("#moves li b")).to_have_text(["New", "Requested", "Prepared", "Checked", "Approved"])


def carried_out(page: Page, desk: Desk) -> None:
    page.reload()
    press(page, "Begin")
    status(page, "Under way")
    heard(desk)
    page.get_by_role("button", name="Step 1: ").click()
    expect(page.locator("#command")).to_contain_text("Remote operation will take place")
    page.click("#command-operate")
    expect(page.locator("#command")).to_contain_text("Ordered")
    desk.now = timezone.now()
    desk.gateway()
    desk.wait(8)
    page.get_by_role("dialog").get_by_role("button", name="Close", exact=True).click()
    page.reload()
    expect(page.locator("#steps tr")).to_contain_text("Completed")


def test_an_order_whose_outcome_is_not_known_is_settled_on_the_page_of_orders(
    desk: Desk, breaker: ControlPoint, signed_in: dict[str, Page], site: str
) -> None:
    order = desk.operate(desk.select(breaker, Act.OPEN))
    desk.gateway(answer=RequestState.UNKNOWN)
    heard(desk)
    page = signed_in["ben"]
    page.goto(f"{site}/shift/")
    expect(page.locator("#over")).to_contain_text("Orders whose outcome is not known: 1")
    page.goto(f"{site}/orders/")
    box = page.locator("#unknown .order-decision")
    expect(box.locator(".reading")).to_contain_text("reads closed")
    box.get_by_role("button", name="It was done", exact=True).click()
    assert Order.objects.get().status == OrderStatus.UNKNOWN, "without a word of what was found nothing is settled"
    box.get_by_label("What was found").fill("North 2 stands before it")
    box.get_by_role("button", name="It was done", exact=True).click()
    expect(box.get_by_role("alert")).to_contain_text("reports that it is closed")
    box.get_by_role("button", name="It was not done").click()
    expect(page.locator("#unknown")).to_contain_text("The outcome of every order is known.")
    expect(page.locator("#orders tr").first).to_contain_text("ben: North 2 stands before it")
    page.goto(f"{site}/shift/")
    expect(page.locator("#log")).to_contain_text("North 2 stands before it")
    assert Order.objects.get(pk=order.pk).settled_by == desk.ben.user


def test_a_template_is_made_from_a_plan_and_a_plan_from_it(
    desk: Desk, breaker: ControlPoint, signed_in: dict[str, Page], site: str
) -> None:
    page = signed_in["anna"]
    first = written(page, site)
    press(page, "Copy, or make a template…")
    page.select_option("#copy-kind", "template")
    page.fill("#copy-name", "Joint, any")
    press(page, "Write it")
    page.wait_for_url(lambda address: not address.endswith(f"/plans/{first.pk}/"))
    expect(page.locator("#kin")).to_contain_text(f"made from {first.number}")
    expect(page.get_by_role("button", name="Request it")).to_have_count(0)

    page.goto(f"{site}/plans/?templates")
    page.get_by_role("link", name="Joint, any").click()
    press(page, "Make a plan from it…")
    expect(page.locator("#copy-kind")).to_have_value("planned")
    page.fill("#copy-begins", "2026-12-02T06:00")
    template = page.url
    press(page, "Write it")
    page.wait_for_url(lambda address: address != template)
    expect(page.get_by_role("button", name="Request it")).to_be_visible()
    made = SwitchingPlan.objects.get(kind="planned", from_template__kind="template")
    assert (made.begins_at, made.customers_may_lose) == (first.begins_at + timedelta(days=1), 100_000)  # type: ignore[operator]
