"""Envelopes, congestion and foreseen troubles of a small network whose hours ahead the test knows."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import numpy as np
import pytest
from django.test import Client

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.assets.models import BatteryUnit, EnergyConsumer, NetworkModel
from apps.assets.selectors import assembled
from apps.dispatch.adapters.scene import scene_of
from apps.dispatch.choices.ahead import KEPT_HOURLY, KEPT_WHOLE, AheadOutcome, OfferKind
from apps.dispatch.choices.proposal import Breach, ProposalStatus, TroubleOrigin
from apps.dispatch.models import HoursAhead, Proposal, Trouble
from apps.dispatch.selectors.ahead import newest_envelopes, price_document
from apps.dispatch.services import decisions
from apps.dispatch.services.by_hand import propose_by_hand
from apps.dispatch.services.foreseen import watch_foreseen
from apps.dispatch.services.hours_ahead import thin_hours_ahead
from apps.dispatch.services.refusal import Refused
from apps.dispatch.services.scenes import Live
from apps.dispatch.services.troubles import watch_troubles
from apps.optimization.adapters.congestion import priced
from apps.optimization.selectors.rates import cost_rates
from apps.optimization.services import hours_ahead
from apps.state.adapters.look_ahead import Expected
from apps.state.models import LookAhead
from apps.state.services.look_ahead import NotEnoughHistory
from tests.factories.ahead import evening_peak, expected_of, looked_ahead
from tests.factories.grids import grid
from tests.factories.networks import imported
from tests.factories.rings import ring_file
from tests.factories.scenes import HEAVY, base_of, live_of

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)


@pytest.fixture(scope="module", autouse=True)
def _case_is_read() -> None:
    grid(str(ring_file()))


@pytest.fixture
def model() -> NetworkModel:
    return imported(ring_file())


class Ahead:
    """The live state and what is expected, in the place of the real ones."""

    def __init__(self, model: NetworkModel, monkeypatch: pytest.MonkeyPatch) -> None:
        self.model, self.as_of = model, NOON
        self.heavy = 1.0
        self.expected: Expected | None = expected_of(assembled(model), evening_peak(1.0))
        monkeypatch.setattr(hours_ahead, "live_scene", lambda *, as_of: self.live)
        monkeypatch.setattr(hours_ahead, "from_forecasts", self._forecast)

    @property
    def live(self) -> Live:
        return live_of(self.model, base_of(self.model, heavy=HEAVY, factor=self.heavy), self.as_of)

    def _forecast(self, *_: object) -> Expected:
        if self.expected is None:
            raise NotEnoughHistory("Not enough history: 3 h of 24 h.")
        return self.expected

    def peak(self, factor: float, *, spread: float = 0.03) -> None:
        self.expected = expected_of(assembled(self.model), evening_peak(factor), spread=spread)
        looked_ahead(self.live, self.expected, self.as_of)

    def run(self, *, minutes: int = 0) -> HoursAhead:
        self.as_of += timedelta(minutes=minutes)
        return hours_ahead.work_out(clock=lambda: self.as_of)


@pytest.fixture
def ahead(model: NetworkModel, monkeypatch: pytest.MonkeyPatch) -> Ahead:
    return Ahead(model, monkeypatch)


def foreseen() -> Trouble | None:
    return Trouble.objects.standing().filter(origin=TroubleOrigin.FORECAST).first()


def test_any_use_inside_the_envelopes_keeps_all_limits_by_the_full_power_flow(ahead: Ahead) -> None:
    run = ahead.run()
    assert run.outcome == AheadOutcome.DONE
    found = newest_envelopes()
    assert found is not None and all(one["confirmed"] for one in run.intervals)
    scene, random = ahead.live.scene, np.random.default_rng(3)
    network = scene.place.network
    for row in (0, 4, 20):
        for _ in range(8):
            edge = random.integers(0, 2, len(found.nodes))
            power = np.where(edge, found.export_kw[row], -found.import_kw[row])
            base = replace(scene.base, injection_p_kw=np.zeros(len(network.injections)))
            rest = base.rest_p_kw.copy()
            rest[found.nodes] = power
            state = scene_of(replace(base, rest_p_kw=rest), scene.place).before
            assert np.nanmax(state.loading) <= 1.003
            assert np.nanmin(state.voltage_pu - scene.limits.low_pu) > -2e-4
            assert np.nanmax(state.voltage_pu - scene.limits.high_pu) < 2e-4


def test_what_is_expected_and_what_is_asked_for_lie_inside_where_the_network_is_strong(ahead: Ahead) -> None:
    ahead.expected = expected_of(assembled(ahead.model), evening_peak(0.4, usual=0.4))
    ahead.run()
    found = newest_envelopes()
    assert found is not None and not found.is_bound.any()
    assert (found.import_kw >= found.expected_kw - 1e-2).all() and (-found.export_kw <= found.expected_kw + 1e-2).all()
    battery = BatteryUnit.objects.get()
    column = found.column(str(battery.mrid))
    assert column is not None
    assert found.export_kw[0, column] == pytest.approx(400.0 + 200.0)  # the battery and the plant beside it
    assert found.asked_kw[0, column] > 400.0


def test_an_hour_that_cannot_be_carried_has_envelopes_below_what_is_expected(ahead: Ahead) -> None:
    ahead.peak(1.7)
    run = ahead.run()
    found = newest_envelopes()
    assert found is not None
    row = next(n for n, start in enumerate(found.starts) if start >= NOON + timedelta(hours=3))
    assert run.intervals[row]["loads_share"] < 1.0
    of_heavy = [n for n in range(len(found.nodes)) if found.name(n).startswith("A")]
    assert (found.import_kw[row, of_heavy] < found.expected_kw[row, of_heavy]).any()


def test_without_a_forecast_there_is_an_envelope_of_now_alone_and_it_says_so(ahead: Ahead) -> None:
    ahead.expected = None
    run = ahead.run()
    assert (run.outcome, len(run.starts)) == (AheadOutcome.ONLY_NOW, 1)
    assert "Not enough history" in run.reason


def test_a_likely_overload_is_foreseen_with_its_hours_and_ended_when_it_is_not_seen_for_two_looks(
    ahead: Ahead,
) -> None:
    ahead.peak(1.6)
    ahead.run()
    trouble = foreseen()
    assert trouble is not None
    assert (trouble.breach, trouble.place) == (Breach.OVERLOAD, "Station F01")
    assert trouble.begins_at == NOON + timedelta(hours=3) and trouble.ends_at == NOON + timedelta(hours=5)
    assert trouble.probability > 0.9 and trouble.began_at == NOON
    assert not Trouble.objects.standing().filter(origin=TroubleOrigin.LIVE).exists()
    ahead.as_of += timedelta(minutes=15)
    ahead.peak(1.0)
    ahead.run()
    assert foreseen() == trouble
    ahead.run(minutes=15)
    assert foreseen() is None


def test_a_foreseen_trouble_opens_when_it_is_likely_and_does_not_flap(ahead: Ahead) -> None:
    ahead.peak(1.43)
    look_ahead = LookAhead.objects.get()
    said = look_ahead.statements
    assert said
    stood = []
    for probability in (0.2, 0.35, 0.2, 0.1, 0.2, 0.1, 0.1, 0.2):
        look_ahead.statements = [told | {"probability": probability} for told in said]
        watch_foreseen(ahead.live, look_ahead)
        stood.append(foreseen() is not None)
    assert stood == [False, True, True, True, True, True, False, False]
    assert Trouble.objects.filter(origin=TroubleOrigin.FORECAST).count() == 1


def test_what_has_come_is_not_foreseen_any_more(ahead: Ahead) -> None:
    ahead.peak(1.6)
    ahead.run()
    assert foreseen() is not None
    ahead.heavy = 1.6
    watch_troubles(ahead.live)
    ahead.run(minutes=1)
    assert foreseen() is None
    assert Trouble.objects.standing().filter(origin=TroubleOrigin.LIVE, breach=Breach.OVERLOAD).count() == 1


def test_remedies_of_what_is_foreseen_are_checked_on_the_state_of_its_hour(ahead: Ahead) -> None:
    ahead.peak(1.6)
    ahead.run()
    trouble = foreseen()
    assert trouble is not None
    remedies = Proposal.objects.filter(trouble=trouble, status=ProposalStatus.VERIFIED)
    best = remedies.filter(ends=True).first()
    assert best is not None and best.value_before > 100 > best.value_after
    assert datetime.fromisoformat(best.versions["state_of"]) == trouble.worst_at
    assert trouble.begins_at <= trouble.worst_at < trouble.ends_at
    assert best.expires_at > ahead.as_of + timedelta(minutes=30)


def test_what_is_foreseen_is_approved_in_the_hour_before_and_not_earlier(ahead: Ahead) -> None:
    ahead.peak(1.6)
    ahead.run()
    anna = User.objects.create_user("anna", role=Role.OPERATOR)
    trouble = foreseen()
    assert trouble is not None
    with pytest.raises(Refused, match="state of now does not show it"):
        propose_by_hand(trouble=trouble, steps=[], by=anna, as_of=ahead.as_of)
    proposal = Proposal.objects.filter(trouble=trouble, ends=True).first()
    assert proposal is not None
    with pytest.raises(Refused, match="Approve it in the hour before"):
        decisions.approve(proposal_id=proposal.pk, by=anna, as_of=ahead.as_of)
    later = trouble.begins_at - timedelta(minutes=50)
    Proposal.objects.filter(pk=proposal.pk).update(expires_at=later + timedelta(minutes=5))
    approved = decisions.approve(proposal_id=proposal.pk, by=anna, as_of=later)
    assert approved.status == ProposalStatus.APPROVED


def test_the_cheapest_offers_relieve_the_overload_and_no_more(ahead: Ahead) -> None:
    ahead.peak(1.6)
    run = ahead.run()
    row = run.congestion.get()
    assert row.is_feasible and not row.is_now and row.value > 100
    taken = {one["node_name"]: one["taken_kw"] for one in row.offers if one["taken_kw"]}
    assert sum(abs(kw) for kw in taken.values()) == pytest.approx(row.relief_kw, rel=1e-2)
    kinds = {one["kind"] for one in row.offers if one["taken_kw"]}
    assert min(one["relief_per_100_kw"] for one in row.offers) > 0.0
    assert all(one["worth_eur_per_kwh"] > 0.0 for one in row.offers if one["taken_kw"])
    assert OfferKind.SHED not in kinds and OfferKind.BATTERY in kinds
    relieved = sum(one["relief_per_100_kw"] * abs(one["taken_kw"]) / 100 for one in row.offers)
    assert relieved == pytest.approx(row.value - row.limit, rel=0.02)
    assert any("Cheapest way out: Battery at A4" in sentence for sentence in row.sentences)


def test_a_kw_is_worth_more_behind_the_overload_than_on_the_other_feeder(ahead: Ahead) -> None:
    ahead.peak(1.6)
    ahead.run()
    near, far = (EnergyConsumer.objects.get(name=name) for name in ("A4 load", "B4 load"))
    prices = [price_document(str(one.mrid))[0]["eur_per_kwh"] for one in (near, far)]
    assert prices[0] > 0.01 > abs(prices[1])


def test_a_shortage_that_no_offer_ends_says_what_has_to_give(ahead: Ahead) -> None:
    ahead.heavy = 1.6
    live = ahead.live
    watch_troubles(live)
    row = ahead.run().congestion.get()
    assert row.is_now and row.sentences
    assert all("kW" in sentence or "%" in sentence or "not enough" in sentence for sentence in row.sentences)


def test_the_api_tells_one_point_many_points_and_who_is_bound(ahead: Ahead, client: Client) -> None:
    client.force_login(User.objects.create_user("vic", role=Role.VIEWER))
    address = "/api/v1/optimization/envelopes"
    assert client.get(address).status_code == 404
    ahead.peak(1.6)
    ahead.run()
    battery = str(BatteryUnit.objects.get().mrid)
    one = client.get(f"{address}/{battery}").json()
    assert {"Battery", "Solar"} <= set(one["resources"])
    assert len(one["import_kw"]) == len(one["starts"]) == 25
    assert client.get(address, {"mrid": battery}).json()["points"][0]["mrid"] == one["mrid"]
    told = client.get(address).json()
    assert 0 < told["bound"] <= told["all"] and len(told["points"]) == told["bound"]
    assert "mRID" in client.get(f"{address}/{UUID(int=7)}").json()["detail"]
    refused = client.get(address, {"mrid": "seven"})
    assert refused.status_code == 400 and "mrid" in refused.json()
    short = client.get("/api/v1/optimization/congestion").json()
    assert short["congestion"][0]["probability"] > 0.9
    prices = client.get(f"/api/v1/optimization/congestion/prices/{battery}").json()["prices"]
    assert prices[0]["eur_per_kwh"] > 0


def test_runs_of_yesterday_are_kept_by_the_hour_and_then_not_at_all(model: NetworkModel) -> None:
    fixed = {"outcome": AheadOutcome.NO_STATE, "duration_ms": 1.0, "engine_version": "test"}
    whole = NOON - KEPT_WHOLE - timedelta(hours=2)
    for at in (
        whole,
        whole + timedelta(minutes=15),
        NOON - timedelta(hours=1),
        NOON - KEPT_HOURLY - timedelta(hours=1),
    ):
        HoursAhead.objects.create(as_of=at, **fixed)
    assert thin_hours_ahead(as_of=NOON) == 2
    kept = HoursAhead.objects.order_by("as_of").values_list("as_of", flat=True)
    assert list(kept) == [whole, NOON - timedelta(hours=1)]


def test_a_voltage_is_relieved_by_offers_before_its_limit_gives_way(ahead: Ahead) -> None:
    scene = ahead.live.scene
    network = scene.place.network
    at = network.nodes.name.index("A4")
    high = network.node.high_pu.copy()
    high[at] = scene.before.voltage_pu[at] - 0.001
    tight = replace(network, node=replace(network.node, high_pu=high))
    narrow = scene_of(scene.base, replace(scene.place, network=tight))
    told = priced(narrow, Breach.VOLTAGE_HIGH, [network.nodes.mrid[at]], np.array([at], np.int32), cost_rates())
    assert told is not None and told.is_feasible
    assert told.worst.value - told.worst.limit == pytest.approx(0.001, abs=1e-6)
    assert told.prices[0] < 0
    assert "Cheapest way out: Battery at A4" in told.sentences[0]
