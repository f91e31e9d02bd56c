"""Tests of sets of proteins against matched controls: strata of proteins that are alike."""
