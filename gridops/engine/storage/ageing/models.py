"""The models of ageing, by the name under which a battery keeps its choice."""

from collections.abc import Mapping

from gridops.engine.storage.ageing.large_lfp import LargeLfp
from gridops.engine.storage.ageing.model import AgeingModel
from gridops.engine.storage.ageing.naumann import Naumann
from gridops.engine.storage.ageing.schmalstieg import Schmalstieg
from gridops.engine.storage.ageing.xu import Xu

MODELS: Mapping[str, AgeingModel] = {
    "lfp_large": LargeLfp(),
    "lfp": Naumann(),
    "nmc": Schmalstieg(),
    "any": Xu(),
}
