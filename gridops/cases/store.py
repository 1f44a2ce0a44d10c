"""A NetworkCase in one compact file: JSON tables and float32 profiles in a numpy archive."""

import hashlib
import json
import os
import tempfile
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from gridops.cases.case import (
    Generator,
    GeneratorKind,
    Line,
    Load,
    NetworkCase,
    Node,
    Problem,
    Profile,
    Severity,
    Shunt,
    Source,
    Storage,
    Substation,
    Switch,
    SwitchKind,
    Transformer,
)
from gridops.cases.errors import CaseError

FORMAT_VERSION: Final = 6

_TABLES: Final[dict[str, type]] = {
    "nodes": Node,
    "lines": Line,
    "transformers": Transformer,
    "switches": Switch,
    "sources": Source,
    "loads": Load,
    "generators": Generator,
    "storages": Storage,
    "shunts": Shunt,
    "problems": Problem,
    "substations": Substation,
}
_MADE: Final[dict[tuple[type, str], Callable[[Any], Any]]] = {
    (Switch, "kind"): SwitchKind,
    (Generator, "kind"): GeneratorKind,
    (Problem, "severity"): Severity,
    (Line, "path"): lambda points: tuple(map(tuple, points)),
}


def save(case: NetworkCase, path: Path) -> None:
    """Write the case; the file appears whole or not at all."""
    arrays = _profile_arrays(case.profiles)
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            tables = np.frombuffer(_document(case).encode(), dtype=np.uint8)
            np.savez(file, tables=tables, p=arrays["p"], q=arrays["q"])
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def load(path: Path) -> NetworkCase:
    """Read a case that `save` wrote. Raises CaseError when the file is not one."""
    try:
        with np.load(path, allow_pickle=False) as archive:
            document = json.loads(archive["tables"].tobytes())
            profiles = _profiles(document["profiles"], archive["p"], archive["q"])
        if document["format"] != FORMAT_VERSION:
            raise CaseError(path.name, "was written by another version of GridOps; remove it and read the source again")
        tables: dict[str, Any] = {name: _rows(kind, document[name]) for name, kind in _TABLES.items()}
        return NetworkCase(**document["head"], **tables, profiles=profiles)
    except (KeyError, ValueError, TypeError, IndexError, zipfile.BadZipFile, EOFError) as error:
        raise CaseError(path.name, f"is not a stored network ({error})") from None


def digest(case: NetworkCase) -> str:
    """SHA-256 of everything in the case but its problems: equal digests mean the same network."""
    tables = {name: _columns(kind, getattr(case, name)) for name, kind in _TABLES.items() if name != "problems"}
    total = hashlib.sha256(json.dumps([FORMAT_VERSION, _head(case), tables], sort_keys=True).encode())
    for profile in case.profiles:
        total.update(f"{profile.name}/{profile.step_s}/{profile.start}".encode())
        total.update(np.ascontiguousarray(profile.p).tobytes())
        total.update(np.ascontiguousarray(profile.q).tobytes())
    return total.hexdigest()


def _head(case: NetworkCase) -> dict[str, Any]:
    return {"source": case.source, "name": case.name, "licence": case.licence, "schematic": case.schematic}


def _document(case: NetworkCase) -> str:
    tables = {name: _columns(kind, getattr(case, name)) for name, kind in _TABLES.items()}
    profiles = [
        {
            "name": profile.name,
            "step_s": profile.step_s,
            "start": profile.start,
            "n": len(profile.p),
            "has_q": _has_q(profile),
        }
        for profile in case.profiles
    ]
    return json.dumps({"format": FORMAT_VERSION, "head": _head(case), "profiles": profiles, **tables})


def _columns(kind: type, rows: Sequence[Any]) -> dict[str, list[Any]]:
    names = [field.name for field in fields(kind)]
    return {name: [getattr(row, name) for row in rows] for name in names}


def _rows(kind: type, columns: dict[str, list[Any]]) -> tuple[Any, ...]:
    names = [field.name for field in fields(kind)]
    converted = [
        [_MADE[kind, name](value) for value in columns[name]] if (kind, name) in _MADE else columns[name]
        for name in names
    ]
    return tuple(kind(*values) for values in zip(*converted, strict=True))


def _profile_arrays(profiles: Sequence[Profile]) -> dict[str, npt.NDArray[np.float32]]:
    empty = np.zeros(0, np.float32)
    return {
        "p": np.concatenate([empty, *(np.asarray(profile.p, np.float32) for profile in profiles)]),
        "q": np.concatenate([empty, *(np.asarray(profile.q, np.float32) for profile in profiles if _has_q(profile))]),
    }


def _has_q(profile: Profile) -> bool:
    return profile.q is not profile.p and not np.array_equal(profile.q, profile.p)


def _profiles(
    heads: list[dict[str, Any]], p: npt.NDArray[np.float32], q: npt.NDArray[np.float32]
) -> tuple[Profile, ...]:
    found: list[Profile] = []
    at_p = at_q = 0
    for head in heads:
        n = head["n"]
        active = reactive = p[at_p : at_p + n]
        at_p += n
        if head["has_q"]:
            reactive = q[at_q : at_q + n]
            at_q += n
        found.append(Profile(head["name"], head["step_s"], head["start"], active, reactive))
    return tuple(found)
