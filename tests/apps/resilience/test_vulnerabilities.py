import json
from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.resilience.adapters.vulnerability_files import NotReadable, bounds, read_advisories
from apps.resilience.choices.vulnerability import Certainty, Zone
from apps.resilience.models import Advisory, FieldDevice
from apps.resilience.rules.vulnerabilities import certainty, is_older, rank
from apps.resilience.selectors.vulnerabilities import vulnerability_documents
from apps.resilience.services.vulnerabilities import FileRefused, import_advisories, import_devices

NOW = datetime(2026, 6, 3, 10, 0, tzinfo=UTC)

CSAF: dict[str, Any] = {
    "document": {
        "title": "Relays of Acme",
        "tracking": {"id": "ACME-2026-01", "current_release_date": "2026-05-01T00:00:00Z"},
        "references": [{"url": "https://acme.example/01"}],
    },
    "product_tree": {
        "branches": [
            {
                "category": "vendor",
                "name": "Acme",
                "branches": [
                    {
                        "category": "product_name",
                        "name": "Relay-7",
                        "branches": [
                            {
                                "category": "product_version_range",
                                "name": "vers:generic/>=2.0|<2.10",
                                "product": {"product_id": "P1", "name": "Acme Relay-7 below 2.10"},
                            }
                        ],
                    }
                ],
            }
        ]
    },
    "vulnerabilities": [
        {
            "cve": "CVE-2026-0001",
            "product_status": {"known_affected": ["P1"]},
            "scores": [{"products": ["P1"], "cvss_v3": {"baseScore": 9.8}}],
            "remediations": [{"category": "vendor_fix", "details": "Update to 2.10."}],
        }
    ],
}
CVE: dict[str, Any] = {
    "dataType": "CVE_RECORD",
    "cveMetadata": {"cveId": "CVE-2026-0002", "datePublished": "2026-04-01T00:00:00Z"},
    "containers": {
        "cna": {
            "descriptions": [{"lang": "en", "value": "A gateway forgets its password."}],
            "affected": [
                {
                    "vendor": "Beta",
                    "product": "Gate",
                    "versions": [
                        {"version": "0", "status": "affected", "lessThanOrEqual": "1.4", "versionType": "semver"}
                    ],
                }
            ],
            "metrics": [{"cvssV3_1": {"baseScore": 7.5}}],
        },
        "adp": [{"metrics": [{"other": {"type": "kev", "content": {}}}]}],
    },
}
DEVICES = b"""name,vendor,product,version,zone,equipment_mrid,link
Relay A,ACME,relay 7,2.9,field,,
Relay B,Acme,Relay-7,2.10,field,,
Relay C,Acme,Relay-7,,field,,
Gate 1,Beta,Gate,1.4.0,internet,,north
Gate 2,Beta,Gate,1.5,internet,,north
"""


@pytest.mark.parametrize(
    ("older", "newer"),
    [("2.9", "2.10"), ("1.0rc1", "1.0"), ("1.0", "1.0.1"), ("V8.1", "v8.2"), ("3", "3.0.1"), ("2.0-beta", "2.0")],
)
def test_versions_are_ordered_as_people_mean_them(older: str, newer: str) -> None:
    assert is_older(older, newer)
    assert not is_older(newer, older)


def test_trailing_zeros_and_a_leading_v_make_no_difference() -> None:
    assert not is_older("1.0", "v1.0.0")
    assert not is_older("v1.0.0", "1.0")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("vers:generic/>=2.0|<2.10", {"from": "2.0", "before": "2.10"}),
        ("< V8.1", {"before": "V8.1"}),
        ("<=3.2", {"up_to": "3.2"}),
        ("2.0 - 2.3", {"from": "2.0", "up_to": "2.3"}),
        ("4.1.2", {"version": "4.1.2"}),
        ("All versions", {}),
        ("vers:all/*", {}),
    ],
)
def test_ranges_are_read_in_signs_and_words(text: str, told: dict[str, str]) -> None:
    assert bounds(text) == told


def test_a_version_that_is_not_known_is_possibly_affected_and_another_product_is_not() -> None:
    affected = {"vendor": "Acme", "product": "Relay-7", "from": "2.0", "before": "2.10"}
    assert certainty("acme", "RELAY 7", "2.9", affected) is Certainty.AFFECTED
    assert certainty("Acme", "Relay-7", "2.10", affected) is None
    assert certainty("Acme", "Relay-7", "1.9", affected) is None
    assert certainty("Acme", "Relay-7", "", affected) is Certainty.POSSIBLE
    assert certainty("Acme", "Relay-8", "2.9", affected) is None
    assert certainty("Other", "Relay-7", "2.9", affected) is None


