"""A small CGMES source: a 110 kV source, a transformer, a 20 kV busbar, a line behind a breaker, and a load."""

from pathlib import Path
from uuid import NAMESPACE_OID, uuid5

CIM16 = "http://iec.ch/TC57/2013/CIM-schema-cim16#"
_HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" '
    'xmlns:cim="{cim}" xmlns:md="http://iec.ch/TC57/61970-552/ModelDescription/1#">\n'
    '<md:FullModel rdf:about="urn:uuid:{profile}"><md:Model.profile>http://entsoe.eu/CIM/{profile}</md:Model.profile>'
    "</md:FullModel>\n"
)
PROFILES = {
    "EQ": "EquipmentCore/3/1",
    "EQBD": "EquipmentBoundary/3/1",
    "TP": "Topology/4/1",
    "SSH": "SteadyStateHypothesis/1/1",
    "SV": "StateVariables/4/1",
    "GL": "GeographicalLocation/2/1",
    "DL": "DiagramLayout/3/1",
}

Things = dict[
    str, tuple[str, dict[str, str]]
]  # by name: class and attributes; '#name' refers, '!word' is an enumeration


def uid(name: str) -> str:
    return str(uuid5(NAMESPACE_OID, name))


def document(profile: str, things: Things, *, cim: str = CIM16, states: bool = False) -> str:
    parts = [_HEAD.format(cim=cim, profile=PROFILES[profile])]
    for name, (kind, attributes) in things.items():
        mark = f'rdf:about="#_{uid(name)}"' if states else f'rdf:ID="_{uid(name)}"'
        inside = "".join(_attribute(key, value) for key, value in attributes.items())
        parts.append(f"<cim:{kind} {mark}>{inside}</cim:{kind}>\n")
    return "".join([*parts, "</rdf:RDF>\n"])


def _attribute(key: str, value: str) -> str:
    if value.startswith("#"):
        return f'<cim:{key} rdf:resource="#_{uid(value[1:])}"/>'
    if value.startswith("!"):
        return f'<cim:{key} rdf:resource="{CIM16}{value[1:]}"/>'
    return f"<cim:{key}>{value}</cim:{key}>"


def named(name: str, **attributes: str) -> dict[str, str]:
    return {"IdentifiedObject.name": name} | {key.replace("__", "."): value for key, value in attributes.items()}


def equipment() -> Things:
    """Node-breaker: HV - transformer - MV busbar - breaker - line - END; a load at END."""
    things: Things = {
        "bv110": ("BaseVoltage", named("110", BaseVoltage__nominalVoltage="110")),
        "bv20": ("BaseVoltage", named("20", BaseVoltage__nominalVoltage="20")),
        "region": ("SubGeographicalRegion", named("region")),
        "north": ("Substation", named("North", Substation__Region="#region")),
        "vl110": ("VoltageLevel", named("N110", VoltageLevel__BaseVoltage="#bv110", VoltageLevel__Substation="#north")),
        "vl20": (
            "VoltageLevel",
            named("N20", VoltageLevel__BaseVoltage="#bv20", VoltageLevel__Substation="#north")
            | {"VoltageLevel.lowVoltageLimit": "19", "VoltageLevel.highVoltageLimit": "21"},
        ),
        "vlend": ("VoltageLevel", named("E20", VoltageLevel__BaseVoltage="#bv20")),
    }
    for node, level in (("hv", "vl110"), ("mv", "vl20"), ("out", "vl20"), ("end", "vlend")):
        things[node] = (
            "ConnectivityNode",
            named(node.upper(), ConnectivityNode__ConnectivityNodeContainer=f"#{level}"),
        )
    things |= {
        "grid": ("ExternalNetworkInjection", named("Grid", Equipment__EquipmentContainer="#vl110")),
        "bar": ("BusbarSection", named("MV bar", Equipment__EquipmentContainer="#vl20")),
        "tr": ("PowerTransformer", named("T1", Equipment__EquipmentContainer="#north")),
        "brk": ("Breaker", named("CB1", Equipment__EquipmentContainer="#vl20", Switch__normalOpen="false")),
        "ln": (
            "ACLineSegment",
            named("L1", ACLineSegment__r="1.2", ACLineSegment__x="1.5", ACLineSegment__bch="0.00003")
            | {"Conductor.length": "10", "ConductingEquipment.BaseVoltage": "#bv20"},
        ),
        "ld": ("EnergyConsumer", named("Load", Equipment__EquipmentContainer="#vlend")),
    }
    ends = (("grid", "hv"), ("bar", "mv"), ("tr", "hv"), ("tr", "mv"), ("brk", "mv"), ("brk", "out"))
    number: dict[str, int] = {}
    for equipment_name, node in (*ends, ("ln", "out"), ("ln", "end"), ("ld", "end")):
        number[equipment_name] = number.get(equipment_name, 0) + 1
        things[f"t.{equipment_name}.{number[equipment_name]}"] = (
            "Terminal",
            {
                "Terminal.ConductingEquipment": f"#{equipment_name}",
                "Terminal.ConnectivityNode": f"#{node}",
                "ACDCTerminal.sequenceNumber": str(number[equipment_name]),
            },
        )
    for end, volts, r, x in ((1, "110", "1.5", "36"), (2, "20.5", "0", "0")):
        things[f"w{end}"] = (
            "PowerTransformerEnd",
            named(f"T1 {end}", PowerTransformerEnd__ratedU=volts, PowerTransformerEnd__ratedS="40")
            | {"PowerTransformerEnd.r": r, "PowerTransformerEnd.x": x, "TransformerEnd.endNumber": str(end)}
            | {"TransformerEnd.Terminal": f"#t.tr.{end}", "PowerTransformerEnd.PowerTransformer": "#tr"},
        )
    return things | {
        "taps": (
            "RatioTapChanger",
            named("T1 taps", RatioTapChanger__TransformerEnd="#w1", RatioTapChanger__stepVoltageIncrement="1.5")
            | {"TapChanger.lowStep": "-9", "TapChanger.highStep": "9", "TapChanger.neutralStep": "0"},
        ),
        "patl": ("OperationalLimitType", named("PATL", OperationalLimitType__limitType="!LimitTypeKind.patl")),
        "tatl": ("OperationalLimitType", named("TATL", OperationalLimitType__limitType="!LimitTypeKind.tatl")),
        "set": ("OperationalLimitSet", named("L1 limits", OperationalLimitSet__Terminal="#t.ln.1")),
        "lim1": ("CurrentLimit", _limit("patl", "300")),
        "lim2": ("CurrentLimit", _limit("tatl", "250")),
    }


