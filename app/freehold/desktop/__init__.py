"""The window: the only room that knows Qt."""

from freehold.desktop.booleans import keep_booleans

keep_booleans()
