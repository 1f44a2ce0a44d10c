"""RBTS bus 2 and bus 4: what Allan, Billinton, Sjarief, Goel and So published in 1991, to more digits."""

from apps.resilience.adapters.section_file import PublishedFeeders, published

# SAIFI, SAIDI h, CAIDI h, ASAI, ENS MWh, AENS kWh; nan where not printed
SYSTEM = {
    "rbts:bus2": (0.24821, 3.61259, 14.5545, 0.999588, 37.7457, 19.783),
    "rbts:bus4": (0.29966, 3.46525, 11.5641, 0.999604, 54.2933, 11.361),
}
PRINTED = {
    "rbts:bus2": (0.248, 3.61, 14.55, 0.999588, 37.746, 19.78),
    "rbts:bus4": (0.300, 3.47, 11.56, 0.999604, 54.293, 11.36),
}
# transformers replaced in 10 h: SAIFI, SAIDI, CAIDI, ENS, AENS
REPLACED = {
    "rbts:bus2": (0.24821, 0.76557, 3.0844, 8.84383, 4.635),
    "rbts:bus4": (0.29966, 0.62062, 2.0711, 12.7403, 2.666),
}
# SAIFI, SAIDI h, ENS MWh
FEEDERS = {
    "rbts:bus2": {
        "F1": (0.24799, 3.61837, 13.172),
        "F2": (0.13975, 0.52325, 1.122),
        "F3": (0.24989, 3.62376, 11.203),
        "F4": (0.24708, 3.60511, 12.248),
    },
    "rbts:bus4": {
        "F1": (0.30103, 3.46815, 12.192),
        "F2": (0.18958, 0.37592, 1.321),
        "F3": (0.29327, 3.46833, 12.003),
        "F4": (0.30753, 3.47463, 13.927),
        "F5": (0.18633, 0.37267, 1.118),
        "F6": (0.19500, 0.36400, 1.266),
        "F7": (0.29667, 3.47233, 12.466),
    },
}
# load points of bus 2 in the paper: failures a year, hours each, hours a year
LOAD_POINTS = {"LP1": (0.239, 14.94, 3.575), "LP8": (0.140, 3.88, 0.543), "LP9": (0.140, 3.60, 0.504)}


def rbts(name: str, **changes: float) -> PublishedFeeders:
    return published(name, **changes)
