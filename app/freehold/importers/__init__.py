"""Other people's exports become estate rows and an import account."""
