"""File formats of hierarchies: HiDeF, CX2, DDOT, GML."""
