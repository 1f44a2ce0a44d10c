"""Sites behind a meter, and reserve: every limit is kept."""

import itertools

import numpy as np
import pytest

from gridops.engine.optimization.storage.battery import Batteries
from gridops.engine.optimization.storage.plan import Part, plan
from gridops.engine.optimization.storage.site import Site
from tests.engine.optimization.storage.made import HOURS, prices, schedule


class TestBehindTheMeter:
    SUN = np.maximum(0.0, 6 * np.sin((np.arange(HOURS) - 6) / 12 * np.pi))

    def test_own_sun_is_stored_for_the_evening_before_it_is_sold(self) -> None:
        site = Site.of(step_h=1, buy=np.full(HOURS, 0.3), sell=np.full(HOURS, 0.08), load_kw=2.0, sun_kw=self.SUN)
        found = schedule(plan(Batteries.of(power_kw=3, energy_kwh=8, round_trip=0.9, initial=0.0, final=0.0), site))
        without = site.load_kw - self.SUN

        assert found.import_kw.sum() < np.maximum(without, 0).sum() - 5
        balance = found.import_kw - found.export_kw + self.SUN - found.curtailed_kw + found.injection_kw.sum(axis=0)
        np.testing.assert_allclose(balance, site.load_kw, atol=1e-8)

    def test_limits_of_the_meter_are_kept_and_what_has_no_way_out_is_curtailed(self) -> None:
        site = Site.of(
            step_h=1, buy=prices(0) + 0.2, sell=prices(0), load_kw=2.0, sun_kw=self.SUN, import_kw=2.0, export_kw=1.0
        )
        found = schedule(plan(Batteries.of(power_kw=3, energy_kwh=5, round_trip=0.9, initial=0.5), site))

        assert found.import_kw.max() <= 2.0 + 1e-9
        assert found.export_kw.max() <= 1.0 + 1e-9
        assert found.curtailed_kw.sum() > 0

    def test_the_peak_is_cut_as_far_as_it_pays_and_not_below_what_was_reached(self) -> None:
        load = np.r_[np.full(8, 1.0), np.full(4, 6.0), np.full(12, 1.0)]
        wants = dict(power_kw=3, energy_kwh=8, one_way=1.0, initial=0.5)

        def peak(**given: float) -> float:
            return schedule(
                plan(Batteries.of(**wants), Site.of(step_h=1, buy=np.full(HOURS, 0.2), load_kw=load, **given))
            ).peak_kw

        assert peak(peak_charge=1.0) == pytest.approx(4.0)
        cost = [
            schedule(
                plan(
                    Batteries.of(**wants),
                    Site.of(step_h=1, buy=np.full(HOURS, 0.2), load_kw=load, peak_charge=1.0, peak_kw=at),
                )
            ).cost
            for at in (0.0, 5.0)
        ]
        assert cost[1] - cost[0] == pytest.approx(1.0)

    def test_selling_dearer_than_buying_is_refused_by_the_step(self) -> None:
        with pytest.raises(ValueError, match="sell: at step 3"):
            Site.of(step_h=1, buy=np.full(5, 0.1), sell=np.array([0, 0, 0, 0.2, 0]), load_kw=1.0)


class TestReserve:
    def test_held_reserve_has_room_and_energy_behind_it(self) -> None:
        battery = Batteries.of(power_kw=[2, 3], energy_kwh=[4, 6], one_way=0.95, initial=0.5, window=(0.1, 0.9))
        site = Site.of(step_h=0.5, buy=prices(5), up_kw=2.0, down_kw=1.0, backing_h=1.0)
        found = schedule(plan(battery, site))

        assert (found.up_kw.sum(axis=0) >= 2 - 1e-9).all()
        assert (found.down_kw.sum(axis=0) >= 1 - 1e-9).all()
        assert (found.injection_kw + found.up_kw <= battery.discharge_kw[:, None] + 1e-9).all()
        assert (found.down_kw - found.injection_kw <= battery.charge_kw[:, None] + 1e-9).all()
        before = np.column_stack([battery.initial_kwh, found.energy_kwh[:, :-1]])
        for energy in (found.energy_kwh, before):
            assert (energy - found.up_kw / 0.95 >= battery.least_kwh[:, None] - 1e-9).all()
            assert (energy + found.down_kw * 0.95 <= battery.most_kwh[:, None] + 1e-9).all()

    def test_paid_reserve_is_held_instead_of_trading_where_it_pays_more(self) -> None:
        battery = Batteries.of(power_kw=1, energy_kwh=2, round_trip=0.9, initial=0.5)
        poor = schedule(plan(battery, Site.of(step_h=1, buy=prices(6))))
        paid = schedule(plan(battery, Site.of(step_h=1, buy=prices(6), up_price=1.0)))

        assert paid.up_kw.sum() > HOURS * 0.94  # half of the energy, through the efficiency
        assert paid.parts[Part.ENERGY] > poor.parts[Part.ENERGY]
        assert paid.parts[Part.RESERVE] == pytest.approx(-paid.up_kw.sum())

    def test_reserve_leaves_its_room_at_the_meter(self) -> None:
        battery = Batteries.of(power_kw=5, energy_kwh=10, round_trip=0.9, initial=0.5)
        site = Site.of(
            step_h=1,
            buy=prices(7) + 0.1,
            sell=prices(7),
            load_kw=1.0,
            export_kw=2.0,
            import_kw=4.0,
            up_kw=1.5,
            down_kw=1.0,
        )
        found = schedule(plan(battery, site))

        net = found.import_kw - found.export_kw
        assert (-net + found.up_kw.sum(axis=0)).max() <= 2.0 + 1e-9
        assert (net + found.down_kw.sum(axis=0)).max() <= 4.0 + 1e-9


def test_many_random_sites_keep_every_limit() -> None:
    chance = np.random.default_rng(11)
    for _, reserve in itertools.product(range(8), (0.0, 0.5)):
        n = int(chance.integers(1, 6))
        battery = Batteries.of(
            power_kw=chance.uniform(1, 5, n),
            energy_kwh=chance.uniform(4, 12, n),
            round_trip=chance.uniform(0.7, 1.0, n),
            initial=chance.uniform(0.4, 0.6, n),
            final=0.5,
            window=(0.1, 0.95),
            cycles=chance.uniform(0.5, 3, n),
        )
        price = chance.normal(0.05, 0.1, HOURS)
        site = Site.of(
            step_h=1,
            buy=price + 0.05,
            sell=price,
            load_kw=chance.uniform(0, 4, HOURS),
            sun_kw=chance.uniform(0, 6, HOURS),
            import_kw=9.0,
            export_kw=8.0,
            peak_charge=0.3,
            up_kw=reserve,
        )
        found = schedule(plan(battery, site))

        assert np.minimum(found.charge_kw, found.discharge_kw).max() < 1e-6
        assert (found.charge_kw <= battery.charge_kw[:, None] + 1e-7).all()
        assert (found.cycles(battery, 1.0) <= battery.cycles + 1e-7).all()
        assert (found.energy_kwh >= battery.least_kwh[:, None] - 1e-7).all()
        assert (found.energy_kwh <= battery.most_kwh[:, None] + 1e-7).all()
        assert found.import_kw.max() <= 9 + 1e-7
        assert found.export_kw.max() <= 8 + 1e-7
