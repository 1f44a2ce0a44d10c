"""What can be measured. A subject gives one figure of its name, or several whose names begin with it."""

SUBJECTS = (
    "ingest",
    "ingest-socket",
    "ingest-held",
    "scan",
    "sample-to-browser",
    "sample-to-pixel",
    "fan-out",
    "iec104-decode",
    "estimate",
    "journal",
    "n1",
    "historian",
    "export",
    "state",
    "forecast-train",
    "forecast-issue",
    "forecast-predict",
    "forecast-database",
    "reconfigure",
    "optimize-voltage",
    "storage",
    "openadr",
)


def wanted(only: str) -> list[str]:
    """All subjects, or the one that gives the figure of that name."""
    if only in SUBJECTS:
        return [only]
    return [name for name in SUBJECTS if not only or only == name or only.startswith(f"{name}-")]
