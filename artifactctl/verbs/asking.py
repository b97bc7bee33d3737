"""Questions in SQL about the views of the catalog."""

from collections.abc import Mapping

from artifactctl.catalog import questions
from artifactctl.home import Home
from artifactctl.results.answers import Answer


def ask(
    home: Home, question: str, params: Mapping[str, object], timeout_s: float | None, limit: int
) -> Answer:
    """Return the answer to a question; by default it may take the time of the settings.

    At most `limit` rows are read; 0 reads all.
    """
    limit_s = home.settings.timeout_s if timeout_s is None else timeout_s
    return Answer.of(questions.ask(home.catalog, question, params, limit_s, limit))
