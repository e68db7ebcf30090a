"""The data of the atlas: every network in every setting that a reader can choose, as plain values for JSON."""

from .details import details
from .index import index
from .settings import Setting, settings, settings_of

__all__ = ["Setting", "details", "index", "settings", "settings_of"]
