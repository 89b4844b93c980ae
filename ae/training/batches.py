"""What one pass over the images gives a model: their order, mirrored, cropped and aged ones, color hints."""

import keras
import numpy as np
from PIL import Image

from ae.image.color import chroma, luma, model_input
from ae.models import hints
from ae.models.recipes import BATCH_SIZE
from ae.training import aging


def training_batches(images_u8, architecture, seed, epoch, epochs, kinds=None):
    """Returns the batches of one of `epochs`, for `fit`; everything random depends on `seed` and `epoch` alone.

    `images_u8` is uint8 (N, H, W, 3). With TensorFlow it may be a tensor: the images then never leave the device.
    `kinds` are the images', for a recipe that balances them.
    """
    random = np.random.default_rng([seed, epoch])
    order = random.permutation(len(images_u8))
    if architecture.recipe.balanced:
        order = random.permutation(balanced(kinds, random))
    flips = random.random(len(images_u8)) < 0.5 if architecture.recipe.flips else None
    if keras.backend.backend() == "tensorflow" and not architecture.takes_hints:
        return _dataset(images_u8, architecture, order, flips)
    recipe = architecture.recipe
    crop = recipe.crop if epoch > recipe.first_epochs(epochs) else None
    side = crop and crop.sides[(epoch - 1) * len(crop.sides) // epochs]
    return Batches(images_u8, architecture, order, flips, [seed, epoch], crop, side)


def balanced(kinds, random):
    """Returns indices into `kinds`, as many as there are: each kind as often as the square root of its number tells.

    Of a kind that is drawn more often than it has images, all come equally often, to one.
    """
    names, counts = np.unique(kinds, return_counts=True)
    ends = np.round(np.cumsum(np.sqrt(counts)) / np.sqrt(counts).sum() * len(kinds)).astype(int)
    parts = []
    for name, wanted in zip(names, np.diff(ends, prepend=0)):
        of_kind = random.permutation(np.flatnonzero(kinds == name))
        parts.append(np.resize(of_kind, wanted))
    return np.concatenate(parts)


def validation_batches(images_u8, architecture):
    """Returns the batches of all images as they are, in their order and without hints."""
    order = np.arange(len(images_u8))
    if keras.backend.backend() == "tensorflow" and not architecture.takes_hints:
        return _dataset(images_u8, architecture, order)
    return Batches(images_u8, architecture, order)


def example(rgb, architecture):
    """Returns (x, y) for RGB images in [0, 1], y the images, x what the model is given of them."""
    return model_input(rgb, architecture.task), rgb


def _dataset(images_u8, architecture, order, flips=None):
    import tensorflow as tf

    def read(chosen):
        images = tf.cast(tf.gather(images_u8, chosen), tf.float32) / 255
        if flips is not None:
            images = tf.where(tf.gather(flips, chosen)[:, None, None, None], images[:, :, ::-1], images)
        return example(images, architecture)

    options = tf.data.Options()
    options.autotune.enabled = False  # its thread sleeps twice as long every time, and an epoch waits for it to wake
    return tf.data.Dataset.from_tensor_slices(order).batch(BATCH_SIZE).map(read).prefetch(8).with_options(options)


class Batches(keras.utils.PyDataset):
    """The batches of any backend, made with NumPy; with hints and any `crop` if a `seed` is given to draw them from.

    `side` is that of the cropped squares.
    """

    def __init__(self, images_u8, architecture, order, flips=None, seed=None, crop=None, side=None):
        super().__init__(workers=2)  # with workers of its own, Keras leaves out the autotuning, see `_dataset`
        self.images_u8, self.architecture, self.order = images_u8, architecture, order
        self.flips, self.seed, self.crop, self.side = flips, seed, crop, side

    def __len__(self):
        return -(-len(self.order) // BATCH_SIZE)

    def __getitem__(self, index):
        chosen = self.order[index * BATCH_SIZE : (index + 1) * BATCH_SIZE]
        random = np.random.default_rng([*self.seed, index]) if self.seed else None
        images_u8 = self.images_u8[chosen]
        if self.crop:
            images_u8 = np.stack([random_square(image_u8, self.crop, self.side, random) for image_u8 in images_u8])
        images = images_u8.astype(np.float32) / 255
        if self.flips is not None:
            images = np.where(self.flips[chosen, None, None, None], images[:, :, ::-1], images)
        recipe = self.architecture.recipe
        if recipe.aged and random:
            y = luma(images)
            images = images - y + np.stack([aging.age(plane[..., 0], random)[..., None] for plane in y])
        x, y = example(images, self.architecture)
        if self.architecture.takes_hints and random:
            x = np.concatenate([x, hints.draw(chroma(images), random, recipe.hinted, recipe.largest_hint)], -1)
        return x, dict.fromkeys(recipe.loss, y) if recipe.outputs else y


def random_square(image_u8, crop, side, random):
    """Returns a random square of the image (H, W, 3), as the `Crop` wants it: (side, side, 3), uint8."""
    image_u8 = np.pad(image_u8, (2 * (crop.margin,), 2 * (crop.margin,), (0, 0)), "reflect")
    height, width, _ = image_u8.shape
    cut = random.integers(crop.smallest, min(height, width) + 1)
    top, left = random.integers(0, (height - cut + 1, width - cut + 1))
    box = (left, top, left + cut, top + cut)
    image = Image.fromarray(image_u8)
    if crop.coarse and random.random() < crop.coarse:
        small = round(side * random.uniform(0.4, 0.7))
        image, box = image.resize((small, small), Image.Resampling.BICUBIC, box), None
    return np.asarray(image.resize((side, side), Image.Resampling.BICUBIC, box))
