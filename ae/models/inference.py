"""How networks answer: by one graph each."""

import keras


def one_graph(network):
    """Gives `network`, a `keras.Model` of any height and width, one graph for arrays of any size, and returns it.

    Keras's own `predict_on_batch` makes up to three, of seconds each, before it finds out that the sides are free.
    """
    if keras.backend.backend() == "tensorflow":
        import tensorflow as tf

        graphs = {}

        def predict(batches):
            x = tf.convert_to_tensor(keras.utils.unpack_x_y_sample_weight(batches[0])[0])
            kind = x.dtype, x.shape.rank, x.shape[-1]
            if kind not in graphs:
                free = tf.TensorSpec((*[None] * (x.shape.rank - 1), x.shape[-1]), x.dtype)
                answer = tf.function(lambda x: network(x, training=False), autograph=False)
                graphs[kind] = answer.get_concrete_function(free)
            return graphs[kind](x)

        network.predict_function = predict  # until it is compiled, which is for training
    return network
