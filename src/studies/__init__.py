"""Studies: sweeps, ablations, robustness, encoder training, realism of the simulated cell."""
