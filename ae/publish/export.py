"""Models for other runtimes: ONNX, LiteRT (formerly TensorFlow Lite) and TensorFlow's SavedModel, written by Keras."""

import shutil
import tempfile
import warnings
from pathlib import Path

import numpy as np

from ae.data import sample
from ae.files import replace
from ae.image.color import model_input, to_u8
from ae.models.catalog import get
from ae.models.weights import BUNDLED, Source, load

FILES = {
    "onnx": "model.onnx",
    "litert": "model.tflite",
    "tf": "saved_model",
}  # what a format's file, or folder, is named
KERAS_FORMATS = {"onnx": "onnx", "litert": "litert", "tf": "tf_saved_model"}
REQUIREMENTS = "requirements-export.txt"
CHECKED_IMAGES = 100


def export(model_id, format, folder=BUNDLED):
    """Writes the model of that id, with the weights in `folder`, beside them, and returns the path.

    What is written takes "image", float32 (N, H, W, C) in [0, 1], N, H and W free as for the model itself, and gives
    RGB (N, H, W, 3), not clipped. C is 3; 1, luma, for "color-report"; 4, luma and hints, for the other colorizers,
    see `ae.models.colorizer.unet`: zeros are no hints. It is there only after it has answered test images of CIFAR-10
    in its own runtime as the model does, to one of 255 levels.

    Raises ValueError for an unknown model or format, or for answers that differ, FileNotFoundError for no weights, and
    ImportError if what `REQUIREMENTS` names is not installed.
    """
    if format not in FILES:
        raise ValueError(f"Expected one of the formats {', '.join(FILES)}. Received: {format!r}")
    architecture, network = get(model_id), load(model_id, Source(folder=folder))
    images = sample.load()["test"].images_u8[:CHECKED_IMAGES].astype(np.float32) / 255
    images = model_input(images, architecture.task)
    if architecture.takes_hints:
        images = np.concatenate([images, np.zeros((*images.shape[:3], 3), np.float32)], -1)
    path = Path(folder) / model_id / FILES[format]

    def write(partial):
        with tempfile.TemporaryDirectory(dir=path.parent, prefix="partial-") as work:
            made = Path(work) / path.name  # Keras asks for the suffix
            _write(network, made, format, images.shape[-1])
            _check(run(made, images), network.predict_on_batch(images), path)
            shutil.rmtree(path, ignore_errors=True)  # a folder cannot take the place of a full one
            made.rename(partial)

    replace(path, write)
    return path


def run(path, images):
    """Returns what the exported file, or folder, at `path` answers to float32 (N, H, W, C), in its format's runtime.

    Raises ImportError if the runtime is not installed.
    """
    path = Path(path)
    if path.suffix == ".onnx":
        session = _need("onnxruntime").InferenceSession(path, providers=["CPUExecutionProvider"])
        return session.run(None, {"image": images})[0]
    if path.suffix == ".tflite":
        interpreter = _need("ai_edge_litert.interpreter").Interpreter(str(path))
        (given,) = interpreter.get_input_details()
        interpreter.resize_tensor_input(given["index"], images.shape)
        interpreter.allocate_tensors()
        interpreter.set_tensor(given["index"], images)
        interpreter.invoke()
        return interpreter.get_tensor(interpreter.get_output_details()[0]["index"])
    import tensorflow as tf

    model = tf.saved_model.load(path)  # its function holds its variables by weak references
    return model.serve(images).numpy()


def _write(network, path, format, channels):
    import keras

    if format == "onnx":
        _need("tf2onnx")
    options = {}
    if format == "litert":
        import tensorflow as tf

        network = _with_resizing(network)
        options["target_spec"] = {"supported_ops": [tf.lite.OpsSet.TFLITE_BUILTINS]}  # or it would need all TensorFlow
    image = keras.InputSpec("float32", (None, None, None, channels), name="image")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the converters, on one another's versions
        network.export(path, format=KERAS_FORMATS[format], input_signature=[image], verbose=False, **options)


def _with_resizing(network):
    """The same network, in which `UpSampling2D` is a resize: LiteRT's converter cannot repeat pixels of free sizes."""
    import keras
    import tensorflow as tf

    class Nearest(keras.layers.Layer):
        def call(self, x):
            return tf.image.resize(x, 2 * tf.shape(x)[1:3], "nearest")

        def compute_output_shape(self, shape):
            return (shape[0], None, None, shape[3])

    def clone(layer):
        return Nearest() if isinstance(layer, keras.layers.UpSampling2D) else layer

    return keras.models.clone_model(network, clone_function=clone)


def _check(answer, expected, path):
    levels = np.abs(np.int16(to_u8(answer)) - np.int16(to_u8(expected))).max()
    if levels > 1:
        raise ValueError(
            f"Expected {path.name} to answer as the model. Received answers that differ by {levels} of 255 levels. "
            f"Install the versions that {REQUIREMENTS} names."
        )


def _need(module):
    from importlib import import_module

    try:
        return import_module(module)
    except ImportError as error:
        raise ImportError(
            f"Expected the package of {module}, which is not installed. Run `pip install -r {REQUIREMENTS}`."
        ) from error
