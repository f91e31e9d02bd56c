"""Co-elution: do the members of an assembly elute together?"""
