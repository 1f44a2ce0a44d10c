from apps.optimization.models.rate import CostRate
from apps.optimization.models.run import OptimizationRun
from apps.optimization.models.study import StudyOptimum
from apps.optimization.models.voltage import VoltagePlan, VoltageSetting

__all__ = ["CostRate", "OptimizationRun", "StudyOptimum", "VoltagePlan", "VoltageSetting"]
