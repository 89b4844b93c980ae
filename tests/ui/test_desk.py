from ae.models.weights import Source
from ae.ui.controls import EXAMPLES
from ae.ui.desk import Desk, Look, Settings, work


def test_the_colors_are_seen_before_their_file_is_there_and_the_others_before_the_reconstruction():
    desk = Desk()
    settings = Settings(
        str(EXAMPLES / "photographer.png"), False, ("ir-initial", Source()), ("color-photo", Source()), 0.5, 1
    )
    seen = []
    for names in work(desk, settings, lambda share, text: None):
        seen += [(name, bool(desk.made[name].file)) for name in names if desk.look(name) is Look.FRESH]
    colors = seen.index(("colorization", False))
    file = seen.index(("colorization", True))
    assert colors < file < seen.index(("colorings", False)) < seen.index(("reconstruction", False))
