"""The catalog as one page: a file that needs no network, or a view of what is served."""

from artifactctl.render.page.catalog.document import live_page, write_catalog

__all__ = ["live_page", "write_catalog"]
