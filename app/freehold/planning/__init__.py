"""Where to place what: the planner and the price of sovereignty."""
