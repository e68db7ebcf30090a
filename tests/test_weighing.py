"""Maps weighed in torch, on networks that can be added up by hand."""

from convcost import Conv2d, FeatureMap, MaxPool2d, Network, ReLU
from textbook.weighing import kept_for_backward, maps_alive


def test_the_image_the_input_and_the_output_of_a_layer_are_alive_while_it_runs():
    y = Conv2d(4, 1)(ReLU()(Conv2d(8, 1)(FeatureMap(3, 5, 5))))
    image = 3 * 25
    assert maps_alive(Network(y)) == [
        4 * (image + 8 * 25),
        4 * (image + 8 * 25 + 8 * 25),
        4 * (image + 8 * 25 + 4 * 25),
    ]


def test_a_pooling_keeps_its_input_and_64_bits_for_each_maximum():
    y = MaxPool2d(2)(ReLU()(Conv2d(8, 1)(FeatureMap(3, 4, 4))))
    image, active, places = 3 * 16, 8 * 16, 8 * 4
    assert kept_for_backward(Network(y), batch=2) == 2 * (4 * (image + active) + 8 * places)
