"""Networks for the engine's tests, read from pandapower, the independent reference."""

from dataclasses import dataclass

import numpy as np
import pandapower as pp

from gridops.engine.network.model import Lines, Network, Shunts, Switches, Transformers


@dataclass(frozen=True)
class Grid:
    """A network with one operating point. Injections: loads, static generators, storages, in this order."""

    net: pp.pandapowerNet
    network: Network
    switch_closed: np.ndarray
    p_kw: np.ndarray
    q_kvar: np.ndarray
    tap_position: np.ndarray
    source_voltage_pu: np.ndarray

    def solve_arguments(self):
        names = ("p_kw", "q_kvar", "tap_position", "source_voltage_pu")
        return {name: getattr(self, name) for name in names}


class _Nodes:
    """Bus nodes first, then one terminal node for each switched end of a branch."""

    def __init__(self, net):
        self.kv = list(net.bus.vn_kv)
        self.of_bus = {bus: i for i, bus in enumerate(net.bus.index)}
        self.switches = []
        self._terminals = {}

    def terminal(self, net, kind, index, bus, in_service):
        node = self.of_bus[bus]
        closed = [bool(c) for c in net.switch.query("et == @kind and element == @index and bus == @bus").closed]
        if not closed and in_service:
            return node
        self.kv.append(self.kv[node])
        self.switches.append((node, len(self.kv) - 1, all(closed) and in_service))
        return len(self.kv) - 1


def read(net) -> Grid:
    if len(net.trafo):
        net.trafo["tap_changer_type"] = "Ratio"
    nodes = _Nodes(net)
    line_ends = [
        [nodes.terminal(net, "l", i, row[f"{side}_bus"], row.in_service) for side in ("from", "to")]
        for i, row in net.line.iterrows()
    ]
    trafo_ends = [
        [nodes.terminal(net, "t", i, row[f"{side}_bus"], row.in_service) for side in ("hv", "lv")]
        for i, row in net.trafo.iterrows()
    ]
    for row in net.switch[net.switch.et == "b"].itertuples():
        nodes.switches.append((nodes.of_bus[row.bus], nodes.of_bus[row.element], bool(row.closed)))
    at, p, q = _injections(net, nodes.of_bus)
    from_node, to_node, closed = zip(*nodes.switches, strict=True) if nodes.switches else ((), (), ())
    network = Network(
        nominal_kv=np.array(nodes.kv, float),
        lines=_lines(net.line, line_ends),
        transformers=_transformers(net.trafo, trafo_ends),
        switches=Switches(_i(from_node), _i(to_node)),
        shunts=_shunts(net, nodes.of_bus),
        source_node=_i([nodes.of_bus[b] for b in net.ext_grid.bus]),
        injection_node=_i(at),
    )
    tap = np.nan_to_num(net.trafo.tap_pos.to_numpy(float)).astype(np.int32)
    return Grid(net, network, np.array(closed, bool), p, q, tap, net.ext_grid.vm_pu.to_numpy(float))


def _i(values):
    return np.array(values, np.int32)


def _lines(line, ends):
    ends = _i(ends).reshape(-1, 2)
    length, parallel = line.length_km.to_numpy(float), line.parallel.to_numpy(float)
    return Lines(
        from_node=ends[:, 0],
        to_node=ends[:, 1],
        r_ohm=line.r_ohm_per_km.to_numpy(float) * length / parallel,
        x_ohm=line.x_ohm_per_km.to_numpy(float) * length / parallel,
        b_us=2 * np.pi * 50 * line.c_nf_per_km.to_numpy(float) * 1e-3 * length * parallel,
        rated_a=line.max_i_ka.to_numpy(float) * 1e3 * parallel * line.df.to_numpy(float),
    )


def _transformers(t, ends):
    ends = _i(ends).reshape(-1, 2)
    kva = t.sn_mva.to_numpy(float) * 1e3
    taps = {
        name: np.nan_to_num(t[f"tap_{name}"].to_numpy(float)).astype(np.int32) for name in ("neutral", "min", "max")
    }
    return Transformers(
        high_node=ends[:, 0],
        low_node=ends[:, 1],
        rated_s_kva=kva,
        high_kv=t.vn_hv_kv.to_numpy(float),
        low_kv=t.vn_lv_kv.to_numpy(float),
        short_circuit_voltage_percent=t.vk_percent.to_numpy(float),
        copper_loss_kw=t.vkr_percent.to_numpy(float) / 100 * kva,
        iron_loss_kw=t.pfe_kw.to_numpy(float),
        no_load_current_percent=t.i0_percent.to_numpy(float),
        phase_shift_deg=t.shift_degree.to_numpy(float),
        tap_on_high_side=(t.tap_side != "lv").to_numpy(bool),
        tap_neutral=taps["neutral"],
        tap_min=taps["min"],
        tap_max=taps["max"],
        tap_step_percent=np.nan_to_num(t.tap_step_percent.to_numpy(float)),
    )


def _injections(net, of_bus):
    at, p, q = [], [], []
    for table, sign in ((net.load, -1), (net.sgen, 1), (net.storage, -1)):
        for row in table[table.in_service].itertuples():
            at.append(of_bus[row.bus])
            p.append(sign * row.p_mw * row.scaling * 1e3)
            q.append(sign * row.q_mvar * row.scaling * 1e3)
    return at, np.array(p, float), np.array(q, float)


def _shunts(net, of_bus):
    shunt = net.shunt
    return Shunts(
        node=_i([of_bus[b] for b in shunt.bus]),
        p_kw=-shunt.p_mw.to_numpy(float) * shunt.step.to_numpy(float) * 1e3,
        q_kvar=-shunt.q_mvar.to_numpy(float) * shunt.step.to_numpy(float) * 1e3,
    )
