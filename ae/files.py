"""Files that are either whole or as they were."""

import os


def replace(path, write):
    """Calls `write` with a path beside `path`, then moves what it wrote there: readers never see half a file."""
    partial = path.with_name("partial-" + path.name)
    write(partial)
    os.replace(partial, path)
