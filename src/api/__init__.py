"""The verbs as Python functions: ``import cytoweave as cw`` finds each in its module here."""
