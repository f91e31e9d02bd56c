"""Jobs of structure predictors: pairs of a map in order, decoys, sequences, input files."""
