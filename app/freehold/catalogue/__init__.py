"""What the market and the law offer: providers, regions, laws, certificates, chips, prices."""

from freehold.catalogue.dictionary import Column, Table, dictionary, shipped_tables
from freehold.catalogue.loading import CatalogueInfo, TableInfo, info, open_catalogue
from freehold.catalogue.views import change_view, create_views

__all__ = [
    "CatalogueInfo",
    "Column",
    "Table",
    "TableInfo",
    "change_view",
    "create_views",
    "dictionary",
    "info",
    "open_catalogue",
    "shipped_tables",
]
