"""Studies: hyper-parameter sweeps, ablations, robustness, encoder training, simulation realism."""
