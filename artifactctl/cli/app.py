"""The tree of commands."""

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
    removal,
    running,
    runs,
    tags,
    versions,
    visualizing,
)
from artifactctl.cli.arguments import underscores_to_dashes
from artifactctl.enums import Shell

_SETTINGS = {
    "help_option_names": ["-h", "--help"],
    "token_normalize_func": underscores_to_dashes,
    "max_content_width": 100,
}


_ANYWHERE = (
    "Anywhere on the line: --home DIR uses that home, --debug shows where an error was raised,"
    " --no-color prints without colour, --wide prints whole tables on a terminal,"
    " --allow-remote lets a home that is not your own ask the"
    " remote addresses that it links to."
)


def _group(text: str) -> typer.Typer:
    return typer.Typer(
        help=text,
        no_args_is_help=True,
        add_completion=False,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        context_settings=_SETTINGS,
    )


app = _group("Name, version, tag, find and download ML artifacts.")
artifact = _group("Artifacts and their versions; the same sub-commands as ZenML's.")
version = _group("Versions of artifacts.")
metadata = _group("Metadata of versions and runs.")
all_runs = _group("Runs of pipelines: their steps, logs, inputs and outputs.")
all_tags = _group("Tags themselves: list, make, rename, protect and delete them.")
pipeline = _group("Pipelines and their runs; the same sub-commands as ZenML's.")
pruning = _group("What nothing refers to.")
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


@app.callback(epilog=_ANYWHERE)
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
            callback=_install_completion,
            is_eager=True,
            help="Install completion for bash, zsh or fish; for this shell by default.",
        ),
    ] = None,
    show_completion: Annotated[
        Shell | None,
        typer.Option(
            metavar="[SHELL]",
            callback=_show_completion,
            is_eager=True,
            help="Print the script that --install-completion installs.",
        ),
    ] = None,
) -> None:
    """Name, version, tag, find and download ML artifacts."""
    del show_version, install_completion, show_completion  # their callbacks have handled them


app.add_typer(artifact, name="artifact")
app.add_typer(metadata, name="metadata")
app.add_typer(all_runs, name="runs")
app.add_typer(all_tags, name="tags")
app.add_typer(whole_catalog, name="catalog")
app.add_typer(pipeline, name="pipeline")
app.add_typer(pruning, name="prune", hidden=True)  # 'artifact prune' under ZenML's other name
artifact.add_typer(version, name="version")
pipeline.add_typer(all_runs, name="runs")

for _group_of_commands in (app, artifact):
    _group_of_commands.command("register")(versions.register)
    _group_of_commands.command("tag")(labels.tag)
    _group_of_commands.command("download")(versions.download)
artifact.command("list")(listing.list_artifacts)
artifact.command("describe")(versions.describe_artifact)
artifact.command("update")(labels.update_artifact)
artifact.command("delete")(removal.delete_artifact)
artifact.command("prune")(removal.prune)
pruning.command("artifacts")(removal.prune)
version.command("list")(listing.list_versions)
version.command("describe")(versions.describe_version)
version.command("update")(labels.update_version)
version.command("visualize")(visualizing.visualize)
version.command("delete")(removal.delete_versions)
metadata.command("log")(labels.log_metadata)
metadata.command("list")(labels.list_metadata)
all_runs.command("list")(listing.list_runs)
all_runs.command("describe")(runs.describe_run)
all_runs.command("logs")(runs.print_logs)
all_runs.command("delete")(runs.delete_runs)
pipeline.command("list")(listing.list_pipelines)
pipeline.command("delete")(runs.delete_pipeline)
all_tags.command("list")(listing.list_tags)
all_tags.command("create")(tags.create_tag)
all_tags.command("register", hidden=True)(tags.create_tag)
all_tags.command("update")(tags.update_tag)
all_tags.command("delete")(tags.delete_tag)
all_tags.command("protect")(tags.protect_tag)
app.command("compare")(compare.compare)
app.command("diff")(diff.diff)
app.command("lineage")(lineage.lineage)
app.command("run")(running.run)
app.command("exec")(running.execute)
app.command("help")(guides.help_)
app.command("init")(home.init)
app.command("info")(home.info)
app.command("trust")(home.trust)
app.command("verify")(home.verify)
app.command("gc")(removal.gc)
whole_catalog.command("backup")(catalog.backup)
whole_catalog.command("restore")(catalog.restore)
whole_catalog.command("rebuild")(catalog.rebuild)
