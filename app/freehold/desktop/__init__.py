"""The window: the only room that knows Qt."""

from freehold.desktop.singletons import keep_singletons

keep_singletons()
