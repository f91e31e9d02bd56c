"""Names of assemblies: from reference terms or a language model, with calibrated confidence."""
