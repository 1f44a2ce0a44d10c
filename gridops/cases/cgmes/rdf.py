"""CIM RDF/XML as plain objects: class, identity, and attributes by their full CIM name."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final
from xml.parsers import expat

from gridops.cases.cgmes.files import Document
from gridops.cases.errors import CaseError

_CIM16: Final = "http://iec.ch/TC57/2013/CIM-schema-cim16#"
_RDF: Final = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_MODEL: Final = "http://iec.ch/TC57/61970-552/ModelDescription/1#"
_DIFFERENCE: Final = "http://iec.ch/TC57/61970-552/DifferenceModel/1#"
_OTHER_CIM: Final = re.compile(r"https?://iec\.ch/TC57/(?:\d{4}/)?(CIM[^#]*)#|http://iec\.ch/TC57/(CIM\d+)#")
_OBJECT, _PROPERTY = 1, 2  # depth in the document

PROFILES: Final = {
    "EquipmentBoundary": "EQBD",
    "EquipmentCore": "EQ",
    "EquipmentOperation": "EQ",
    "EquipmentShortCircuit": "EQ",
    "TopologyBoundary": "TPBD",
    "Topology": "TP",
    "SteadyStateHypothesis": "SSH",
    "StateVariables": "SV",
    "DiagramLayout": "DL",
    "GeographicalLocation": "GL",
    "Dynamics": "DY",
}
_DEFINING: Final = frozenset({"EQ", "EQBD"})


@dataclass(slots=True)
class Thing:
    """One CIM object. A reference is the identity of another; an enumeration is its last word."""

    id: str
    kind: str
    file: str
    defined: bool  # False while only described further, by a file of states
    values: dict[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return self.values.get("IdentifiedObject.name", "").strip() or self.id

    @property
    def label(self) -> str:
        return f"{self.kind} {self.name}" if self.name == self.id else f"{self.kind} {self.name} ({self.id})"


@dataclass(slots=True)
class Header:
    file: str
    id: str = ""
    profiles: list[str] = field(default_factory=list)
    depends_on: list[str] = field(default_factory=list)

    @property
    def kinds(self) -> set[str]:
        words = (word for uri in self.profiles for word in reversed(uri.split("/")) if word in PROFILES)
        return {PROFILES[word] for word in words}


@dataclass(slots=True)
class Graph:
    things: dict[str, Thing] = field(default_factory=dict)
    headers: list[Header] = field(default_factory=list)

    def profiles(self) -> set[str]:
        return {kind for header in self.headers for kind in header.kinds}


def parsed(documents: Iterable[Document]) -> Graph:
    """All objects of all documents, merged by identity.

    Raises CaseError for a document that is not CGMES 2.4.15, is not whole, or contradicts an earlier one.
    """
    graph = Graph()
    for document in documents:
        _Reader(graph, document).run()
    return graph


def plain_id(text: str) -> str:
    """An identity without its marks: '#_x', '_x', 'urn:uuid:x' and 'x' are the same."""
    found = text.strip().rsplit("#", 1)[-1].removeprefix("urn:uuid:").removeprefix("_")
    return found


class _Reader:
    def __init__(self, graph: Graph, document: Document) -> None:
        self.graph, self.document = graph, document
        self.header = Header(document.name)
        self.depth = 0
        self.thing: Thing | None = None
        self.in_header = False
        self.key = ""
        self.text: list[str] = []
        self.count = 0

    def run(self) -> None:
        parser = expat.ParserCreate(namespace_separator=" ")
        parser.buffer_text = True
        parser.StartDoctypeDeclHandler = self._refuse_doctype
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._characters
        try:
            parser.Parse(self.document.content, True)
        except (expat.ExpatError, ValueError, LookupError) as error:
            text = f"is not whole XML ({error}); it may have been cut off: export or copy it again"
            raise CaseError(self.document.name, text) from None
        if not self.count:
            raise CaseError(self.document.name, "holds no object of CGMES 2.4.15 (namespace CIM-schema-cim16)")
        self.graph.headers.append(self.header)

    def _refuse_doctype(self, *_: object) -> None:
        raise CaseError(self.document.name, "has a document type declaration, which a CGMES file never has; refused")

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        namespace, _, local = name.rpartition(" ")
        if self.depth == 0 and (namespace, local) != (_RDF, "RDF"):
            raise CaseError(self.document.name, f"begins with <{local}> instead of <rdf:RDF>; it is no CGMES file")
        if self.depth == _OBJECT:
            self._begin(namespace, local, attributes)
        elif self.depth == _PROPERTY:
            self.key, self.text = local, []
            resource = attributes.get(f"{_RDF} resource")
            if resource is not None:
                self._keep(local, _reference(resource))
                self.key = ""
        self.depth += 1

    def _characters(self, data: str) -> None:
        if self.key:
            self.text.append(data)

    def _end(self, name: str) -> None:
        self.depth -= 1
        if self.depth == _PROPERTY and self.key:
            self._keep(self.key, "".join(self.text).strip())
            self.key = ""
        elif self.depth == _OBJECT:
            self.thing, self.in_header = None, False

    def _begin(self, namespace: str, local: str, attributes: dict[str, str]) -> None:
        if namespace == _MODEL:
            self.in_header = True
            self.header.id = plain_id(attributes.get(f"{_RDF} about", ""))
        elif namespace == _DIFFERENCE:
            raise CaseError(self.document.name, "is a difference model; hand over the full model")
        elif namespace == _CIM16:
            self.count += 1
            self.thing = self._thing(local, attributes)
        else:
            self._refuse_other_cim(namespace)

    def _refuse_other_cim(self, namespace: str) -> None:
        other = _OTHER_CIM.match(namespace)
        if other:
            version = other.group(1) or other.group(2)
            version += " (CGMES 3.0)" if version == "CIM100" else ""
            text = f"is written in {version}, not in CGMES 2.4.15 (CIM-schema-cim16): export it in that version"
            raise CaseError(self.document.name, text)

    def _thing(self, kind: str, attributes: dict[str, str]) -> Thing:
        own, about = attributes.get(f"{_RDF} ID"), attributes.get(f"{_RDF} about")
        identity = plain_id(own or about or "")
        if not identity:
            raise CaseError(self.document.name, f"has a {kind} without rdf:ID; every object needs one")
        defining = own is not None or bool(self.header.kinds & _DEFINING)
        known = self.graph.things.get(identity)
        if known is None:
            known = self.graph.things[identity] = Thing(identity, kind, self.document.name, defining)
        elif defining and known.defined and known.file == self.document.name:
            raise CaseError(self.document.name, f"has {kind} {identity} twice; every rdf:ID may stand once")
        elif defining and known.defined and known.kind != kind:
            text = f"has {identity} as {kind}, but {known.file} has it as {known.kind}; an rdf:ID names one object"
            raise CaseError(self.document.name, text)
        elif defining and not known.defined:
            known.defined, known.kind, known.file = True, kind, self.document.name
        return known

    def _keep(self, key: str, value: str) -> None:
        if self.in_header:
            if key == "Model.profile":
                self.header.profiles.append(value)
            elif key == "Model.DependentOn":
                self.header.depends_on.append(value)
        elif self.thing is not None:
            before = self.thing.values.setdefault(key, value)
            if before != value and key in _SINGLE:
                text = f"gives {self.thing.label} {key} = {value}, but another file or line gives {before}; keep one"
                raise CaseError(self.document.name, text)


# Attributes on which two files may not disagree: two versions of one profile in one source show here.
_SINGLE: Final = frozenset(
    {
        "ACLineSegment.r",
        "ACLineSegment.x",
        "PowerTransformerEnd.x",
        "PowerTransformerEnd.ratedU",
        "BaseVoltage.nominalVoltage",
        "EnergyConsumer.p",
        "RotatingMachine.p",
        "RegulatingControl.targetValue",
        "Switch.open",
        "TapChanger.step",
        "Terminal.ConductingEquipment",
        "Terminal.ConnectivityNode",
        "Terminal.TopologicalNode",
    }
)


def _reference(resource: str) -> str:
    """The identity that a resource points to, or the last word of an enumeration ('...#UnitMultiplier.k' is 'k')."""
    if resource.startswith(("#", "urn:uuid:", "_")) or "#_" in resource:
        return plain_id(resource)
    return resource.rsplit("#", 1)[-1].rsplit(".", 1)[-1]
