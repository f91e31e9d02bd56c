"""Training with Lightning: trainer, callbacks, batches, checkpoints, optimisers."""
