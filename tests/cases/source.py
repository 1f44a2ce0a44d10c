"""The sources as their own tools read them."""

from functools import lru_cache

import pandapower as pp
import simbench


@lru_cache(maxsize=4)
def source_net(code: str) -> pp.pandapowerNet:
    return simbench.get_simbench_net(code)