def _limit(kind: str, value: str) -> dict[str, str]:
    return {
        "CurrentLimit.value": value,
        "OperationalLimit.OperationalLimitSet": "#set",
        "OperationalLimit.OperationalLimitType": f"#{kind}",
    }


def states() -> Things:
    return {
        "grid": (
            "ExternalNetworkInjection",
            {"ExternalNetworkInjection.p": "0", "ExternalNetworkInjection.q": "0"}
            | {"ExternalNetworkInjection.referencePriority": "1"},
        ),
        "ld": ("EnergyConsumer", {"EnergyConsumer.p": "6", "EnergyConsumer.q": "2"}),
        "brk": ("Breaker", {"Switch.open": "false"}),
        "taps": ("RatioTapChanger", {"TapChanger.step": "-2"}),
        "t.ld.1": ("Terminal", {"ACDCTerminal.connected": "true"}),
    }


def machine() -> tuple[Things, Things]:
    """A machine at END that holds 20.6 kV there, and its state: it feeds 2 MW."""
    things: Things = {
        "unit": ("HydroGeneratingUnit", named("River unit", GeneratingUnit__maxOperatingP="5")),
        "gen": (
            "SynchronousMachine",
            named("River", Equipment__EquipmentContainer="#vlend", RotatingMachine__ratedS="6")
            | {"SynchronousMachine.minQ": "-5", "SynchronousMachine.maxQ": "8"}
            | {"RegulatingCondEq.RegulatingControl": "#rc", "RotatingMachine.GeneratingUnit": "#unit"},
        ),
        "t.gen.1": ("Terminal", {"Terminal.ConductingEquipment": "#gen", "Terminal.ConnectivityNode": "#end"}),
        "rc": (
            "RegulatingControl",
            {"RegulatingControl.mode": "!RegulatingControlModeKind.voltage", "RegulatingControl.Terminal": "#t.gen.1"},
        ),
    }
    state: Things = {
        "gen": ("SynchronousMachine", {"RotatingMachine.p": "-2", "RotatingMachine.q": "0"}),
        "rc": (
            "RegulatingControl",
            {"RegulatingControl.enabled": "true", "RegulatingControl.targetValue": "20.6"}
            | {"RegulatingControl.targetValueUnitMultiplier": "!UnitMultiplier.k"},
        ),
    }
    return things, state


def folder(path: Path, eq: Things | None = None, ssh: Things | None = None, **others: str) -> str:
    """Write the files into the folder and name it as a source."""
    path.mkdir(exist_ok=True)
    (path / "EQ.xml").write_text(document("EQ", equipment() if eq is None else eq))
    (path / "SSH.xml").write_text(document("SSH", states() if ssh is None else ssh, states=True))
    for name, text in others.items():
        (path / f"{name}.xml").write_text(text)
    return f"cgmes:{path}"
