"""What other programs call what artifactctl does: git, dvc, mlflow, zenml, gh, docker, pip.

Words in capitals stand for what the user writes. All that is named here exists: a test looks.
"""

from collections.abc import Mapping, Sequence

_SHOW = ("artifact describe NAME", "artifact version describe REF", "runs describe RUN")
_LIST = ("artifact list", "artifact version list", "runs list")
_DELETE = ("artifact delete NAME", "artifact version delete REF", "runs delete RUN")
_FIND = ("find TEXT", "artifact version list --artifact contains:TEXT")
_STORE, _FETCH = ("register NAME PATH",), ("download REF",)
_HISTORY = ("log NAME",)
_LOGS = ("runs logs RUN",)
_SETTINGS, _RENAME = ("info", "config list"), ("artifact update NAME -n NEW_NAME",)
_NOTE, _NOTES = ("metadata log REF KEY=VALUE",), ("metadata list REF",)
_COMPARE = ("compare --pipeline PIPELINE",)
_PAGE = ("ui", "page FILE.html", "compare --pipeline PIPELINE --html FILE --open")
_RUN = ("run FILE", "exec NAME --out PATH -- COMMAND")
_CLEAN = ("gc", "artifact prune")
_CHECK = ("verify",)
_TAG = ("tag REF TAG",)

COMMANDS: Mapping[str, Sequence[str]] = {
    **dict.fromkeys(("list", "dir", "all", "index"), _LIST),
    **dict.fromkeys(("describe", "inspect", "details", "stat"), _SHOW),
    **dict.fromkeys(("rm", "delete", "remove", "del", "destroy", "rmi"), _DELETE),
    **dict.fromkeys(("history", "reflog", "revisions"), _HISTORY),
    **dict.fromkeys(("view", "preview", "head", "less", "more"), ("show REF", "cat REF")),
    **dict.fromkeys(("logs", "output", "tail"), _LOGS),
    **dict.fromkeys(("get", "fetch", "checkout", "switch", "load", "clone"), _FETCH),
    **dict.fromkeys(("cp", "extract", "restore-file", "open"), _FETCH),
    **dict.fromkeys(("add", "put", "save", "store", "upload", "commit"), _STORE),
    **dict.fromkeys(("import-url", "create", "new", "publish", "stage"), _STORE),
    **dict.fromkeys(("log-artifact", "log-artifacts", "log-model", "ingest", "track"), _STORE),
    **dict.fromkeys(("settings", "env", "status", "doctor", "whoami"), _SETTINGS),
    **dict.fromkeys(("login", "connect", "system", "root", "where"), _SETTINGS),
    **dict.fromkeys(("dashboard", "server", "up", "serve", "web", "board"), _PAGE),
    **dict.fromkeys(("version", "versions"), ("artifact version list", "--version")),
    **dict.fromkeys(("clean", "cleanup", "purge", "autoremove", "vacuum"), _CLEAN),
    **dict.fromkeys(("update", "edit", "rename", "mv", "move"), (*_RENAME, *_TAG)),
    **dict.fromkeys(("search", "grep", "filter"), _FIND),
    **dict.fromkeys(("label", "alias", "mark", "promote"), _TAG),
    **dict.fromkeys(("untag", "unlabel", "demote"), ("tag REF --remove TAG",)),
    **dict.fromkeys(("meta", "annotate", "note", "log-metric", "log-param", "set"), _NOTE),
    **dict.fromkeys(("dag", "graph", "tree", "parents", "provenance"), ("lineage REF",)),
    **dict.fromkeys(("fsck", "check", "validate", "audit"), _CHECK),
    **dict.fromkeys(("repro", "execute", "train", "start", "launch", "submit"), _RUN),
    **dict.fromkeys(("params", "metrics", "plots", "plot", "leaderboard"), _COMPARE),
    **dict.fromkeys(("experiment", "experiments", "exp"), (*_COMPARE, "runs list")),
    **dict.fromkeys(("completion", "completions"), ("--install-completion",)),
    **dict.fromkeys(("man", "docs", "guide", "guides", "tutorial", "?"), ("help",)),
    **dict.fromkeys(("model", "models"), ("artifact version list --type model",)),
    **dict.fromkeys(("data", "dataset", "datasets"), ("artifact version list --type data",)),
    **dict.fromkeys(("step", "steps"), ("runs describe RUN",)),
    **dict.fromkeys(("query", "select", "db", "shell"), ("sql QUERY",)),
    **dict.fromkeys(("undelete", "recover"), ("restore REF",)),
    **dict.fromkeys(
        ("size", "du", "df", "space"), ("usage", "artifact version list --sort-by desc:size")
    ),
    **dict.fromkeys(("remote", "stack", "sync", "mirror"), ("help team",)),
}
"""Commands that artifactctl does not have, and those that do the same."""

