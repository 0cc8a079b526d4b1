"""The eight places of the rail; each is one page, made when it is first shown."""

from freehold.desktop.pages.page import Page
from freehold.desktop.pages.registry import make_page

__all__ = ["Page", "make_page"]
