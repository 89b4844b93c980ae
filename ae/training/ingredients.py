"""What recipes are made of: the optimizer, the losses, the outputs that are trained, and where the weights start."""

import keras
from keras import ops

from ae.image.pca import principal_axes
from ae.models import backbone
from ae.models.colorizer import cross_entropy, measure_prior, with_distribution
from ae.training.devices import are_shared


def optimizer(recipe, updates, first):
    """Returns the optimizer of a run of that many updates, of which `first` are in its first cycle of two."""
    if not recipe.peaks:
        return keras.optimizers.Adam()
    lengths = (first, updates - first) if len(recipe.peaks) == 2 else (updates,)
    cycles = [one_cycle(*cycle) for cycle in zip(lengths, recipe.peaks)]
    rate = cycles[0] if len(cycles) == 1 else TwoCycles(*cycles, first)
    return AdamW(recipe.backbone_rate, rate, weight_decay=recipe.weight_decay, global_clipnorm=1.0)


class AdamW(keras.optimizers.AdamW):
    """Moves a pretrained encoder by a share of the learning rate, and leaves its weights undecayed."""

    def __init__(self, backbone_rate, learning_rate, **keywords):
        super().__init__(learning_rate, **keywords)
        self.backbone_rate = backbone_rate

    def update_step(self, gradient, variable, learning_rate):
        known = self._trainable_variables[self._get_variable_index(variable)]  # TensorFlow's variable has no path
        share = self.backbone_rate if _is_pretrained(known) else 1.0
        super().update_step(gradient, variable, share * learning_rate)

    def _clip_gradients(self, gradients):
        """By the norm of their sum over all devices: Keras would clip those of each by itself."""
        if not are_shared():
            return super()._clip_gradients(gradients)
        summed = self._all_reduce_sum_gradients(list(zip(gradients, self._trainable_variables)))
        norm = ops.sqrt(sum(ops.sum(ops.square(gradient)) for gradient, _ in summed))
        return [gradient * ops.minimum(1.0, self.global_clipnorm / norm) for gradient in gradients]

    def _apply_weight_decay(self, variables):
        super()._apply_weight_decay([variable for variable in variables if not _is_pretrained(variable)])


def _is_pretrained(variable):
    return backbone.PREFIX in variable.path


def one_cycle(updates, peak):
    """The learning rate rises for a tenth of the updates and falls along a cosine to zero (Smith 2018)."""
    warm_up = updates // 10
    falling = max(1, updates - warm_up)  # the shortest run, of one update, has a cycle without any
    return keras.optimizers.schedules.CosineDecay(peak / 25, falling, warmup_target=peak, warmup_steps=warm_up)


class TwoCycles(keras.optimizers.schedules.LearningRateSchedule):
    """One schedule for the `first` updates, another from then on."""

    def __init__(self, before, after, first):
        self.before, self.after, self.first = before, after, first

    def __call__(self, step):
        return ops.where(step < self.first, self.before(step), self.after(step - self.first))


def negative_psnr(truth, prediction):
    """Minus the PSNR of every image in dB, the metric itself, up to 50 dB: a flat image must not outweigh the rest."""
    mse = ops.mean(ops.square(truth - prediction), axis=(1, 2, 3))
    return 10 * ops.log(mse + 1e-5) / ops.log(10.0)


def start_at_patch_pca(model, train_u8):
    """Sets the linear path, `to_latent` and `from_latent`, to the principal components of 4 × 4 patches."""
    encoder, decoder = model.get_layer("to_latent"), model.get_layer("from_latent")
    mean, components = principal_axes(train_u8, 4, encoder.filters)
    kernel = components.reshape(4, 4, 3, -1)
    encoder.set_weights([kernel, -mean @ components])
    decoder.set_weights([kernel, mean.reshape(16, 3).mean(0)])  # a transposed convolution has one bias a color


def start_pretrained(model, train_u8):
    """Sets the encoder to the weights that recognise, and the prior to the colors of the training photos.

    Raises FileNotFoundError if the package that holds those weights is not installed.
    """
    backbone.load(model)
    measure_prior(model, train_u8)


LOSSES = {"negative_psnr": negative_psnr, "cross_entropy": cross_entropy}
STARTS = {
    "start_at_patch_pca": start_at_patch_pca,
    "measure_prior": measure_prior,
    "start_pretrained": start_pretrained,
}
OUTPUTS = {"with_distribution": with_distribution}


def losses(recipe):
    """Returns what `compile` takes as the loss of the recipe: names of Keras's, functions of ours."""
    if isinstance(recipe.loss, dict):
        return {output: LOSSES.get(name, name) for output, name in recipe.loss.items()}
    return LOSSES.get(recipe.loss, recipe.loss)