def test_rank_grows_with_exposure_exploitation_and_load() -> None:
    def of(**more: Any) -> float:
        return rank(**{"cvss": 8.0, "zone": Zone.CONTROL, "is_exploited": False, "load_share": 0.2} | more)

    assert of() == pytest.approx(8.0 * 0.4 * (0.25 + 0.75 * 0.2))
    assert of(zone=Zone.FIELD) < of() < of(zone=Zone.INTERNET)
    assert of(is_exploited=True) == 2 * of()
    assert of(load_share=None) < of() < of(load_share=1.0)
    assert of(cvss=None) > 0
    assert rank(cvss=10.0, zone=Zone.INTERNET, is_exploited=True, load_share=1.0) == 10.0


@pytest.mark.django_db
def test_devices_meet_advisories_the_gravest_first() -> None:
    import_devices(raw=DEVICES, by=None, as_of=NOW)
    raw = json.dumps([CSAF, CVE]).encode()
    assert import_advisories(raw=raw, by=None, as_of=NOW).added == 2
    rows = vulnerability_documents()
    assert [(row["identifier"], row["device"], row["certainty"]) for row in rows] == [
        ("CVE-2026-0002", "Gate 1", "affected"),
        ("CVE-2026-0001", "Relay A", "affected"),
        ("CVE-2026-0001", "Relay C", "possible"),
    ]
    assert rows[0]["is_exploited"]
    assert rows[1]["remedy"] == "Update to 2.10."
    assert rows[2]["version"] is None


@pytest.mark.django_db
def test_files_handed_in_again_change_and_add_nothing_twice() -> None:
    import_devices(raw=DEVICES, by=None, as_of=NOW)
    again = import_devices(raw=DEVICES.replace(b"2.9", b"2.10"), by=None, as_of=NOW)
    assert (again.added, again.changed) == (0, 5)
    assert FieldDevice.objects.get(name="Relay A").version == "2.10"
    raw = json.dumps(CSAF).encode()
    import_advisories(raw=raw, by=None, as_of=NOW)
    assert import_advisories(raw=raw, by=None, as_of=NOW).added == 0
    assert Advisory.objects.get().cvss == 9.8


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("was", "becomes", "says"),
    [
        (b"name,vendor", b"title,vendor", "column name"),
        (b"Relay B", b"Relay A", "Line 3: name Relay A stands twice"),
        (b"Relay B,Acme", b"Relay B,", "Line 3: vendor is empty"),
        (b"2.9,field", b"2.9,moon", "Line 2: zone"),
        (b"2.9,field,", b"2.9,field,x", "Line 2: equipment_mrid"),
        (DEVICES, b"\xff\xfe", "UTF-8"),
        (DEVICES, b"name,vendor,product\n", "no device"),
    ],
)
def test_a_wrong_list_of_devices_is_refused_whole(was: bytes, becomes: bytes, says: str) -> None:
    with pytest.raises(FileRefused, match=says):
        import_devices(raw=DEVICES.replace(was, becomes), by=None, as_of=NOW)
    assert not FieldDevice.objects.exists()


@pytest.mark.parametrize("raw", [b"{", b"[]", b"[1]", b"{}", b'{"document": {}}', b'{"containers": {}}', b"\xff"])
def test_what_is_no_advisory_is_refused_with_a_sentence(raw: bytes) -> None:
    with pytest.raises(NotReadable, match="file:"):
        read_advisories(raw)


@pytest.mark.django_db
def test_weaknesses_are_told_to_who_manages_resilience_and_nobody_else() -> None:
    client = Client()
    client.force_login(User.objects.create_user("vera", role=Role.VIEWER))
    for path in ("vulnerabilities", "devices"):
        assert client.get(f"/api/v1/{path}").status_code == 403
    client.force_login(User.objects.create_user("erin", role=Role.ENGINEER))
    assert client.post("/api/v1/devices?name=list.csv", DEVICES, "application/octet-stream").json() == {
        "added": 5,
        "changed": 0,
    }
    assert client.post("/api/v1/advisories", json.dumps(CSAF), "application/octet-stream").status_code == 201
    assert client.post("/api/v1/advisories", b"{", "application/octet-stream").status_code == 400
    body = client.get("/api/v1/vulnerabilities").json()
    assert (body["devices"], body["advisories"], len(body["vulnerabilities"])) == (5, 1, 2)
    assert client.get("/api/v1/devices").json()["devices"][0]["source"] == "list.csv"


@pytest.mark.django_db
def test_the_page_shows_devices_only_to_who_may_see_them() -> None:
    client = Client()
    client.force_login(User.objects.create_user("vera", role=Role.VIEWER))
    page = client.get("/threats/").content.decode()
    assert "Findings, the gravest first" in page
    assert "Weaknesses" not in page
    client.force_login(User.objects.create_user("erin", role=Role.ENGINEER))
    assert "Weaknesses" in client.get("/threats/").content.decode()
