"""The bundled models, each read once for all tests of a process: they are asked, and stay as they are."""

from functools import cache

import ae

load = cache(ae.load)
