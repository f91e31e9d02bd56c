"""Tests of protein sets against matched controls, by stratified permutation."""
