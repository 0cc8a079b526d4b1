"""What the market and the law offer: providers, regions, laws, certificates, chips, prices."""

from freehold.catalogue.checking import CatalogueProblem, check
from freehold.catalogue.dictionary import Column, Table, dictionary, shipped_tables
from freehold.catalogue.loading import CatalogueInfo, TableInfo, info, made_from, open_catalogue
from freehold.catalogue.refreshing import Difference, RefreshResult, refresh
from freehold.catalogue.spellings import (
    provider_spelling,
    provider_spelling_sql,
    region_spelling,
    region_spelling_sql,
)
from freehold.catalogue.views import change_view, create_views

__all__ = [
    "CatalogueInfo",
    "CatalogueProblem",
    "Column",
    "Difference",
    "RefreshResult",
    "Table",
    "TableInfo",
    "change_view",
    "check",
    "create_views",
    "dictionary",
    "info",
    "made_from",
    "open_catalogue",
    "provider_spelling",
    "provider_spelling_sql",
    "refresh",
    "region_spelling",
    "region_spelling_sql",
    "shipped_tables",
]
