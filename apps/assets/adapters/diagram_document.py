"""A drawing as it is sent: what each symbol is, which value of the live frame it shows, and where it leads."""

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any

from apps.assets.adapters.columns import Named
from apps.assets.adapters.diagram import Picture, feeder_plan, short_labels, station_plan
from gridops.engine.network.diagram import Drawing, Element, Symbol, Wire
from gridops.engine.network.diagram_feeder import draw_feeder
from gridops.engine.network.diagram_station import draw_station

Document = dict[str, Any]
Ref = tuple[str, int]  # a column of the live frame and the place in it
_POINT = 1  # decimals of a coordinate


def station_document(of: Picture, station: int) -> Document:
    return _Sheet(of, draw_station(station_plan(of, station)), feeder=-1).document()


def feeder_document(of: Picture, feeder: int) -> Document:
    return _Sheet(of, draw_feeder(feeder_plan(of, feeder)), feeder=feeder).document()


class _Sheet:
    def __init__(self, of: Picture, drawing: Drawing, *, feeder: int) -> None:
        self.of, self.drawing, self.own_feeder = of, drawing, feeder

    def document(self) -> Document:
        symbols = [self._symbol(symbol) for symbol in self.drawing.symbols]
        labels = short_labels({str(n): symbol["name"] for n, symbol in enumerate(symbols)})
        for n, symbol in enumerate(symbols):
            symbol["label"] = labels[str(n)]
        return {
            "bounds": [round(value, _POINT) for value in self.drawing.bounds()],
            "symbols": symbols,
            "wires": [self._wire(wire) for wire in self.drawing.wires],
            "joints": [
                [round(x, _POINT), round(y, _POINT), *self._carrier(node)] for x, y, node in self.drawing.joints
            ],
        }

    def _symbol(self, symbol: Symbol) -> Document:
        return {
            "x": round(symbol.x, _POINT),
            "y": round(symbol.y, _POINT),
            "ends": [[round(x, _POINT), round(y, _POINT)] for x, y in symbol.ends],
            "scale": round(symbol.scale, 3),
            "upright": symbol.is_vertical,
            **getattr(self, f"_{symbol.kind}")(symbol),
        }

    def _switch(self, symbol: Symbol) -> Document:
        return {
            "role": "switch",
            "class": self.of.switch_kind[symbol.index],
            **_identity(self.of.switches, symbol.index),
            "ref": ["switches", symbol.index],
            "normal_closed": bool(self.of.graph.closed[symbol.index]),
        }

    def _transformer(self, symbol: Symbol) -> Document:
        identity = _identity(self.of.transformers, symbol.index)
        return {"role": "transformer", "class": "PowerTransformer", **identity, "ref": ["transformers", symbol.index]}

    def _equipment(self, symbol: Symbol) -> Document:
        hung = self.of.hung[symbol.index]
        more = {"count": len(hung.mrids)} if len(hung.mrids) > 1 else {}
        name = hung.names[0] if not more else f"{len(hung.mrids)} at {self.of.nodes.name[hung.node]}"
        mrid = hung.mrids[0] if not more else self.of.nodes.mrid[hung.node]
        ref = ["nodes", int(self.of.bus[hung.node])]
        return {"role": "equipment", "class": hung.class_name, "mrid": mrid, "name": name, "ref": ref, **more}

    def _node(self, symbol: Symbol) -> Document:
        node = symbol.index
        return {
            "role": "node",
            "class": "ConnectivityNode",
            **_identity(self.of.nodes, node),
            "ref": [*self._carrier(node)],
            "kv": float(self.of.kv[node]),
            "limits": [float(self.of.low_pu[node]), float(self.of.high_pu[node])],
            "busbar": bool(self.of.is_busbar[node]),
            "place": self._place(node) if self._is_foreign(node) else None,
        }

    def _reference(self, symbol: Symbol) -> Document:
        return {**self._node(symbol), "role": "reference"}

    def _end(self, symbol: Symbol) -> Document:
        return {"role": "end", "class": "", "mrid": "", "name": "", "ref": [*self._carrier(symbol.index)]}

    def _neighbour(self, symbol: Symbol) -> Document:
        """Where the network goes on: the far node, the diagram it is in, and the line that leads there."""
        far = int(self.of.bus[symbol.index])
        line = self._line_at.get(symbol.ends[0])
        place = self._place(far, line)
        return {
            "role": "neighbour",
            "class": "ConnectivityNode",
            **_identity(self.of.nodes, far),
            "ref": ["nodes", far],
            "place": place,
            "line": None if line is None else {**_identity(self.of.lines, line.line), **self._flow(line)},
        }

    @staticmethod
    def _flow(wire: Wire) -> Document:
        return {"ref": ["lines", wire.line], "forward": wire.is_forward}

    @cached_property
    def _line_at(self) -> Mapping[tuple[float, float], Wire]:
        """The line that a stub ends on, also where an open switch is between them."""
        found: dict[tuple[float, float], Wire] = {}
        for wire in self.drawing.wires:
            if wire.line >= 0:
                found[wire.points[-1]] = wire
        for symbol in self.drawing.symbols:
            if symbol.kind == "switch" and symbol.ends[0] in found:
                found[symbol.ends[1]] = found[symbol.ends[0]]
        for wire in self.drawing.wires:
            if wire.line < 0 and wire.points[0] in found:
                found[wire.points[-1]] = found[wire.points[0]]
        return found

    def _is_foreign(self, node: int) -> bool:
        return self.own_feeder >= 0 and int(self.of.feeder[node]) != self.own_feeder

    def _place(self, node: int, line: Wire | None = None) -> Document | None:
        """The feeder or the substation that has its own diagram; from a substation, the feeder that begins here."""
        feeder = int(self.of.feeder[node])
        if feeder < 0 and line is not None and self.own_feeder < 0:
            feeder = int(self.of.line_feeder[line.line])
        station = int(self.of.station[node])
        if station >= 0 and (feeder < 0 or self.own_feeder >= 0):
            return {"class": "Substation", **_identity(self.of.stations, station)}
        if feeder >= 0:
            return {"class": "Feeder", **_identity(self.of.feeders, feeder)}
        return None

    def _wire(self, wire: Wire) -> Document:
        found: Document = {
            "points": [round(value, _POINT) for point in wire.points for value in point],
            "scale": round(wire.scale, 3),
            **({"bar": "busbar" if self.of.is_busbar[wire.node] else "junction"} if wire.is_bar else {}),
        }
        if wire.line >= 0:
            return {**found, **_identity(self.of.lines, wire.line), **self._flow(wire)}
        return {**found, "ref": [*self._carrier(wire.node)], **self._via(wire.node)}

    def _carrier(self, node: int) -> Ref:
        """Whose live status tells whether a node is energised; a terminal has that of its line or transformer."""
        if node < self.of.n_shown:
            return "nodes", node
        return next(iter(self._branches(node)), ("nodes", int(self.of.bus[node])))

    def _branches(self, node: int) -> Iterator[Ref]:
        names = {int(Element.LINE): "lines", int(Element.TRANSFORMER): "transformers"}
        for element in self.of.graph.elements_at[node]:
            name = names.get(int(self.of.graph.kind[element]))
            if name:
                yield name, int(self.of.graph.index[element])

    def _via(self, node: int) -> Document:
        """Between two switches a wire is what the closed one of them joins it to."""
        if node < self.of.n_shown or next(self._branches(node), None) is not None:
            return {}
        at = self.of.graph.elements_at[node]
        return {"via": [[int(self.of.graph.index[e]), *self._carrier(self.of.graph.beyond(e, node))] for e in at]}


def _identity(named: Named, index: int) -> Document:
    return {"mrid": named.mrid[index], "name": named.name[index]}
