"""Imports inside functions: only of what most commands do without, so that they start at once.

All other imports stand at the top of a file.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

import artifactctl

PACKAGE = Path(artifactctl.__file__).parent

# Libraries, each with what needs it: extras that may be missing, and what takes long to load.
LIBRARIES = {
    "PIL": "pictures, an extra",
    "aiohttp": "links to the web, an extra",
    "blake3": "whatever hashes: listings do not",
    "concurrent": "several threads at a time",
    "ctypes": "system calls that Python has no function for",
    "decimal": "numbers of JSON that floats cannot hold",
    "difflib": "a mistyped word",
    "email": "dates in HTTP headers",
    "fsspec": "stores and links on servers",
    "hashlib": "a home's token",
    "html": "notebooks",
    "markdown_it": "descriptions in notebooks",
    "numpy": "arrays, an extra",
    "pandas": "frames, an extra",
    "platformdirs": "folders of users, but on Linux",
    "polars": "frames, an extra",
    "pyarrow": "Parquet, an extra",
    "pydantic": "models of users, and rows from outside",
    "pydantic_core": "models of users",
    "rich": "Markdown and wide characters on terminals",
    "smbclient": "stores on SMB, an extra",
    "smbprotocol": "stores on SMB, an extra",
    "tempfile": "a catalog that may only be read",
    "typer": "command lines that are no plain call",
    "vl_convert": "pictures of charts, an extra",
    "yaml": "output in YAML",
}

# Modules of the package, each with what needs it. Most commands are fast because they do not.
SEAMS = {
    "artifactctl.catalog.asking": "Client.session(): SQLModel",
    "artifactctl.catalog.engine.alchemy": "PostgreSQL and migrations: SQLModel",
    "artifactctl.catalog.engine.copies": "a catalog that may only be read",
    "artifactctl.catalog.engine.glance": "a Tab",
    "artifactctl.catalog.engine.making": "a catalog that is made",
    "artifactctl.catalog.engine.opening": "clients that functions share, of catalogs in files",
    "artifactctl.catalog.engine.postgres": "catalogs on servers",
    "artifactctl.catalog.engine.postgres_address": "catalogs on servers",
    "artifactctl.catalog.engine.postgres_asking": "sql on servers",
    "artifactctl.catalog.engine.postgres_making": "catalogs on servers",
    "artifactctl.catalog.engine.sqlite": "catalogs in files",
    "artifactctl.catalog.engine.sqlite_asking": "sql on files",
    "artifactctl.catalog.reading.metadata_filters": "filters on metadata",
    "artifactctl.catalog.reading.searching": "find",
    "artifactctl.catalog.reading.tagging": "listing tags",
    "artifactctl.catalog.reading.versions": "changes",
    "artifactctl.catalog.sqlite_tables": "a catalog that is made",
    "artifactctl.catalog.tables": "SQLModel",
    "artifactctl.catalog.views": "sql",
    "artifactctl.cli.app": "every command, but --version",
    "artifactctl.cli.completion.answering": "a Tab",
    "artifactctl.cli.completion.installing": "installing completion",
    "artifactctl.cli.summaries": "help and a Tab",
    "artifactctl.client.zenml": "ZenML's stack",
    "artifactctl.contents": "files that are registered alone",
    "artifactctl.contents.tables": "tables that are registered",
    "artifactctl.home.change": "changes",
    "artifactctl.pipelines.python.from_file": "run files with Python steps",
    "artifactctl.render.page.catalog": "page",
    "artifactctl.render.properties": "one thing on a terminal",
    "artifactctl.render.structured": "JSON, YAML, CSV",
    "artifactctl.render.table": "tables",
    "artifactctl.results.lazy": "versions named inside a pipeline",
    "artifactctl.results.notebooks": "notebooks",
    "artifactctl.results.reports": "progress in notebooks",
    "artifactctl.results.series": "series of runs",
    "artifactctl.results.tags": "listing tags",
    "artifactctl.results.versions": "ZenML's stack",
    "artifactctl.series": "series of runs",
    "artifactctl.serving.server": "ui",
    "artifactctl.store": "whatever reads or writes bytes",
    "artifactctl.store.cache": "stores on servers",
    "artifactctl.store.cached_store": "stores on servers",
    "artifactctl.store.remote.failures": "links to servers",
    "artifactctl.store.remote.file_systems": "stores that fsspec reaches",
    "artifactctl.store.remote.linked": "links to servers",
    "artifactctl.store.remote.object_stores": "stores that obstore reaches",
    "artifactctl.store.remote.opening": "stores on servers",
    "artifactctl.store.remote.sftp": "stores on SFTP",
    "artifactctl.store.remote.store": "stores on servers",
    "artifactctl.transfer.known_files": "register",
    "artifactctl.upkeep.verifying": "manifests",
    "artifactctl.verbs.series": "comparing runs with series",
    "artifactctl.visuals.arrays": "previews of arrays",
    "artifactctl.visuals.html": "visualizations in notebooks",
    "artifactctl.visuals.notebook": "notebooks",
    "artifactctl.yaml_text": "config.yaml, and metadata in files",
}


def late_imports() -> Iterator[tuple[str, str]]:
    """Each import inside a function: where it stands, and the module it names."""
    for path in sorted(PACKAGE.rglob("*.py")):
        place = path.relative_to(PACKAGE.parent)
        for function in ast.walk(ast.parse(path.read_text())):
            if not isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
                continue
            for node in ast.walk(function):
                if isinstance(node, ast.Import):
                    yield from ((f"{place}:{node.lineno}", name.name) for name in node.names)
                elif isinstance(node, ast.ImportFrom):
                    for name in node.names:
                        yield f"{place}:{node.lineno}", _module(node.module or "", name.name)


def _module(module: str, name: str) -> str:
    """The module that `from module import name` loads: `name` may be one itself."""
    path = PACKAGE.parent.joinpath(*module.split("."), name)
    is_module = path.is_dir() or path.with_suffix(".py").is_file()
    return f"{module}.{name}" if is_module else module


def test_functions_import_only_what_is_named_here():
    unnamed = [
        f"{place} {module}"
        for place, module in late_imports()
        if module.split(".")[0] not in LIBRARIES and module not in SEAMS
    ]
    assert unnamed == []


def test_everything_that_is_named_here_is_imported_in_a_function():
    modules = {module for _, module in late_imports()}
    assert {module.split(".")[0] for module in modules} - {"artifactctl"} == LIBRARIES.keys()
    assert SEAMS.keys() <= modules
