from apps.microgrids.models.microgrid import Microgrid, MicrogridMember

__all__ = [
    "Microgrid",
    "MicrogridMember",
]
