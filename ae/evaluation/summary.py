"""The results in five sentences."""

from collections import Counter

from ae.evaluation.claims import FAILS, HOLDS, PARTLY, REPORT_RECONSTRUCTORS
from ae.models.predictors import record

OURS, OUR_COLORIZER, PATCHES = "ir-residual", "color-photo", "pca-4x4-16"


def sentences(results, claims):
    """Returns them, of `results` as `read_results` gives them and the `Claim`s of `claims.check`."""
    best = max(REPORT_RECONSTRUCTORS, key=lambda i: results[i]["test"]["psnr"])
    verdicts = Counter(claim.verdict for claim in claims)
    photos = results[OUR_COLORIZER]["colors"]["photos"]
    ours, gray = (photos_of(results, i)["chroma_error"] for i in (OUR_COLORIZER, "gray-copy"))
    accuracy, red = (results[i]["test"]["accuracy"] for i in ("color-report", "always-red"))
    return [
        f"Of {len(claims)} claims of the report that can be checked, {verdicts[HOLDS]} hold, {verdicts[PARTLY]} hold "
        f"in part, {verdicts[FAILS]} do not.",
        f"Its best reconstruction, “{record(best).title}”, reaches {_quality(results[best])}, and ours, "
        f"“{record(OURS).title}”, {_quality(results[OURS])}.",
        f"No network is needed to do better than the report's: “{record(PATCHES).title}” reaches "
        f"{_quality(results[PATCHES])}.",
        f"Its accuracy says little of colors: its colorizer has {accuracy:.1%}, answering red everywhere {red:.1%}.",
        f"On {photos['images']:,} photos that no training has seen, the colors of “{record(OUR_COLORIZER).title}” are "
        f"off by {ours:.1f} ΔE on the mean, those of a gray copy by {gray:.1f}.",
    ]


def photos_of(results, i):
    """What is measured of a colorizer on photos, at its middle vividness if it has one."""
    settings = results[i]["colors"]["photos"]["vividness"]
    return settings.get("0.5") or next(iter(settings.values()))


def _quality(result):
    return f"{result['test']['psnr']:.1f} dB of PSNR from {result['latent']:,} numbers"
