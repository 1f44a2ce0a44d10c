from apps.impact.models.arm_run import ArmRecord, ArmRun
from apps.impact.models.claim import ClaimResult
from apps.impact.models.cycle import Cycle
from apps.impact.models.study import Study
from apps.impact.models.tape import StudyTape

__all__ = ["ArmRecord", "ArmRun", "ClaimResult", "Cycle", "Study", "StudyTape"]
