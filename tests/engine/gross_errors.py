"""One gross error at a time, put into a metered network, to see whether it is named."""

from dataclasses import replace

import numpy as np

from gridops.engine.estimation.measurements import MeasurementKind

GROUPS = {
    MeasurementKind.VOLTAGE: ("voltages", ("value_pu",), ("sigma_pu",)),
    MeasurementKind.INJECTION: ("injections", ("p_kw", "q_kvar"), ("sigma_p_kw", "sigma_q_kvar")),
    MeasurementKind.LINE_FLOW: ("line_flows", ("p_kw", "q_kvar"), ("sigma_p_kw", "sigma_q_kvar")),
    MeasurementKind.TRANSFORMER_FLOW: ("transformer_flows", ("p_kw", "q_kvar"), ("sigma_p_kw", "sigma_q_kvar")),
    MeasurementKind.LINE_CURRENT: ("line_currents", ("value_a",), ("sigma_a",)),
}
QUANTITIES = {kind: "".join(value[0] for value in values) for kind, (_, values, _) in GROUPS.items()} | {
    MeasurementKind.LINE_CURRENT: "i"
}
ALL_BUT_CURRENTS = tuple(kind for kind in GROUPS if kind is not MeasurementKind.LINE_CURRENT)


def spoil(measurements, kind, index, quantity, sigmas):
    """The same measurements with one value moved by so many of its sigmas."""
    name, values, sigma_names = GROUPS[kind]
    group = getattr(measurements, name)
    value = getattr(group, values[quantity]).copy()
    value[index] += sigmas * getattr(group, sigma_names[quantity])[index]
    return replace(measurements, **{name: replace(group, **{values[quantity]: value})})


def draw(measurements, rng, kinds=ALL_BUT_CURRENTS):
    """A measurement at random, each as likely as any other."""
    groups = [GROUPS[kind] for kind in kinds]
    sizes = [len(getattr(getattr(measurements, name), values[0])) for name, values, _ in groups]
    kind = kinds[rng.choice(len(sizes), p=np.array(sizes) / sum(sizes))]
    index = int(rng.integers(len(getattr(getattr(measurements, GROUPS[kind][0]), GROUPS[kind][1][0]))))
    return kind, index, int(rng.integers(len(GROUPS[kind][1])))
