"""Results of structure predictors: layouts, coordinates, interface metrics, agreement of models."""
