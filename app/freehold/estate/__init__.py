"""What the organisation has: the document, its tables, typed changes and the published views."""
