"""The client's methods that look across the catalog."""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING

from artifactctl import verbs
from artifactctl.enums import SearchKind
from artifactctl.home import Home

if TYPE_CHECKING:
    from sqlmodel import Session

    from artifactctl.catalog.views import View
    from artifactctl.results.answers import Answer
    from artifactctl.results.findings import Findings
    from artifactctl.results.reports import Progress
    from artifactctl.results.usage import Usage
    from artifactctl.upkeep.pruning import PruneRules


class Looking:
    """The methods of `Client` for questions about the whole catalog."""

    home: Home

    def sql(
        self,
        query: str,
        params: Mapping[str, object] | None = None,
        *,
        timeout_s: float | None = None,
        limit: int = 0,
    ) -> "Answer":
        """Return the answer to one SELECT about the `views`, for which `params` fill `:name`.

        It only reads, and no more than `limit` rows unless that is 0. Raises `WrongUsageError` for
        a query that is not understood or would change something, and `InvalidInputError` for one
        that takes longer than `timeout_s` seconds, by default those of the settings.
        """
        return verbs.asking.ask(self.home, query, params or {}, timeout_s, limit)

    @staticmethod
    def views() -> "Sequence[View]":
        """Return the views that `sql` is asked about, with the meaning of their columns."""
        from artifactctl.catalog.views import VIEWS  # noqa: PLC0415 (only this needs it)

        return VIEWS

    def find(self, text: str, kinds: Iterable[str] = (), *, limit: int = 10) -> "Findings":
        """Return the artifacts, pipelines, runs and versions in which all words of `text` are.

        Names, versions, tags, descriptions, steps' names, and keys and values of metadata are
        searched, in any case; a word may also be in the name of a version's artifact or a run's
        pipeline. At most `limit` of each kind are returned, newest first; 0 returns all.
        """
        return verbs.searching.find(self.home, text, [*map(SearchKind, kinds)], limit)

    def usage(
        self,
        names: str | Sequence[str] = (),
        *,
        max_bytes: int | None = None,
        rules: "PruneRules | None" = None,
        progress: "Progress | None" = None,
    ) -> "Usage":
        """Return where the room is: of all artifacts, or of the versions of those named.

        With `max_bytes` it has a proposal of what could go until the store is as small; with
        `rules`, what a pruning by them would free. Nothing is deleted.
        """
        wanted = [names] if isinstance(names, str) else names
        return verbs.measuring.usage(
            self.home, verbs.measuring.Asked(wanted, rules, max_bytes), progress
        )

    def session(self) -> "AbstractContextManager[Session]":
        """Return a read-only SQLModel session, for queries that no method offers.

        The table classes are those of `artifactctl.catalog`, such as `VersionRow`.
        """
        from artifactctl.catalog.asking import session  # noqa: PLC0415 (SQLModel)

        return session(self.home.catalog)
