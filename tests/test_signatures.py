"""What `help`, an editor and Shift-Tab show is what the call takes: every layer kind, every network."""

import inspect
import pydoc
import re
import types
import typing

import convcost
import pytest
from checks import LAYER_KINDS
from convcost import ConvcostError, FeatureMap, layers, models

NETWORKS = models.names()


def options_of(callable_):
    return inspect.signature(callable_).parameters


def fits(value, annotation):
    """Return whether a value is of an annotated type; a whole number will do for a float, and not for a truth."""
    if typing.get_origin(annotation) is typing.Literal:
        return value in typing.get_args(annotation)
    if isinstance(annotation, types.UnionType):
        return any(fits(value, kind) for kind in typing.get_args(annotation))
    if typing.get_origin(annotation) is tuple:
        kinds = typing.get_args(annotation)
        kinds = [kinds[0]] * len(value) if isinstance(value, tuple) and kinds[-1] is ... else kinds
        return isinstance(value, tuple) and len(value) == len(kinds) and all(map(fits, value, kinds))
    if annotation in (int, float):
        return isinstance(value, (int, annotation)) and not isinstance(value, bool)
    return isinstance(value, annotation)


def sample(annotation):
    """Return some value of an annotated type."""
    for value in (2, 0.5, "abs", (0, 1), ((2, 1), (3, 2))):
        if fits(value, annotation):
            return value


def error_of(action):
    with pytest.raises(ConvcostError) as caught:
        action()
    assert "\n" not in str(caught.value)
    return str(caught.value)


def listing(net):
    return [(node.name, node.layer, node.output.shape) for node in net.layers]


@pytest.mark.parametrize("name", LAYER_KINDS)
def test_the_signature_of_a_layer_kind_is_what_it_takes(name):
    kind = getattr(layers, name)
    options = options_of(kind)
    needed = {key: sample(p.annotation) for key, p in options.items() if p.default is p.empty}
    values = {key: needed.get(key, p.default) for key, p in options.items()}
    assert kind(**needed) == kind(**values) == kind(*values.values())
    shown = {key: value for key, value in kind(**needed).options().items() if values[key] is not None}
    assert shown == {key: value for key, value in values.items() if value is not None}
    assert error_of(lambda: kind(**values, zzz=1)) == (
        f"unknown option of {name} 'zzz': allowed: {', '.join(options) or 'none'}"
    )
    assert error_of(lambda: kind(*values.values(), 1)).startswith(f"{name}: takes {len(options)} options")
    for key in options:
        others = {k: v for k, v in values.items() if k != key}
        if key in needed:
            assert error_of(lambda: kind(**others)).startswith(f"{name}: {key} is missing")
        else:
            assert kind(**others) == kind(**values)


@pytest.mark.parametrize("name", LAYER_KINDS)
def test_a_layer_kind_says_what_each_option_is_and_of_which_type(name):
    kind = getattr(layers, name)
    text = pydoc.plain(pydoc.render_doc(kind))
    assert f"{name}{inspect.signature(kind)}" in text or not options_of(kind)
    for key, option in options_of(kind).items():
        assert re.search(rf"\b{key}(, \w+)*( and \w+)?:\s", inspect.getdoc(kind)), key
        assert option.default is option.empty or fits(option.default, option.annotation), key


def test_the_misspelled_option_of_a_layer_kind_gets_the_nearest():
    for name in LAYER_KINDS:
        kind = getattr(layers, name)
        for key in options_of(kind):
            assert f"did you mean '{key}'?" in error_of(lambda: kind(**{f"{key}_": 1}))
    given_twice = error_of(lambda: convcost.Conv2d(8, 3, kernel_size=3))
    assert given_twice.startswith(
        "Conv2d: kernel_size is given twice, by position and by name; what comes in is read off"
    )
    assert error_of(lambda: convcost.Linear(8, 1)) == "Linear: bias must be True or False, not 1"


def test_a_record_is_called_on_maps_and_shows_that():
    assert list(options_of(convcost.Conv2d(8, 3))) == ["inputs", "name", "written"]


def test_a_kind_of_one_s_own_has_a_signature_too():
    class Scaled(convcost.Layer):
        times: int
        shifted: bool = False

    assert str(inspect.signature(Scaled)) == "(times: int, shifted: bool = False)"
    assert Scaled(2)(FeatureMap(3, 4, 4)).shape == (3, 4, 4)


@pytest.mark.parametrize("name", NETWORKS)
def test_the_signature_of_a_network_is_what_it_takes(name):
    build = models.get(name)
    options = options_of(build)
    assert {p.kind for p in options.values()} == {inspect.Parameter.KEYWORD_ONLY}
    assert typing.get_args(options["variant"].annotation) == build.variants
    defaults = {key: p.default for key, p in options.items()}
    assert listing(build(**defaults)) == listing(build())
    for variant in build.variants:
        assert listing(build(**{**defaults, "variant": variant})) == listing(build(variant=variant))
    allowed = error_of(lambda: build(zzz=1)).partition("allowed: ")[2]
    assert set(allowed.split(", ")) == set(options)
    for key in options:
        assert f"did you mean {key!r}?" in error_of(lambda: build(**{f"{key}_": 1}))
        error_of(lambda: build(**{key: object()}))


@pytest.mark.parametrize("name", NETWORKS)
def test_a_network_says_what_each_option_is_and_of_which_type(name):
    build = models.get(name)
    text = pydoc.plain(pydoc.render_doc(build))
    assert f"{name}{inspect.signature(build)}" in text
    for key, option in options_of(build).items():
        assert re.search(rf"\b{key}\b", inspect.getdoc(build)), key
        assert fits(option.default, option.annotation), key
    for variant in build.variants[1:]:
        assert re.search(rf"\b{variant}\b", inspect.getdoc(build)), variant


@pytest.mark.parametrize("name", NETWORKS)
def test_the_types_of_options_are_those_of_the_layers_in_use(name):
    for variant in models.get(name).variants:
        for node in models.get(name)(variant=variant).layers:
            for key, option in options_of(type(node.layer)).items():
                assert fits(getattr(node.layer, key), option.annotation), (node, key)
