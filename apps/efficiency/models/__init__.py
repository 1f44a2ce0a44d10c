from apps.efficiency.models.cvr import CvrDay, CvrExperiment

__all__ = [
    "CvrDay",
    "CvrExperiment",
]
