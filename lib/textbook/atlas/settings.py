"""The settings that the atlas offers: every variant, choice and switch of every network, and sizes of some."""

from collections.abc import Iterator
from itertools import product

from convcost import Network, models

# Sizes on offer; a network that is not named here has those of its definition.
SIZES = {
    **{f"resnet{depth}": {"resolution": (160, 224, 288)} for depth in (18, 34, 50, 101, 152)},
    "resnet_cifar": {"depth": (20, 32, 44, 56, 110)},
    "preact_resnet": {"depth": (110, 164)},
    "densenet_cifar": {"depth": (40, 100), "growth_rate": (12, 24)},
    "mobilenet_v1": {"width_mult": (0.25, 0.5, 0.75, 1.0), "resolution": (128, 160, 192, 224)},
    "shufflenet_v1": {"width_mult": (0.25, 0.5, 1.0, 1.5, 2.0)},
    "condensenet": {"groups": (4, 8)},
    "squeezenext": {"width_mult": (1.0, 1.5, 2.0), "groups": (1, 2)},
    "mobilenet_v2": {"width_mult": (0.35, 0.5, 0.75, 1.0, 1.4), "resolution": (96, 128, 160, 192, 224)},
    "igcv3_d": {"width_mult": (0.7, 1.0)},
    "mobilenet_v3_large": {"width_mult": (0.75, 1.0)},
    "mobilenet_v3_small": {"width_mult": (0.75, 1.0)},
    "ghostnet": {"width_mult": (0.5, 1.0, 1.3)},
}


class Setting:
    """A network with options chosen. name: of the network; options: name -> value, those that are on offer."""

    def __init__(self, name: str, options: dict[str, object]):
        self.name, self.options = name, options

    @property
    def id(self) -> str:
        """The network and what is not its default: `mobilenet_v1+width_mult=0.5`."""
        defaults = _defaults(self.name)
        chosen = [f"{key}={word(value)}" for key, value in self.options.items() if value != defaults[key]]
        return "+".join([self.name, *chosen])

    @property
    def file(self) -> str:
        """The name of the file with its details, in letters that need no escape in an address."""
        return self.id.replace("+", "-").replace("=", "-") + ".js"

    def build(self) -> Network:
        """Return the network."""
        return models.get(self.name)(**self.options)

    def __repr__(self):
        return f"<setting {self.id}>"


def word(value: object) -> str:
    """Return the value of an option as it stands in an address: 0.5, true, paper."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def offered(name: str) -> dict[str, tuple[object, ...]]:
    """Return option -> the values on offer, in their order, of a network's options that have several."""
    model, sizes = models.get(name), SIZES.get(name, {})
    found = {"variant": model.variants}
    for option, default in model.options.items():
        if option in model.choices:
            found[option] = tuple(model.choices[option])
        elif isinstance(default, bool):
            found[option] = (False, True)
        else:
            found[option] = sizes.get(option, (default,))
    return {option: values for option, values in found.items() if len(values) > 1}


def settings_of(name: str) -> list[Setting]:
    """Return every setting of a network, its default among them."""
    axes = offered(name)
    return [Setting(name, dict(zip(axes, values))) for values in product(*axes.values())]


def default(name: str) -> Setting:
    """Return a network as its paper describes it."""
    return Setting(name, {option: _defaults(name)[option] for option in offered(name)})


def settings() -> Iterator[Setting]:
    """Yield every setting of every network, in the order of the index."""
    for name in models.names():
        yield from settings_of(name)


def _defaults(name):
    model = models.get(name)
    return {"variant": model.variants[0], **model.options}
