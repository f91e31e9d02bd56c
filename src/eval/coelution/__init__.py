"""Co-elution metrics: similarity of the elution profiles of an assembly's members."""