VERBS: Mapping[str, Sequence[str]] = {
    **dict.fromkeys(("show", "inspect", "view", "info", "get", "details"), ("describe", "list")),
    **dict.fromkeys(("ls", "all", "index", "dir"), ("list",)),
    **dict.fromkeys(("rm", "remove", "del", "destroy", "drop", "unset"), ("delete",)),
    **dict.fromkeys(("rename", "mv", "edit", "modify", "change"), ("update",)),
    **dict.fromkeys(("set", "put", "attach", "annotate", "write"), ("log", "update")),
    **dict.fromkeys(("add", "create", "new", "push", "save", "upload"), ("register", "log")),
    **dict.fromkeys(("pull", "fetch", "checkout", "export", "cat"), ("download", "logs")),
    **dict.fromkeys(("log", "output", "tail", "print"), ("logs",)),
    **dict.fromkeys(("label", "alias"), ("tag",)),
    **dict.fromkeys(("dump", "copy", "snapshot"), ("backup",)),
    **dict.fromkeys(("recover", "load", "import"), ("restore",)),
    **dict.fromkeys(("repair", "mend", "fix", "reindex", "recreate"), ("rebuild",)),
    **dict.fromkeys(("clean", "cleanup", "purge", "gc"), ("prune",)),
    **dict.fromkeys(("preview", "plot", "draw", "render", "head"), ("visualize",)),
    **dict.fromkeys(("describe",), ("list",)),
}
"""Words for what a group's commands do, and what artifactctl calls them."""

GROUPS: Mapping[str, Sequence[str]] = {
    **dict.fromkeys(
        ("artifact log", "artifact history", "artifact versions", "artifact version log"), _HISTORY
    ),
    **dict.fromkeys(("artifact search", "artifact find", "artifact version search"), _FIND),
    **dict.fromkeys(("artifact untag", "artifact version untag"), ("tag REF --remove TAG",)),
    **dict.fromkeys(("artifact verify", "catalog verify", "catalog check"), _CHECK),
    **dict.fromkeys(("catalog list", "catalog ls", "catalog show"), ("artifact list", "info")),
    **dict.fromkeys(("artifact version tag", "artifact version label"), _TAG),
    **dict.fromkeys(("runs start", "runs run", "runs create", "runs new", "pipeline run"), _RUN),
    **dict.fromkeys(("runs search", "runs find"), ("runs list --pipeline PIPELINE",)),
    **dict.fromkeys(("artifact rename", "artifact mv", "artifact move"), _RENAME),
    **dict.fromkeys(
        ("metadata delete", "metadata rm", "metadata unset"), ("metadata remove REF KEY",)
    ),
    **dict.fromkeys(("metadata show", "metadata get", "metadata describe"), _NOTES),
}
"""Commands of groups that are elsewhere."""

