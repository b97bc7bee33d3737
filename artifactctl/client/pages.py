"""The client's methods for pages of a catalog."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from artifactctl import verbs
from artifactctl.home import Home
from artifactctl.own_data import check_not_own_data

if TYPE_CHECKING:
    from artifactctl.results.descriptions import Lineage
    from artifactctl.results.overview import CatalogPage
    from artifactctl.serving.server import UiServer


class Pages:
    """The methods of `Client` for pages of a catalog."""

    home: Home

    def page(
        self, path: str | os.PathLike[str], artifacts: str | Sequence[str] = ()
    ) -> "CatalogPage":
        """Write the catalog, or what is about some artifacts, as one HTML file.

        The file loads nothing from a network: it can be opened from a disk and sent to others. It
        is replaced when it exists. Raises `NotFoundError` for an artifact that does not exist, and
        `OSError` where the file cannot be written.
        """
        # Imported on first use: only pages need it.
        from artifactctl.render.page.catalog import write_catalog  # noqa: PLC0415

        names = [artifacts] if isinstance(artifacts, str) else artifacts
        check_not_own_data(path, self.home.own_paths())
        return write_catalog(verbs.viewing.overview(self.home, names), Path(path))

    def lineage_page(self, lineage: "Lineage", path: str | os.PathLike[str]) -> "CatalogPage":
        """Write a lineage graph, with what is known of its versions and runs, as one HTML file.

        It is the page of `page`, with these versions and runs alone, and begins with the graph.
        """
        # Imported on first use: only pages need it.
        from artifactctl.render.page.catalog import write_catalog  # noqa: PLC0415

        check_not_own_data(path, self.home.own_paths())
        return write_catalog(verbs.viewing.overview_of(self.home, lineage), Path(path))

    def ui(self, port: int = 0) -> "UiServer":
        """Return a server of the page over the living catalog, on 127.0.0.1 only.

        Its `url` has a random token; `serve()` answers until `close()` is called. Port 0 is any
        that is free. Raises `OSError` for a port that is taken.
        """
        # Imported on first use: only this needs a server.
        from artifactctl.serving.server import UiServer  # noqa: PLC0415

        return UiServer(self.home, port)
