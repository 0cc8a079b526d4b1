"""What the market and the law offer: providers, regions, laws, certificates, chips, prices."""
