"""What the site is made of: pinned packages and vendored files, with hashes and licences, as CycloneDX tells it."""

import re
import tomllib
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import metadata
from typing import Any

_PIN = re.compile(r"^([a-z0-9._-]+)(?:\[[\w,-]+\])?==(\S+?)(?: ; (.+?))? \\$")
_HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")
# What packages say of themselves, as SPDX says it.
_SPDX = {
    "MIT License": "MIT",
    "BSD License": "BSD-3-Clause",
    "3-Clause BSD License": "BSD-3-Clause",
    "Apache Software License": "Apache-2.0",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "LGPLv3": "LGPL-3.0-only",
    "GNU Lesser General Public License v3 (LGPLv3)": "LGPL-3.0-only",
    "BSD 3-Clause OR Apache-2.0": "BSD-3-Clause OR Apache-2.0",
    "Apache Software License; MIT License": "Apache-2.0 OR MIT",
    "BSD License; Apache Software License": "BSD-3-Clause OR Apache-2.0",
}
ALLOWED = frozenset(
    {"MIT", "MIT-0", "MIT-CMU", "0BSD", "BSD-2-Clause", "BSD-3-Clause", "Apache-2.0", "PSF-2.0", "Zlib", "CC0-1.0"}
)
# A package under another licence stands here with the reason why it may be installed.
EXCEPTIONS = {
    "certifi": "MPL 2.0 binds its own file of certificates only, which is used unchanged",
    "jwcrypto": "LGPL 3: a library apart, imported unchanged by django-oauth-toolkit, replaceable by the user",
    "orjson": "its parts under MPL 2.0 are its own files, used unchanged",
    "power-grid-model": "MPL 2.0 binds its own files only, which are used unchanged",
    "psycopg": "LGPL 3: a library apart, imported unchanged, replaceable by the user",
    "psycopg-binary": "LGPL 3: a library apart, imported unchanged, replaceable by the user",
    "psycopg-pool": "LGPL 3: a library apart, imported unchanged, replaceable by the user",
    "python-crontab": "LGPL 3: a library apart, imported unchanged by django-celery-beat, replaceable by the user",
    "tqdm": "its part under MPL 2.0 is its own file, used unchanged",
}


@dataclass(frozen=True, slots=True)
class Pin:
    """One line of the lock. `sha256`: of every file that may be installed for it."""

    name: str
    version: str
    marker: str
    sha256: tuple[str, ...]


def pins(lock: str) -> list[Pin]:
    """Of a requirements file with hashes, in its order."""
    found: list[Pin] = []
    for line in lock.splitlines():
        if pin := _PIN.match(line):
            found.append(Pin(pin[1], pin[2], pin[3] or "", ()))
        elif found and (digest := _HASH.search(line)):
            last = found[-1]
            found[-1] = Pin(last.name, last.version, last.marker, (*last.sha256, digest[1]))
    return found


def licence_of(name: str) -> str:
    """As SPDX, of an installed package; empty where it is not installed here or says nothing."""
    try:
        told = metadata.metadata(name)
    except metadata.PackageNotFoundError:
        return ""
    classes = [one.rsplit("::", 1)[-1].strip() for one in told.get_all("Classifier") or [] if one.startswith("License")]
    said = {name: str(told[name] or "") for name in ("License-Expression", "License")}
    text = said["License-Expression"] or "; ".join(classes) or said["License"].split("\n")[0][:80]
    return _SPDX.get(text, text)


def is_allowed(name: str, licence: str) -> bool:
    """Every part of it, or one of those to choose from, is on the list; or the package is an exception."""
    if name in EXCEPTIONS:
        return True
    choices = re.split(r" OR (?![^(]*\))", licence)
    return any({part.strip(" ()") for part in choice.split(" AND ")} <= ALLOWED for choice in choices)


def bill_of_materials(*, lock: str, vendored: str, version: str, as_of: datetime) -> dict[str, Any]:
    """CycloneDX 1.6. `lock`: the text of requirements.txt; `vendored`: that of vendor.lock."""
    components = [*map(_package, pins(lock)), *map(_browser_package, tomllib.loads(vendored)["package"])]
    name = " ".join(f"{one['name']}@{one['version']}" for one in components)
    product = {"type": "application", "name": "gridops", "version": version, "bom-ref": "gridops",
               "licenses": [{"license": {"id": "Apache-2.0"}}]}  # fmt: skip
    return {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, f'gridops {version} {name}')}",
        "version": 1,
        "metadata": {"timestamp": f"{as_of.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}", "component": product},
        "components": components,
        "dependencies": [{"ref": "gridops", "dependsOn": [one["bom-ref"] for one in components]}],
    }


def _package(pin: Pin) -> dict[str, Any]:
    address = f"pkg:pypi/{pin.name}@{pin.version}"
    digests = [{"name": "gridops:file:sha256", "value": one} for one in pin.sha256]
    marker = [{"name": "gridops:installed-where", "value": pin.marker}] if pin.marker else []
    return _component(pin.name, pin.version, address, licence_of(pin.name)) | {"properties": [*digests, *marker]}


def _browser_package(package: Mapping[str, Any]) -> dict[str, Any]:
    found = _component(
        package["name"], package["version"], f"pkg:npm/{package['name']}@{package['version']}", package["licence"]
    )
    files: Sequence[tuple[str, str]] = sorted(package["sha256"].items())
    found["components"] = [
        {
            "type": "file",
            "name": name,
            "bom-ref": f"{found['bom-ref']}#{name}",
            "hashes": [{"alg": "SHA-256", "content": digest}],
        }
        for name, digest in files
    ]
    return found


def _component(name: str, version: str, address: str, licence: str) -> dict[str, Any]:
    found: dict[str, Any] = {
        "type": "library", "name": name, "version": version, "purl": address, "bom-ref": address
    }  # fmt: skip
    if " AND " in licence or " OR " in licence:
        return found | {"licenses": [{"expression": licence}]}
    if licence:
        return found | {"licenses": [{"license": {"id": licence}}]}
    return found
