"""Money, currency, egress, power and carbon of a placement."""
