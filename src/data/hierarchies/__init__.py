"""File forms of hierarchies: HiDeF, CX2, DDOT, GML."""
