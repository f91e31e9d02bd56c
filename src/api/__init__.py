"""Public Python API: the verbs as functions of ``import cytoweave as cw``."""
