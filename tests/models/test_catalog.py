from dataclasses import replace

import numpy as np
import pytest

from ae.models import catalog
from ae.models.description import facts, layer_table, notes

# As printed in the report: Figures 1, 6 and 12, without the batch dimension.
INITIAL = [
    ("InputLayer", (32, 32, 3), 0),
    ("Conv2D", (32, 32, 8), 224),
    ("MaxPooling2D", (16, 16, 8), 0),
    ("Conv2D", (16, 16, 12), 876),
    ("MaxPooling2D", (8, 8, 12), 0),
    ("Conv2D", (8, 8, 16), 1744),
    ("UpSampling2D", (16, 16, 16), 0),
    ("Conv2D", (16, 16, 12), 1740),
    ("UpSampling2D", (32, 32, 12), 0),
    ("Conv2D", (32, 32, 3), 327),
]
BEST = [
    ("InputLayer", (32, 32, 3), 0),
    ("Conv2D", (32, 32, 12), 336),
    ("MaxPooling2D", (16, 16, 12), 0),
    ("Conv2D", (16, 16, 24), 2616),
    ("MaxPooling2D", (8, 8, 24), 0),
    ("Conv2D", (8, 8, 48), 10416),
    ("UpSampling2D", (16, 16, 48), 0),
    ("Conv2D", (16, 16, 12), 5196),
    ("Conv2D", (16, 16, 6), 654),
    ("UpSampling2D", (32, 32, 6), 0),
    ("Conv2D", (32, 32, 3), 165),
]
COLOR = [("InputLayer", (32, 32, 1), 0), ("Conv2D", (32, 32, 12), 120), *BEST[2:]]
ALL = list(catalog.ARCHITECTURES)
REPORTS = [i for i, architecture in catalog.ARCHITECTURES.items() if architecture.of_report]


@pytest.mark.parametrize(
    "model_id, printed, parameters",
    [("ir-initial", INITIAL, 4911), ("ir-best", BEST, 19383), ("color-report", COLOR, 19167)],
)
def test_layers_are_the_ones_the_report_prints(model_id, printed, parameters):
    rows = layer_table(catalog.get(model_id).build(32))
    assert [(kind, shape[1:], count) for _, kind, shape, count in rows] == printed
    assert catalog.get(model_id).build().count_params() == parameters


@pytest.mark.parametrize("model_id", REPORTS)
def test_every_convolution_keeps_the_size_and_ends_in_relu(model_id):
    convolutions = [layer for layer in catalog.get(model_id).build().layers if hasattr(layer, "kernel_size")]
    assert convolutions
    for layer in convolutions:
        assert (layer.strides, layer.padding, layer.activation.__name__) == ((1, 1), "same", "relu")


def test_wide_has_the_channels_of_experiment_1():
    rows = layer_table(catalog.get("ir-wide").build(32))
    assert [shape[-1] for _, kind, shape, _ in rows if kind in ("InputLayer", "Conv2D")] == [3, 8, 16, 32, 32, 16, 8, 3]


def test_kernels_grow_and_convolutions_are_more_than_the_initial_models():
    def kernel_sizes(model_id):
        return [layer.kernel_size[0] for layer in catalog.get(model_id).build().layers if hasattr(layer, "kernel_size")]

    assert kernel_sizes("ir-kernels") == [3, 5, 7, 3, 5, 7]
    assert len(kernel_sizes("ir-kernels")) > len(kernel_sizes("ir-initial"))


def test_avgpool_differs_from_initial_in_the_pooling_alone():
    initial = layer_table(catalog.get("ir-initial").build(32))
    avgpool = layer_table(catalog.get("ir-avgpool").build(32))
    as_initial = [(kind.replace("AveragePooling", "MaxPooling"), shape, count) for _, kind, shape, count in avgpool]
    assert as_initial == [row[1:] for row in initial]
    assert any(kind == "AveragePooling2D" for _, kind, _, _ in avgpool)


@pytest.mark.parametrize("model_id", ALL)
@pytest.mark.parametrize("rows, columns", [(4, 4), (1, 1), (5, 12)])
def test_any_size_in_whole_multiples(model_id, rows, columns):
    architecture = catalog.get(model_id)
    height, width = rows * architecture.multiple, columns * architecture.multiple
    network = architecture.build()
    for channels in [architecture.input_channels] if architecture.input_channels else [1, 4]:
        images = np.full((2, height, width, channels), 0.5, np.float32)
        assert network(images).shape == (2, height, width, 3)


@pytest.mark.parametrize("model_id", ALL)
def test_a_model_has_a_latent_at_the_size_that_it_is_made_for(model_id):
    architecture = catalog.get(model_id)
    assert architecture.size % architecture.multiple == 0
    model = architecture.build(architecture.size)
    rows = layer_table(model)
    assert all(model.get_layer("latent").output.shape[1:])
    assert rows[-1][2][1:3] == (architecture.size, architecture.size)
    assert sum(row[-1] for row in rows) == architecture.build().count_params()


def test_only_colorizers_take_hints_and_only_the_photo_colorizer_is_trained_on_photos():
    known = catalog.ARCHITECTURES.values()
    assert [a.id for a in known if a.takes_hints] == ["color-unet", "color-photo"]
    assert [a.id for a in known if a.photos] == ["color-photo"]
    assert [a.input_channels for a in known if a.task == "reconstruct"] == [3] * 7
    assert catalog.get("color-report").input_channels == 1


@pytest.mark.parametrize(
    "model_id, size", [("ir-initial", 8 * 8 * 16), ("ir-best", 8 * 8 * 48), ("ir-wide", 8 * 8 * 32)]
)
def test_latent_size(model_id, size):
    assert facts(catalog.get(model_id))["latent"] == size


@pytest.mark.parametrize("model_id, most", [("ir-residual", 350_000), ("ir-residual-s", 19_383)])
def test_residual_models_have_the_initial_models_latent_and_keep_to_their_size(model_id, most):
    known = facts(catalog.get(model_id))
    assert known["latent"] == facts(catalog.get("ir-initial"))["latent"]
    assert known["parameters"] <= most


def test_layer_names_do_not_depend_on_what_was_built_before():
    first = layer_table(catalog.get("ir-best").build(32))
    assert layer_table(catalog.get("ir-best").build(32)) == first
    assert [first[i][0] for i in (1, 3, 4, -1)] == ["conv2d", "conv2d_1", "max_pooling2d_1", "conv2d_5"]


def test_the_report_s_are_those_that_the_report_describes():
    assert REPORTS == ALL[:6]
    assert not catalog.get("own-8-k3-max-relu").of_report


@pytest.mark.parametrize("model_id, tried", [("ir-wide", 0), ("ir-residual", 1), ("color-unet", 1), ("color-photo", 7)])
def test_notes_say_what_was_chosen_then_what_else_was_tried(model_id, tried):
    chosen, *others = notes(catalog.get(model_id))
    assert chosen.endswith(".") and "\n" not in chosen and len(others) == tried
    assert not tried or any(paragraph.startswith("What else was tried") for paragraph in others)


def test_a_model_without_notes_has_an_empty_paragraph_and_an_own_one_describes_itself():
    assert notes(replace(catalog.get("ir-best"), id="ir-new")) == [""]
    (words,) = notes(catalog.get("own-8-12-k3-average-elu"))
    assert words.startswith("2 levels of 8, 12 channels, 3×3 kernels, average pooling, elu after each convolution")


def test_unknown_model_names_the_known_ones():
    with pytest.raises(ValueError, match="ir-initial.*Received: 'ir-bets'"):
        catalog.get("ir-bets")
