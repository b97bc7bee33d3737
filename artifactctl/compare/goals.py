"""Whether higher or lower is better: as the user says, else by words in the key's name."""

import re
from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase

from artifactctl.compare.comparison import Goal
from artifactctl.compare.flattening import Key
from artifactctl.errors import WrongUsageError

_MORE = """
    acc accuracy auc auprc auroc bleu dice efficiency f1 fps iou kappa map mcc meteor miou mrr
    ndcg precision psnr r2 recall reward rouge score sensitivity specificity speedup ssim
    throughput
"""
_LESS = """
    bce brier cer cost crossentropy distance divergence duration entropy err error errors fid fnr
    fpr hinge latency logloss loss losses mae mape memory mse nll perplexity ppl regret rmse rmsle
    runtime smape time wer
"""
_MAXIMIZE, _MINIMIZE = frozenset(_MORE.split()), frozenset(_LESS.split())
# With one of these words it is a setting or a time, and neither direction is better.
_NEITHER = {"begin", "budget", "end", "limit", "start", "stop", "target", "threshold", "weight"}

_BREAKS = re.compile(r"[\W_]+")
_CAMEL = re.compile(r"[A-Z]+(?![a-z])[0-9]*|[A-Z]?[a-z]+[0-9]*|[0-9]+")


def goal_of(key: Key, name: str, maximize: Sequence[str], minimize: Sequence[str]) -> Goal | None:
    """Whether a row's numbers are to be maximized or minimized; parameters only if asked.

    What is asked for a key is asked for all keys inside of it that nothing else is asked for.
    Raises `WrongUsageError` when a key matches both.
    """
    for within in _outwards(name):
        is_more = any(fnmatchcase(within, pattern) for pattern in maximize)
        is_less = any(fnmatchcase(within, pattern) for pattern in minimize)
        if is_more and is_less:
            raise WrongUsageError(
                f"key {within!r} matches both --maximize and --minimize",
                hint="leave one of them out",
            )
        if is_more or is_less:
            return "maximize" if is_more else "minimize"
    return None if key.group == "parameters" else usual_goal(key.path[-1])


def _outwards(name: str) -> Iterator[str]:
    """Yield `a.b.c`, `a.b` and `a`."""
    while name:
        yield name
        name = name.rpartition(".")[0]


def usual_goal(name: str) -> Goal | None:
    """Whether numbers of this name are usually to be maximized or minimized, by its words."""
    words = _words(name)
    is_more, is_less = bool(words & _MAXIMIZE), bool(words & _MINIMIZE)
    if is_more == is_less or words & _NEITHER:
        return None
    return "maximize" if is_more else "minimize"


def _words(name: str) -> set[str]:
    """The words of `val_loss`, `F1Score` or `mAP`; of `map50` also the word without digits."""
    found = set()
    for part in _BREAKS.split(name):
        found |= {word.lower() for word in (part, *_CAMEL.findall(part))}
    return found | {word.rstrip("0123456789") for word in found}
