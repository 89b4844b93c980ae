import json

from ae.evaluation import claims, summary
from ae.evaluation.results import read_results
from ae.models.catalog import ARCHITECTURES
from ae.models.weights import BUNDLED


def test_five_sentences_follow_the_results():
    results = read_results()
    histories = {i: json.loads((BUNDLED / i / "history.json").read_text()) for i in ARCHITECTURES if i in results}
    checked = claims.check(results, histories)
    before = summary.sentences(results, checked)
    assert len(before) == 5
    results["ir-residual"]["test"]["psnr"] += 1
    results["always-red"]["test"]["accuracy"] = 0.25
    after = summary.sentences(results, checked[:-1])
    assert [one == other for one, other in zip(before, after)] == [False, False, True, False, True]
    assert "25.0%" in after[3]
