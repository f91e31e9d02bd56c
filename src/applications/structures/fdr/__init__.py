"""Error rates of scored pairs: target-decoy FDR, conformal p, pairs that share proteins."""
