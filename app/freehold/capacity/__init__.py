"""Memory fit, step time, serving and training of AI workloads."""
