"""Multi-localisation: number of compartments of proteins and assemblies in a map."""
