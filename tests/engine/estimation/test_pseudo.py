from dataclasses import replace

import numpy as np

from gridops.engine.estimation.measurements import Injections
from gridops.engine.estimation.pseudo import Allocator, ClassPrior, Elements

CLASSES, NODES = 8, 300


def town(rng, spread=0.0):
    """Two elements a node; the true factors are far from the prior's mean, as on a hot day."""
    node = np.repeat(np.arange(NODES, dtype=np.int32), 2)
    profile_class = rng.integers(0, CLASSES, len(node)).astype(np.int32)
    p = -rng.uniform(50, 300, len(node))
    elements = Elements(node, profile_class, p, 0.3 * p)
    half = np.full(CLASSES, 0.5)
    prior = ClassPrior(half, half * 0.5, half, half * 0.5, np.full(CLASSES, spread))
    factor = rng.uniform(0.1, 1.0, CLASSES)
    own = factor[profile_class] * (1 + spread * rng.standard_normal(len(node)))
    return elements, prior, factor, np.bincount(node, p * own), np.bincount(node, 0.3 * p * own)


def meters(node, p, q, sigma=1.0):
    full = np.full(len(node), sigma)
    return Injections(node.astype(np.int32), p, q, full, full, np.zeros(len(node), bool))


NOBODY = meters(np.zeros(0), np.zeros(0), np.zeros(0))


def test_without_meters_the_yearly_mean_is_taken_with_its_spread():
    elements, prior, *_ = town(np.random.default_rng(1))
    found = Allocator(elements, prior).allocate(NOBODY).injections
    expected = np.bincount(elements.node, elements.nominal_p_kw * 0.5)
    np.testing.assert_allclose(found.p_kw, expected)
    assert found.is_pseudo.all()
    assert (found.sigma_p_kw >= 0.25 * np.abs(expected)).all()


def test_metered_nodes_teach_the_factor_of_their_classes():
    rng = np.random.default_rng(2)
    elements, prior, factor, p, q = town(rng)
    at = rng.choice(NODES, 60, replace=False)
    found = Allocator(elements, prior).allocate(meters(at, p[at] + rng.standard_normal(60), q[at]))
    np.testing.assert_allclose(found.factor_p, factor, atol=0.02)
    np.testing.assert_allclose(found.injections.p_kw, p, rtol=0.05)
    assert (found.sd_p < prior.sd_p).all()


def test_the_sigma_is_about_the_error(rounds=20):
    scores = []
    for seed in range(rounds):
        rng = np.random.default_rng(seed)
        elements, prior, _, p, q = town(rng, spread=0.2)
        at = np.arange(0, NODES, 5)
        found = Allocator(elements, prior).allocate(meters(at, p[at], q[at])).injections
        unmetered = np.setdiff1d(np.arange(NODES), at)
        scores.append((found.p_kw - p)[unmetered] / found.sigma_p_kw[unmetered])
    assert 0.85 < np.std(np.concatenate(scores)) < 1.15


def test_a_single_broken_meter_does_not_bend_the_fit():
    rng = np.random.default_rng(4)
    elements, prior, factor, p, q = town(rng, spread=0.1)
    at = np.arange(0, NODES, 3)
    broken = p[at].copy()
    broken[7] *= 50
    found = Allocator(elements, prior).allocate(meters(at, broken, q[at]))
    np.testing.assert_allclose(found.factor_p, factor, atol=0.12)


def test_a_class_without_a_metered_member_keeps_its_prior():
    elements = Elements(np.array([0, 1], np.int32), np.array([0, 1], np.int32), np.array([-100.0, -100.0]), np.zeros(2))
    prior = ClassPrior(*(np.array([0.5, 0.4]) for _ in range(4)), spread=np.zeros(2))
    found = Allocator(elements, prior).allocate(meters(np.array([0]), np.array([-90.0]), np.zeros(1)))
    np.testing.assert_allclose(found.factor_p, [0.9, 0.4], atol=0.01)


def test_pseudo_measurements_and_strange_nodes_among_the_meters_teach_nothing():
    elements, prior, _, p, q = town(np.random.default_rng(6))
    false = replace(meters(np.arange(10), p[:10] * 0, q[:10]), is_pseudo=np.ones(10, bool))
    np.testing.assert_allclose(
        Allocator(elements, prior).allocate(false).injections.p_kw,
        Allocator(elements, prior).allocate(NOBODY).injections.p_kw,
    )
    strange = meters(np.array([NODES + 5]), np.array([-1e6]), np.zeros(1))
    assert len(Allocator(elements, prior).allocate(strange).injections.node) == NODES


def test_a_wrong_meter_leads_neither_its_class_nor_its_own_node():
    elements = Elements(np.arange(3, dtype=np.int32), np.zeros(3, np.int32), np.full(3, -800.0), np.zeros(3))
    prior = ClassPrior(*(np.full(1, value) for value in (0.5, 0.25, 0.5, 0.25)), spread=np.full(1, 0.1))
    for wrong_kw in (-12_000.0, -4000.0, 12_000.0):
        one = meters(np.array([0]), np.array([wrong_kw]), np.zeros(1))
        found = Allocator(elements, prior).allocate(one).injections
        np.testing.assert_allclose(found.p_kw, -400.0)
        assert (found.sigma_p_kw > 150).all()


def test_among_few_the_meters_that_agree_lead():
    elements = Elements(np.arange(4, dtype=np.int32), np.zeros(4, np.int32), np.full(4, -800.0), np.zeros(4))
    prior = ClassPrior(*(np.full(1, value) for value in (0.5, 0.25, 0.5, 0.25)), spread=np.full(1, 0.1))
    for factor in (30.0, 10.0, -1.0, 0.1):
        read = np.array([-390.0 * factor, -380.0, -400.0])
        found = Allocator(elements, prior).allocate(meters(np.arange(3), read, np.zeros(3))).injections
        np.testing.assert_allclose(found.p_kw[[0, 3]], -390.0, rtol=0.2)


def test_a_pseudo_measurement_does_not_know_its_own_meter():
    elements, prior, _, p, q = town(np.random.default_rng(7), spread=0.1)
    allocator = Allocator(elements, prior)
    with_it = allocator.allocate(meters(np.arange(50), p[:50], q[:50])).injections
    without = allocator.allocate(meters(np.arange(49), p[:49], q[:49])).injections
    np.testing.assert_allclose(with_it.p_kw[49], without.p_kw[49], rtol=0.01)
    np.testing.assert_allclose(with_it.sigma_p_kw[49], without.sigma_p_kw[49], rtol=0.02)
