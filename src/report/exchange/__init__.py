"""Exchange files of a run: CX2, AnnData, RO-Crate, tables."""
