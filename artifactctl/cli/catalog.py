"""Commands on the catalog: `catalog backup`, `restore`, `rebuild`, `copy`, `schema`."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from artifactctl import plain_text
from artifactctl.cli import options
from artifactctl.cli.session import Session, session_of
from artifactctl.enums import OutputFormat
from artifactctl.errors import IntegrityError, WrongUsageError

if TYPE_CHECKING:
    from artifactctl.results.maintenance import Rebuilding

BackupFile = Annotated[Path, typer.Argument(metavar="FILE", help="The backup.")]


def backup(
    context: typer.Context,
    file: BackupFile,
    force: Annotated[
        bool, typer.Option("--force", "-f", help="Replace the file when it exists.")
    ] = False,
    output: options.Output = None,
    quiet: options.Quiet = False,
) -> None:
    """Copy the catalog into a file, also while others write to it.

    Example: artifactctl catalog backup catalog-2026-01-31.db
    """
    session = session_of(context)
    done = session.client.backup_catalog(file, force=force)
    summary = f"Backed the catalog up to {done.path}"
    session.print_object(done, output, identifier=done.path, quiet=quiet, summary=summary)


def restore(
    context: typer.Context,
    file: BackupFile,
    force: Annotated[
        bool, typer.Option("--force", "-f", help="Restore versions whose bytes are gone, too.")
    ] = False,
    yes: options.Yes = False,
    output: options.Output = None,
    quiet: options.Quiet = False,
) -> None:
    """Restore a backup after verifying it.

    What was registered since then stays. The catalog that it replaces is kept in the store's
    quarantine.

    Example: artifactctl catalog restore catalog-2026-01-31.db
    """
    session = session_of(context)
    # The old catalog is kept, so scripts do not need --yes.
    question = f"Replace the labels and metadata of the catalog by those of {file}?"
    is_sure = yes or not session.can_ask
    if not session.confirm(question, yes=is_sure, declined="Nothing was replaced."):
        return
    done = session.client.restore_catalog(file, force=force)
    _print(session, done, output, f"Restored {file}", quiet=quiet)


def rebuild(
    context: typer.Context, output: options.Output = None, quiet: options.Quiet = False
) -> None:
    """Rebuild the catalog from the store's records.

    A catalog that is there gets what it lacks.

    Example: artifactctl catalog rebuild
    """
    session = session_of(context)
    done = session.client.rebuild_catalog()
    _print(session, done, output, "Rebuilt the catalog", quiet=quiet)


def copy(
    context: typer.Context,
    to: Annotated[str, typer.Option("--to", metavar="URL", help="The place of the copy.")],
    output: options.Output = None,
    quiet: options.Quiet = False,
) -> None:
    """Copy the whole catalog to another place or engine.

    All rows and used-up numbers are copied, in one transaction, into a catalog that is not there
    yet. It is for the same store, and used once config.yaml names it.

    Example: artifactctl catalog copy --to postgresql://db.example/ml
    """
    session = session_of(context)
    done = session.client.copy_catalog(to)
    count = plain_text.count(done.versions, "version")
    rows = plain_text.count(done.rows, "row")
    summary = f"Copied the catalog to {done.target} ({count}, {rows}; compared, and the same)"
    session.print_object(done, output, identifier=done.target, quiet=quiet, summary=summary)
    session.say(f"The home still uses {done.source}. To use the copy, and nothing else from then:")
    password = ", with its password in ~/.pgpass" if "***" in done.target else ""
    session.say(f"  write 'catalog: {done.target}' into {done.config}{password}")
    session.say("  and move the old catalog away, so that nobody goes on with it")
    if done.different_records:
        what = plain_text.count(done.different_records, "record")
        session.warn(f"{what} in the store will be written anew by 'artifactctl verify'")


def schema(
    context: typer.Context,
    sql: Annotated[bool, typer.Option("--sql", help="Print SQL, for example for psql.")] = False,
    role: Annotated[
        str, typer.Option("--role", metavar="NAME", help="The role of the users.")
    ] = "ROLE",
) -> None:
    """Print SQL with which an administrator makes the catalog.

    It is for PostgreSQL, where users may not be allowed to create tables: they need only the rights
    at its end.

    Example: artifactctl catalog schema --sql --role ml
    """
    session = session_of(context)
    if not sql:
        raise WrongUsageError("a schema is printed as SQL only", hint="add --sql")
    session.print_data(session.client.catalog_schema_sql(role).splitlines())


def _print(
    session: Session, done: "Rebuilding", output: OutputFormat | None, what: str, *, quiet: bool
) -> None:
    back = f"{plain_text.count(done.versions, 'version')} brought back from the store's records"
    if done.repaired:
        back += f", {plain_text.count(done.repaired, 'changed row')} repaired"
    if not quiet:
        session.print_object(asdict(done), output, summary=f"{what}; {back}")
    if done.kept is not None:
        session.say(f"The catalog before is kept as {done.kept}")
    if done.problems:
        raise IntegrityError(
            f"catalog: {plain_text.count(len(done.problems), 'record')} could not be used",
            details=done.problems,
        )
