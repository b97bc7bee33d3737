"""What is in a catalog at a glance, for whoever decides whether to trust it."""

from dataclasses import dataclass

from artifactctl.catalog.engine.protocol import Database


@dataclass(frozen=True, slots=True)
class Counts:
    """How many rows there are, and the distinct places that versions link to."""

    artifacts: int
    versions: int
    runs: int
    links: tuple[str, ...]


def survey(db: Database) -> Counts:
    """Count what a catalog has; all is zero while there is none."""
    artifacts, versions, runs = (
        sum(int(number) for (number,) in db.rows(f"SELECT COUNT(*) FROM {table}"))
        for table in ("artifact WHERE deleted IS NULL", "artifact_version", "run")
    )
    links = db.rows(
        "SELECT DISTINCT link FROM artifact_version WHERE link IS NOT NULL ORDER BY link"
    )
    return Counts(artifacts, versions, runs, tuple(str(link) for (link,) in links))
