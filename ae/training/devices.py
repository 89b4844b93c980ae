"""Training on several devices at once: each has a copy of the model and its share of every batch."""

from contextlib import nullcontext

import keras


def all_devices(parts=1):
    """Returns the context in which a run uses every local GPU; without any, so many `parts` of the processor.

    With TensorFlow the parts have to be made before anything is computed. With JAX every device that it sees is used.
    Raises ValueError for a backend that can neither.
    """
    backend = keras.backend.backend()
    if backend == "jax":
        keras.distribution.set_distribution(keras.distribution.DataParallel(auto_shard_dataset=False))
        return nullcontext()
    if backend != "tensorflow":
        raise ValueError(f"Expected Keras to run on TensorFlow or JAX, which can share a batch. Received: {backend}")
    import tensorflow as tf

    if not tf.config.list_physical_devices("GPU") and parts > 1:
        (processor,) = tf.config.list_physical_devices("CPU")
        tf.config.set_logical_device_configuration(processor, [tf.config.LogicalDeviceConfiguration()] * parts)
    devices = tf.config.list_logical_devices("GPU") or tf.config.list_logical_devices("CPU")
    return tf.distribute.MirroredStrategy([device.name for device in devices]).scope()


def share_batches(model):
    """Prepares `model` to train in the context that it was built in; returns whether devices share the batches there.

    TensorFlow then normalizes by the whole batch, and cannot tell within a call that the batches have come to an end.
    """
    if not are_shared():
        return False
    for layer in model.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.synchronized = True
    return True


def are_shared():
    """Whether TensorFlow gives each of several devices a part of every batch here."""
    if keras.backend.backend() != "tensorflow":
        return False
    import tensorflow as tf

    return tf.distribute.get_strategy().num_replicas_in_sync > 1
