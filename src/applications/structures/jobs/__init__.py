"""Jobs of structure predictors: ranked pairs, decoys, sequences, input files."""
