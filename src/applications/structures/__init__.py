"""Structure prediction of protein pairs: job selection, results of predictors, error rates."""
