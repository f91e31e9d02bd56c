"""Multi-localisation: in how many compartments of a map a protein or an assembly lies."""
