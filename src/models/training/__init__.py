"""Training with PyTorch Lightning: trainer, callbacks, batches, checkpoints, optimisers."""
