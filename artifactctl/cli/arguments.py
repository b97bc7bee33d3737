"""The command line before Typer sees it: global flags anywhere, and ZenML's spellings."""

from collections.abc import Sequence

# Flags that mean the same wherever they stand, and whether a value follows.
_GLOBAL_FLAGS = {"--home": True, "--debug": False, "--no-color": False}
_PLURALS = {"artifacts": "artifact", "versions": "version"}


def arrange(words: Sequence[str]) -> list[str]:
    """`words` with global flags in front and plural command names in the singular."""
    front: list[str] = []
    rest: list[str] = []
    pending = list(words)
    while pending:
        word = pending.pop(0)
        flag, equals, _ = word.partition("=")
        if word == "--":
            rest += [word, *pending]
            break
        if flag not in _GLOBAL_FLAGS or (equals and not _GLOBAL_FLAGS[flag]):
            rest.append(word)
            continue
        front.append(word)
        if _GLOBAL_FLAGS[flag] and not equals and pending:
            front.append(pending.pop(0))
    if rest[:1] in (["artifact"], ["artifacts"]):
        rest[:2] = [_PLURALS.get(word, word) for word in rest[:2]]
    return front + rest


def wants_json(words: Sequence[str], default: str) -> bool:
    """Whether the output asked for is JSON; needed for errors too, before anything is parsed."""
    wanted = default
    for i, word in enumerate(words):
        if word == "--":
            break
        flag, equals, value = word.partition("=")
        if flag in ("-o", "--output"):
            wanted = value if equals else "".join(words[i + 1 : i + 2])
        elif word.startswith("-o") and not word.startswith("--"):
            wanted = word[2:]
    return wanted.lower() == "json"


def underscores_to_dashes(token: str) -> str:
    """ZenML writes `--sort_by` where others write `--sort-by`; both are taken."""
    return token.replace("_", "-")
