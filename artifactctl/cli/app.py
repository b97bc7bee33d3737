"""The tree of commands."""

from collections.abc import Callable
from typing import Annotated

import typer

from artifactctl._version import __version__
from artifactctl.cli import (
    catalog,
    compare,
    diff,
    guides,
    home,
    labels,
    lineage,
    listing,
    moving,
    removal,
    running,
    runs,
    tags,
    versions,
    visualizing,
)
from artifactctl.cli.arguments import underscores_to_dashes
from artifactctl.cli.nodes import Command, Group
from artifactctl.enums import Shell

_SETTINGS = {
    "help_option_names": ["-h", "--help"],
    "token_normalize_func": underscores_to_dashes,
}


def _group(text: str) -> typer.Typer:
    return typer.Typer(
        cls=Group,
        help=text,
        add_completion=False,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        context_settings=_SETTINGS,
    )


app = _group(
    """Name, version, tag, find and download ML artifacts.

    Example: artifactctl register iris_dataset iris.csv --tag raw

    Example: artifactctl artifact version list --artifact iris_dataset

    Example: artifactctl download iris_dataset@raw copy.csv
    """
)
artifact = _group("Artifacts and their versions, as in ZenML.")
version = _group("Versions of artifacts.")
metadata = _group("Metadata of versions and runs.")
all_runs = _group("Runs of pipelines: their steps, logs, inputs and outputs.")
all_tags = _group("Tags themselves: list, make, rename, protect, delete them.")
pipeline = _group("Pipelines and their runs, as in ZenML.")
pruning = _group("Delete what nothing refers to, as in ZenML.")
whole_catalog = _group("The catalog: back it up, restore it, rebuild it.")


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"artifactctl {__version__}")
        raise typer.Exit


def _install_completion(shell: Shell | None) -> None:
    if shell is not None:
        # Imported on first use: only these two flags need it.
        from artifactctl.cli.completion.installing import install  # noqa: PLC0415

        shell, path = install(shell)
        typer.echo(f"Installed completion for {shell} in {path}; open a new {shell} to use it.")
        raise typer.Exit


def _show_completion(shell: Shell | None) -> None:
    if shell is not None:
        from artifactctl.cli.completion.installing import script_of  # noqa: PLC0415 (as above)

        typer.echo(script_of(shell), nl=False)
        raise typer.Exit


@app.callback(epilog="concepts")
def start(
    show_version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Print the version and exit."
        ),
    ] = False,
    install_completion: Annotated[
        Shell | None,
        typer.Option(
            metavar="[SHELL]",
            rich_help_panel="Completion",
            callback=_install_completion,
            is_eager=True,
            help="Install completion for bash, zsh, fish; by default for this shell.",
        ),
    ] = None,
    show_completion: Annotated[
        Shell | None,
        typer.Option(
            metavar="[SHELL]",
            rich_help_panel="Completion",
            callback=_show_completion,
            is_eager=True,
            help="Print the script that --install-completion installs.",
        ),
    ] = None,
) -> None:
    """Name, version, tag, find and download ML artifacts."""
    del show_version, install_completion, show_completion  # their callbacks have handled them


_FILES, _LABELS = "Files", "Versions and tags"
_RUNS, _KEEPING, _SETTING_UP = "Runs and comparison", "Keeping", "Setting up"
_MOVING = "Moving"


def _add(
    group: typer.Typer, name: str, function: Callable[..., None], guide: str, panel: str = ""
) -> None:
    """Add a command to a group, with the guide to read on and its heading on the group's page."""
    group.command(name, cls=Command, epilog=guide, rich_help_panel=panel or None)(function)


_add(app, "register", versions.register, "files", _FILES)
_add(app, "download", versions.download, "files", _FILES)
_add(app, "diff", diff.diff, "files", _FILES)
app.add_typer(artifact, name="artifact", epilog="listing", rich_help_panel=_LABELS)
_add(app, "tag", labels.tag, "concepts", _LABELS)
app.add_typer(all_tags, name="tags", epilog="concepts", rich_help_panel=_LABELS)
app.add_typer(metadata, name="metadata", epilog="concepts", rich_help_panel=_LABELS)
_add(app, "run", running.run, "runs", _RUNS)
_add(app, "exec", running.execute, "runs", _RUNS)
app.add_typer(all_runs, name="runs", epilog="runs", rich_help_panel=_RUNS)
app.add_typer(pipeline, name="pipeline", epilog="runs", rich_help_panel=_RUNS)
_add(app, "compare", compare.compare, "compare", _RUNS)
_add(app, "lineage", lineage.lineage, "lineage", _RUNS)
_add(app, "verify", home.verify, "recovery", _KEEPING)
_add(app, "gc", removal.gc, "retention", _KEEPING)
app.add_typer(whole_catalog, name="catalog", epilog="recovery", rich_help_panel=_KEEPING)
_add(app, "push", moving.push, "moving", _MOVING)
_add(app, "pull", moving.pull, "moving", _MOVING)
_add(app, "copy", moving.copy, "moving", _MOVING)
_add(app, "export", moving.export, "moving", _MOVING)
_add(app, "import", moving.import_, "moving", _MOVING)
_add(app, "init", home.init, "environment", _SETTING_UP)
_add(app, "info", home.info, "environment", _SETTING_UP)
_add(app, "trust", home.trust, "security", _SETTING_UP)
_add(app, "help", guides.help_, "concepts", _SETTING_UP)
# 'artifact prune' under ZenML's other name.
app.add_typer(pruning, name="prune", epilog="retention", hidden=True)
artifact.add_typer(version, name="version", epilog="listing")
pipeline.add_typer(all_runs, name="runs", epilog="runs")

_add(artifact, "list", listing.list_artifacts, "listing")
_add(artifact, "describe", versions.describe_artifact, "listing")
_add(artifact, "update", labels.update_artifact, "concepts")
_add(artifact, "delete", removal.delete_artifact, "retention")
_add(artifact, "prune", removal.prune, "retention")
_add(artifact, "register", versions.register, "files")
_add(artifact, "tag", labels.tag, "concepts")
_add(artifact, "download", versions.download, "files")
_add(pruning, "artifacts", removal.prune, "retention")
_add(version, "list", listing.list_versions, "listing")
_add(version, "describe", versions.describe_version, "listing")
_add(version, "update", labels.update_version, "concepts")
_add(version, "visualize", visualizing.visualize, "visualizations")
_add(version, "delete", removal.delete_versions, "retention")
_add(metadata, "log", labels.log_metadata, "concepts")
_add(metadata, "list", labels.list_metadata, "concepts")
_add(all_runs, "list", listing.list_runs, "listing")
_add(all_runs, "describe", runs.describe_run, "runs")
_add(all_runs, "logs", runs.print_logs, "runs")
_add(all_runs, "delete", runs.delete_runs, "retention")
_add(pipeline, "list", listing.list_pipelines, "listing")
_add(pipeline, "delete", runs.delete_pipeline, "retention")
_add(all_tags, "list", listing.list_tags, "listing")
_add(all_tags, "create", tags.create_tag, "concepts")
all_tags.command("register", cls=Command, epilog="concepts", hidden=True)(tags.create_tag)
_add(all_tags, "update", tags.update_tag, "concepts")
_add(all_tags, "delete", tags.delete_tag, "concepts")
_add(all_tags, "protect", tags.protect_tag, "concepts")
_add(whole_catalog, "backup", catalog.backup, "recovery")
_add(whole_catalog, "restore", catalog.restore, "recovery")
_add(whole_catalog, "rebuild", catalog.rebuild, "recovery")