_METADATA = "--metadata description=TEXT"
_PAGES = ("--size N", "--last N")
OPTIONS: Mapping[str, Sequence[str]] = {
    **dict.fromkeys(("--json", "-j", "--as-json"), ("-o json",)),
    **dict.fromkeys(("--yaml", "--yml"), ("-o yaml",)),
    **dict.fromkeys(("--csv",), ("-o csv",)),
    **dict.fromkeys(("--tsv",), ("-o tsv",)),
    **dict.fromkeys(("--table",), ("-o table",)),
    **dict.fromkeys(("--markdown", "--md"), ("-o md",)),
    **dict.fromkeys(("--format", "--output-format", "--fmt"), ("-o FORMAT",)),
    **dict.fromkeys(("--limit", "--max", "--count", "--head", "--max-count", "--top"), _PAGES),
    **dict.fromkeys(("--max-results", "--page-size", "--per-page", "--take"), _PAGES),
    "-n": ("--name NAME", "--artifact NAME", "--size N", "--last N", "--dry-run"),
    "--all": ("--size 0",),
    "-a": ("--size 0",),
    **dict.fromkeys(("--offset", "--skip"), ("--page N",)),
    **dict.fromkeys(("--order", "--order-by", "--sort", "--sortby"), ("--sort-by desc:FIELD",)),
    **dict.fromkeys(("--reverse", "--desc", "--descending"), ("--sort-by desc:FIELD",)),
    **dict.fromkeys(("--asc", "--ascending"), ("--sort-by asc:FIELD",)),
    **dict.fromkeys(("--fields", "--select", "--show", "--cols"), ("--columns a,b",)),
    **dict.fromkeys(("--filter", "--where", "--query", "--search"), ("--name contains:TEXT",)),
    **dict.fromkeys(("--grep", "--match", "--contains"), ("--name contains:TEXT",)),
    **dict.fromkeys(("--since", "--after", "--newer", "--newer-than"), ("--created gte:7d",)),
    **dict.fromkeys(("--until", "--before"), ("--created lte:7d", "--older-than 30d")),
    **dict.fromkeys(("--description", "--desc-text", "--note", "--comment"), (_METADATA,)),
    **dict.fromkeys(("-m", "--message", "--msg"), ("--metadata message=TEXT",)),
    **dict.fromkeys(
        ("--meta", "--param", "--params", "--metric", "-P"),
        ("--metadata KEY=VALUE", "--set KEY=VALUE"),
    ),
    **dict.fromkeys(("--var", "--vars", "--define", "-D", "-e"), ("--set KEY=VALUE",)),
    **dict.fromkeys(("--label", "--labels", "--alias", "--aliases"), ("--tag TAG",)),
    **dict.fromkeys(("--remove-tags", "--untag", "--delete-tag"), ("--remove TAG",)),
    **dict.fromkeys(("--kind", "--artifact-type"), ("--type TYPE",)),
    **dict.fromkeys(("--ignore", "--skip-files"), ("--exclude GLOB",)),
    **dict.fromkeys(("--glob", "--pattern", "--only-files"), ("--include GLOB",)),
    **dict.fromkeys(("--no-copy", "--external", "--reference"), ("--link",)),
    **dict.fromkeys(("--skip-unchanged", "--no-duplicate", "--dedupe"), ("--if-changed",)),
    **dict.fromkeys(("--overwrite", "--replace", "--clobber"), ("--force",)),
    **dict.fromkeys(("--force", "-f", "--no-input", "--confirm", "--no-prompt"), ("--yes",)),
    **dict.fromkeys(("--dryrun", "--simulate", "--what-if", "--plan"), ("--dry-run",)),
    **dict.fromkeys(("--silent", "-s"), ("--quiet",)),
    **dict.fromkeys(("--verbose", "-vv", "--trace", "--traceback"), ("--debug",)),
    **dict.fromkeys(("--nocolor", "--no-colors", "--plain", "--monochrome"), ("--no-color",)),
    **dict.fromkeys(("--full", "--no-trunc", "--no-truncate", "--width", "-w"), ("--wide",)),
    **dict.fromkeys(("--repo", "--root", "--store-dir", "--base-dir"), ("--home DIR",)),
    **dict.fromkeys(("--parallel", "--workers", "--threads", "--num-workers"), ("--jobs N",)),
    **dict.fromkeys(("--nocache", "--force-run", "--rerun"), ("--no-cache",)),
    **dict.fromkeys(("--run", "--run-name", "--run-id"), ("--pipeline-run RUN",)),
    **dict.fromkeys(("--artifact-name", "--dataset", "--model-name"), ("--artifact NAME",)),
    **dict.fromkeys(("--days", "--age", "--max-age"), ("--older-than 30d", "--grace 14d")),
    **dict.fromkeys(("--keep", "--retain"), ("--keep-last N",)),
    **dict.fromkeys(("--new-name", "--rename", "--to"), ("--name NEW_NAME",)),
    **dict.fromkeys(("--archive", "--zipfile"), ("--zip",)),
    **dict.fromkeys(("--page-html", "--web", "--browser"), ("--html FILE --open",)),
    **dict.fromkeys(("--base", "--against", "--reference-run"), ("--baseline REF",)),
    **dict.fromkeys(("--metrics", "--keys"), ("--key GLOB",)),
    **dict.fromkeys(("--changed", "--diff"), ("--only-diff",)),
    **dict.fromkeys(("-V", "--v"), ("--version",)),
}
"""Options that a command does not have, and those that do the same where a command has them."""

ARGUMENTS: Mapping[str, Sequence[str]] = {
    **dict.fromkeys(("--name", "--artifact", "--artifact-name", "-n"), ("NAME", "REF")),
    **dict.fromkeys(("--ref", "--id", "--artifact-version", "--uri"), ("REF", "NAME", "RUN")),
    **dict.fromkeys(("--path", "--paths", "--src", "--source", "-p"), ("PATH", "REF")),
    **dict.fromkeys(("--file", "--files", "-f", "--folder", "--data"), ("PATH", "FILE")),
    **dict.fromkeys(("--config", "--yaml-file", "--pipeline-file", "-c"), ("FILE",)),
    **dict.fromkeys(("--to", "--dest", "--destination", "--dst", "--target"), ("DEST",)),
    **dict.fromkeys(("--out", "--out-dir", "--output-dir", "--output-file"), ("DEST", "FILE")),
    **dict.fromkeys(("--dir", "--directory", "-d", "-O", "--save-to"), ("DEST", "DIR", "PATH")),
    **dict.fromkeys(("--tag", "--tags", "--add", "--add-tag", "-t", "--label"), ("TAG",)),
    **dict.fromkeys(("--run", "--run-id", "--run-name"), ("RUN",)),
    **dict.fromkeys(("--step", "--step-name"), ("STEP",)),
    **dict.fromkeys(("--key", "--value", "--metadata", "--set"), ("KEY",)),
    **dict.fromkeys(("--command", "--cmd", "-c"), ("COMMAND",)),
}
"""Options for what a command takes as an argument, and the kinds of such arguments."""
