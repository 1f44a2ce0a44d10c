from tests.apps.telemetry.conftest import committed_history

__all__ = ["committed_history"]
