"""The `.freehold` document: open it, save it safely, close it."""
