"""One gross error at a time, put into a metered network, to see whether it is named."""

from dataclasses import replace

import numpy as np

from gridops.engine.estimation.measurements import MeasurementKind

GROUPS = {
    MeasurementKind.VOLTAGE: ("voltages", ("value_pu",), ("sigma_pu",)),
    MeasurementKind.INJECTION: ("injections", ("p_kw", "q_kvar"), ("sigma_p_kw", "sigma_q_kvar")),
    MeasurementKind.LINE_FLOW: ("line_flows", ("p_kw", "q_kvar"), ("sigma_p_kw", "sigma_q_kvar")),
    MeasurementKind.TRANSFORMER_FLOW: ("transformer_flows", ("p_kw", "q_kvar"), ("sigma_p_kw", "sigma_q_kvar")),
}


def spoil(measurements, kind, index, quantity, sigmas):
    """The same measurements with one value moved by so many of its sigmas."""
    name, values, sigma_names = GROUPS[kind]
    group = getattr(measurements, name)
    value = getattr(group, values[quantity]).copy()
    value[index] += sigmas * getattr(group, sigma_names[quantity])[index]
    return replace(measurements, **{name: replace(group, **{values[quantity]: value})})


def draw(measurements, rng):
    """A measurement at random, each as likely as any other."""
    sizes = [len(getattr(getattr(measurements, name), values[0])) for name, values, _ in GROUPS.values()]
    kind = list(GROUPS)[rng.choice(len(sizes), p=np.array(sizes) / sum(sizes))]
    index = int(rng.integers(len(getattr(getattr(measurements, GROUPS[kind][0]), GROUPS[kind][1][0]))))
    return kind, index, int(rng.integers(len(GROUPS[kind][1])))
